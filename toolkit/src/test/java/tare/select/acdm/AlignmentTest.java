package tare.select.acdm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.assertj.core.api.Condition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tare.data.Budget;
import tare.select.CandidatePool;
import tare.select.Candidates;
import tare.select.WrittenCorpus;
import tare.select.activation.Euclidean;
import tare.select.activation.FittedScaling;
import tare.select.activation.MeanAndDeviation;
import tare.select.activation.PointLayout;
import tare.select.activation.StatisticScaling;

/** Distances and sets of invented statistics, without a model. */
class AlignmentTest {

  private static final StatisticScaling PLAIN = StatisticScaling.Z_SCORE;

  /** Windows whose texts are all different, in the order of a pool. */
  private static Candidates candidates(int count) {
    WrittenCorpus corpus =
        WrittenCorpus.of(
            "numbers",
            IntStream.range(0, count)
                .mapToObj(i -> Integer.toString(100_000 + i, 3))
                .toArray(String[]::new));
    return new CandidatePool().pressure(0).draw(corpus, new Budget(1, 11), WrittenCorpus.seeded(1));
  }

  private static PointLayout layout(int... widths) {
    List<PointLayout.Point> points = new ArrayList<>();
    int offset = 0;
    for (int width : widths) {
      points.add(new PointLayout.Point(points.size(), "qkv", offset, width));
      offset += width;
    }
    return new PointLayout(points);
  }

  private static FittedScaling.Rows rows(float[]... vectors) {
    return new FittedScaling.Rows(vectors.length, i -> vectors[i].clone());
  }

  private static float[] v(double... values) {
    float[] vector = new float[values.length];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) values[i];
    }
    return vector;
  }

  private static Alignment align(
      StatisticScaling scaling,
      PointLayout layout,
      FittedScaling.Rows pool,
      Map<String, FittedScaling.Rows> tasks) {
    Alignment.Vectors vectors = new Alignment.Vectors(pool, tasks, layout, 1);
    return Alignment.of(vectors, scaling, candidates(pool.count()), null, () -> {});
  }

  private static Map<String, FittedScaling.Rows> tasks(Object... namesAndRows) {
    Map<String, FittedScaling.Rows> tasks = new LinkedHashMap<>();
    for (int i = 0; i < namesAndRows.length; i += 2) {
      tasks.put((String) namesAndRows[i], (FittedScaling.Rows) namesAndRows[i + 1]);
    }
    return tasks;
  }

  private static List<Integer> windows(Alignment space, SetChoice.Rules rules, int samples) {
    return SetChoice.of(space, rules, samples).stream().map(SetChoice.Taken::window).toList();
  }

  private static SetChoice.Rules by(Alignment space, SetRule rule) {
    return new SetChoice.Rules(TaskSharing.QUOTA, rule, Diversity.NONE, 1, equal(space));
  }

  private static SetChoice.Rules by(Alignment space, TaskSharing sharing) {
    return new SetChoice.Rules(sharing, SetRule.NEAREST, Diversity.NONE, 1, equal(space));
  }

  private static List<Double> equal(Alignment space) {
    return Collections.nCopies(space.tasks().size(), 1.0 / space.tasks().size());
  }

  @Test
  void distancesByHand() {
    // one channel, one point: mean 3, deviation √5, floor 0.01 √5
    FittedScaling.Rows pool = rows(v(0), v(2), v(4), v(6));
    try (Alignment space =
        align(PLAIN, layout(1), pool, tasks("low", rows(v(-1), v(1)), "high", rows(v(6))))) {
      double unit = 1.01 * Math.sqrt(5);
      assertThat(space.distance(1, 0)).isCloseTo(2 / unit, within(1e-6));
      assertThat(space.distance(1, 1)).isCloseTo(4 / unit, within(1e-6));
      assertThat(space.centres().get(0).dispersion()).isCloseTo(1 / (unit * unit), within(1e-6));
      assertThat(space.centres().get(0).error())
          .as("√(variance / 2)")
          .isCloseTo(1 / unit / Math.sqrt(2), within(1e-6));
      assertThat(space.centres().get(1).error()).as("one reference window").isNaN();
      assertThat(windows(space, by(space, SetRule.NEAREST), 4)).containsExactly(0, 3, 1, 2);
      assertThat(windows(space, by(space, SetRule.FARTHEST), 2)).containsExactly(3, 0);
    }
  }

  @Test
  void aZScoreIsClippedAtEightAndALayerWeighsAsMuchAsAnother() {
    // the second point has two channels; its last channel never varies in the pool
    FittedScaling.Rows pool = rows(v(1, 1, 5), v(3, 3, 5));
    FittedScaling scale = FittedScaling.fit(StatisticScaling.Z_SCORE, layout(1, 2), pool);
    float[] z = scale.of(v(3, 3, 5.5));
    assertThat((double) z[0]).isCloseTo(1 / 1.01 / Math.sqrt(2), within(1e-6));
    assertThat((double) z[1]).isCloseTo(1 / 1.01 / Math.sqrt(4), within(1e-6));
    assertThat((double) z[2]).isCloseTo(8 / Math.sqrt(4), within(1e-6));
  }

  private static FittedScaling.Rows normal(
      int count, int size, long seed, double shift, double width) {
    return new FittedScaling.Rows(
        count,
        i -> {
          SplittableRandom random = new SplittableRandom(seed * 1_000_003 + i);
          float[] row = new float[size];
          for (int c = 0; c < size; c++) {
            row[c] = (float) (shift + width * random.nextGaussian());
          }
          return row;
        });
  }

  @Test
  void squaredDistancesAreTwoBetweenWindowsAndOneToThePoolsMean() {
    FittedScaling.Rows pool = normal(300, 64, 1, 5, 3);
    FittedScaling scale = FittedScaling.fit(StatisticScaling.Z_SCORE, layout(16, 48), pool);
    InnerProducts gram =
        InnerProducts.of(new FittedScaling.Rows(300, i -> scale.of(pool.row().apply(i))), 64);
    double pairs = 0;
    double own = 0;
    for (int i = 0; i < 300; i++) {
      own += gram.values()[i][i] / 300;
      for (int j = 0; j < i; j++) {
        pairs += Math.pow(gram.distance(i, j), 2) / (300 * 299 / 2.0);
      }
    }
    assertThat(own).isCloseTo(1, within(0.05));
    assertThat(pairs).isCloseTo(2, within(0.1));
  }

  @Test
  void inEachRoundTheTaskThatIsFarthestFromItsPicksComesFirst() {
    // a: 0 0.5 3; b: 10.2, and then 7 and 3 are left of the pool
    FittedScaling.Rows pool = rows(v(0), v(0.5), v(3), v(10.2), v(7));
    try (Alignment space = align(PLAIN, layout(1), pool, tasks("a", rows(v(0)), "b", rows(v(9))))) {
      // first round a, b; then b, whose pick is 1.2 away, before a, whose is 0 away
      assertThat(windows(space, by(space, SetRule.NEAREST), 4)).containsExactly(0, 3, 4, 1);
    }
  }

  @Test
  void aWindowThatIsNearestToSeveralTasksGoesToTheOneInTurn() {
    FittedScaling.Rows pool = rows(v(5), v(1), v(9), v(2), v(8));
    try (Alignment space =
        align(PLAIN, layout(1), pool, tasks("a", rows(v(4.9)), "b", rows(v(5.1))))) {
      List<SetChoice.Taken> taken = SetChoice.of(space, by(space, SetRule.NEAREST), 4);
      assertThat(taken).extracting(SetChoice.Taken::window).containsExactly(0, 4, 3, 1);
      assertThat(taken).extracting(SetChoice.Taken::task).containsExactly(0, 1, 1, 0);
    }
  }

  @Test
  void oneScoreForAllTasksPicksWhatIsBetween() {
    FittedScaling.Rows pool = rows(v(0), v(0.1), v(0.2), v(4.9), v(5.1), v(9), v(11));
    try (Alignment space =
        align(PLAIN, layout(1), pool, tasks("a", rows(v(0.1)), "b", rows(v(10))))) {
      assertThat(windows(space, by(space, TaskSharing.QUOTA), 2)).containsExactly(1, 5);
      assertThat(windows(space, by(space, TaskSharing.MEAN), 2)).containsExactly(4, 3);
    }
  }

  /** Three tasks around points far apart, and a pool around the same points and elsewhere. */
  private static Alignment threeTasks(int windows) {
    FittedScaling.Rows pool =
        new FittedScaling.Rows(
            windows,
            i -> normal(windows, 32, 5, i % 4 == 3 ? 0 : 2.0 * (i % 4), 1.5).row().apply(i));
    Map<String, FittedScaling.Rows> tasks =
        tasks(
            "a", normal(40, 32, 6, 0.5, 1.5),
            "b", normal(40, 32, 7, 2.5, 1.5),
            "c", normal(40, 32, 8, 4.0, 1.5));
    return align(PLAIN, layout(8, 24), pool, tasks);
  }

  /** The mean over tasks of the distance between the mean of a task's share and its centroid. */
  private static double gap(Alignment space, List<List<Integer>> shares) {
    double sum = 0;
    for (int task = 0; task < shares.size(); task++) {
      FittedScaling.Rows rows = space.scaled(shares.get(task));
      MeanAndDeviation spread = MeanAndDeviation.of(rows, 32);
      float[] c = space.centres().get(task).centroid();
      sum += Euclidean.distance(spread.mean(), c) / shares.size();
    }
    return sum;
  }

  private static List<List<Integer>> byTask(List<SetChoice.Taken> taken, int tasks) {
    return IntStream.range(0, tasks)
        .mapToObj(
            task ->
                taken.stream()
                    .filter(each -> each.task() == task)
                    .map(SetChoice.Taken::window)
                    .toList())
        .toList();
  }

  /** A set that belongs to no task, dealt out in turn. */
  private static List<List<Integer>> dealt(List<Integer> windows, int tasks) {
    return IntStream.range(0, tasks)
        .mapToObj(
            task ->
                IntStream.range(0, windows.size())
                    .filter(i -> i % tasks == task)
                    .mapToObj(windows::get)
                    .toList())
        .toList();
  }

  @Test
  void itBeatsARandomDrawByItsOwnMeasureAndTheGrandCentroidDoesNotHelp() {
    try (Alignment space = threeTasks(400)) {
      List<Integer> random = IntStream.range(0, 30).boxed().toList();
      double drawn = gap(space, dealt(random, 3));
      double nearest = gap(space, byTask(SetChoice.of(space, by(space, SetRule.NEAREST), 30), 3));
      double grand = gap(space, dealt(windows(space, by(space, TaskSharing.MEAN), 30), 3));
      double herding =
          gap(space, byTask(SetChoice.of(space, by(space, SetRule.HERDING_IN_NEAREST), 30), 3));
      double farthest = gap(space, byTask(SetChoice.of(space, by(space, SetRule.FARTHEST), 30), 3));
      assertThat(nearest).isLessThan(0.6 * drawn);
      assertThat(grand).isGreaterThan(0.8 * drawn);
      assertThat(herding).isLessThan(nearest);
      assertThat(farthest).isGreaterThan(drawn);
    }
  }

  @Test
  void nearestWindowsVaryLessThanHerdedOnes() {
    try (Alignment space = threeTasks(400)) {
      Map<SetRule, Double> ratio =
          Arrays.stream(new SetRule[] {SetRule.NEAREST, SetRule.HERDING_IN_NEAREST})
              .collect(
                  Collectors.toMap(
                      rule -> rule,
                      rule -> {
                        List<Integer> share =
                            byTask(SetChoice.of(space, by(space, rule), 30), 3).get(1);
                        return MeanAndDeviation.of(space.scaled(share), 32).total()
                            / space.centres().get(1).dispersion();
                      }));
      assertThat(ratio.get(SetRule.NEAREST)).isLessThan(0.95);
      assertThat(ratio.get(SetRule.HERDING_IN_NEAREST)).isGreaterThan(ratio.get(SetRule.NEAREST));
    }
  }

  @Test
  void windowsOfManyDocumentsLookNearToEverything() {
    // window i is the mean of m documents, m = 1, 2, 4, 8 in turn
    FittedScaling.Rows document = normal(10_000, 48, 11, 0, 1);
    FittedScaling.Rows pool =
        new FittedScaling.Rows(
            512,
            i -> {
              int m = 1 << (i % 4);
              float[] mean = new float[48];
              for (int d = 0; d < m; d++) {
                float[] one = document.row().apply(8 * i + d);
                for (int c = 0; c < 48; c++) {
                  mean[c] += one[c] / m;
                }
              }
              return mean;
            });
    try (Alignment space = align(PLAIN, layout(48), pool, tasks("a", normal(40, 48, 12, 0.2, 1)))) {
      long packed =
          windows(space, by(space, SetRule.NEAREST), 64).stream().filter(i -> i % 4 == 3).count();
      assertThat(packed).isGreaterThan(60);
    }
  }

  @ParameterizedTest
  @EnumSource(SetRule.class)
  void everyRuleGivesAWholeSetOfDifferentWindowsAndTheSameAgain(SetRule rule) {
    try (Alignment space = threeTasks(80)) {
      List<Integer> chosen = windows(space, by(space, rule), 20);
      assertThat(chosen).hasSize(20).doesNotHaveDuplicates();
      assertThat(windows(space, by(space, rule), 20)).isEqualTo(chosen);
    }
  }

  @ParameterizedTest
  @EnumSource(StatisticScaling.class)
  void everyScalingGivesFiniteDistancesThatTellTasksApart(StatisticScaling scaling) {
    FittedScaling.Rows pool = normal(100, 32, 1, 4, 2);
    try (Alignment space =
        align(
            scaling,
            layout(8, 24),
            pool,
            tasks("same", normal(30, 32, 2, 4, 2), "other", normal(30, 32, 3, 12, 2)))) {
      double same = 0;
      double other = 0;
      for (int i = 0; i < 100; i++) {
        same += space.distance(i, 0) / 100;
        other += space.distance(i, 1) / 100;
      }
      assertThat(same).isFinite().isLessThan(other);
    }
  }

  @Test
  void aCentroidIsTheMeanOfTheReferences() {
    FittedScaling.Rows pool = rows(v(0, 0), v(1, 2));
    try (Alignment space =
        align(
            StatisticScaling.NONE, layout(2), pool, tasks("a", rows(v(0, 1), v(1, 5), v(8, 0))))) {
      assertThat(space.centres().get(0).centroid()).containsExactly(3, 2);
      assertThat(space.distance(1, 0)).isCloseTo(2, within(1e-9));
    }
  }

  @Test
  void tasksShareTheSetByTheirWeights() {
    try (Alignment space = threeTasks(80)) {
      SetChoice.Rules rules =
          new SetChoice.Rules(
              TaskSharing.QUOTA, SetRule.NEAREST, Diversity.NONE, 1, List.of(0.7, 0.3, 0.0));
      assertThat(SetChoice.of(space, rules, 10).stream().map(SetChoice.Taken::task))
          .hasSize(10)
          .doesNotContain(2)
          .areExactly(7, new Condition<>(task -> task == 0, "of the first task"));
    }
    // by one score, the task with all of the weight decides alone
    FittedScaling.Rows pool = rows(v(0), v(2), v(4), v(6));
    try (Alignment space =
        align(PLAIN, layout(1), pool, tasks("low", rows(v(0)), "high", rows(v(6))))) {
      SetChoice.Rules rules =
          new SetChoice.Rules(
              TaskSharing.MEAN, SetRule.NEAREST, Diversity.NONE, 1, List.of(0.0, 1.0));
      assertThat(windows(space, rules, 2)).containsExactly(3, 2);
    }
  }

  @Test
  void halfOfTheSetMayBeDrawnAtRandom() {
    try (Alignment space = threeTasks(80)) {
      SetChoice.Rules half =
          new SetChoice.Rules(
              TaskSharing.QUOTA, SetRule.NEAREST, Diversity.NONE, 0.5, equal(space));
      List<SetChoice.Taken> taken = SetChoice.of(space, half, 20);
      assertThat(taken).hasSize(20);
      assertThat(taken.subList(0, 10))
          .isEqualTo(SetChoice.of(space, by(space, SetRule.NEAREST), 10));
      assertThat(taken.subList(10, 20)).allMatch(each -> each.reason().equals("drawn at random"));
      assertThat(taken).extracting(SetChoice.Taken::window).doesNotHaveDuplicates();
    }
  }

  @Test
  void overlapByHand() {
    // 5-grams: 1-5, 2-6 | 2-6, 3-7: one of three
    assertThat(
            Diversity.jaccard(
                Diversity.grams(new int[] {1, 2, 3, 4, 5, 6}),
                Diversity.grams(new int[] {2, 3, 4, 5, 6, 7})))
        .isCloseTo(1 / 3.0, within(1e-12));
    assertThat(Diversity.grams(new int[] {1, 2, 3, 4, 5, 6}))
        .isNotEqualTo(Diversity.grams(new int[] {1, 2, 3, 4, 6, 5}));
  }

  @Test
  void memoryDoesNotGrowWithThePoolButByAFewNumbersAWindow() {
    long few = heapOfAlignment(1_000);
    long many = heapOfAlignment(40_000);
    // the vectors alone would be 40,000 x 256 x 4 bytes, 41 MB; distances are 24 bytes and a header
    assertThat(many - few).isLessThan(6_000_000);
  }

  private static long heapOfAlignment(int windows) {
    Alignment.Vectors vectors =
        new Alignment.Vectors(
            normal(windows, 256, 1, 0, 1),
            tasks("a", normal(20, 256, 2, 1, 1), "b", normal(20, 256, 3, 2, 1)),
            layout(256),
            1);
    long before = used();
    try (Alignment space = Alignment.of(vectors, PLAIN, null, null, () -> {})) {
      long after = used();
      assertThat(space.windows()).isEqualTo(windows);
      return after - before;
    }
  }

  private static long used() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
