package tare.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tare.data.Progress;
import tare.study.ClusterEngine;
import tare.study.Study;

/**
 * The command line on a cluster of real processes: whichever process is killed, the table equals
 * the table of a run in one process.
 */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class SparkStudyTest {

  private static final List<String> WORDS =
      List.of("river", "stone", "under", "the", "bridge", "runs", "cold", "and", "slow", "water");

  private static final int TRIALS = 10;

  private static final Path REPOSITORY = Path.of("..").toAbsolutePath().normalize();

  @TempDir private static Path folder;

  private static Standalone cluster;
  private static Process first;
  private static Path alone;

  @BeforeAll
  static void clusterAndTableOfOneProcess() throws Exception {
    data("home", 1);
    data("other", 2);
    cluster = Standalone.start(folder.resolve("cluster"));
    alone = folder.resolve("alone");
    assertThat(run(alone, study("code", 2), List.of()).waitFor()).as(printed(alone)).isZero();
    assertThat(rows(alone)).hasSizeGreaterThan(TRIALS);
    first = cluster.worker(Map.of());
    cluster.worker(Map.of());
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @Test
  void theTableSurvivesTheLossOfAWorkerAndOfTheDriver() throws Exception {
    Path sentBack = folder.resolve("sent-back");
    Process run = run(sentBack, study("code", 2), onCluster("driver"));
    waitForParts(sentBack, 2, run);
    Standalone.kill(first);
    assertThat(parts(sentBack)).as("killed in the middle").isLessThan(TRIALS);
    assertThat(run.waitFor()).as(printed(sentBack)).isZero();
    assertSameAsAlone(sentBack);

    first = cluster.worker(Map.of());
    Path shared = folder.resolve("shared");
    Process killed = run(shared, study("code", 2), onCluster("workers"));
    waitForParts(shared, 2, killed);
    Standalone.kill(killed);
    assertThat(parts(shared)).as("killed in the middle").isLessThan(TRIALS);
    assertThat(run(shared, study("code", 2), onCluster("workers")).waitFor())
        .as(printed(shared))
        .isZero();
    assertSameAsAlone(shared);
  }

  @Test
  void aFailingTrialIsTriedElsewhereAndAWorkerWithOtherDataIsLeftOut() throws Exception {
    Process strange = cluster.worker(Map.of("TARE_DATA", folder.resolve("other/data").toString()));
    try {
      // one document makes no calibration set
      Path results = folder.resolve("failing");
      Process run = run(results, study("scrap", 1), onCluster("driver"));
      assertThat(run.waitFor()).as(printed(results)).isEqualTo(1);
      assertThat(parts(results)).isEqualTo(4);
      try (Stream<Path> failed = Files.list(results.resolve("failed"))) {
        List<Path> notes = failed.toList();
        assertThat(notes).hasSize(2);
        assertThat(notes)
            .allSatisfy(
                note ->
                    assertThat(Files.readString(note))
                        .containsPattern("(?s)On executor (\\d+) on .*On executor (?!\\1 )\\d+ on ")
                        .contains("at tare."));
      }
      assertThat(printed(results))
          .containsPattern("executor \\d+ on 127.0.0.1 is left out: its models or data")
          .doesNotContain("INFO");
    } finally {
      Standalone.kill(strange);
    }
  }

  @Test
  void aJobArrayGivesTheSameTable() throws Exception {
    Path study = Files.writeString(folder.resolve("array.json"), study("code", 2));
    Path data = folder.resolve("home/data");
    for (int job = 2; job >= 1; job--) { // each alone, as when one is submitted again
      ProcessBuilder batch =
          new ProcessBuilder("bash", REPOSITORY.resolve("toolkit/cluster/study.sbatch") + "");
      batch.environment().put("TARE_HOME", REPOSITORY.toString());
      batch.environment().put("TARE_STUDY", study.toString());
      batch.environment().put("TARE_DATA", data.toString());
      batch.environment().putAll(Standalone.ONE_THREAD);
      batch.environment().put("SLURM_ARRAY_TASK_ID", Integer.toString(job));
      batch.environment().put("SLURM_ARRAY_TASK_COUNT", "1");
      batch.environment().put("TARE_SHARDS", "2");
      assertThat(batch.inheritIO().start().waitFor()).isZero();
    }
    Path merged = folder.resolve("merged");
    Path shards = data.resolve("runs");
    Process merge =
        cluster.tare(
            folder.resolve("merged.log"),
            List.of(
                "study",
                "merge",
                merged.toString(),
                shards.resolve("stones.shard-1-of-2").toString(),
                shards.resolve("stones.shard-2-of-2").toString()));
    assertThat(merge.waitFor()).as(printed(merged)).isZero();
    assertSameAsAlone(merged);
  }

  @Test
  void candidatesCompeteOnWorkersAsTheyDoHere() throws Exception {
    Path here = folder.resolve("adapted-here");
    Path there = folder.resolve("adapted-there");
    assertThat(adapt(here, List.of()).waitFor()).as(printed(here)).isZero();
    assertThat(adapt(there, List.of("--on", cluster.master())).waitFor())
        .as(printed(there))
        .isZero();
    assertThat(printed(there)).contains("tasks on spark://");
    assertThat(there.resolve("candidates.csv"))
        .hasSameTextualContentAs(here.resolve("candidates.csv"));
    assertThat(there.resolve("model/model.safetensors"))
        .hasSameBinaryContentAs(here.resolve("model/model.safetensors"));
  }

  private static Process adapt(Path out, List<String> more) throws IOException {
    Path data = folder.resolve("home/data");
    List<String> arguments = new ArrayList<>(List.of("adapt"));
    arguments.addAll(List.of("--model", REPOSITORY.resolve("data/tiny").toString()));
    arguments.addAll(List.of("--for", data.resolve("fetched/corpora/news.jsonl").toString()));
    arguments.addAll(List.of("--pool", data.resolve("fetched/corpora/code.jsonl").toString()));
    arguments.addAll(
        List.of("--recipe", "gptq", "--bits", "3", "--group", "64", "--try", "zipcal"));
    arguments.addAll(List.of("--samples", "2", "--length", "48", "--window", "16"));
    arguments.addAll(List.of("--windows", "4", "--draws", "3", "--device", "cpu"));
    arguments.addAll(List.of("--data", data.toString(), "--out", out.toString()));
    arguments.addAll(more);
    return cluster.tare(out.resolveSibling(out.getFileName() + ".log"), arguments);
  }

  @Test
  void workOfThisProcessIsRefused() {
    SparkRunner runner =
        new SparkRunner(
            "spark://nowhere:1",
            Study.parse(study("code", 2)),
            "cpu",
            ClusterEngine.ResultsBy.DRIVER,
            Progress.NONE);
    assertThatThrownBy(() -> runner.run(List.of(), trial -> null, null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("notebook 10")
        .hasMessageContaining("mvn -Pspark package");
  }

  private static List<String> onCluster(String resultsBy) {
    return List.of("--on", cluster.master(), "--results-by", resultsBy);
  }

  /** Starts a study in a process of its own. */
  private static Process run(Path results, String study, List<String> more) throws IOException {
    Path file = Files.writeString(folder.resolve(results.getFileName() + ".json"), study);
    List<String> arguments = new ArrayList<>(List.of("study", "run", file.toString()));
    arguments.addAll(List.of("--data", folder.resolve("home/data").toString()));
    arguments.addAll(List.of("--results", results.toString(), "--device", "cpu"));
    arguments.addAll(more);
    return cluster.tare(results.resolveSibling(results.getFileName() + ".log"), arguments);
  }

  private static String printed(Path results) throws IOException {
    return Files.readString(results.resolveSibling(results.getFileName() + ".log"));
  }

  /** Baseline, rounding, and two methods with the sets of two corpora. */
  private static String study(String corpus, int sets) {
    return String.format(
        Locale.ROOT,
        """
        {"name": "stones", "models": ["tiny"], "corpora": ["news", "%s"], "sets": %d,
         "budgets": [{"samples": 8, "tokensPerSample": 64}],
         "recipes": [{"method": "rtn", "bits": 3, "groupSize": 64},
                     {"method": "gptq", "bits": 3, "groupSize": 64},
                     {"method": "wanda", "sparsity": "2:4"}],
         "tasks": [{"kind": "choice", "task": "arc_easy", "limit": 4},
                   {"kind": "perplexity", "corpus": "news", "window": 64, "windows": 4}],
         "seed": 1, "precision": "f32"}
        """,
        corpus,
        sets);
  }

  /** A project folder: the tiny model, invented corpora, and a benchmark as Parquet. */
  private static void data(String project, int seed) throws IOException {
    Path data = Files.createDirectories(folder.resolve(project).resolve("data"));
    Files.createSymbolicLink(data.resolveSibling("tiny"), REPOSITORY.resolve("data/tiny"));
    corpus(data, "news", seed, 200);
    corpus(data, "code", seed + 10, 200);
    corpus(data, "scrap", seed + 20, 1);
    Path tasks = Files.createDirectories(data.resolve("fetched/tasks"));
    Files.createSymbolicLink(
        tasks.resolve("arc_easy"),
        REPOSITORY.resolve("toolkit/src/test/resources/parquet/arc_easy"));
  }

  private static void corpus(Path data, String name, int seed, int documents) throws IOException {
    Random random = new Random(seed);
    StringBuilder lines = new StringBuilder();
    for (int document = 0; document < documents; document++) {
      String text =
          IntStream.range(0, 60)
              .mapToObj(i -> WORDS.get(random.nextInt(WORDS.size())))
              .collect(Collectors.joining(" "));
      lines.append(
          String.format(
              Locale.ROOT,
              "{\"id\": \"%s-%d\", \"source\": \"%s\", \"text\": \"%s\"}\n",
              name,
              document,
              name,
              text));
    }
    Path file = data.resolve("fetched/corpora/" + name + ".jsonl");
    Files.createDirectories(file.getParent());
    Files.writeString(file, lines.toString());
  }

  private static void waitForParts(Path results, int count, Process process) throws Exception {
    while (parts(results) < count) {
      assertThat(process.isAlive()).as(printed(results)).isTrue();
      Thread.sleep(20);
    }
  }

  private static int parts(Path results) throws IOException {
    return files(results, "parts").size();
  }

  private static List<Path> files(Path results, String kind) throws IOException {
    if (!Files.isDirectory(results.resolve(kind))) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(results.resolve(kind))) {
      return files.filter(file -> file.toString().matches(".*\\.csv(\\.gz)?")).sorted().toList();
    }
  }

  private static void assertSameAsAlone(Path results) throws IOException {
    assertThat(rows(results)).isEqualTo(rows(alone));
    assertThat(results.resolve("failed")).doesNotExist();
    assertThat(results.resolve("unfinished")).doesNotExist();
    for (String kind : List.of("items", "layers", "calibration")) {
      assertThat(content(results, kind)).as(kind).isEqualTo(content(alone, kind)).isNotEmpty();
    }
  }

  private static Map<String, String> content(Path results, String kind) throws IOException {
    Map<String, String> content = new TreeMap<>();
    for (Path file : files(results, kind)) {
      try (InputStream raw = Files.newInputStream(file);
          InputStream in = file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw) {
        String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        content.put(
            file.getFileName().toString(), kind.equals("layers") ? withoutSeconds(text) : text);
      }
    }
    return content;
  }

  /** The table, without the columns of times and of the machine. */
  private static List<String> rows(Path results) throws IOException {
    return rows(Files.readString(results.resolve("results.csv")));
  }

  private static String withoutSeconds(String table) throws IOException {
    return String.join("\n", rows(table));
  }

  private static List<String> rows(String table) throws IOException {
    CSVFormat format = CSVFormat.DEFAULT.builder().setHeader().setSkipHeaderRecord(true).get();
    try (CSVParser parser = CSVParser.parse(table, format)) {
      List<String> rows = new ArrayList<>();
      for (CSVRecord record : parser) {
        Map<String, String> row = new TreeMap<>(record.toMap());
        row.keySet().removeIf(name -> name.matches("seconds.*|peak_memory_mib|finished_utc"));
        rows.add(row.toString());
      }
      return rows;
    }
  }
}
