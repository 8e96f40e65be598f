package tare.data.fetch;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * Reads chosen members of an archive as streams. The class writes nothing, so no member name can
 * lead outside a folder: the receiver decides where content goes.
 */
public final class Archive {

  private Archive() {}

  /** Receives the content of members. */
  @FunctionalInterface
  public interface Receiver {

    /**
     * Called once for each wanted member.
     *
     * @param member the member's name in the archive
     * @param content the member's bytes; the receiver does not close the stream
     * @throws IOException if the content cannot be read or stored
     */
    void receive(String member, InputStream content) throws IOException;
  }

  /** The error of an archive that is damaged, of another kind, or without a wanted member. */
  static final class Unusable extends IOException {
    private static final long serialVersionUID = 1;

    Unusable(String message, Exception cause) {
      super(message, cause);
    }
  }

  /**
   * Hands over the wanted members. The order is the archive's own for {@code .tar.gz} files and
   * sorted by name for zip files ({@code .zip}, {@code .whl}, {@code .jar}).
   *
   * @throws IOException if the archive is damaged, of another kind, or lacks a member
   */
  public static void read(Path archive, Set<String> members, Receiver receiver) throws IOException {
    String name = archive.getFileName().toString();
    Set<String> missing = new TreeSet<>(members);
    boolean isTar = name.endsWith(".tar.gz") || name.endsWith(".tgz");
    if (!isTar && !isZip(name)) {
      throw new Unusable(archive + ": neither a .zip, .whl or .jar nor a .tar.gz file", null);
    }
    if (isTar) {
      readTar(archive, missing, receiver);
    } else {
      readZip(archive, missing, receiver);
    }
    if (!missing.isEmpty()) {
      throw new Unusable(archive + " does not hold " + String.join(", ", missing), null);
    }
  }

  private static boolean isZip(String name) {
    return name.endsWith(".zip") || name.endsWith(".whl") || name.endsWith(".jar");
  }

  /** The error of an archive that cannot be unpacked; it names the file and the way out. */
  static IOException damaged(Path archive, Exception cause) {
    return new Unusable(
        "%s is damaged or incomplete (%s). Delete it if it is still there, and fetch it again."
            .formatted(archive, cause.getMessage()),
        cause);
  }

  private static void readTar(Path archive, Set<String> missing, Receiver receiver)
      throws IOException {
    try (InputStream file = new BufferedInputStream(Files.newInputStream(archive), 1 << 16);
        TarArchiveInputStream tar =
            tried(archive, () -> new TarArchiveInputStream(new GZIPInputStream(file, 1 << 16)))) {
      for (TarArchiveEntry entry = tried(archive, tar::getNextEntry);
          entry != null && !missing.isEmpty();
          entry = tried(archive, tar::getNextEntry)) {
        if (entry.isFile() && missing.remove(entry.getName())) {
          receiver.receive(entry.getName(), new Content(archive, tar));
        }
      }
    }
  }

  private static void readZip(Path archive, Set<String> missing, Receiver receiver)
      throws IOException {
    try (ZipFile zip = tried(archive, () -> new ZipFile(archive.toFile()))) {
      for (String member : Set.copyOf(missing).stream().sorted().toList()) {
        ZipEntry entry = zip.getEntry(member);
        if (entry != null && !entry.isDirectory()) {
          try (InputStream content = tried(archive, () -> zip.getInputStream(entry))) {
            receiver.receive(member, new Content(archive, content));
          }
          missing.remove(member);
        }
      }
    }
  }

  /** A step of unpacking. */
  private interface Step<T> {
    T take() throws IOException;
  }

  private static <T> T tried(Path archive, Step<T> step) throws IOException {
    try {
      return step.take();
    } catch (IOException | IllegalArgumentException e) {
      throw damaged(archive, e);
    }
  }

  /** Tells errors of the archive from those of the receiver. */
  private static final class Content extends FilterInputStream {
    private final Path archive;

    Content(Path archive, InputStream in) {
      super(in);
      this.archive = archive;
    }

    @Override
    public int read(byte[] bytes, int from, int count) throws IOException {
      return tried(archive, () -> in.read(bytes, from, count));
    }
  }
}
