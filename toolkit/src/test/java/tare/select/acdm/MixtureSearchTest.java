package tare.select.acdm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.data.Budget;
import tare.data.CorpusFile;
import tare.data.CorpusSide;
import tare.select.Selection;
import tare.select.TinyTexts;
import tare.select.UniformFromPool;
import tare.select.acdm.MixtureSearch.Distances;
import tare.select.acdm.SimplexMinimum.Form;
import tare.select.activation.FittedScaling;
import tare.select.activation.Observation;
import tare.select.activation.PointLayout;

/** Shares by hand, and on the tiny model with invented text of different kinds. */
class MixtureSearchTest {

  private static final Budget BUDGET = new Budget(8, 48);
  private static TinyTexts tiny;

  @TempDir static Path folder;

  @BeforeAll
  static void prepare() throws IOException {
    tiny = TinyTexts.in(folder);
  }

  @AfterAll
  static void close() {
    tiny.close();
  }

  private static List<CorpusFile> sources() throws IOException {
    return List.of(
        tiny.read("code", CorpusSide.TRAIN),
        tiny.read("dialogue", CorpusSide.TRAIN),
        tiny.read("news", CorpusSide.TRAIN));
  }

  private static double[][] k(double... values) {
    int n = (int) Math.sqrt(values.length);
    double[][] k = new double[n][n];
    IntStream.range(0, values.length).forEach(i -> k[i / n][i % n] = values[i]);
    return k;
  }

  private static Form form(double[][] k) {
    return new Form(k, new double[k.length]);
  }

  /** Two windows of each source, whose means are known. */
  private static GramTarget.Windows windows(float[] one, float[] other, double tokens) {
    return new GramTarget.Windows(
        new FittedScaling.Rows(2, i -> i == 0 ? one : other), new double[] {tokens, tokens});
  }

  private static float[] v(double... values) {
    float[] vector = new float[values.length];
    IntStream.range(0, values.length).forEach(i -> vector[i] = (float) values[i]);
    return vector;
  }

  @Test
  void twoSourcesOfWhichTheTargetIsAnExactMixtureAreFound() {
    GramTarget.Windows code = windows(v(9, 0, 1), v(9, 0, 1), 47);
    GramTarget.Windows chat = windows(v(1, 4, 3), v(1, 4, 3), 47);
    PointLayout layout = new PointLayout(List.of(new PointLayout.Point(0, "qkv", 0, 3)));
    for (double share : new double[] {0, 0.25, 0.617, 1}) {
      float[] target = v(9 * share + 1 - share, 4 * (1 - share), share + 3 * (1 - share));
      GramTarget.Space space = GramTarget.space(layout, new double[] {1}, target);
      Distances distances = Distances.of(List.of(code, chat), new double[] {47, 47}, space);
      double[] shares = SimplexMinimum.of(List.of(form(distances.products())));
      assertThat(shares[0]).isCloseTo(share, within(1e-3));
      assertThat(shares[0] + shares[1]).isCloseTo(1, within(1e-9));
      int[] samples = MixtureSearch.samples(List.of(distances), 1000);
      assertThat(samples)
          .containsExactly((int) Math.round(1000 * share), 1000 - (int) Math.round(1000 * share));
      assertThat(distances.square(samples)).isCloseTo(0, within(1e-6));
    }
  }

  @Test
  void ofThreeSourcesTheOneBehindTheOthersGetsNothing() {
    // at 1, −1 and 3: (a − b + 3c)² is 0 for many shares; with a cost of c, for 0.5, 0.5 and 0
    double[][] k = k(1, -1, 3, -1, 1, -3, 3, -3, 9);
    double[] shares = SimplexMinimum.of(List.of(new Form(k, new double[] {0, 0, 1})));
    assertThat(shares).containsExactly(new double[] {0.5, 0.5, 0}, within(1e-3));
  }

  @Test
  void aSourceWhoseWindowsDifferMuchGetsLess() {
    // (2a − 1)² + 0.4 a is least at a = 0.45
    Form form = new Form(k(1, -1, -1, 1), new double[] {0.4, 0});
    assertThat(SimplexMinimum.of(List.of(form)))
        .containsExactly(new double[] {0.45, 0.55}, within(1e-6));
    // the same with a spread of 8 over 20 samples
    Distances distances =
        new Distances(k(1, -1, -1, 1), new double[] {8, 0}, new double[] {47, 47});
    assertThat(MixtureSearch.samples(List.of(distances), 20)).containsExactly(9, 11);
    assertThat(distances.square(new int[] {9, 11})).isCloseTo(0.01 + 0.18, within(1e-9));
  }

  @Test
  void theLeastWorstTaskIsFoundWhereTwoTasksAreEquallyFar() {
    // 4 (1 − a)² and a² are equal at a = 2/3
    List<Form> tasks = List.of(form(k(0, 0, 0, 4)), form(k(1, 0, 0, 0)));
    assertThat(SimplexMinimum.of(tasks))
        .containsExactly(new double[] {2 / 3.0, 1 / 3.0}, within(1e-3));
    // three tasks at the corners of a triangle, one of them twice as near
    List<Form> corners =
        List.of(
            form(k(0, 0, 0, 0, 1, 1, 0, 1, 1)),
            form(k(1, 0, 1, 0, 0, 0, 1, 0, 1)),
            form(k(4, 4, 0, 4, 4, 0, 0, 0, 0)));
    // (1 − a)², (1 − b)² and 4 (1 − c)² are equal at c = 0.6
    assertThat(SimplexMinimum.of(corners))
        .containsExactly(new double[] {0.2, 0.2, 0.6}, within(1e-3));
  }

  @Test
  void sharesAreOfSamplesAndMatricesGoByTokens() {
    // equal tokens of both are best, and a window of the first has three times as many
    Distances distances = new Distances(k(1, -1, -1, 1), new double[2], new double[] {30, 10});
    assertThat(MixtureSearch.samples(List.of(distances), 8)).containsExactly(2, 6);
    assertThat(distances.square(new int[] {2, 6})).isCloseTo(0, within(1e-12));
  }

  @Test
  void theErrorOfAMeanOfFewWindowsIsNotTakenForADistance() {
    PointLayout layout = new PointLayout(List.of(new PointLayout.Point(0, "qkv", 0, 1)));
    GramTarget.Space space = GramTarget.space(layout, new double[] {1}, v(1));
    // windows at 1 and 3: their mean is 1 from the target; v is 2, so 2 / 2 of the square is error
    Distances distances = Distances.of(List.of(windows(v(1), v(3), 47)), new double[] {47}, space);
    assertThat(distances.spread()).containsExactly(2);
    assertThat(distances.square(new int[] {2})).as("those two windows").isCloseTo(1, within(1e-9));
    assertThat(distances.square(new int[] {8})).as("2 / 8").isCloseTo(0.25, within(1e-9));
  }

  @Test
  void theSourceOfTheTasksKindGivesMost() throws IOException {
    MixtureSearch search = new MixtureSearch(new References(List.of(tiny.task("code"))));
    MixtureSearch.Found found = search.search(sources(), BUDGET, tiny.given(1));
    assertThat(found.sources())
        .extracting(MixtureSearch.Source::corpus)
        .containsExactly("code", "dialogue", "news");
    assertThat(found.sources().get(0).share()).isGreaterThan(0.7);
    assertThat(found.sources()).allMatch(source -> found.distance() <= source.alone());
    assertThat(found.tasks().get(0).distance()).isCloseTo(found.distance(), within(1e-9));
    assertThat(search.search(sources(), BUDGET, tiny.given(1))).isEqualTo(found);
    assertThat(found.mixture(sources()).samples(8))
        .isEqualTo(
            found.sources().stream()
                .map(MixtureSearch.Source::samples)
                .filter(samples -> samples > 0)
                .toList());
  }

  @Test
  void thePoolHasTheNameThatStudyFilesRead() {
    MixtureSearch.Found found =
        new MixtureSearch.Found(
            List.of(
                new MixtureSearch.Source("code", 64, 2, 0.25, 1),
                new MixtureSearch.Source("news", 64, 0, 0, 1),
                new MixtureSearch.Source("chat", 64, 6, 0.75, 1)),
            0.5,
            List.of());
    assertThat(found.pool()).isEqualTo("code:0.25+chat:0.75");
  }

  @Test
  void ofTwoTasksTheRobustSearchHelpsTheFarther() throws IOException {
    References both = new References(List.of(tiny.task("code"), tiny.task("dialogue")));
    MixtureSearch search = new MixtureSearch(both);
    MixtureSearch.Found mean = search.search(sources(), BUDGET, tiny.given(1));
    MixtureSearch.Found robust = search.robustly().search(sources(), BUDGET, tiny.given(1));
    assertThat(mean.sources().get(0).samples()).isBetween(1, 7);
    assertThat(robust.distance())
        .isCloseTo(
            robust.tasks().stream().mapToDouble(MixtureSearch.OfTask::distance).max().orElseThrow(),
            within(1e-9))
        .isLessThanOrEqualTo(
            mean.tasks().stream().mapToDouble(MixtureSearch.OfTask::distance).max().orElseThrow());
  }

  @Test
  void randomDrawsAreAsFarAsPredicted() throws IOException {
    References both = new References(List.of(tiny.task("code"), tiny.task("dialogue")));
    MixtureSearch.Found found = new MixtureSearch(both).search(sources(), BUDGET, tiny.given(1));
    try (GramTarget target = GramTarget.of(both, new Observation(), 48, tiny.given(1))) {
      double square =
          IntStream.range(0, 8)
              .mapToObj(
                  set ->
                      Selection.by(
                          new UniformFromPool().pressure(1),
                          found.mixture(mixed()),
                          BUDGET,
                          tiny.given(1).set(set)))
              .mapToDouble(draw -> Math.pow(target.distance(draw.set()), 2))
              .average()
              .orElseThrow();
      assertThat(Math.sqrt(square)).isCloseTo(found.distance(), within(0.15 * found.distance()));
    }
  }

  private static List<CorpusFile> mixed() {
    try {
      return sources();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void whatCannotBeMixedIsRefused() throws IOException {
    MixtureSearch search = new MixtureSearch(new References(List.of(tiny.task("code"))));
    assertThatThrownBy(() -> search.search(List.of(), BUDGET, tiny.given(1)))
        .hasMessageContaining("give at least one");
    CorpusFile code = tiny.read("code", CorpusSide.TRAIN);
    assertThatThrownBy(() -> search.search(List.of(code, code), BUDGET, tiny.given(1)))
        .hasMessageContaining("code is given twice");
    assertThatThrownBy(() -> search.search(List.of(code), new Budget(9999, 48), tiny.given(1)))
        .hasMessageContaining("The corpus code gives ")
        .hasMessageContaining("fewer than the 9999 samples");
  }
}
