package tare.format;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/**
 * The SHA-256 of files, one after the other. It is computed when it is first asked for, as large
 * files take seconds.
 */
public final class FilesHash {

  private final List<Path> files;
  private String hex;

  private FilesHash(List<Path> files) {
    this.files = files;
  }

  /** The hash of these files in their order. */
  public static FilesHash of(List<Path> files) {
    return new FilesHash(List.copyOf(files));
  }

  /**
   * The hash in hexadecimal.
   *
   * @throws UncheckedIOException if a file cannot be read
   */
  public synchronized String hex() {
    if (hex == null) {
      MessageDigest digest = sha256();
      try {
        for (Path file : files) {
          try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
            in.transferTo(OutputStream.nullOutputStream());
          }
        }
      } catch (IOException e) {
        throw new UncheckedIOException(files + " cannot be read", e);
      }
      hex = HexFormat.of().formatHex(digest.digest());
    }
    return hex;
  }

  /** A new SHA-256. */
  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }
}
