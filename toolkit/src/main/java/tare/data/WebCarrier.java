package tare.data;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;

/**
 * Downloads from {@code https:}, {@code http:} and {@code file:} addresses. What has arrived stays
 * in a {@code .part} file, and a later call asks only for the rest.
 *
 * @param client how to connect
 */
record WebCarrier(HttpClient client) implements Carrier {

  @Override
  public Path bring(String address, Path folder, Progress progress)
      throws IOException, InterruptedException {
    URI uri;
    try {
      uri = URI.create(address);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("Address '" + address + "' is not a valid address.", e);
    }
    String path = uri.getPath() == null ? "" : uri.getPath();
    String name = path.substring(path.lastIndexOf('/') + 1);
    if (!name.matches("[A-Za-z0-9_][A-Za-z0-9._+-]*")) {
      throw new IllegalArgumentException("Address '" + address + "' does not end in a file name.");
    }
    Path part = folder.resolve(name + ".part");
    String scheme = uri.getScheme() == null ? "" : uri.getScheme();
    switch (scheme) {
      case "file" -> Files.copy(Path.of(uri), part, StandardCopyOption.REPLACE_EXISTING);
      case "http", "https" -> download(uri, part, progress);
      default ->
          throw new IllegalArgumentException(
              "Address '"
                  + address
                  + "' begins with none of pypi:, maven:, https:, http: and file:.");
    }
    return Files.move(part, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  private void download(URI uri, Path part, Progress progress)
      throws IOException, InterruptedException {
    long have = Files.exists(part) ? Files.size(part) : 0;
    HttpRequest.Builder request = HttpRequest.newBuilder(uri);
    if (have > 0) {
      request.header("Range", "bytes=" + have + "-");
    }
    HttpResponse<InputStream> response =
        client.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream body = response.body()) {
      boolean resumes = have > 0 && response.statusCode() == 206;
      if (response.statusCode() == 416) {
        Files.delete(part);
        throw new IOException(
            uri + " is shorter than the part downloaded earlier, which is deleted. Try again.");
      }
      if (response.statusCode() != 200 && !resumes) {
        throw new IOException(uri + " answered with status " + response.statusCode() + ".");
      }
      if (resumes && !startsAt(response, have)) {
        throw new IOException(uri + " sent another range than was asked for: delete " + part);
      }
      append(body, part, resumes ? have : 0, length(response), uri, progress);
    }
  }

  private static boolean startsAt(HttpResponse<?> response, long have) {
    return response
        .headers()
        .firstValue("Content-Range")
        .orElse("")
        .startsWith("bytes " + have + "-");
  }

  private static OptionalLong length(HttpResponse<?> response) {
    return response.headers().firstValueAsLong("Content-Length");
  }

  private static void append(
      InputStream body, Path part, long have, OptionalLong length, URI uri, Progress progress)
      throws IOException {
    long total = length.isPresent() ? have + length.getAsLong() : -1;
    long done = have;
    StandardOpenOption how =
        have > 0 ? StandardOpenOption.APPEND : StandardOpenOption.TRUNCATE_EXISTING;
    try (OutputStream out =
        Files.newOutputStream(part, StandardOpenOption.CREATE, StandardOpenOption.WRITE, how)) {
      byte[] buffer = new byte[1 << 16];
      for (int n = read(body, buffer, done, uri); n >= 0; n = read(body, buffer, done, uri)) {
        out.write(buffer, 0, n);
        done += n;
        progress.at("downloading " + uri, done, Math.max(done, total));
      }
    }
    if (total >= 0 && done != total) {
      throw cut(uri, done, null);
    }
  }

  private static int read(InputStream body, byte[] buffer, long done, URI uri) throws IOException {
    try {
      return body.read(buffer);
    } catch (IOException e) {
      throw cut(uri, done, e);
    }
  }

  private static IOException cut(URI uri, long done, IOException cause) {
    return new IOException(
        "The connection to "
            + uri
            + " ended after "
            + done
            + " bytes. Try again: the download goes on from there.",
        cause);
  }
}
