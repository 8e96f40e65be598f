package tare.data;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Supplier;

/**
 * Keeps texts in a temporary file, so that a corpus takes no memory for them. The file's space is
 * free again when nothing refers to its texts any more. Where a system keeps the name of an open
 * file, this is when the program ends, or when the next one clears what is left.
 */
final class TextStore {

  private final Path path = TemporaryFolder.make("texts").resolve("texts");
  private final RandomAccessFile file;
  private long end;

  /**
   * Makes an empty store.
   *
   * @throws UncheckedIOException if no temporary file can be made
   */
  TextStore() {
    try {
      file = new RandomAccessFile(path.toFile(), "rw");
      deleteName();
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /** Removes the file's name where the system allows that while the file is open. */
  private void deleteName() {
    try {
      TemporaryFolder.delete(path.getParent());
    } catch (IOException e) {
      return; // see above
    }
  }

  /**
   * Writes a text.
   *
   * @return reads it
   * @throws UncheckedIOException if the file cannot be written, for instance as the disk is full
   */
  synchronized Supplier<String> keep(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int length = bytes.length; // what is returned must not hold the bytes
    long from = end;
    try {
      file.seek(from);
      file.write(bytes);
    } catch (IOException e) {
      throw failure(e);
    }
    end += length;
    return () -> read(from, length);
  }

  private synchronized String read(long from, int length) {
    byte[] bytes = new byte[length];
    try {
      file.seek(from);
      file.readFully(bytes);
    } catch (IOException e) {
      throw failure(e);
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private UncheckedIOException failure(IOException cause) {
    return new UncheckedIOException(
        "The texts of a corpus are kept in %s: %s. Set another folder with -Djava.io.tmpdir."
            .formatted(path, cause.getMessage()),
        cause);
  }
}
