package tare.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.compress.Compressed;
import tare.compress.Compressor;
import tare.compress.Gptq;
import tare.compress.LayerInputs;
import tare.compress.Method;
import tare.compress.Pruner;
import tare.compress.Rtn;
import tare.compress.SparsityPattern;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.CorpusFile;
import tare.data.CorpusSide;
import tare.data.Document;
import tare.data.InventedCorpora;
import tare.data.Progress;
import tare.data.Sample;
import tare.evaluate.LanguageModel;
import tare.evaluate.Outcome;
import tare.evaluate.Request;
import tare.evaluate.Score;
import tare.evaluate.Task;
import tare.evaluate.TestItem;
import tare.select.Candidate;
import tare.select.CandidatePool;
import tare.select.Selector;
import tare.select.Surroundings;
import tare.select.ZipCal;

/**
 * A selector, a method and a kind of task that the toolkit does not know, as a notebook's cell
 * defines them.
 */
class OwnCodeTest {

  @TempDir private Path data;
  private Materials materials;

  @BeforeEach
  void write() throws IOException {
    InventedCorpora.write(data.resolve("fetched"));
    materials = new Materials(data, Device.cpu());
  }

  private void run(Study study, List<Trial> trials, ResultFolder results) {
    TrialRun work = TrialRun.of(study, materials, Device.cpu(), results, Progress.NONE);
    new HereRunner(Progress.NONE).run(trials, work, results);
  }

  /** The candidates with the most of one letter. */
  private record MostLetters(CandidatePool pool, char letter) implements Selector {

    @Override
    public CalibrationSet select(Corpus corpus, Budget budget, Surroundings given) {
      List<Sample> samples =
          pool.draw(corpus, budget, given).list().stream()
              .map(Candidate::sample)
              .sorted(
                  Comparator.comparingLong(s -> -s.text().chars().filter(c -> c == letter).count()))
              .limit(budget.samples())
              .toList();
      return new CalibrationSet(name(), budget, samples);
    }
  }

  private static Study study(Selector... selectors) {
    return new Study(
        "own",
        List.of("../data/tiny"),
        List.of("news"),
        1,
        List.of(new Budget(2, 24)),
        List.of(new Gptq(3, 64)),
        List.of(new TaskPlan.HeldBack("news", 32, 2)),
        1,
        "f32",
        List.of(selectors));
  }

  @Test
  void aSelectorRunsInAStudyThatRecordsItsSettings() {
    Study study =
        study(
            new MostLetters(new CandidatePool(), 'e'),
            new MostLetters(new CandidatePool().pressure(4), 'o'));
    List<Trial> trials = materials.check(study);
    Path folder = data.resolve("results/own");
    try (ResultFolder results = ResultFolder.open(folder, study, trials)) {
      run(study, trials, results);
    }
    assertThat(trials.stream().map(Trial::id)).hasSize(3).doesNotHaveDuplicates();
    assertThat(Selectors.json(study.selectors().get(1)))
        .hasToString(
            "{\"selector\":\"MostLetters\",\"letter\":\"o\","
                + "\"pool\":{\"pressure\":4,\"packed\":false}}");
    assertThat(folder.resolve("results.csv")).content().contains("MostLetters", "letter=o");
    try (ResultFolder again = ResultFolder.open(folder, study, trials)) {
      assertThat(trials).allMatch(again::has);
    }
  }

  @Test
  void aClusterRefusesASelector() {
    assertThatThrownBy(() -> study(new MostLetters(new CandidatePool(), 'e')).requireNoOwnCode())
        .hasMessageContaining(
            "MostLetters is a selector of your own: no code travels to a cluster");
    study(new ZipCal()).requireNoOwnCode();
  }

  /** Wanda with another power of the norms. */
  record RootWanda(double sparsity, double power) implements Pruner {
    @Override
    public Compressed compress(NDArray weight, LayerInputs inputs) {
      NDArray scores = weight.abs().mul(inputs.norms().pow(power));
      return SparsityPattern.rows(sparsity).prune(weight, scores);
    }
  }

  private static Study study(Method... methods) {
    return new Study(
        "own",
        List.of("../data/tiny"),
        List.of("code"),
        1,
        List.of(new Budget(2, 24)),
        List.of(methods),
        List.of(new TaskPlan.HeldBack("code", 24, 2)),
        1,
        "f32");
  }

  @Test
  void aMethodRunsInAStudyAndGoesOnWhereTheStudyStopped() {
    Study study = study(new RootWanda(0.5, 0.5), new RootWanda(0.5, 0.25).then(new Rtn(4, 64)));
    List<Trial> trials = materials.check(study);
    assertThat(trials)
        .extracting(trial -> trial.method().label())
        .containsExactly("none", "RootWanda", "RootWanda+rtn");
    Path folder = data.resolve("results");
    for (int run = 0; run < 2; run++) {
      try (ResultFolder results = ResultFolder.open(folder, study, trials)) {
        assertThat(results.has(trials.get(1))).isEqualTo(run > 0);
        run(study, trials, results);
        assertThat(results.failures(trials)).isEmpty();
        assertThat(results.table()).content().contains(",RootWanda,");
      }
    }
    assertThat(folder.resolve("study.json"))
        .content()
        .containsSubsequence("RootWanda", "power", "0.5", "sparsity", "0.5", "then", "rtn");
  }

  @Test
  void otherSettingsOfAMethodAreAnotherTrial() {
    List<Trial> trials = materials.check(study(new RootWanda(0.5, 0.5), new RootWanda(0.5, 0.25)));
    assertThat(trials.stream().map(Trial::id)).doesNotHaveDuplicates();
  }

  @Test
  void aClusterAndAStudyFileRefuseAMethod() {
    Study study = study(new RootWanda(0.5, 0.5).then(new Rtn(4, 64)));
    assertThatThrownBy(study::json).hasMessageContaining("RootWanda is a method of your own");
    assertThatThrownBy(study::requireNoOwnCode)
        .hasMessageContaining("no code travels to a cluster");
    assertThatThrownBy(() -> Study.parse(StudyFile.canonical(study)))
        .hasMessageContaining("RootWanda is a method of your own");
  }

  @Test
  void theSettingsOfAMethodAreThoseOfARecord() {
    Compressor nameless =
        new Compressor() {
          @Override
          public Compressed compress(NDArray weight, LayerInputs inputs) {
            return new Rtn(4, 64).compress(weight, inputs);
          }
        };
    assertThatThrownBy(() -> Methods.json(nameless))
        .hasMessageContaining("is not a record")
        .hasMessageContaining("record Mine(double power) implements Compressor");
  }

  private static final String GPTQ =
      """
      {"name": "x", "models": ["m"], "corpora": ["code"], "sets": 1, "seed": 1, "precision": "f32",
       "budgets": [{"samples": 2, "tokensPerSample": 24}],
       "recipes": [{"method": "gptq", "bits": 3, "groupSize": 64}],
       "tasks": [{"kind": "choice", "task": "social_iqa", "limit": 5}]}
      """;

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
  void aTaskRunsInAStudyAndGoesOnWhereTheStudyStopped() {
    Study study = study(new NextWords(List.of("The cat sat on the mat", "Rain fell all day long")));
    List<Trial> trials = materials.check(study);
    for (int run = 0; run < 2; run++) {
      try (ResultFolder results = ResultFolder.open(data.resolve("results"), study, trials)) {
        assertThat(results.has(trials.get(0))).isEqualTo(run > 0);
        run(study, trials, results);
        assertThat(results.failures(trials)).isEmpty();
        assertThat(results.table()).content().contains("next-words,acc");
      }
    }
    assertThat(materials.scoredItems(study)).extracting(ScoredItem::task).contains("next-words");
  }

  @Test
  void calibrationTextIsCheckedAgainstTheItemsOfATask() throws IOException {
    List<String> leaked = code().documents().limit(3).map(Document::text).toList();
    List<Trial> trials = materials.check(study(new NextWords(leaked)));
    Materials.Drawn drawn = materials.calibrationSet(trials.get(1));
    assertThat(drawn.notes()).anyMatch(note -> note.startsWith("3 documents of the corpus left"));
  }

  @Test
  void aStudyFileNamesATaskButCannotRunIt() {
    String json = study(new NextWords(List.of("The cat sat on the mat"))).json();
    assertThat(json).contains("{\"kind\":\"own\",\"name\":\"next-words\",\"version\":\"1\"}");
    Study read = Study.parse(json);
    assertThatThrownBy(() -> materials.check(read))
        .hasMessageContaining("The task next-words is defined in a program");
  }
}
