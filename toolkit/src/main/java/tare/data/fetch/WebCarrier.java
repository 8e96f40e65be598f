package tare.data.fetch;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Locale;
import tare.data.Progress;

/**
 * Downloads from {@code https:}, {@code http:} and {@code file:} addresses. An interrupted download
 * stays in a {@code .part} file, and a later call asks only for the rest.
 *
 * @param patience how long a server may be silent
 * @param deadline how long a download may take as a whole, so that a server that sends a little now
 *     and then does not hold it for ever
 * @param mirror where to ask instead: {@code https://host/path} is then fetched from {@code
 *     <mirror>/host/path}; empty for no mirror
 */
record WebCarrier(Duration patience, Duration deadline, String mirror) implements Carrier {

  private static final String AGAIN = "Try again: the download continues from there.";

  @Override
  public Path bring(String address, long most, Path folder, Progress progress)
      throws IOException, InterruptedException {
    URI uri;
    try {
      uri = URI.create(mirrored(address));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("Address '" + address + "' is not a valid URI.", e);
    }
    if (uri.getScheme() == null || !uri.getScheme().matches("https?|file")) {
      throw new IllegalArgumentException(
          "Address '" + address + "' must begin with pypi:, maven:, https:, http: or file:.");
    }
    String path = uri.getPath() == null ? "" : uri.getPath();
    String name = path.substring(path.lastIndexOf('/') + 1);
    if (!name.matches("[A-Za-z0-9_][A-Za-z0-9._+-]*")) {
      throw new IllegalArgumentException("Address '" + address + "' does not end in a file name.");
    }
    Path part = folder.resolve(name + ".part");
    download(uri, most, part, progress);
    return Files.move(part, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  private String mirrored(String address) {
    return mirror.isBlank() || !address.matches("https?://.*")
        ? address
        : mirror.replaceFirst("/+$", "") + "/" + address.replaceFirst("https?://", "");
  }

  private void download(URI uri, long most, Path part, Progress progress)
      throws IOException, InterruptedException {
    URLConnection connection = uri.toURL().openConnection();
    connection.setConnectTimeout((int) patience.toMillis());
    connection.setReadTimeout((int) patience.toMillis());
    long have = 0;
    if (connection instanceof HttpURLConnection http) {
      have = answered(http, uri, part);
    }
    long rest = connection.getContentLengthLong();
    long total = rest < 0 ? -1 : have + rest;
    long done = have;
    long end = System.nanoTime() + deadline.toNanos();
    if (total > most) {
      throw tooMuch(uri, most, part);
    }
    StandardOpenOption how =
        have > 0 ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING;
    try (InputStream body = connection.getInputStream();
        OutputStream out =
            Files.newOutputStream(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, how)) {
      byte[] buffer = new byte[1 << 16];
      for (int n = read(body, buffer, done, uri); n >= 0; n = read(body, buffer, done, uri)) {
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
        done += n;
        if (done > most) {
          throw tooMuch(uri, most, part);
        }
        out.write(buffer, 0, n);
        if (System.nanoTime() > end) {
          throw new IOException(
              String.format(
                  Locale.ROOT,
                  "%s sent only %d bytes in %d minutes. %s",
                  uri,
                  done,
                  deadline.toMinutes(),
                  AGAIN));
        }
        progress.at("downloading " + uri, done, Math.max(done, total));
      }
    }
    if (total >= 0 && done != total) {
      throw cut(uri, done, null);
    }
  }

  private static IOException tooMuch(URI uri, long most, Path part) throws IOException {
    Files.deleteIfExists(part);
    return new IOException(
        String.format(
            Locale.ROOT,
            "%s sends more than %d bytes, far above the size in the table: the download is stopped and deleted. If the file has changed, its row needs a new size and SHA-256.",
            uri,
            most));
  }

  /** Sends the request. Returns how many bytes of the earlier download are kept. */
  private static long answered(HttpURLConnection http, URI uri, Path part) throws IOException {
    long have = Files.exists(part) ? Files.size(part) : 0;
    if (have > 0) {
      http.setRequestProperty("Range", "bytes=" + have + "-");
    }
    int status;
    try {
      status = http.getResponseCode();
    } catch (IOException e) {
      throw new IOException(uri + " cannot be reached: " + e.getMessage(), e);
    }
    if (status == HttpURLConnection.HTTP_OK) {
      return 0;
    }
    String range = String.valueOf(http.getHeaderField("Content-Range"));
    if (have > 0 && status == 206 && range.startsWith("bytes " + have + "-")) {
      return have;
    }
    if (have > 0) {
      Files.delete(part);
      throw new IOException(
          uri
              + " cannot continue an earlier download (status "
              + status
              + "). The partial file is deleted: try again.");
    }
    throw new IOException(uri + " answered with status " + status + ".");
  }

  private static int read(InputStream body, byte[] buffer, long done, URI uri) throws IOException {
    try {
      return body.read(buffer);
    } catch (SocketTimeoutException e) {
      throw new IOException(uri + " sent nothing more after " + done + " bytes. " + AGAIN, e);
    } catch (IOException e) {
      throw cut(uri, done, e);
    }
  }

  private static IOException cut(URI uri, long done, IOException cause) {
    return new IOException(
        "The connection to " + uri + " ended after " + done + " bytes. " + AGAIN, cause);
  }
}
