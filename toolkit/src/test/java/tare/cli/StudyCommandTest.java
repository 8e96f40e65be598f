package tare.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tare.audit.RecordedCase;
import tare.cli.TrialProgress.TimeLeft;
import tare.study.RecordCsv;

/** The commands of studies on a real, very small model and invented text, and spans of time. */
class StudyCommandTest {

  private static final List<String> WORDS =
      List.of("river", "stone", "under", "the", "bridge", "runs", "cold", "and", "slow", "water");

  @TempDir private Path folder;

  private String model;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @BeforeEach
  void data() throws Exception {
    model = Path.of(getClass().getResource("/tokenizer/smollm.gguf").toURI()).toString();
    corpus("news", 1);
    corpus("code", 2);
    stones(40);
  }

  private void stones(int number) throws IOException {
    String examples =
        IntStream.range(0, number)
            .mapToObj(
                i ->
                    String.format(
                        Locale.ROOT,
                        "{\"input\": \"Where is stone %d?\", \"target_scores\": {\"under water\": %d, \"in the sky\": %d}}",
                        i,
                        i % 2,
                        1 - i % 2))
            .collect(Collectors.joining(","));
    write("fetched/bigbench/stones/task.json", "{\"examples\": [" + examples + "]}");
  }

  private void corpus(String name, int seed) throws IOException {
    corpus(name, seed, 120);
  }

  private void corpus(String name, int seed, int documents) throws IOException {
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
    write("fetched/corpora/" + name + ".jsonl", lines.toString());
  }

  private Path write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private String study() {
    return """
        {"name": "stones", "models": ["%s"], "corpora": ["news", "code"], "sets": 2,
         "budgets": [{"samples": 4, "tokensPerSample": 32}],
         "recipes": [{"method": "rtn", "bits": 3, "groupSize": 16},
                     {"method": "gptq", "bits": 3, "groupSize": 16}],
         "tasks": [{"kind": "choice", "task": "stones", "limit": 10},
                   {"kind": "perplexity", "corpus": "news", "window": 32, "windows": 4}],
         "seed": 1, "precision": "f32"}
        """
        .formatted(model);
  }

  private int tare(String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    CommandLine line = Tare.commandLine();
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    return line.execute(arguments);
  }

  private int run(String study) throws IOException {
    return tare("study", "run", write("study.json", study).toString(), "--data", folder.toString());
  }

  private List<CSVRecord> rows() throws IOException {
    CSVFormat format = CSVFormat.DEFAULT.builder().setHeader().setSkipHeaderRecord(true).get();
    try (CSVParser parser =
        CSVParser.parse(
            Files.newBufferedReader(folder.resolve("runs/stones/results.csv")), format)) {
      return parser.getRecords();
    }
  }

  private static CSVRecord perplexity(List<CSVRecord> rows, String method, String corpus) {
    return rows.stream()
        .filter(
            row ->
                row.get("method").equals(method)
                    && row.get("corpus").equals(corpus)
                    && row.get("metric").equals("perplexity"))
        .findFirst()
        .orElseThrow();
  }

  private static CSVRecord acc(List<CSVRecord> rows) {
    return rows.stream().filter(row -> row.get("metric").equals("acc")).findFirst().orElseThrow();
  }

  @Test
  void aStudyGivesATidyTableAndASecondRunLeavesItAlone() throws IOException {
    assertThat(run(study())).as(err.toString()).isZero();
    List<CSVRecord> rows = rows();

    // baseline, rtn, and gptq with 2 corpora x 2 sets; seven metrics each
    assertThat(rows).hasSize(6 * 7);
    assertThat(rows).allMatch(row -> Double.isFinite(Double.parseDouble(row.get("value"))));
    CSVRecord baseline = perplexity(rows, "none", "");
    CSVRecord gptq = perplexity(rows, "gptq", "code");
    assertThat(baseline.get("bits_per_weight")).isEmpty();
    assertThat(baseline.get("evaluation_tokens")).isEqualTo("124");
    assertThat(baseline.get("evaluation_length")).isEqualTo("32");
    assertThat(gptq.get("calibration_fingerprint")).matches("[0-9a-f]{64}");
    assertThat(gptq.get("selector")).isEqualTo("uniform");
    assertThat(gptq.get("set")).matches("[01]");
    assertThat(gptq.get("bits")).isEqualTo("3");
    assertThat(gptq.get("group_size")).isEqualTo("16");
    assertThat(gptq.get("method_settings")).isEmpty();
    assertThat(Double.parseDouble(gptq.get("bits_per_weight"))).isBetween(3.0, 8.0);
    assertThat(gptq.get("value")).isNotEqualTo(baseline.get("value"));
    assertThat(folder.resolve("runs/stones/layers/" + gptq.get("trial") + ".csv")).exists();

    assertThat(Files.readAllLines(folder.resolve("runs/stones/scored_items.csv")))
        .startsWith("task,task_version,item,sha256")
        .filteredOn(line -> line.matches("stones,.*,[0-9a-f]{64}"))
        .hasSize(Integer.parseInt(acc(rows).get("items")));

    String before = Files.readString(folder.resolve("runs/stones/results.csv"));
    assertThat(run(study())).isZero();
    assertThat(folder.resolve("runs/stones/results.csv")).hasContent(before);
  }

  @Test
  void shardsPlannedRunAndMergedGiveTheTableOfOneRun() throws IOException {
    String file = write("study.json", study()).toString();
    String data = folder.toString();
    String low = write("low.json", study().replace("f32", "bf16")).toString();
    assertThat(tare("study", "plan", low, "--data", data)).as(err.toString()).isZero();
    assertThat(tare("study", "plan", file, "--data", data, "--workers", "2"))
        .as(err.toString())
        .isZero();
    assertThat(out.toString())
        .containsPattern("4 +0 +\\d+ s +\\d+ MiB  .*gptq, 3 bits, groups of 16, 4 x 32 tokens")
        .containsPattern("stones: 0 of 6 trials are done; about \\d+ s left, on 2 machines \\d+ s")
        .contains("Shared: 2 model loads for 6 trials, and 4 calibration sets for 4 of them");
    assertThat(tare("study", "plan", file, "--data", data, "--workers", "2", "--gpus", "4"))
        .isZero();
    assertThat(out.toString())
        .containsPattern("on 2 machines of 4 GPUs \\d+ s")
        .contains("6 model loads for 6 trials");

    for (String shard : List.of("1/2", "2/2")) {
      assertThat(tare("study", "run", file, "--data", data, "--shard", shard)).isZero();
      assertThat(out.toString()).containsPattern("([1-5]) of \\1 trials done");
    }
    Path results = folder.resolve("runs");
    String merged = results.resolve("merged").toString();
    assertThat(
            tare(
                "study",
                "merge",
                merged,
                results.resolve("stones.shard-1-of-2").toString(),
                results.resolve("stones.shard-2-of-2").toString()))
        .as(err.toString())
        .isZero();
    assertThat(out.toString()).contains("6 of 6 trials of stones are done");

    assertThat(run(study())).isZero();
    assertThat(withoutTimes(results.resolve("merged/results.csv")))
        .isEqualTo(withoutTimes(results.resolve("stones/results.csv")))
        .hasSize(42);
    assertThat(tare("study", "plan", file, "--data", data)).isZero();
    assertThat(out.toString()).contains("6 of 6 trials are done.");

    String copy = study().replace("\"name\": \"stones\"", "\"name\": \"copy\"");
    String other = write("copy.json", copy).toString();
    assertThat(tare("study", "run", other, "--data", data, "--reuse", merged)).isZero();
    assertThat(out.toString())
        .contains("6 of 6 trials were taken from other studies")
        .contains("6 of 6 trials done");
    assertThat(tare("study", "run", other, "--data", data, "--reuse", results.toString()))
        .isEqualTo(1);
    assertThat(err.toString()).contains("holds no results: it has no study.json");

    assertThat(tare("study", "report", file, "--data", data)).as(err.toString()).isZero();
    assertThat(results.resolve("stones/report/mean-and-spread.md")).isNotEmptyFile();
    assertThat(results.resolve("stones/report/perplexity-news-spread.png")).isNotEmptyFile();
  }

  /** What {@code study numbers} writes of the study in the folder. */
  private List<RecordedCase> numbers(String... options) throws IOException {
    Path table = folder.resolve("cases.csv.gz");
    String file = folder.resolve("study.json").toString();
    List<String> command =
        new ArrayList<>(List.of("study", "numbers", file, "--data", folder.toString()));
    command.addAll(List.of("--out", table.toString()));
    command.addAll(List.of(options));
    assertThat(tare(command.toArray(String[]::new))).as(err.toString()).isZero();
    try (InputStream in = new GZIPInputStream(Files.newInputStream(table))) {
      return RecordCsv.records(RecordedCase.class, in);
    }
  }

  @Test
  void theNumbersOfRecordedSetsAreFoundAgain() throws IOException {
    corpus("news", 1, 500);
    assertThat(run(study())).as(err.toString()).isZero();
    assertThat(numbers())
        .hasSize(4)
        .allMatch(each -> each.task().equals("news") && each.method().equals("gptq"))
        .allMatch(each -> Double.isFinite(each.numbers().gramDistance()))
        .allMatch(each -> each.numbers().effectiveRank() > 1)
        .allMatch(each -> each.numbers().coverage() <= 1 && each.numbers().coverage() > 0);
    assertThat(out.toString()).contains("stones: 4 of 4 recorded sets chosen again, 4 scores");

    assertThat(numbers("--largest", "1"))
        .as("without the model")
        .hasSize(4)
        .allMatch(each -> Double.isNaN(each.numbers().gramDistance()))
        .allMatch(each -> Double.isFinite(each.numbers().distance()));

    forgetTheOriginal();
    assertThat(numbers("--largest", "1")).as("nothing to compare with").isEmpty();
    assertThat(out.toString()).contains("0 scores; left out: 4 scores that cannot be compared");
  }

  /** Deletes the results of the uncompressed model. */
  private void forgetTheOriginal() throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve("runs/stones"))) {
      for (Path file : files.filter(each -> each.toString().endsWith(".csv")).toList()) {
        if (Files.readString(file).contains(",none,")) {
          Files.delete(file);
        }
      }
    }
  }

  @Test
  void setsAreAlsoComparedOnSolvedItems() throws IOException {
    stones(120);
    String apart =
        study()
            .replace("\"corpus\": \"news\", \"window\": 32", "\"corpus\": \"code\", \"window\": 32")
            .replace("[\"news\", \"code\"]", "[\"news\"]")
            .replace(
                "{\"kind\": \"perplexity\"",
                "{\"kind\": \"divergence\", \"task\": \"stones\", \"window\": 8, \"windows\": 4}, {\"kind\": \"perplexity\"");
    assertThat(run(apart)).as(err.toString()).isZero();
    List<Double> recorded =
        rows().stream()
            .filter(row -> row.get("metric").equals("kl") && row.get("method").equals("gptq"))
            .map(row -> Math.log(Double.parseDouble(row.get("value"))))
            .toList();
    assertThat(numbers())
        .allMatch(each -> each.task().equals("stones/solved") && each.metric().equals("kl"))
        .allMatch(each -> Double.isFinite(each.numbers().centroidDistance()))
        .extracting(RecordedCase::lnScore)
        .containsExactlyInAnyOrderElementsOf(recorded)
        .hasSize(2);
  }

  @Test
  void aModelChoosesOfEveryPool() throws IOException {
    String selecting =
        study()
            .replace("[\"news\", \"code\"]", "[\"news\"]")
            .replace("\"seed\"", "\"selectors\": [{\"selector\": \"perplexity\"}], \"seed\"");
    assertThat(run(selecting)).as(err.toString()).isZero();
    assertThat(
            rows().stream()
                .filter(row -> row.get("method").equals("gptq"))
                .map(row -> row.get("calibration_fingerprint"))
                .distinct())
        .hasSize(2);
  }

  private static List<Map<String, String>> withoutTimes(Path table) throws IOException {
    CSVFormat format = CSVFormat.DEFAULT.builder().setHeader().setSkipHeaderRecord(true).get();
    try (CSVParser parser = CSVParser.parse(Files.newBufferedReader(table), format)) {
      List<Map<String, String>> rows = new ArrayList<>();
      for (CSVRecord record : parser) {
        Map<String, String> row = record.toMap();
        row.keySet().removeIf(name -> name.matches("seconds_.*|peak_memory_mib|finished_utc"));
        rows.add(row);
      }
      return rows;
    }
  }

  @Test
  void whatIsWrongIsFoundBeforeTheFirstTrial() throws IOException {
    assertRefused(
        study().replace("\"task\": \"stones\"", "\"task\": \"rocks\""), "rocks", "stones");
    assertRefused(study().replace("[\"news\", \"code\"]", "[\"news\", \"poems\"]"), "poems.jsonl");
    assertRefused(study().replace("\"samples\": 4", "\"samples\": 4000"), "corpus", "4000");
    assertRefused(
        study().replace("\"tokensPerSample\": 32", "\"tokensPerSample\": 100000"),
        "100000",
        "context");
    assertRefused(study().replace("\"window\": 32", "\"window\": 100000"), "100000", "context");
    assertRefused(study().replace(model, "no-such-model"), "models.csv");
    assertRefused(study().replace("\"bits\": 3", "\"bits\": 1"), "recipes[0]", "bits");
    assertThat(folder.resolve("results")).doesNotExist();
  }

  @Test
  void aClusterNeedsTheBuildWithSpark() throws IOException {
    String file = write("study.json", study()).toString();
    assertThat(tare("study", "run", file, "--data", folder.toString(), "--on", "spark://nowhere:1"))
        .isEqualTo(1);
    assertThat(err.toString()).contains("mvn -Pspark package");
    assertThat(folder.resolve("results")).doesNotExist();
  }

  private void assertRefused(String study, String... mentioned) throws IOException {
    assertThat(run(study)).isEqualTo(1);
    assertThat(err.toString().lines()).as(err.toString()).hasSize(1);
    assertThat(err.toString()).contains(mentioned);
  }

  @Test
  void theModelThatCompressWritesIsTheOneThatAStudyScores() throws IOException {
    String rtnOnly = study().replaceAll("(?s),\\s*\\{\"method\": \"gptq\"[^}]*\\}", "");
    run(rtnOnly);
    String inStudy = perplexity(rows(), "rtn", "").get("value");
    Path written = folder.resolve("compressed");
    assertThat(
            tare(
                "compress",
                "--model",
                model,
                "--recipe",
                "rtn",
                "--bits",
                "3",
                "--group",
                "16",
                "--out",
                written.toString()))
        .as(err.toString())
        .isZero();
    assertThat(
            run(
                rtnOnly
                    .replace(model, written.toString())
                    .replace("\"name\": \"stones\"", "\"name\": \"copy\"")))
        .isZero();
    List<String> copy = Files.readAllLines(folder.resolve("runs/copy/results.csv"));

    assertThat(
            copy.stream()
                .filter(row -> row.contains(",none,") && row.contains(",perplexity,"))
                .findFirst()
                .orElseThrow())
        .contains("," + inStudy + ",");
    assertThat(
            tare(
                "compress",
                "--model",
                model,
                "--recipe",
                "rtn",
                "--bits",
                "3",
                "--out",
                written.toString()))
        .isEqualTo(1);
    assertThat(err.toString()).contains("already holds a checkpoint");
  }

  @Test
  void evaluateScoresTextAndTasks() throws IOException {
    String text = String.join(" ", Collections.nCopies(40, String.join(" ", WORDS)));
    Path file = write("text.txt", text);
    assertThat(
            tare(
                "evaluate",
                "--model",
                model,
                "--perplexity",
                file.toString(),
                "--window",
                "32",
                "--windows",
                "3",
                "--precision",
                "f32"))
        .as(err.toString())
        .isZero();
    assertThat(out.toString()).contains("3 windows of 32 tokens, 93 predicted, f32");

    Path table = folder.resolve("tasks.csv");
    assertThat(
            tare(
                "evaluate",
                "--model",
                model,
                "--task",
                "all",
                "--limit",
                "12",
                "--precision",
                "f32",
                "--data",
                folder.toString(),
                "--out",
                table.toString()))
        .as(err.toString())
        .isZero();
    assertThat(out.toString()).contains("stones: 12 items, random guess 0.500");
    assertThat(Files.readAllLines(table)).hasSize(2);

    assertThat(tare("evaluate", "--list", "--data", folder.toString())).isZero();
    assertThat(out.toString().lines())
        .anyMatch(line -> line.matches("stones .*12 items: acc .* at chance"))
        .anyMatch(line -> line.matches("arc_easy .*missing: tare fetch arc_easy.*tasks.arc_easy"));
    Files.delete(table);
    assertThat(tare("evaluate", "--list", "--data", folder.toString())).isZero();
    assertThat(out.toString().lines()).contains("stones");
  }

  @Test
  void evaluateSaysWhatIsMissing() {
    assertThat(tare("evaluate", "--task", "stones")).isEqualTo(2);
    assertThat(err.toString()).contains("--model");
    assertThat(tare("evaluate", "--model", model, "--perplexity", folder.resolve("x") + ".txt"))
        .isEqualTo(1);
    assertThat(err.toString()).contains("There is no file");
    assertThat(tare("evaluate", "--model", model)).isEqualTo(2);
    assertThat(
            tare(
                "evaluate",
                "--model",
                model,
                "--task",
                "stones",
                "--precision",
                "f64",
                "--data",
                folder.toString()))
        .isEqualTo(1);
    assertThat(err.toString()).contains("f64");
    assertThat(Stream.of("gptq", "rtn"))
        .allMatch(
            method ->
                tare("compress", "--model", model, "--recipe", method, "--bits", "9", "--out", "x")
                    == 1);
  }

  @Test
  void followsFromWhatTheFinishedPartTook() {
    TimeLeft unknown = new TimeLeft(400, false);
    assertThat(unknown.left(5)).isEmpty();
    unknown.done(100);
    assertThat(unknown.left(20)).isEqualTo(", about 60 s left");
    assertThat(new TimeLeft(7500, true).left(5)).isEqualTo(", about 2 h 05 min left");
  }

  @Test
  void spansAreSaidInTheirLargestUnits() {
    assertThat(Times.text(0.4)).isEqualTo("0 s");
    assertThat(Times.text(99)).isEqualTo("99 s");
    assertThat(Times.text(100)).isEqualTo("2 min");
    assertThat(Times.text(3600)).isEqualTo("60 min");
    assertThat(Times.text(6001)).isEqualTo("1 h 40 min");
    assertThat(Times.text(100 * 3600)).isEqualTo("4 d 4 h");
  }
}
