package tare.data;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;

/** A file that is there whole or not at all, wherever the process is killed. */
public final class WholeFile {

  private static final String UNFINISHED = ".unfinished";

  private WholeFile() {}

  /** What goes into a file. */
  @FunctionalInterface
  public interface Content {

    /** Writes it. */
    void write(OutputStream out) throws IOException;
  }

  /**
   * Writes to a temporary name in the same folder, which is made if it is not there, forces it to
   * disk, and moves it into place.
   *
   * @throws IOException if the file cannot be written; what was there stays
   */
  public static void write(Path file, Content content) throws IOException {
    write(file, "", content);
  }

  /**
   * The same where several may write one file at once, the last of which wins.
   *
   * @param writer names this one among them; a part of the temporary name
   * @throws IOException if the file cannot be written; what was there stays
   */
  public static void write(Path file, String writer, Content content) throws IOException {
    Files.createDirectories(file.getParent());
    Path temporary = file.resolveSibling(file.getFileName() + writer + UNFINISHED);
    try {
      try (FileChannel channel =
              FileChannel.open(
                  temporary,
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE,
                  StandardOpenOption.TRUNCATE_EXISTING);
          OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel))) {
        content.write(out);
        out.flush();
        channel.force(true);
      }
      Files.move(
          temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
  }

  /**
   * Removes what a killed process left under a folder.
   *
   * @throws IOException if the folder cannot be read or a file cannot be deleted
   */
  public static void removeUnfinished(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(path -> path.toString().endsWith(UNFINISHED)).toList()) {
        Files.delete(file);
      }
    }
  }
}
