package tare.evaluate.benchmark;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Runs each program in a process with resource limits, which is <strong>not a sandbox</strong>: the
 * process can read whatever the user can read, and reach the network. Use a disposable machine or a
 * container.
 *
 * <p>The process starts in an empty folder that is deleted afterwards. It gets no environment,
 * input or output, and limits on time, memory and file size.
 *
 * @param python the Python command
 * @param time wall-clock limit, after which the process and its children are killed
 * @param mebibytes memory limit
 */
public record PythonProcess(String python, Duration time, int mebibytes) implements CodeRunner {

  private static final int FILE_BLOCKS = 2048;

  /** A limit of three seconds, as in HumanEval, and of one gibibyte. */
  public PythonProcess(String python) {
    this(python, Duration.ofSeconds(3), 1024);
  }

  /**
   * {@inheritDoc}
   *
   * @throws UncheckedIOException if no process can be started
   */
  @Override
  public boolean passes(String program) {
    try {
      Path folder = Files.createTempDirectory("tare-program");
      try {
        Files.writeString(folder.resolve("program.py"), program);
        return run(folder);
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(python + " cannot be run: " + e.getMessage(), e);
    }
  }

  private boolean run(Path folder) throws IOException {
    String limits =
        "ulimit -v %d && ulimit -f %d && ulimit -t %d && ulimit -c 0 && exec \"$0\" -I program.py"
            .formatted(mebibytes * 1024L, FILE_BLOCKS, time.toSeconds() + 1);
    ProcessBuilder builder = new ProcessBuilder(List.of("/bin/sh", "-c", limits, python));
    String path = builder.environment().getOrDefault("PATH", "/usr/bin:/bin");
    builder.environment().clear();
    builder.environment().put("PATH", path);
    builder.directory(folder.toFile());
    builder.redirectInput(new File("/dev/null"));
    builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    builder.redirectError(ProcessBuilder.Redirect.DISCARD);
    Process process = builder.start();
    try {
      return process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS) && process.exitValue() == 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted while a program ran");
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
