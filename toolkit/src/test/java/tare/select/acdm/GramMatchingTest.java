package tare.select.acdm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.CorpusSide;
import tare.data.JoinedCorpus;
import tare.data.Sample;
import tare.select.Candidate;
import tare.select.CandidatePool;
import tare.select.Pick;
import tare.select.ReferenceItem;
import tare.select.Selection;
import tare.select.TaskReference;
import tare.select.TinyTexts;
import tare.select.UniformFromPool;
import tare.select.activation.FittedScaling;
import tare.select.activation.Observation;
import tare.select.activation.PointLayout;

/** Gram matching by hand, and on the tiny model with invented text of different kinds. */
class GramMatchingTest {

  private static final Budget BUDGET = new Budget(6, 48);
  private static TinyTexts tiny;
  private static Corpus pool;
  private static References both;

  @TempDir static Path folder;

  @BeforeAll
  static void prepare() throws IOException {
    tiny = TinyTexts.in(folder);
    pool =
        new JoinedCorpus(
            List.of(
                tiny.read("code", CorpusSide.TRAIN),
                tiny.read("dialogue", CorpusSide.TRAIN),
                tiny.read("news", CorpusSide.TRAIN)));
    both = new References(List.of(tiny.task("code"), tiny.task("dialogue")));
  }

  @AfterAll
  static void close() {
    tiny.close();
  }

  private static GramTarget target() {
    return GramTarget.of(both, new Observation(), BUDGET.tokensPerSample(), tiny.given(1));
  }

  private static InnerProducts products(float[]... vectors) {
    return InnerProducts.of(
        new FittedScaling.Rows(vectors.length, i -> vectors[i]), vectors[0].length);
  }

  private static float[] v(double... values) {
    float[] vector = new float[values.length];
    IntStream.range(0, values.length).forEach(i -> vector[i] = (float) values[i]);
    return vector;
  }

  private static List<Integer> herd(InnerProducts products, double[] weights, int count) {
    GreedyMean mean = new GreedyMean(products, weights);
    for (int step = 0; step < count; step++) {
      mean.take(mean.next(i -> true).orElseThrow());
    }
    return mean.taken();
  }

  @Test
  void herdingByHand() {
    // alone, (1, 0) is shortest; with it, (−1.2, 0) gives (−0.1, 0); then (0, 2) gives (−0.07,
    // 0.67)
    // and (0, −1.9) gives (−0.07, −0.63); at last (−0.05, 0.025) is left
    InnerProducts products = products(v(0, 2), v(1, 0), v(0, -1.9), v(-1.2, 0));
    double[] once = {1, 1, 1, 1};
    assertThat(herd(products, once, 4)).containsExactly(1, 3, 2, 0);
    assertThat(GreedyMean.length(products, once, IntStream.range(0, 4)))
        .isCloseTo(Math.hypot(0.05, 0.025), within(1e-6));
    GreedyMean mean = new GreedyMean(products, once);
    assertThat(mean.next(i -> i != 1)).as("only what is admissible").hasValue(3);
    assertThat(mean.next(i -> false)).isEmpty();
  }

  @Test
  void aWindowWithMoreCountedTokensWeighsMore() {
    InnerProducts products = products(v(1), v(-1), v(-3));
    assertThat(herd(products, new double[] {1, 1, 1}, 2)).containsExactly(0, 1);
    // (3·1 − 1) / 4 = 0.5, but (3·1 − 3) / 4 = 0
    assertThat(herd(products, new double[] {3, 1, 1}, 2)).containsExactly(0, 2);
  }

  @Test
  void theDistanceByHand() {
    PointLayout layout =
        new PointLayout(
            List.of(
                new PointLayout.Point(0, "qkv", 0, 2),
                new PointLayout.Point(0, "o", 2, 1),
                new PointLayout.Point(0, "down", 3, 1)));
    double[] shares = {0.6, 0.2, 0.2};
    GramTarget.Space space = GramTarget.space(layout, shares, v(3, 4, 2, 8));
    // (1² / 5² for three linears, 1² / 2² for one, 4² / 8² for one) / 5
    assertThat(space.distance(v(4, 4, 1, 4)))
        .isCloseTo(Math.sqrt((3 / 25.0 + 1 / 4.0 + 1 / 4.0) / 5), within(1e-6));
    assertThat(space.distance(v(3, 4, 2, 8))).isZero();
    assertThat(space.distance(v(0, 0, 0, 0))).isCloseTo(1, within(1e-6));
    GramTarget.Space unfed = GramTarget.space(layout, shares, v(3, 4, 2, 0));
    assertThat(unfed.distance(v(0, 0, 0, 9)))
        .as("a linear that the target does not feed counts for nothing")
        .isCloseTo(1, within(1e-6));
  }

  @Test
  void theMeanOfATextGoesByTokens() {
    FittedScaling.Rows rows = new FittedScaling.Rows(2, i -> i == 0 ? v(1, 0) : v(5, 4));
    assertThat(new GramTarget.Windows(rows, new double[] {3, 1}).mean()).containsExactly(2, 1);
  }

  @Test
  void allLinearsOfTheModelCountOnce() {
    assertThat(PointLayout.readers(tiny.model(), new Observation().firstBlocks(1)))
        .as("q, k and v; o; gate and up; down")
        .containsExactly(3, 1, 2, 1);
    assertThat(PointLayout.readers(tiny.model(), Observation.OUTPUTS)).containsOnly(1);
  }

  @Test
  void byItsOwnMeasureItBeatsEveryRandomDrawAndAcdm() {
    CalibrationSet set = new GramMatching(both).select(pool, BUDGET, tiny.given(1));
    try (GramTarget target = target()) {
      double own = target.distance(set);
      for (int draw = 0; draw < 8; draw++) {
        CalibrationSet random =
            new UniformFromPool().pressure(1).select(pool, BUDGET, tiny.given(1).set(draw));
        assertThat(own).as("draw " + draw).isLessThan(target.distance(random));
      }
      assertThat(own)
          .isLessThan(target.distance(new Acdm(both).select(pool, BUDGET, tiny.given(1))));
      assertThat(own)
          .isLessThan(target.distance(new AcdmHerding(both).select(pool, BUDGET, tiny.given(1))));
    }
  }

  @Test
  void theHeavierTaskIsMatchedMore() throws IOException {
    List<ReferenceItem> code = tiny.task("code").items();
    References mostly =
        new References(List.of(new TaskReference("code", code, 20), tiny.task("dialogue")));
    try (GramTarget target = target()) {
      assertThat(toCode(target, mostly)).isLessThan(toCode(target, both));
    }
  }

  private static double toCode(GramTarget target, References references) {
    return target
        .distances(new GramMatching(references).select(pool, BUDGET, tiny.given(1)))
        .get(0);
  }

  @Test
  void itIsTheGreedyChoiceThatTriesEverySet() {
    GramMatching small = new GramMatching(both).pressure(2);
    List<Candidate> windows =
        new CandidatePool().pressure(2).draw(pool, BUDGET, tiny.given(7)).list();
    Selection selection = small.choose(pool, BUDGET, tiny.given(7));
    List<Sample> tried = new ArrayList<>();
    try (GramTarget target = target()) {
      for (Pick pick : selection.picks()) {
        Candidate best =
            windows.stream()
                .filter(window -> isDifferent(window.sample(), tried))
                .min(Comparator.comparingDouble(w -> distance(target, tried, w.sample())))
                .orElseThrow();
        assertThat(pick.score()).isCloseTo(distance(target, tried, best.sample()), within(1e-4));
        tried.add(best.sample());
      }
    }
    assertThat(selection.set().samples())
        .extracting(Sample::document)
        .containsExactlyElementsOf(tried.stream().map(Sample::document).toList());
  }

  private static boolean isDifferent(Sample sample, List<Sample> taken) {
    return taken.stream()
        .allMatch(
            other ->
                !other.document().equals(sample.document())
                    && Diversity.jaccard(
                            Diversity.grams(other.tokens()), Diversity.grams(sample.tokens()))
                        <= 0.5);
  }

  private static double distance(GramTarget target, List<Sample> taken, Sample next) {
    List<Sample> with = new ArrayList<>(taken);
    with.add(next);
    return target.distance(new CalibrationSet("", new Budget(with.size(), 48), with));
  }

  @Test
  void theSameSeedGivesTheSameSetAtAnyOrderOfTheDocuments() throws IOException {
    Corpus reversed =
        new JoinedCorpus(
            List.of(
                tiny.read("news", CorpusSide.TRAIN),
                tiny.read("dialogue", CorpusSide.TRAIN),
                tiny.read("code", CorpusSide.TRAIN)));
    String fingerprint = new GramMatching(both).select(pool, BUDGET, tiny.given(3)).fingerprint();
    assertThat(new GramMatching(both).select(reversed, BUDGET, tiny.given(3)).fingerprint())
        .isEqualTo(fingerprint);
    assertThat(new GramMatching(both).select(pool, BUDGET, tiny.given(4)).fingerprint())
        .isNotEqualTo(fingerprint);
  }

  @Test
  void itsReaderLearnsHowNearTheSetIsAndWhatAnyDrawGives() {
    Selection selection = new GramMatching(both).choose(pool, BUDGET, tiny.given(1));
    assertThat(selection.picks()).extracting(Pick::document).doesNotHaveDuplicates();
    assertThat(selection.picks().get(0).reason())
        .isEqualTo("the nearest window to code and dialogue");
    assertThat(selection.picks().get(1).reason())
        .isEqualTo("brings the set so far nearest to code and dialogue");
    try (GramTarget target = target()) {
      assertThat(selection.picks().get(5).score())
          .isCloseTo(target.distance(selection.set()), within(1e-5));
      assertThat(target.error()).isBetween(0.001, 0.5);
    }
    assertThat(selection.notes().get(0))
        .startsWith("distance of the Gram matrices to the tasks': 0.")
        .contains("of 8 random draws from this pool 0.");
    assertThat(selection.notes().toString())
        .contains("code: distance ", "documents in a window: 1.00 in the set", "by corpus: code ");
  }

  static Stream<GramMatching> options() {
    GramMatching plain = new GramMatching(both);
    return Stream.concat(
        Stream.of(Observation.Counted.values()).map(tokens -> plain.firstBlocks(2).counted(tokens)),
        Stream.of(plain.referenceWindows(16), plain.pressure(4), plain.packed()));
  }

  @ParameterizedTest
  @MethodSource("options")
  void everyOptionGivesAWholeSetAndSaysSoInItsName(GramMatching selector) {
    Selection selection = selector.choose(pool, BUDGET, tiny.given(1));
    assertThat(selection.set().samples()).hasSize(6);
    assertThat(selection.set().fingerprint())
        .isEqualTo(selector.select(pool, BUDGET, tiny.given(1)).fingerprint());
    assertThat(selector.name()).doesNotContain("\n").contains("code(", "dialogue(");
  }

  @Test
  void tokensWithoutAWeightAreNotSeen() {
    List<Sample> samples = new UniformFromPool().select(pool, BUDGET, tiny.given(1)).samples();
    float[] uncounted = new float[48];
    uncounted[0] = 1;
    float[] one = new float[48];
    one[1] = 2;
    try (GramTarget target = target()) {
      double alone =
          target.distance(
              new CalibrationSet("", new Budget(1, 48), List.of(samples.get(0).weighted(one))));
      List<Sample> blind =
          List.of(samples.get(0).weighted(one), samples.get(1).weighted(uncounted));
      assertThat(target.distance(new CalibrationSet("", new Budget(2, 48), blind)))
          .isEqualTo(alone);
      assertThatThrownBy(
              () ->
                  target.distance(
                      new CalibrationSet(
                          "", new Budget(1, 48), List.of(samples.get(0).weighted(uncounted)))))
          .hasMessageContaining("No sample of the set has a counted token");
    }
  }

  @Test
  void whatCannotBeMatchedIsRefused() {
    assertThatThrownBy(() -> new GramMatching(List.of()).select(pool, BUDGET, tiny.given(1)))
        .hasMessageContaining("There are no references");
    TaskReference silent =
        new TaskReference("silent", List.of(new ReferenceItem("1", "word ".repeat(200), "")));
    GramMatching unanswered =
        new GramMatching(new References(List.of(silent))).counted(Observation.Counted.ANSWERS);
    assertThatThrownBy(() -> unanswered.select(pool, BUDGET, tiny.given(1)))
        .hasMessageContaining("No reference window of silent has a counted token (ANSWERS)");
    assertThatThrownBy(
            () -> new GramMatching(both).select(pool, new Budget(9999, 48), tiny.given(1)))
        .hasMessageContaining("Lower the number of samples");
  }
}
