package tare.data.fetch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import tare.data.Progress;
import tare.data.TemporaryFolder;

/**
 * Downloads packages with pip or Maven. Nothing is installed, and nothing in a package is imported.
 *
 * @param python the Python that runs pip
 * @param maven the Maven command
 */
record PackageCarrier(String python, String maven) implements Carrier {

  @Override
  public Path bring(String address, Path folder, Progress progress)
      throws IOException, InterruptedException {
    Path work = Files.createTempDirectory(folder, "work");
    try {
      progress.at("downloading " + address, 0, 1);
      run(command(address, work), work);
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

  private static void run(List<String> command, Path work)
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
      if (process.waitFor() != 0) {
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
