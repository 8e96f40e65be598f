package tare.select.activation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.Positions;
import tare.model.Precision;
import tare.select.ActivationCache;
import tare.select.Passage;
import tare.select.Surroundings;

class GramSketchTest {

  private static final int CHANNELS = 40;
  private static final PointLayout ONE =
      new PointLayout(List.of(new PointLayout.Point(0, "qkv", 0, CHANNELS)));

  private static float[] gain() {
    float[] gain = new float[CHANNELS];
    for (int c = 0; c < CHANNELS; c++) {
      gain[c] = 0.5f + c % 3;
    }
    return gain;
  }

  /** Inputs of rank 3, and as much noise as is given. */
  private static float[][] inputs(long seed, int tokens, double noise) {
    SplittableRandom random = new SplittableRandom(seed);
    SplittableRandom shared = new SplittableRandom(99);
    float[][] basis = new float[3][CHANNELS];
    for (float[] row : basis) {
      IntStream.range(0, CHANNELS).forEach(c -> row[c] = (float) shared.nextGaussian());
    }
    float[][] x = new float[tokens][CHANNELS];
    for (float[] row : x) {
      for (float[] direction : basis) {
        float size = (float) random.nextGaussian();
        IntStream.range(0, CHANNELS).forEach(c -> row[c] += size * direction[c]);
      }
      IntStream.range(0, CHANNELS).forEach(c -> row[c] += (float) (noise * random.nextGaussian()));
    }
    return x;
  }

  private static float[] vector(float[][] x) {
    GramSketch sketch = new GramSketch(ONE, gain());
    float[] flat = new float[x.length * CHANNELS];
    float[] squares = new float[CHANNELS];
    for (int t = 0; t < x.length; t++) {
      System.arraycopy(x[t], 0, flat, t * CHANNELS, CHANNELS);
      for (int c = 0; c < CHANNELS; c++) {
        squares[c] += x[t][c] * x[t][c] / x.length;
      }
    }
    float[] weights = new float[x.length];
    Arrays.fill(weights, 1f / x.length);
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray inputs = manager.create(flat, new Shape(1, x.length, CHANNELS));
      NDArray mask = manager.create(weights, new Shape(1, 1, x.length));
      float[] products =
          new GramSketch.Projection(gain()).products(ONE.points().get(0), inputs, mask, manager);
      return sketch.of(squares, products);
    }
  }

  /** E yyᵀ with y = x √gain, row by row. */
  private static double[][] gram(float[][] x) {
    double[][] gram = new double[CHANNELS][CHANNELS];
    for (float[] row : x) {
      for (int a = 0; a < CHANNELS; a++) {
        for (int b = 0; b < CHANNELS; b++) {
          gram[a][b] += row[a] * row[b] * Math.sqrt(gain()[a] * gain()[b]) / x.length;
        }
      }
    }
    return gram;
  }

  private static double norm(double[][] a, double[][] b) {
    double sum = 0;
    for (int i = 0; i < CHANNELS; i++) {
      for (int j = 0; j < CHANNELS; j++) {
        sum += Math.pow(a[i][j] - b[i][j], 2);
      }
    }
    return Math.sqrt(sum);
  }

  @Test
  void distancesAndRanksAreNearThoseOfTheWholeMatrices() {
    GramSketch sketch = new GramSketch(ONE, gain());
    double[][] none = new double[CHANNELS][CHANNELS];
    for (double noise : new double[] {0.1, 1, 4}) {
      float[][] x = inputs(1, 300, noise);
      float[][] other = inputs(2, 300, noise);
      double exact = norm(gram(x), gram(other)) / norm(gram(other), none);
      assertThat(sketch.distance(vector(x), vector(other)))
          .as("noise " + noise)
          .isCloseTo(exact, within(0.3 * exact));
      double trace = IntStream.range(0, CHANNELS).mapToDouble(c -> gram(x)[c][c]).sum();
      double rank = Math.pow(trace / norm(gram(x), none), 2);
      assertThat(sketch.effectiveRank(vector(x))).isCloseTo(rank, within(0.3 * rank));
      assertThat(sketch.distance(vector(x), vector(x))).isZero();
    }
  }

  @Test
  void theVectorOfASetIsTheMeanOfItsWindows() {
    float[][] both = inputs(3, 80, 1);
    float[] whole = vector(both);
    float[] first = vector(Arrays.copyOfRange(both, 0, 40));
    float[] second = vector(Arrays.copyOfRange(both, 40, 80));
    for (int i = 0; i < whole.length; i++) {
      assertThat((double) whole[i])
          .isCloseTo((first[i] + second[i]) / 2.0, within(1e-3 * (1 + Math.abs(whole[i]))));
    }
  }

  @Test
  void channelsThatNeverFireTogetherHaveADiagonalAlone() {
    float[][] x = new float[2][CHANNELS];
    x[0][0] = 2;
    x[1][3] = 4;
    float[] vector = vector(x);
    assertThat(vector[0]).as("half of 2² · 0.5").isEqualTo(1);
    assertThat(vector[3]).as("half of 4² · 0.5").isEqualTo(4);
    for (int i = CHANNELS; i < vector.length; i++) {
      assertThat((double) vector[i]).isCloseTo(0, within(1e-5));
    }
    assertThat(new GramSketch(ONE, gain()).effectiveRank(vector))
        .as("(1 + 4)² / (1 + 16)")
        .isCloseTo(25 / 17.0, within(1e-5));
  }

  @Test
  void overThePointsOfAModelTheEstimateIsClose() {
    try (DecoderModel model =
        DecoderModel.load(Checkpoint.open(Path.of("../data/tiny")), Device.cpu(), Precision.F32)) {
      Observation observation = new Observation();
      Surroundings given =
          new Surroundings(null, () -> model, new SplittableRandom(1), ActivationCache.NONE);
      SplittableRandom random = new SplittableRandom(1);
      List<Passage> windows =
          IntStream.range(0, 2)
              .mapToObj(i -> new Passage(random.ints(64, 1, 2048).toArray()))
              .toList();
      GramSketch sketch = GramSketch.of(model, observation);
      try (ActivationStatistics statistics =
          new ActivationStatistics(observation, EnumSet.copyOf(GramSketch.MOMENTS), given)) {
        statistics.add(windows.iterator(), 2);
        float[] one = sketch.of(statistics, 0);
        assertThat(one)
            .hasSize(6 * (768 + 4 * GramSketch.PRODUCTS))
            .hasSize(sketch.layout().size());
        assertThat(sketch.distance(one, one)).isZero();
        double exact = exactDistance(model, sketch.gain(), windows.get(0), windows.get(1));
        assertThat(sketch.distance(one, sketch.of(statistics, 1)))
            .isCloseTo(exact, within(0.1 * exact));
      }
    }
  }

  private static double exactDistance(
      DecoderModel model, float[] gain, Passage set, Passage target) {
    try (NDManager scope = model.manager().newSubManager()) {
      List<NDArray> ours = grams(model, gain, set, scope);
      List<NDArray> theirs = grams(model, gain, target, scope);
      return IntStream.range(0, ours.size())
          .mapToDouble(
              p ->
                  ours.get(p).sub(theirs.get(p)).norm().getFloat()
                      / theirs.get(p).norm().getFloat())
          .average()
          .orElseThrow();
    }
  }

  /** The Gram matrices of all points, without the first token. */
  private static List<NDArray> grams(
      DecoderModel model, float[] gain, Passage passage, NDManager scope) {
    PointLayout layout = PointLayout.of(model, new Observation());
    List<NDArray> grams = new ArrayList<>();
    int length = passage.tokens().length;
    Positions positions = Positions.causal(length, model.checkpoint().config(), scope);
    NDArray hidden = model.embed(new int[][] {passage.tokens()}, positions, scope);
    for (int b = 0; b < model.blocks().size(); b++) {
      int block = b;
      hidden =
          model
              .blocks()
              .get(b)
              .forward(
                  hidden,
                  positions,
                  (group, x) -> {
                    PointLayout.Point point = layout.point(block, group.name());
                    float[] roots = new float[point.width()];
                    for (int c = 0; c < roots.length; c++) {
                      roots[c] = (float) Math.sqrt(gain[point.offset() + c] / (length - 1));
                    }
                    NDArray y = x.get("0, 1:").mul(scope.create(roots));
                    NDArray gram = y.transpose().matMul(y);
                    gram.attach(scope);
                    grams.add(gram);
                  });
    }
    return grams;
  }
}
