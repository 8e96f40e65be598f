package tare.study;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tare.data.Progress;

/** A study that is killed, at whatever point, and started again gives the same table. */
class KilledStudyTest {

  private static final int SETS = 40;

  @TempDir private Path folder;

  private static Process start(Path results) throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            InventedStudy.class.getName(),
            results.toString(),
            Integer.toString(SETS))
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  private static long parts(Path results) throws IOException {
    Path parts = results.resolve("parts");
    if (!Files.isDirectory(parts)) {
      return 0;
    }
    try (Stream<Path> files = Files.list(parts)) {
      return files.filter(file -> file.toString().endsWith(".csv")).count();
    }
  }

  private static void run(Path results) {
    Study study = InventedStudy.study("colours", SETS);
    List<Trial> trials = InventedStudy.trials(study);
    try (ResultFolder open = ResultFolder.open(results, study, trials)) {
      new HereRunner(Progress.NONE).run(trials, InventedStudy.work(study, 0), open);
    }
  }

  @Test
  @Timeout(60)
  void whatAnEndingProcessCannotDoHasNotFailed() throws Exception {
    Path results = folder.resolve("ended");
    Process process = start(results);
    while (parts(results) < 3 && process.isAlive()) {
      Thread.sleep(5);
    }
    process.destroy();
    process.waitFor();
    assertThat(parts(results)).isLessThan(SETS);
    assertThat(results.resolve("failed")).doesNotExist();
  }

  @Test
  @Timeout(60)
  void killedTwiceAndStartedAgain() throws Exception {
    Path whole = folder.resolve("whole");
    Path killed = folder.resolve("killed");
    run(whole);

    for (int kill = 1; kill <= 2; kill++) {
      Process process = start(killed);
      while (parts(killed) < 5L * kill && process.isAlive()) {
        Thread.sleep(5);
      }
      process.destroyForcibly().waitFor();
      assertThat(parts(killed)).isBetween(5L * kill, (long) SETS);
    }
    // what a kill in the middle of a write leaves behind
    Files.writeString(killed.resolve("parts/half.csv.unfinished"), "study,tri");
    run(killed);

    assertThat(killed.resolve("results.csv")).hasSameTextualContentAs(whole.resolve("results.csv"));
    try (Stream<Path> files = Files.walk(killed)) {
      assertThat(files).noneMatch(file -> file.toString().endsWith(".unfinished"));
    }
  }
}
