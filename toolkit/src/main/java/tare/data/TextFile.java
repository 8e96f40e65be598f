package tare.data;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.StringWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.compressors.zstandard.ZstdCompressorInputStream;

/**
 * Reads text so that it is the same on every system. The content decides, not the name: gzip and
 * Zstandard are unpacked, and a byte order mark chooses UTF-8 or UTF-16. Text without a mark is
 * UTF-8.
 */
public final class TextFile {

  private static final int SEEN = 4096;
  private static final byte[] GZIP = {0x1f, (byte) 0x8b};
  private static final byte[] ZSTANDARD = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd};
  private static final byte[] ZIP = {'P', 'K', 3, 4};
  private static final byte[] BZIP2 = {'B', 'Z', 'h'};
  private static final byte[] XZ = {(byte) 0xfd, '7', 'z', 'X', 'Z'};
  private static final byte[] POINTER = ascii("version https://git-lfs.github.com/spec/");

  private TextFile() {}

  /** What the first bytes of a text say of its characters. */
  private enum Mark {
    UTF_8(StandardCharsets.UTF_8, "\u00ef\u00bb\u00bf"),
    UTF_16BE(StandardCharsets.UTF_16BE, "\u00fe\u00ff"),
    UTF_16LE(StandardCharsets.UTF_16LE, "\u00ff\u00fe"),
    NONE(StandardCharsets.UTF_8, "");

    private final Charset charset;
    private final String bytes;

    /** Gives the bytes as characters of ISO 8859-1. */
    Mark(Charset charset, String bytes) {
      this.charset = charset;
      this.bytes = bytes;
    }

    private byte[] mark() {
      return bytes.getBytes(StandardCharsets.ISO_8859_1);
    }

    static Mark of(byte[] start) {
      Mark found = NONE;
      for (Mark mark : values()) {
        if (mark != NONE && beginsWith(start, mark.mark())) {
          found = mark;
        }
      }
      return found;
    }
  }

  /**
   * Reads a whole file. Each kind of line end becomes {@code \n}, as in Python's text mode.
   *
   * @throws IOException if the file is missing, damaged or not text; the message names the file
   */
  public static String read(Path file) throws IOException {
    try (BufferedReader text = open(file)) {
      StringWriter all = new StringWriter();
      text.transferTo(all);
      return all.toString().replace("\r\n", "\n").replace('\r', '\n');
    } catch (CharacterCodingException e) {
      throw notUtf8(file, e);
    }
  }

  /**
   * Replaces each half of a surrogate pair that stands alone by U+FFFD, because no encoding can
   * hold it. All other characters stay.
   */
  public static String wellFormed(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_16BE), StandardCharsets.UTF_16BE);
  }

  /**
   * Opens a file.
   *
   * @throws IOException if the file is missing or is not text. While reading, the reader throws
   *     {@link CharacterCodingException} if the text is not valid, and an exception that names the
   *     file if the file is damaged
   */
  static BufferedReader open(Path file) throws IOException {
    InputStream bytes = bytes(file);
    try {
      byte[] start = start(bytes, SEEN);
      Mark mark = Mark.of(start);
      bytes.skipNBytes(mark.bytes.length());
      if (mark.charset.equals(StandardCharsets.UTF_8) && hasZero(start)) {
        throw new IOException(
            file
                + ": not text: the file holds zero bytes. Convert it to UTF-8, or to JSON Lines,"
                + " CSV or Parquet.");
      }
      return new BufferedReader(new InputStreamReader(bytes, mark.charset.newDecoder()));
    } catch (IOException e) {
      bytes.close();
      throw e;
    }
  }

  static IOException notUtf8(Path file, CharacterCodingException cause) {
    return new IOException(file + ": not UTF-8. Convert the file.", cause);
  }

  /** Whether a file begins with some characters of ASCII. */
  static boolean beginsWith(Path file, String characters) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return beginsWith(in.readNBytes(characters.length()), ascii(characters));
    } catch (NoSuchFileException e) {
      throw new IOException("There is no file " + file + ".", e);
    }
  }

  /** The bytes of a file, unpacked. The stream can be marked. */
  private static InputStream bytes(Path file) throws IOException {
    InputStream in;
    try {
      in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
    } catch (NoSuchFileException e) {
      throw new IOException("There is no file " + file + ".", e);
    }
    try {
      byte[] start = start(in, POINTER.length);
      if (beginsWith(start, GZIP) || beginsWith(start, ZSTANDARD)) {
        return new BufferedInputStream(
            new Unpacked(
                file, beginsWith(start, GZIP) ? gzip(file, in) : new ZstdCompressorInputStream(in)),
            1 << 16);
      }
      refuse(file, start);
      return in;
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }

  private static InputStream gzip(Path file, InputStream in) throws IOException {
    try {
      return new GZIPInputStream(in, 1 << 16);
    } catch (IOException e) {
      throw damaged(file, e);
    }
  }

  private static void refuse(Path file, byte[] start) throws IOException {
    if (beginsWith(start, ZIP) || beginsWith(start, BZIP2) || beginsWith(start, XZ)) {
      throw new IOException(
          file + ": an archive of a kind that is not read (.zip, .bz2 or .xz). Unpack it first.");
    }
    if (beginsWith(start, POINTER)) {
      throw new IOException(
          file
              + ": only a pointer of Git LFS, not the file itself. Run 'git lfs pull' in its"
              + " folder.");
    }
  }

  private static byte[] start(InputStream in, int bytes) throws IOException {
    in.mark(bytes);
    byte[] start = in.readNBytes(bytes);
    in.reset();
    return start;
  }

  private static boolean beginsWith(byte[] content, byte[] prefix) {
    return content.length >= prefix.length
        && Arrays.equals(content, 0, prefix.length, prefix, 0, prefix.length);
  }

  private static boolean hasZero(byte[] bytes) {
    for (byte each : bytes) {
      if (each == 0) {
        return true;
      }
    }
    return false;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static IOException damaged(Path file, IOException cause) {
    return new IOException(
        "%s is damaged or incomplete (%s). Get the file again.".formatted(file, cause.getMessage()),
        cause);
  }

  /** Names the file in the errors of a compressed stream. */
  private static final class Unpacked extends FilterInputStream {
    private final Path file;

    Unpacked(Path file, InputStream in) {
      super(in);
      this.file = file;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
    }

    @Override
    public int read(byte[] bytes, int from, int count) throws IOException {
      try {
        return super.read(bytes, from, count);
      } catch (IOException e) {
        throw damaged(file, e);
      }
    }
  }
}
