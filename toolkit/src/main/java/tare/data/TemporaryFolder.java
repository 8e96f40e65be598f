package tare.data;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.UUID;

/**
 * Makes folders for files that no one needs after the program has ended.
 *
 * <p>All of a program's folders lie in one folder {@code tare-…} of the system's temporary folder.
 * It is deleted when the program ends. A killed program leaves it behind, and the next program
 * clears it: a program holds a lock on the file {@code in-use} there as long as it lives.
 */
public final class TemporaryFolder {

  private static final String PREFIX = "tare-";
  private static final String LOCK = "in-use";
  private static final int DEEP = 8;

  private TemporaryFolder() {}

  private static Path own;

  /**
   * The folder of this program. It is made, and others are cleared, when it is first needed. After
   * a failure the next call tries again.
   */
  private static synchronized Path own() {
    if (own == null) {
      try {
        Path folder = Files.createTempDirectory(PREFIX);
        FileChannel lock =
            FileChannel.open(
                folder.resolve(LOCK), StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        lock.lock();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> end(folder, lock)));
        clear(folder);
        own = folder;
      } catch (IOException e) {
        throw new UncheckedIOException(
            "No temporary folder can be made in %s: %s. Set another with -Djava.io.tmpdir."
                .formatted(System.getProperty("java.io.tmpdir"), e.getMessage()),
            e);
      }
    }
    return own;
  }

  /** Deletes the folder; the lock's file last, as the next program clears what still has one. */
  private static void end(Path folder, FileChannel lock) {
    try (lock) {
      try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
        for (Path each : all) {
          if (!each.endsWith(LOCK)) {
            delete(each);
          }
        }
      }
      delete(folder);
    } catch (IOException e) {
      return; // the next program clears what is left
    }
  }

  /**
   * Makes an empty folder.
   *
   * @param purpose begins its name
   * @throws UncheckedIOException if it cannot be made; the message has the system's reason
   */
  public static Path make(String purpose) {
    Path folder = own();
    try {
      return Files.createTempDirectory(folder, purpose + "-");
    } catch (IOException e) {
      throw new UncheckedIOException(
          "No temporary folder can be made in " + folder + ": " + e.getMessage(), e);
    }
  }

  /** Deletes the folders of programs that were killed. Those of other users stay. */
  private static void clear(Path own) throws IOException {
    try (DirectoryStream<Path> folders =
        Files.newDirectoryStream(own.toAbsolutePath().getParent(), PREFIX + "*")) {
      for (Path folder : folders) {
        if (!folder.equals(own) && isLeft(folder.resolve(LOCK))) {
          clearOne(folder);
        }
      }
    }
  }

  private static void clearOne(Path folder) {
    try {
      delete(folder);
    } catch (IOException e) {
      return; // a program must start even if another one's folder cannot be deleted
    }
  }

  private static boolean isLeft(Path lock) {
    try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE);
        FileLock taken = channel.tryLock()) {
      return taken != null;
    } catch (IOException | OverlappingFileLockException e) {
      return false;
    }
  }

  /**
   * Deletes a folder and its content, whatever modes they have. Links are deleted, not followed. A
   * missing folder is not an error.
   *
   * @throws IOException if something in the folder cannot be deleted
   */
  public static void delete(Path folder) throws IOException {
    while (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
      Files.walkFileTree(folder, new Deletion(folder));
    }
  }

  /**
   * Deletes what it visits. A folder's mode is opened first. A folder that lies deep is moved up,
   * where the next visit finds it, because a path may not be of any length.
   */
  private static final class Deletion extends SimpleFileVisitor<Path> {

    private final Path root;
    private boolean isMoved;

    Deletion(Path root) {
      this.root = root;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes)
        throws IOException {
      if (!Files.isWritable(folder)) {
        open(folder);
      }
      if (folder.getNameCount() - root.getNameCount() < DEEP) {
        return FileVisitResult.CONTINUE;
      }
      Files.move(folder, root.resolve(UUID.randomUUID().toString()));
      isMoved = true;
      return FileVisitResult.SKIP_SUBTREE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
      Files.deleteIfExists(file);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFileFailed(Path folder, IOException failure) throws IOException {
      if (!Files.isDirectory(folder) || Files.isReadable(folder)) {
        throw failure;
      }
      open(folder);
      Files.walkFileTree(folder, this);
      return FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult postVisitDirectory(Path folder, IOException failure) throws IOException {
      if (failure != null) {
        throw failure;
      }
      if (!isMoved || !folder.equals(root)) {
        Files.deleteIfExists(folder);
      }
      return FileVisitResult.CONTINUE;
    }

    private static void open(Path folder) throws IOException {
      PosixFileAttributeView modes =
          Files.getFileAttributeView(folder, PosixFileAttributeView.class);
      if (modes != null) {
        modes.setPermissions(PosixFilePermissions.fromString("rwx------"));
      }
    }
  }

  /**
   * Deletes a folder if it is empty.
   *
   * @throws IOException if it is empty and cannot be deleted
   */
  public static void deleteIfEmpty(Path folder) throws IOException {
    try {
      Files.deleteIfExists(folder);
    } catch (DirectoryNotEmptyException e) {
      return;
    }
  }
}
