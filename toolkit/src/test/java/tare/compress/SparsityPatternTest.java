package tare.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;
import tare.grid.Storage;

/** Exact counts, ties by index, and the two methods that are a score and a pattern. */
class SparsityPatternTest {

  private final NDManager manager = NDManager.newBaseManager(Device.cpu());

  @AfterEach
  void free() {
    manager.close();
  }

  /** A compressor as a teacher would write it in a cell. */
  private record RootWanda(double sparsity, double power) implements Compressor {
    @Override
    public Compressed compress(NDArray w, LayerInputs x) {
      return SparsityPattern.rows(sparsity).prune(w, w.abs().mul(x.norms().pow(power)));
    }
  }

  private static int count(boolean[] mask, int from, int to) {
    int count = 0;
    for (int i = from; i < to; i++) {
      count += mask[i] ? 1 : 0;
    }
    return count;
  }

  /** The lowest of {@code scores[from .. to)} by a stable sort. */
  private static void sorted(float[] scores, int from, int to, int count, boolean[] marked) {
    IntStream.range(from, to)
        .boxed()
        .sorted(Comparator.comparingDouble(i -> scores[i]))
        .limit(count)
        .forEach(i -> marked[i] = true);
  }

  @RepeatedTest(40)
  void countsAreExactAndTiesGoByIndex(RepetitionInfo repetition) {
    Random random = new Random(repetition.getCurrentRepetition());
    int rows = 1 + random.nextInt(7);
    int columns = 8 * (1 + random.nextInt(12));
    double share = random.nextInt(100) / 100.0;
    boolean coarse = random.nextBoolean();
    float[] scores = new float[rows * columns];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = coarse ? random.nextInt(3) : random.nextFloat();
    }
    boolean[] byRow = new boolean[scores.length];
    boolean[] byRun = new boolean[scores.length];
    boolean[] whole = new boolean[scores.length];
    for (int row = 0; row < rows; row++) {
      int first = row * columns;
      sorted(scores, first, first + columns, (int) (share * columns), byRow);
      for (int j = first; j < first + columns; j += 8) {
        sorted(scores, j, j + 8, 3, byRun);
      }
    }
    sorted(scores, 0, scores.length, (int) (share * scores.length), whole);
    assertThat(SparsityPattern.rows(share).lowest(scores, rows, columns)).isEqualTo(byRow);
    assertThat(SparsityPattern.matrix(share).lowest(scores, rows, columns)).isEqualTo(whole);
    assertThat(SparsityPattern.nOfM(3, 8).lowest(scores, rows, columns)).isEqualTo(byRun);
  }

  @Test
  void allEqualScoresGoByIndex() {
    boolean[] pruned = SparsityPattern.matrix(0.5).lowest(new float[6], 2, 3);
    assertThat(pruned).containsExactly(true, true, true, false, false, false);
  }

  @Test
  void prunedWeightsArePositiveZeroAndTheOthersStay() {
    NDArray w = manager.create(new float[][] {{-0.1f, 2, -3, 0.2f}, {1, -1, 5, -6}});
    Compressed compressed = SparsityPattern.rows(0.5).prune(w, w.abs());
    float[] dense = compressed.storage().dense();
    assertThat(dense).containsExactly(0, 2, -3, 0, 0, 0, 5, -6);
    assertThat(Float.floatToRawIntBits(dense[0])).isZero();
    assertThat(Float.floatToRawIntBits(dense[5])).isZero();
    assertThat(w.toFloatArray()).containsExactly(-0.1f, 2, -3, 0.2f, 1, -1, 5, -6);
    assertThat(compressed.storage().bitsPerWeight()).isEqualTo(1 + 16 * 0.5);
  }

  @Test
  void theTeachersCellIsMagnitudeAtPowerZeroAndWandaAtOne() {
    Random random = new Random(1);
    float[] values = new float[6 * 20];
    float[] tokens = new float[30 * 20];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    for (int i = 0; i < tokens.length; i++) {
      tokens[i] = (float) random.nextGaussian() * (1 + i % 20);
    }
    NDArray w = manager.create(values, new Shape(6, 20));
    NDArray x = manager.create(tokens, new Shape(30, 20));
    LayerInputs inputs = new LayerInputs(30, x.transpose().matMul(x));
    boolean[] magnitude = mask(new Magnitude(SparsityPattern.rows(0.6)), w, inputs);
    boolean[] wanda = mask(new Wanda(0.6), w, inputs);
    assertThat(mask(new RootWanda(0.6, 0), w, inputs)).isEqualTo(magnitude);
    assertThat(mask(new RootWanda(0.6, 1), w, inputs)).isEqualTo(wanda);
    assertThat(wanda).isNotEqualTo(magnitude);
    LayerInputs equal = new LayerInputs(30, manager.eye(20).mul(7));
    assertThat(mask(new Wanda(0.6), w, equal)).isEqualTo(magnitude);
    for (int row = 0; row < 6; row++) {
      assertThat(count(wanda, row * 20, row * 20 + 20)).isEqualTo(12);
    }
    LayerInputs louder = new LayerInputs(30, inputs.gram().mul(64));
    assertThat(mask(new Wanda(0.6), w, louder)).isEqualTo(wanda);
  }

  private static boolean[] mask(Compressor method, NDArray w, LayerInputs inputs) {
    return ((Storage.Sparse) method.compress(w, inputs).storage()).pruned();
  }

  @Test
  void magnitudeNeedsNoInputs() {
    NDArray w = manager.create(new float[][] {{3, 1}, {2, 4}});
    assertThat(new Magnitude(0.5).calibrated()).isFalse();
    assertThat(mask(new Magnitude(0.5), w, null)).containsExactly(false, true, true, false);
  }

  @Test
  void whatIsNotFiniteIsRefused() {
    NDArray w = manager.create(new float[][] {{1, Float.NaN, 2, 3}});
    assertThatThrownBy(() -> new Magnitude(0.5).compress(w, null))
        .hasMessageContaining("not finite");
    NDArray fine = manager.ones(new Shape(1, 2));
    for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      float[] gram = {1, 0, 0, bad};
      LayerInputs inputs = new LayerInputs(2, manager.create(gram, new Shape(2, 2)));
      assertThatThrownBy(() -> new Wanda(0.5).compress(fine, inputs))
          .hasMessageContaining("inputs seen in calibration are not finite");
    }
  }

  @Test
  void whatCannotBeIsRefused() {
    assertThatThrownBy(() -> SparsityPattern.rows(1)).hasMessageContaining("below 1");
    assertThatThrownBy(() -> SparsityPattern.matrix(-0.1)).hasMessageContaining("at least 0");
    assertThatThrownBy(() -> SparsityPattern.nOfM(4, 4)).hasMessageContaining("got 4:4");
    assertThatThrownBy(() -> SparsityPattern.nOfM(2, 4).lowest(new float[6], 1, 6))
        .hasMessage("6 inputs do not divide into runs of 4 for 2:4");
    float[] scores = new float[4];
    Arrays.fill(scores, 1);
    assertThat(SparsityPattern.rows(0).lowest(scores, 1, 4)).containsOnly(false);
  }
}
