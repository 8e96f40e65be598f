package tare.data.fetch;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import tare.data.Progress;
import tare.data.TemporaryFolder;

/**
 * Downloads packages with pip or Maven. Nothing is installed, and nothing in a package is imported.
 *
 * @param python the Python that runs pip
 * @param maven the Maven command
 * @param deadline how long a download may take
 */
record PackageCarrier(String python, String maven, Duration deadline) implements Carrier {

  @Override
  public Path bring(String address, long most, Path folder, Progress progress)
      throws IOException, InterruptedException {
    Path work = Files.createTempDirectory(folder, "work");
    try {
      progress.at("downloading " + address, 0, 1);
      run(command(address, work), most, work);
      Path whole;
      try (Stream<Path> files = Files.list(work.resolve("out"))) {
        List<Path> found = files.toList();
        if (found.size() != 1) {
          throw new IOException(address + " gave " + found.size() + " files instead of one.");
        }
        whole = found.get(0);
      }
      progress.at("downloading " + address, 1, 1);
      return Files.move(whole, folder.resolve(whole.getFileName()), StandardCopyOption.ATOMIC_MOVE);
    } finally {
      TemporaryFolder.delete(work);
    }
  }

  private List<String> command(String address, Path work) throws IOException {
    String out = Files.createDirectory(work.resolve("out")).toAbsolutePath().toString();
    String what = address.substring(address.indexOf(':') + 1);
    if (address.startsWith("pypi:") && what.matches("[A-Za-z0-9._-]+==[A-Za-z0-9._+!-]+")) {
      return List.of(
          python,
          "-m",
          "pip",
          "download",
          "--no-deps",
          "--no-cache-dir",
          "--quiet",
          "--disable-pip-version-check",
          "-d",
          out,
          what);
    }
    if (address.startsWith("maven:")
        && what.matches("[A-Za-z0-9._-]+:[A-Za-z0-9._-]+:[A-Za-z0-9._-]+(:[A-Za-z0-9._-]+)?")) {
      String[] part = what.split(":", -1);
      String artifact = part[0] + ":" + part[1] + ":" + part[2] + ":jar";
      return List.of(
          maven,
          "-q",
          "-B",
          "dependency:copy",
          "-Dartifact=" + (part.length > 3 ? artifact + ":" + part[3] : artifact),
          "-DoutputDirectory=" + out);
    }
    throw new IllegalArgumentException(
        "Address '"
            + address
            + "' is neither pypi:name==version nor maven:group:artifact:version:classifier.");
  }

  private void run(List<String> command, long most, Path work)
      throws IOException, InterruptedException {
    Path log = work.resolve("log");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("TMPDIR", work.toAbsolutePath().toString());
    Process process;
    try {
      process = builder.start();
    } catch (IOException e) {
      throw new IOException(
          "Cannot run '" + command.get(0) + "': install it, or put it on the PATH.", e);
    }
    try {
      process.getOutputStream().close();
      long end = System.nanoTime() + deadline.toNanos();
      while (!process.waitFor(1, TimeUnit.SECONDS)) {
        if (largest(work) > most) {
          throw new IOException(
              String.format(
                  Locale.ROOT,
                  "'%s' brings more than %d bytes, far above the size in the table: it is stopped.",
                  String.join(" ", command),
                  most));
        }
        if (System.nanoTime() > end) {
          throw new IOException(
              String.format(
                  Locale.ROOT,
                  "'%s' took more than %d minutes: it is stopped. Is the network up?",
                  String.join(" ", command),
                  deadline.toMinutes()));
        }
      }
      if (process.exitValue() != 0) {
        throw new IOException(
            "'"
                + String.join(" ", command)
                + "' failed: "
                + lastLines(log)
                + " Is the network up?");
      }
    } finally {
      process.descendants().forEach(ProcessHandle::destroy);
      process.destroy();
      if (process.isAlive() && !process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    }
  }

  /**
   * The size of the largest file that a program has written so far. That is the package: pip also
   * unpacks what it has downloaded, to several times its size.
   */
  private static long largest(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.mapToLong(file -> file.toFile().length()).max().orElse(0);
    } catch (UncheckedIOException e) {
      return 0; // a file went away meanwhile; the next look counts
    }
  }

  private static String lastLines(Path log) throws IOException {
    List<String> lines =
        new String(Files.readAllBytes(log), java.nio.charset.StandardCharsets.UTF_8)
            .lines()
            .filter(line -> !line.isBlank())
            .map(String::strip)
            .toList();
    return String.join(" / ", lines.subList(Math.max(0, lines.size() - 3), lines.size()));
  }
}
