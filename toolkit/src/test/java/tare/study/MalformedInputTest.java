package tare.study;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.data.Budget;
import tare.data.CalibrationFile;
import tare.data.CalibrationSet;
import tare.data.ChatWriter;
import tare.data.CorpusFile;
import tare.data.CorpusSide;
import tare.data.Document;
import tare.data.JsonLines;
import tare.data.Sample;
import tare.format.Mutation;
import tare.model.ModelFixture;

/**
 * Seeded mutations of each file that a user brings or a study leaves: it is read, or it is refused
 * by a message that names the file; no more memory is taken than a few times what the intact file
 * takes. {@code -Dtare.fuzz.rounds=N} sets the number of mutants of each kind.
 */
class MalformedInputTest {

  private static final int ROUNDS = Integer.getInteger("tare.fuzz.rounds", 100);
  private static final long SLACK_BYTES = 8 << 20;
  private static final int TIMES = 4;

  @TempDir Path folder;

  /** Reads a file as far as a program would. */
  @FunctionalInterface
  private interface Reader {
    void read(Path file) throws IOException;
  }

  private static long allocated(Path file, Reader reader, List<Throwable> thrown) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    try {
      reader.read(file);
    } catch (Throwable e) {
      thrown.add(e);
    }
    return threads.getCurrentThreadAllocatedBytes() - before;
  }

  private void fuzz(Path file, long seed, Mutation mutation, Reader reader) throws IOException {
    byte[] intact = Files.readAllBytes(file);
    reader.read(file);
    long most = TIMES * allocated(file, reader, new ArrayList<>()) + SLACK_BYTES;
    SplittableRandom random = new SplittableRandom(seed);
    int refused = 0;
    for (int round = 0; round < ROUNDS; round++) {
      Files.write(file, mutation.of(intact, random));
      List<Throwable> thrown = new ArrayList<>();
      long bytes = allocated(file, reader, thrown);
      for (Throwable failure : thrown) {
        refused++;
        assertThat(failure)
            .as("round %d", round)
            .isInstanceOfAny(
                IllegalArgumentException.class, IOException.class, UncheckedIOException.class)
            .hasMessageContaining(file.getFileName().toString());
      }
      assertThat(bytes).as("bytes taken in round %d", round).isLessThan(most);
    }
    Mutation.tell(file.getFileName(), refused, ROUNDS);
    assertThat(refused).as("mutants that are refused").isGreaterThan(ROUNDS / 20);
    Files.write(file, intact);
  }

  private static void readCorpus(Path file) throws IOException {
    CorpusFile.read(file, CorpusSide.ALL);
  }

  @Test
  void studies() throws IOException {
    Path file = folder.resolve("short.json");
    Files.writeString(file, StudyFile.pretty(InventedStudy.study("short", 2)));
    fuzz(file, 1, Mutation.json(), Study::read);
  }

  @Test
  void corporaOfJsonLines() throws IOException {
    Path file = folder.resolve("words.jsonl");
    JsonLines.write(
        file,
        IntStream.range(0, 20)
            .mapToObj(i -> new Document("d" + i, "words", "the river 😀 stone " + i))
            .toList());
    fuzz(file, 2, Mutation.bytes(Integer.MAX_VALUE), MalformedInputTest::readCorpus);
  }

  @Test
  void corporaThatAreJsonTrees() throws IOException {
    Path file = folder.resolve("words.json");
    Files.writeString(
        file, "[{\"text\": \"the river\", \"id\": \"a\"}, {\"text\": \"a stone\", \"n\": [1]}]");
    fuzz(file, 3, Mutation.json(), MalformedInputTest::readCorpus);
  }

  @Test
  void corporaOfTables() throws IOException {
    Path file = folder.resolve("words.csv");
    Files.writeString(file, "id,text\na,\"the, river\"\nb,stone\nc,\"a \"\"market\"\"\"\n");
    fuzz(file, 4, Mutation.bytes(Integer.MAX_VALUE), MalformedInputTest::readCorpus);
  }

  @Test
  void corporaOfParquet() throws IOException, URISyntaxException {
    Path file =
        Files.copy(
            ModelFixture.folder("parquet/arc_easy/test.parquet"), folder.resolve("words.parquet"));
    fuzz(
        file,
        5,
        Mutation.bytes(Integer.MAX_VALUE),
        each -> CorpusFile.read(each, CorpusSide.ALL, "question", ChatWriter.REFUSED));
  }

  @Test
  void calibrationSets() throws IOException {
    Path file = folder.resolve("set.jsonl");
    CalibrationFile.write(
        file,
        new CalibrationSet(
            "UniformDraw",
            new Budget(2, 4),
            List.of(
                new Sample("a", "words", "the river", new int[] {1, 2, 3, 4}),
                new Sample("b", "words", "a stone", new int[] {5, 6, 7, 8}))));
    fuzz(file, 6, Mutation.bytes(Integer.MAX_VALUE), CalibrationFile::read);
  }

  /** A damaged part is never read as another result: it is read whole, or the trial is not done. */
  @Test
  void partsOfARun() throws IOException {
    Study study = InventedStudy.study("short", 1);
    List<Trial> trials = InventedStudy.trials(study);
    try (ResultFolder results = ResultFolder.open(folder, study, trials)) {
      trials.forEach(trial -> results.add(trial, InventedStudy.work(study, 0).apply(trial)));
    }
    Path part = folder.resolve("parts/" + trials.get(0).id() + ".csv");
    byte[] intact = Files.readAllBytes(part);
    SplittableRandom random = new SplittableRandom(7);
    int damaged = 0;
    for (int round = 0; round < ROUNDS; round++) {
      Files.write(part, Mutation.bytes(Integer.MAX_VALUE).of(intact, random));
      TrialFiles files = TrialFiles.in(folder);
      boolean isDone = files.finished().contains(trials.get(0).id());
      assertThat(files.damaged().isEmpty()).as("round %d", round).isEqualTo(isDone);
      assertThat(files.rows(trials.get(0).id()).isEmpty()).isEqualTo(!isDone);
      damaged += isDone ? 0 : 1;
    }
    Mutation.tell("part", damaged, ROUNDS);
    assertThat(damaged).isGreaterThan(ROUNDS / 5);
  }
}
