package tare.data;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.stream.Stream;

/**
 * Computes SHA-256 digests, which pin files and corpora and decide on which side a document lies.
 */
public final class Sha256 {

  private Sha256() {}

  /**
   * The digest of a file, in hexadecimal.
   *
   * @throws IOException if the file cannot be read
   */
  public static String hexOfFile(Path file) throws IOException {
    MessageDigest digest = digest();
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[1 << 16];
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** The digest of bytes: 32 bytes. */
  public static byte[] digest(byte[] bytes) {
    return digest().digest(bytes);
  }

  /** The digest of a text's UTF-8 bytes: 32 bytes. */
  public static byte[] digest(String text) {
    return digest(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The digest of a text's UTF-8 bytes, in hexadecimal. */
  public static String hex(String text) {
    return HexFormat.of().formatHex(digest(text));
  }

  /**
   * The digest of texts in their order, in hexadecimal. Where one ends and the next begins counts.
   */
  public static String hex(Stream<String> texts) {
    MessageDigest digest = digest();
    texts
        .map(text -> text.getBytes(StandardCharsets.UTF_8))
        .forEach(
            bytes -> {
              digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
              digest.update(bytes);
            });
    return HexFormat.of().formatHex(digest.digest());
  }

  static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }
}
