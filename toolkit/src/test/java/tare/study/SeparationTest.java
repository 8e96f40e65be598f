package tare.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.compress.Gptq;
import tare.compress.Method;
import tare.compress.Rtn;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.CorpusFile;
import tare.data.CorpusSide;
import tare.data.Document;
import tare.data.InventedCorpora;
import tare.data.Overlap;
import tare.data.Sample;
import tare.data.Sha256;
import tare.evaluate.MultipleChoice;
import tare.evaluate.Task;
import tare.evaluate.benchmark.Tasks;
import tare.select.Selector;
import tare.select.ZipCal;

/** References, candidates and test items share nothing, and a trial in which they do is refused. */
class SeparationTest {

  private static final String TASK = "social_iqa";

  @TempDir private Path data;

  @BeforeEach
  void write() throws IOException {
    InventedCorpora.write(data.resolve("fetched"));
  }

  private static Study study(String corpus, List<Selector> selectors) {
    return study(corpus, selectors, new TaskPlan.Choice(TASK, 20));
  }

  private static Study study(String corpus, List<Selector> selectors, TaskPlan scored) {
    return new Study(
        "selectors",
        List.of("../data/tiny"),
        List.of(corpus),
        1,
        List.of(new Budget(2, 24)),
        List.of(new Rtn(3, 64), gptq()),
        List.of(scored, new TaskPlan.HeldBack("how-to", 32, 4)),
        1,
        "f32",
        selectors);
  }

  private static Method gptq() {
    return new Gptq(3, 64).naturalOrder();
  }

  private Materials materials() {
    return new Materials(data, Device.cpu());
  }

  private static Set<String> hashes(Stream<String> texts) {
    return texts.map(Sha256::hex).collect(Collectors.toSet());
  }

  @Test
  void referencesCandidatesAndTestItemsAreDisjointByContent() throws IOException {
    Materials materials = materials();
    List<Selector> selectors =
        Stream.of("uniform", "uniform-pool", "zipcal", "acdm").map(Selectors::named).toList();
    List<Trial> trials = materials.check(study("code+how-to", selectors));

    Set<String> tests = hashes(materials.task(new TaskPlan.Choice(TASK, 1000)).solvedTexts());
    Set<String> references =
        hashes(
            new Tasks(data.resolve("fetched"))
                .named(TASK).references().stream().map(Document::text));
    assertThat(tests).hasSizeGreaterThan(50).doesNotContainAnyElementsOf(references);
    Set<String> heldBack =
        hashes(
            CorpusFile.read(data.resolve("fetched/corpora/how-to.jsonl"), CorpusSide.HELD_BACK)
                .documents()
                .map(Document::text));
    Set<String> names = new HashSet<>();
    for (Trial trial : trials) {
      if (trial.calibration() != null) {
        Materials.Drawn drawn = materials.calibrationSet(trial);
        names.add(drawn.set().selector().replaceAll("\\[.*", ""));
        assertThat(drawn.set().samples()).hasSize(2);
        assertThat(hashes(drawn.set().samples().stream().map(Sample::text)))
            .doesNotContainAnyElementsOf(tests)
            .doesNotContainAnyElementsOf(references)
            .doesNotContainAnyElementsOf(heldBack);
      }
    }
    assertThat(names).containsExactlyInAnyOrder("UniformDraw", "UniformFromPool", "ZipCal", "Acdm");
  }

  /** Adds the first test items of the task to a corpus, each with so many copies of itself. */
  private void leak(String corpus, int copies) throws IOException {
    MultipleChoice task = (MultipleChoice) new Tasks(data.resolve("fetched")).named(TASK).first(20);
    String lines =
        task.solvedTexts()
            .filter(text -> CorpusSide.TRAIN.holds(text))
            .map(
                text ->
                    "{\"id\": \"%s\", \"text\": \"%s\"}\n"
                        .formatted(
                            Sha256.hex(text),
                            IntStream.range(0, copies)
                                .mapToObj(i -> text.replace("\n", "\\n"))
                                .collect(Collectors.joining(" "))))
            .collect(Collectors.joining());
    Files.writeString(
        data.resolve("fetched/corpora/" + corpus + ".jsonl"), lines, StandardOpenOption.APPEND);
  }

  @Test
  void aDrawNeverGetsToSeeATestItem() throws IOException {
    Materials before = materials();
    Study study = study("code", null);
    Materials.Drawn clean = before.calibrationSet(calibrated(before.check(study)));
    leak("code", 1);
    Materials after = materials();
    Materials.Drawn leaked = after.calibrationSet(calibrated(after.check(study)));
    assertThat(leaked.notes().get(0)).matches("\\d+ documents of the corpus left out: .*");
    assertThat(leaked.set().fingerprint()).isEqualTo(clean.set().fingerprint());
  }

  @Test
  void aSetOrACorpusThatHoldsATestItemIsRefused() throws IOException {
    leak("code", 1);
    Corpus corpus = CorpusFile.read(data.resolve("fetched/corpora/code.jsonl"), CorpusSide.TRAIN);
    Task task = new Tasks(data.resolve("fetched")).named(TASK).first(20);
    CalibrationSet none = new CalibrationSet("none", new Budget(1, 2), List.of());
    assertThatThrownBy(
            () -> new Separation(List.of(task), List.of(), List.of()).require(none, corpus, false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Calibration would see a test item");
  }

  @Test
  void selectorsNeverGetToSeeADocumentThatSharesARunOfWordsWithATestItem() throws IOException {
    aDocumentThatSharesARunOfWordsIsLeftOut(new TaskPlan.Choice(TASK, 20));
  }

  @Test
  void theSameHoldsForItemsThatAreScoredAsAText() throws IOException {
    aDocumentThatSharesARunOfWordsIsLeftOut(new TaskPlan.Divergence(null, null, TASK, 32, 8));
  }

  private void aDocumentThatSharesARunOfWordsIsLeftOut(TaskPlan scored) throws IOException {
    Materials before = materials();
    Study study = study("code", List.of(new ZipCal()), scored);
    Materials.Drawn clean = before.calibrationSet(calibrated(before.check(study)));
    leak("code", 3);
    Materials after = materials();
    Materials.Drawn leaked = after.calibrationSet(calibrated(after.check(study)));
    assertThat(leaked.notes().get(0)).matches("\\d+ documents of the corpus left out: .*");
    assertThat(leaked.set().fingerprint()).isEqualTo(clean.set().fingerprint());
  }

  private static Trial calibrated(List<Trial> trials) {
    return trials.stream().filter(t -> t.calibration() != null).findFirst().orElseThrow();
  }

  @Test
  void thirteenWordsInARowAreAnOverlapUnlessTheyAreTheFormat() {
    String words = "one two three four five six seven eight nine ten eleven twelve thirteen";
    Overlap overlap = new Overlap();
    overlap.addItems(List.of("Begin: " + words + ", end.", "A short item"));
    assertThat(overlap.isIn("He said: " + words.toUpperCase(Locale.ROOT))).isTrue();
    assertThat(overlap.isIn(words.replace("six", "6"))).isFalse();
    assertThat(overlap.isIn("a SHORT item!")).isTrue();
    assertThat(overlap.isIn("a short item, and more")).isFalse();
    assertThat(overlap.isSame("He said: " + words)).isFalse();

    Overlap format = new Overlap();
    format.addItems(IntStream.range(0, 40).mapToObj(i -> words + " item " + i).toList());
    assertThat(format.isIn(words)).isFalse();
    assertThat(format.isIn(words + " item 7")).as("the whole item").isTrue();
  }
}
