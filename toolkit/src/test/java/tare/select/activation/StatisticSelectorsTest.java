package tare.select.activation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tare.data.Budget;
import tare.data.Corpus;
import tare.data.CorpusFile;
import tare.data.CorpusSide;
import tare.data.JoinedCorpus;
import tare.select.ExplainedSelector;
import tare.select.GreedyCover;
import tare.select.Passage;
import tare.select.Pick;
import tare.select.Selection;
import tare.select.TinyTexts;

/** Selectors that look at the model, on the tiny one; their rules by hand. */
class StatisticSelectorsTest {

  private static final Budget BUDGET = new Budget(5, 32);
  private static TinyTexts tiny;
  private static Corpus corpus;
  private static Corpus reversed;

  @TempDir static Path folder;

  @BeforeAll
  static void prepare() throws IOException {
    tiny = TinyTexts.in(folder);
    CorpusFile code = tiny.read("code", CorpusSide.TRAIN);
    CorpusFile news = tiny.read("news", CorpusSide.TRAIN);
    corpus = new JoinedCorpus(List.of(code, news));
    reversed = new JoinedCorpus(List.of(news, code));
  }

  @AfterAll
  static void close() {
    tiny.close();
  }

  static Stream<ExplainedSelector> selectors() {
    return Stream.of(
        new CoverCal(),
        new CoverCal().kappa(3).tau(0.5).weight(CoverCal.Weight.ONE).fill(CoverCal.Fill.FOLDS),
        new CoverCal().weight(CoverCal.Weight.SQUARED_RANGE).fill(CoverCal.Fill.UNIFORM),
        new ActivationClusters(),
        new ActivationClusters().scaled(),
        new ByPerplexity(),
        new ByPerplexity().order(ByPerplexity.Order.LOWEST),
        new ByPerplexity().order(ByPerplexity.Order.HIGHEST),
        new Stratified());
  }

  @ParameterizedTest
  @MethodSource("selectors")
  void aWholeSetThatDependsOnTheSeedAndNotOnTheOrderOfDocuments(ExplainedSelector selector) {
    Selection selection = selector.choose(corpus, BUDGET, tiny.given(1));
    assertThat(selection.set().samples())
        .hasSize(5)
        .extracting(sample -> sample.document())
        .doesNotHaveDuplicates();
    assertThat(selection.picks()).hasSize(5);
    String fingerprint = selection.set().fingerprint();
    assertThat(selector.select(reversed, BUDGET, tiny.given(1)).fingerprint())
        .isEqualTo(fingerprint);
    assertThat(selector.select(corpus, BUDGET, tiny.given(2)).fingerprint())
        .isNotEqualTo(fingerprint);
  }

  @Test
  void perplexityIsThatOfTheModelsOwnProbabilities() {
    Passage window =
        new Passage(tiny.model().checkpoint().tokenizer().encode("How are you? I am fine."));
    double[] one = WindowPerplexities.perplexities(List.of(window), tiny.given(1));
    double[] again = WindowPerplexities.perplexities(List.of(window, window), tiny.given(1));
    assertThat(again).containsExactly(one[0], one[0]);
    assertThat(one[0]).isBetween(1.0, 2048.0);
    double low = score(ByPerplexity.Order.LOWEST);
    double high = score(ByPerplexity.Order.HIGHEST);
    double middle = score(ByPerplexity.Order.MIDDLE);
    assertThat(low).isLessThan(middle);
    assertThat(middle).isLessThan(high);
  }

  private static double score(ByPerplexity.Order order) {
    return new ByPerplexity()
        .order(order).choose(corpus, BUDGET, tiny.given(1)).picks().stream()
            .mapToDouble(Pick::score)
            .sum();
  }

  @Test
  void theMiddleIsNearestToTheMedianInRank() {
    double[] values = {9, 1, 5, 3, 100};
    assertThat(new ByPerplexity().inOrder(values)).containsExactly(2, 3, 0, 1, 4);
    assertThat(new ByPerplexity().order(ByPerplexity.Order.LOWEST).inOrder(values))
        .containsExactly(1, 3, 2, 0, 4);
    assertThat(new ByPerplexity().order(ByPerplexity.Order.HIGHEST).inOrder(values))
        .containsExactly(4, 0, 2, 3, 1);
  }

  @Test
  void strataByHand() {
    assertThat(Stratified.quintiles(new double[] {5, 1, 9, 3, 7})).containsExactly(2, 0, 4, 1, 3);
    int[] one = {0, 0, 0, 1, 4};
    int[] other = {2, 2, 2, 0, 4};
    assertThat(Stratified.roundRobin(one, other, 4)).containsExactly(0, 3, 4, 1);
  }

  @Test
  void aGradedCoverGoesOnWhereTheBinaryOneEnded() {
    GreedyCover graded = new GreedyCover(new double[] {1, 1, 2}, false);
    graded.add(new int[] {0, 1, 2}, new float[] {1, 0.2f, 0});
    graded.add(new int[] {0, 1, 2}, new float[] {0.5f, 0.6f, 0.1f});
    graded.add(new int[] {0, 1, 2}, new float[] {0, 0, 0.5f});
    // after the first: the second adds 0.4 + 2 · 0.1, the third 2 · 0.5
    List<GreedyCover.Step> steps = graded.choose(2, List.of(0));
    assertThat(steps).extracting(GreedyCover.Step::index).containsExactly(2, 1);
    assertThat(steps.get(0).gain()).isCloseTo(1, within(1e-6));
    assertThat(steps.get(1).gain()).isCloseTo(0.4, within(1e-6));
  }

  @Test
  void inFoldsAnElementThatIsCoveredTwiceAlreadyDoesNotCountForTheSecondFold() {
    GreedyCover folds = new GreedyCover(new double[] {3, 1, 1}, true);
    folds.add(new int[] {0, 1});
    folds.add(new int[] {0, 2});
    folds.add(new int[] {0});
    folds.add(new int[] {1});
    // both of the first two cover 0, so in the second fold only 1 and 2 count
    assertThat(folds.choose(3)).extracting(GreedyCover.Step::index).containsExactly(0, 1, 3);
  }

  @Test
  void kMeansFindsTheGroupsAndRefillsAnEmptyCluster() {
    List<float[]> points =
        IntStream.range(0, 12)
            .mapToObj(i -> new float[] {10 * (i % 3) + 0.1f * Math.floorDiv(i, 3), 0})
            .toList();
    KMeans three = KMeans.of(points, 3, 5, new SplittableRandom(1));
    for (int i = 3; i < 12; i++) {
      assertThat(three.assignment()[i]).isEqualTo(three.assignment()[i % 3]);
    }
    // 4 points 0.1 apart in each group: 2 · (0.15² + 0.05²) each
    assertThat(three.inertia()).isCloseTo(3 * 2 * (0.0225 + 0.0025), within(1e-4));
    List<float[]> equal = List.of(new float[] {1}, new float[] {1}, new float[] {1});
    assertThat(KMeans.of(equal, 2, 1, new SplittableRandom(1)).centres()).hasSize(2);
    assertThat(new HashSet<>(IntStream.of(three.assignment()).boxed().toList())).hasSize(3);
  }
}
