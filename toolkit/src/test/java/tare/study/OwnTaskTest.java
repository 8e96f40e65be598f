package tare.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.data.Budget;
import tare.data.CorpusFile;
import tare.data.CorpusSide;
import tare.data.Document;
import tare.data.InventedCorpora;
import tare.data.Progress;
import tare.evaluate.LanguageModel;
import tare.evaluate.Outcome;
import tare.evaluate.Request;
import tare.evaluate.Score;
import tare.evaluate.Task;
import tare.evaluate.TestItem;

/** A kind of task that the toolkit does not know, as a notebook cell defines one. */
class OwnTaskTest {

  private static final String GPTQ =
      """
      {"name": "x", "models": ["m"], "corpora": ["code"], "sets": 1, "seed": 1, "precision": "f32",
       "budgets": [{"samples": 2, "tokensPerSample": 24}],
       "recipes": [{"method": "gptq", "bits": 3, "groupSize": 64}],
       "tasks": [{"kind": "choice", "task": "social_iqa", "limit": 5}]}
      """;

  @TempDir private Path data;

  /** Whether a model goes on with a sentence as it was written. */
  record NextWords(List<String> sentences) implements Task {

    @Override
    public String name() {
      return "next-words";
    }

    @Override
    public String version() {
      return "1";
    }

    @Override
    public List<TestItem> items() {
      return sentences.stream().map(text -> TestItem.of(text, text)).toList();
    }

    @Override
    public List<Outcome> run(LanguageModel model) {
      return sentences.stream().map(text -> outcome(text, model)).toList();
    }

    private Outcome outcome(String text, LanguageModel model) {
      int half = text.indexOf(' ', text.length() / 2);
      Request.Continuation request =
          new Request.Continuation(text.substring(0, half), text.substring(half));
      Score score = model.continuations(List.of(request)).get(0);
      return new Outcome(name(), text, "acc", score.greedy() ? 1 : 0);
    }
  }

  @BeforeEach
  void write() throws IOException {
    InventedCorpora.write(data.resolve("fetched"));
  }

  private static Study study(Task task) {
    return new Study(
        "own",
        List.of("../data/tiny"),
        List.of("code"),
        1,
        List.of(new Budget(2, 24)),
        Study.parse(GPTQ).recipes(),
        List.of(new TaskPlan.Own(task)),
        1,
        "f32");
  }

  private CorpusFile code() throws IOException {
    return CorpusFile.read(data.resolve("fetched/corpora/code.jsonl"), CorpusSide.TRAIN);
  }

  @Test
  void itRunsInAStudyAndGoesOnWhereTheStudyStopped() {
    Study study = study(new NextWords(List.of("The cat sat on the mat", "Rain fell all day long")));
    Materials materials = new Materials(data, Device.cpu());
    List<Trial> trials = materials.check(study);
    for (int run = 0; run < 2; run++) {
      try (ResultFolder results = ResultFolder.open(data.resolve("results"), study, trials)) {
        assertThat(results.has(trials.get(0))).isEqualTo(run > 0);
        new HereRunner(Progress.NONE)
            .run(
                trials,
                TrialRun.of(study, materials, Device.cpu(), results, Progress.NONE),
                results);
        assertThat(results.failures(trials)).isEmpty();
        assertThat(results.table()).content().contains("next-words,acc");
      }
    }
    assertThat(materials.scoredItems(study)).extracting(ScoredItem::task).contains("next-words");
  }

  @Test
  void calibrationTextIsCheckedAgainstItsItems() throws IOException {
    List<String> leaked = code().documents().limit(3).map(Document::text).toList();
    Materials materials = new Materials(data, Device.cpu());
    List<Trial> trials = materials.check(study(new NextWords(leaked)));
    Materials.Drawn drawn = materials.calibrationSet(trials.get(1));
    assertThat(drawn.notes()).anyMatch(note -> note.startsWith("3 documents of the corpus left"));
  }

  @Test
  void aStudyFileNamesItButCannotRunIt() {
    String json = study(new NextWords(List.of("The cat sat on the mat"))).json();
    assertThat(json).contains("{\"kind\":\"own\",\"name\":\"next-words\",\"version\":\"1\"}");
    Study read = Study.parse(json);
    assertThatThrownBy(() -> new Materials(data, Device.cpu()).check(read))
        .hasMessageContaining("The task next-words is defined in a program");
  }
}
