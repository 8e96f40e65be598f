package tare.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.compress.Gptq;
import tare.compress.Method;
import tare.data.Budget;
import tare.data.InventedCorpora;
import tare.data.Progress;
import tare.evaluate.Divergence;
import tare.evaluate.MultipleChoice;
import tare.evaluate.Perplexity;
import tare.evaluate.Task;
import tare.model.Precision;

/** What is wrong with a task's files is said when a study is checked, before the first trial. */
class StudyTasksTest {

  private static final String ITEM =
      "{\"goal\": \"g\", \"sol1\": \"s\", \"sol2\": \"t\", \"label\": %d}\n";

  @TempDir private Path data;

  private void write(String file, String content) throws IOException {
    Path path = data.resolve("fetched/tasks").resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, content);
  }

  /** As {@link Materials#check} asks for each task of a study. */
  private String version(TaskPlan plan) {
    return new Materials(data).ofTask(plan);
  }

  @Test
  void publishedTasksAndTextsAreReadAndPinned() throws IOException {
    write(
        "piqa/valid.jsonl",
        String.format(Locale.ROOT, ITEM, 0) + String.format(Locale.ROOT, ITEM, 1));
    write("wikitext/wiki.test.raw", " = Mill = \n \n It turns . \n");
    TaskPlan choice = new TaskPlan.Choice("piqa", 1);
    TaskPlan text = new TaskPlan.Published("wikitext2", 8, 2);

    assertThat(((MultipleChoice) new Materials(data).task(choice)).items()).hasSize(1);
    assertThat(((Perplexity) new Materials(data).task(text)).text()).contains("It turns");
    String before = version(choice);
    write(
        "piqa/valid.jsonl",
        String.format(Locale.ROOT, ITEM, 1) + String.format(Locale.ROOT, ITEM, 1));
    assertThat(version(choice)).as("other files are another task").isNotEqualTo(before);
  }

  @Test
  void theSolvedItemsOfATaskAreATextToCompareOn() throws IOException {
    write(
        "piqa/valid.jsonl",
        String.format(Locale.ROOT, ITEM, 0) + String.format(Locale.ROOT, ITEM, 1));
    TaskPlan.Divergence plan = new TaskPlan.Divergence(null, null, "piqa", 8, 2);
    Task task = new Materials(data).task(plan);
    assertThat(task.name()).isEqualTo("piqa/solved/divergence");
    assertThat(((Divergence) task).text())
        .extracting(Perplexity::text)
        .isEqualTo("Question: g\nAnswer: s\n\nQuestion: g\nAnswer: t\n\n");
    assertThat(StudyFile.canonical(plan))
        .isEqualTo("{\"kind\":\"divergence\",\"task\":\"piqa\",\"window\":8,\"windows\":2}");
  }

  @Test
  void whatIsMissingOrWrongIsNamed() throws IOException {
    assertThatThrownBy(() -> version(new TaskPlan.Choice("piqa", 1)))
        .hasMessageContaining("tare fetch piqa")
        .hasMessageContaining("validation file");
    assertThatThrownBy(() -> version(new TaskPlan.Published("wikitext2", 8, 2)))
        .hasMessageContaining("test side");
    assertThatThrownBy(() -> version(new TaskPlan.Published("wikitext9", 8, 2)))
        .hasMessageContaining("wikitext2, ptb, c4");
    write(
        "piqa/valid.jsonl",
        String.format(Locale.ROOT, ITEM, 0) + String.format(Locale.ROOT, ITEM, 2));
    assertThatThrownBy(() -> version(new TaskPlan.Choice("piqa", 1)))
        .as("also beyond the limit")
        .hasMessageContaining("valid.jsonl, line 2: field label is 2");
  }

  private Study study(String task) throws IOException {
    InventedCorpora.write(data.resolve("fetched"));
    return new Study(
        "tasks",
        List.of(Path.of("../data/tiny").toAbsolutePath().toString()),
        List.of("news"),
        1,
        List.of(new Budget(2, 16)),
        List.of(new Gptq(3, 64).naturalOrder()),
        List.of(new TaskPlan.Choice(task, 5)),
        7,
        "f32");
  }

  @Test
  void aModelThatCannotWriteAsMuchAsATaskAsksIsRefusedBeforeTheFirstTrial() throws IOException {
    write(
        "ifeval/ifeval_input_data.jsonl",
        "{\"key\": 1, \"prompt\": \"P\", \"instruction_id_list\": [\"punctuation:no_comma\"], \"kwargs\": [{}]}\n");
    Study study = study("ifeval");
    assertThatThrownBy(() -> new Materials(data).trials(study))
        .hasMessageContaining("ifeval lets a model write 1280 tokens")
        .hasMessageContaining("512 tokens");
  }

  private TrialRun work(String study, Materials materials) {
    return new TrialRun(
        study,
        materials,
        Device.cpu(),
        Precision.F32,
        data.resolve("unfinished"),
        Clock.systemUTC(),
        Progress.NONE);
  }

  @Test
  void requestsThatAreCutAreCountedInTheNotes() throws IOException {
    String passage = "{\"text\": \"%sThe mill was old.\"}\n";
    write(
        "lambada_openai/lambada_test.jsonl",
        String.format(Locale.ROOT, passage, "The river was low. ".repeat(200))
            + String.format(Locale.ROOT, passage, ""));
    Materials materials = new Materials(data);
    Trial baseline =
        materials.trials(study("lambada_openai")).stream()
            .filter(trial -> trial.method() instanceof Method.Uncompressed)
            .findFirst()
            .orElseThrow();
    assertThat(work("tasks", materials).apply(baseline).trial().notes())
        .isEqualTo("1 requests of lambada_openai: cut on the left to the model's context");
  }

  @Test
  void aStudyAsksForTheDivergenceFromItsOriginal() throws IOException {
    InventedCorpora.write(data.resolve("fetched"));
    Path file =
        Files.writeString(
            data.resolve("study.json"),
            """
            {"name": "apart", "models": ["%s"], "corpora": ["news"], "sets": 1,
             "budgets": [{"samples": 2, "tokensPerSample": 16}],
             "recipes": [{"method": "rtn", "bits": 3, "groupSize": 64}],
             "tasks": [{"kind": "divergence", "corpus": "news", "window": 16, "windows": 3}],
             "seed": 7, "precision": "f32"}
            """
                .formatted(Path.of("../data/tiny").toAbsolutePath()));
    Study study = Study.read(file);
    Materials materials = new Materials(data);
    List<Trial> trials = materials.trials(study);
    Path run = data.resolve("runs/apart");
    try (ResultFolder results = ResultFolder.open(run, study, trials)) {
      TrialRun work = TrialRun.of(study, materials, Device.cpu(), results, Progress.NONE);
      new HereRunner(Progress.NONE).run(trials, work, results);
      assertThat(results.failures(trials)).isEmpty();
    }

    TrialFiles files = TrialFiles.in(run);
    List<Map<String, String>> original = files.rows(trials.get(0).id());
    List<Map<String, String>> rounded = files.rows(trials.get(1).id());
    assertThat(rounded)
        .extracting(row -> row.get("metric"))
        .containsExactly("kl", "kl_median", "kl_p90", "kl_p99", "kl_p999", "same_top");
    assertThat(rounded)
        .allMatch(row -> row.get("task").equals("news/divergence"))
        .allMatch(row -> row.get("items").equals("3"))
        .allMatch(row -> row.get("evaluation_length").equals("16"))
        .allMatch(row -> row.get("evaluation_tokens").equals("45"));
    assertThat(Double.parseDouble(original.get(0).get("value"))).isZero();
    assertThat(Double.parseDouble(rounded.get(0).get("value"))).isPositive();
    assertThat(files.damaged()).isEmpty();

    // published and read again, and never calibrated on the held-out text
    PublishedStudy.publish(study, run, data.resolve("results/apart"));
    assertThat(TrialFiles.in(data.resolve("results/apart")).rows(trials.get(1).id()))
        .isEqualTo(rounded);
    assertThat(StudyFile.canonical(study.tasks().get(0)))
        .isEqualTo("{\"kind\":\"divergence\",\"corpus\":\"news\",\"window\":16,\"windows\":3}");
    assertThatThrownBy(() -> new TaskPlan.Divergence("news", "ptb", null, 16, 3))
        .hasMessageContaining("one of the fields corpus, text and task");
  }

  @Test
  void corporaOfOneFileNameAreToldApartByTheirFolders() throws IOException {
    Path corpora = data.resolve("fetched/corpora");
    InventedCorpora.write(data.resolve("fetched"));
    Files.createDirectories(corpora.resolve("en"));
    Files.createDirectories(corpora.resolve("de"));
    Files.copy(corpora.resolve("news.jsonl"), corpora.resolve("en/news.jsonl"));
    Files.copy(corpora.resolve("how-to-de.jsonl"), corpora.resolve("de/news.jsonl"));
    Files.copy(corpora.resolve("chat.jsonl"), corpora.resolve("en/chat.jsonl"));
    Study study =
        Study.parse(
            """
            {"name": "languages", "models": ["%s"], "sets": 0, "seed": 7, "precision": "f32",
             "tasks": [{"kind": "perplexity", "corpus": "en/news", "window": 16, "windows": 3},
                       {"kind": "perplexity", "corpus": "de/news", "window": 16, "windows": 3}]}
            """
                .formatted(Path.of("../data/tiny").toAbsolutePath()));
    Materials materials = new Materials(data);
    List<Trial> trials = materials.trials(study);
    Path run = data.resolve("runs/languages");
    try (ResultFolder results = ResultFolder.open(run, study, trials)) {
      results.add(trials.get(0), work("languages", materials).apply(trials.get(0)));
    }
    TrialFiles files = TrialFiles.in(run);
    assertThat(files.damaged()).isEmpty();
    assertThat(files.rows(trials.get(0).id()))
        .filteredOn(row -> row.get("metric").equals("perplexity"))
        .extracting(row -> row.get("task"))
        .containsExactly("en/news", "de/news");
    assertThat(materials.task(new TaskPlan.Answers("en/chat", 3)).name()).isEqualTo("en/chat");
  }

  @Test
  void samplesRunInTheStudysPrecisionAndTheRowSaysSo() throws IOException {
    InventedCorpora.write(data.resolve("fetched"));
    Study study =
        Study.parse(
            """
            {"name": "short", "models": ["%s"], "corpora": ["news"], "sets": 1,
             "budgets": [{"samples": 2, "tokensPerSample": 16}],
             "recipes": [{"method": "gptq", "bits": 3, "groupSize": 64}],
             "tasks": [{"kind": "perplexity", "corpus": "news", "window": 16, "windows": 3}],
             "seed": 7, "precision": "f32", "calibrationPrecision": "bf16"}
            """
                .formatted(Path.of("../data/tiny").toAbsolutePath()));
    Materials materials = new Materials(data);
    Trial trial = materials.trials(study).get(1);
    assertThat(work("short", materials).apply(trial).trial().schedule())
        .isEqualTo(trial.method().schedule().label() + ", samples in bf16");
  }
}
