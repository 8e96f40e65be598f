package tare.data;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads plain text so that it is the same on every system. */
public final class TextFile {

  private TextFile() {}

  /**
   * Reads a whole file. Each kind of line end becomes {@code \n}, as in Python's text mode.
   *
   * @throws IOException if the file cannot be read or is not UTF-8
   */
  public static String read(Path file) throws IOException {
    try {
      return Files.readString(file).replace("\r\n", "\n").replace('\r', '\n');
    } catch (CharacterCodingException e) {
      throw new IOException(file + ": not UTF-8. Convert the file.", e);
    }
  }
}
