package tare.evaluate.benchmark;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CancellationException;
import java.util.concurrent.TimeUnit;
import tare.data.TemporaryFolder;

/**
 * Runs each program in a process with resource limits, which is <strong>not a sandbox</strong>: the
 * process can read whatever the user can read, and reach the network. Use a disposable machine or a
 * container.
 *
 * <p>The process starts in an empty folder that is deleted afterwards. It gets no environment,
 * input or output, and limits on time, memory and file size. Where Linux allows it, the program
 * runs in a process namespace of its own, so that all of its processes end with it.
 *
 * <p>A program passes if a random mark is written after its last line. A program that exits before
 * its tests, or in the middle of them, does not pass. A program that looks for the mark can find
 * it.
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

  /** How a command gets a process namespace of its own, found once; empty where none is allowed. */
  private static final class Namespace {

    private static final List<String> COMMAND =
        List.of(
                List.of("unshare", "--pid", "--fork", "--kill-child"),
                List.of("unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child"))
            .stream()
            .filter(Namespace::works)
            .findFirst()
            .orElse(List.of());

    private static boolean works(List<String> command) {
      List<String> trial = new ArrayList<>(command);
      trial.add("true");
      try {
        Process process = quiet(trial).start();
        return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
      } catch (IOException e) {
        return false;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CancellationException("interrupted before a program ran");
      }
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws UncheckedIOException if no process can be started
   */
  @Override
  public boolean passes(String program) {
    Path folder = TemporaryFolder.make("program");
    try {
      Path work = Files.createDirectory(folder.resolve("work"));
      Path mark = folder.resolve("mark");
      String expected = UUID.randomUUID().toString();
      Files.writeString(
          work.resolve("program.py"),
          program + "\n__import__(\"os\").write(3, b\"" + expected + "\")\n");
      return run(work, mark) && Files.exists(mark) && Files.readString(mark).equals(expected);
    } catch (IOException e) {
      throw new UncheckedIOException(python + " cannot be run: " + e.getMessage(), e);
    } finally {
      discard(folder);
    }
  }

  private boolean run(Path folder, Path mark) throws IOException {
    List<String> command = new ArrayList<>(Namespace.COMMAND);
    // sets the limits, and opens the file of the mark as descriptor 3
    String limited =
        String.format(
            Locale.ROOT,
            "ulimit -v %d && ulimit -f %d && ulimit -t %d && ulimit -c 0"
                + " && exec \"$0\" -I program.py 3>\"$1\"",
            mebibytes * 1024L,
            FILE_BLOCKS,
            time.toSeconds() + 1);
    command.addAll(List.of("/bin/sh", "-c", limited, python, mark.toString()));
    ProcessBuilder builder = quiet(command);
    String path = builder.environment().getOrDefault("PATH", "/usr/bin:/bin");
    builder.environment().clear();
    builder.environment().put("PATH", path);
    builder.directory(folder.toFile());
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

  private static ProcessBuilder quiet(List<String> command) {
    return new ProcessBuilder(command)
        .redirectInput(new File("/dev/null"))
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD);
  }

  /** Deletes what a program left. What cannot be deleted now goes when this program ends. */
  private static void discard(Path folder) {
    try {
      TemporaryFolder.delete(folder);
    } catch (IOException e) {
      return;
    }
  }
}
