package tare.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tare.InventedLayer;
import tare.NumericFixture;
import tare.grid.Storage;

/**
 * What must hold of SparseGPT whatever the weights and inputs are, and the values of the reference.
 */
class SparseGptTest {

  private static final SparsityPattern TWO_OF_FOUR = SparsityPattern.nOfM(2, 4);

  private final NDManager manager = NDManager.newBaseManager(Device.cpu());

  @AfterEach
  void free() {
    manager.close();
  }

  private static Storage.Sparse run(Compressor method, InventedLayer layer) {
    return (Storage.Sparse) method.compress(layer.weight(), layer.inputs()).storage();
  }

  private static SparseGpt inBlocks(SparsityPattern pattern, int block) {
    return new SparseGpt(pattern).blockSize(block);
  }

  /** W − Ŵ = E·U with E zero wherever a weight was left; U is the inverse of R. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void onlyPrunedWeightsMakeErrors(long seed) {
    InventedLayer layer = InventedLayer.random(seed, 4, manager);
    SparsityPattern pattern = seed % 2 == 0 ? TWO_OF_FOUR : SparsityPattern.matrix(0.6);
    LayerInputs inputs = layer.inputs();
    GramFactor factor = inputs.factor(0.01, false);
    Storage.Sparse found =
        (Storage.Sparse) inBlocks(pattern, 32).compress(layer.weight(), inputs).storage();
    int columns = layer.columns();
    float[] w = layer.weight().toFloatArray();
    double[] r = factor.upper().whole(manager).toType(DataType.FLOAT64, false).toDoubleArray();
    for (int row = 0; row < layer.rows(); row++) {
      double[] e = new double[columns]; // (W − Ŵ) R
      for (int k = 0; k < columns; k++) {
        int at = row * columns + k;
        double delta = (factor.dead()[k] ? 0 : w[at]) - found.values()[at];
        for (int j = k; j < columns; j++) {
          e[j] += delta * r[k * columns + j];
        }
      }
      for (int j = 0; j < columns; j++) {
        if (!found.pruned()[row * columns + j]) {
          assertThat(e[j] / r[j * columns + j]).isCloseTo(0, within(1e-3));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14, 15})
  void countsAreExact(long seed) {
    InventedLayer layer = InventedLayer.random(seed, 8, manager);
    int columns = layer.columns();
    int rows = layer.rows();
    double share = new Random(seed).nextInt(90) / 100.0;
    boolean[] blocks = run(inBlocks(SparsityPattern.matrix(share), 24), layer).pruned();
    boolean[] perRow = run(inBlocks(SparsityPattern.rows(share), 24), layer).pruned();
    for (int start = 0; start < columns; start += 24) {
      int width = Math.min(24, columns - start);
      int inBlock = 0;
      for (int row = 0; row < rows; row++) {
        inBlock += count(blocks, row * columns + start, width);
        assertThat(count(perRow, row * columns + start, width)).isEqualTo((int) (share * width));
      }
      assertThat(inBlock).isEqualTo((int) (share * rows * width));
    }
    boolean[] runs = run(new SparseGpt(SparsityPattern.nOfM(3, 8)), layer).pruned();
    for (int at = 0; at < runs.length; at += 8) {
      assertThat(count(runs, at, 8)).isEqualTo(3);
    }
  }

  private static int count(boolean[] mask, int from, int width) {
    int count = 0;
    for (int i = from; i < from + width; i++) {
      count += mask[i] ? 1 : 0;
    }
    return count;
  }

  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23})
  void withIndependentInputsItIsMagnitudeWithinTheBlock(long seed) {
    InventedLayer layer = InventedLayer.random(seed, 4, manager);
    LayerInputs independent = new LayerInputs(9, manager.eye(layer.columns()).mul(5));
    for (SparsityPattern pattern :
        new SparsityPattern[] {SparsityPattern.matrix(0.5), TWO_OF_FOUR}) {
      Storage.Sparse found =
          (Storage.Sparse) inBlocks(pattern, 1024).compress(layer.weight(), independent).storage();
      Storage.Sparse magnitude =
          (Storage.Sparse) new Magnitude(pattern).compress(layer.weight(), null).storage();
      assertThat(found.pruned()).isEqualTo(magnitude.pruned());
      assertThat(found.values()).isEqualTo(magnitude.values());
    }
  }

  /** Undamped, U is 1/‖X_j‖ on the diagonal; the damping is too small to be seen. */
  @Test
  void withADiagonalGramTheOrderIsWandas() {
    InventedLayer layer = InventedLayer.of(12, 40, new Random(3), manager);
    double[] squares = new Random(4).doubles(40, 0.1, 9).toArray();
    NDArray gram = manager.eye(40).mul(manager.create(squares).toType(DataType.FLOAT32, false));
    LayerInputs diagonal = new LayerInputs(9, gram);
    SparseGpt method = new SparseGpt(SparsityPattern.rows(0.5)).damping(1e-9).blockSize(40);
    Storage.Sparse found = (Storage.Sparse) method.compress(layer.weight(), diagonal).storage();
    Storage.Sparse wanda =
        (Storage.Sparse) new Wanda(0.5).compress(layer.weight(), diagonal).storage();
    assertThat(found.pruned()).isEqualTo(wanda.pruned());
  }

  @ParameterizedTest
  @ValueSource(longs = {31, 32, 33})
  void theBlockSizeDoesNotChangeRunsOfM(long seed) {
    InventedLayer layer = InventedLayer.random(seed, 4, manager);
    Storage.Sparse whole = run(inBlocks(TWO_OF_FOUR, 1024), layer);
    for (int block : new int[] {1, 4, 10, 32}) {
      Storage.Sparse found = run(inBlocks(TWO_OF_FOUR, block), layer);
      assertThat(found.pruned()).isEqualTo(whole.pruned());
      assertThat(found.values())
          .usingComparatorWithPrecision(1e-3f)
          .containsExactly(whole.values());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {41, 42, 43})
  void louderInputsChangeNoMaskAndALargerRowOnlyItself(long seed) {
    InventedLayer layer = InventedLayer.random(seed, 4, manager);
    Storage.Sparse found = run(new SparseGpt(TWO_OF_FOUR), layer);
    Compressor[] methods = {
      new SparseGpt(TWO_OF_FOUR), new SparseGpt(0.5), new Wanda(0.5), new Wanda(TWO_OF_FOUR)
    };
    for (Compressor method : methods) {
      Storage.Sparse loud =
          (Storage.Sparse) method.compress(layer.weight(), layer.louder(8)).storage();
      assertThat(loud.pruned()).isEqualTo(run(method, layer).pruned());
    }
    NDArray factors = manager.ones(new Shape(layer.rows(), 1));
    factors.set(new NDIndex("3:, :"), 4);
    Storage.Sparse larger =
        run(new SparseGpt(TWO_OF_FOUR), new InventedLayer(layer.weight().mul(factors), layer.x()));
    assertThat(larger.pruned()).isEqualTo(found.pruned());
    for (int i = 3 * layer.columns(); i < found.values().length; i++) {
      assertThat(larger.values()[i]).isEqualTo(4 * found.values()[i]);
    }
  }

  @Test
  void theUpdateHelpsAndLessSparsityHurtsLess() {
    double updated = 0;
    double sameMask = 0;
    double sparser = 0;
    for (long seed = 50; seed < 58; seed++) {
      InventedLayer layer = InventedLayer.random(seed, 4, manager);
      Storage.Sparse found = run(new SparseGpt(0.5), layer);
      float[] w = layer.weight().toFloatArray();
      for (int i = 0; i < w.length; i++) {
        w[i] = found.pruned()[i] ? 0 : w[i];
      }
      updated += layer.error(found.values());
      sameMask += layer.error(w);
      sparser += layer.error(run(new SparseGpt(0.7), layer).values());
    }
    assertThat(updated).isLessThan(0.8 * sameMask);
    assertThat(sparser).isGreaterThan(1.5 * updated);
  }

  @ParameterizedTest
  @ValueSource(longs = {61, 62, 63, 64})
  void survivorsMayBeRoundedInTheSameLoop(long seed) {
    InventedLayer layer = InventedLayer.random(seed, 4, manager);
    int group = seed % 2 == 0 ? Rtn.PER_CHANNEL : 12;
    Rtn plain = new Rtn(8, group);
    Rtn grid = seed < 63 ? plain.symmetric() : plain;
    SparseGpt method = new SparseGpt(TWO_OF_FOUR).rounding(grid);
    Storage.Grid joint = (Storage.Grid) method.compress(layer.weight(), layer.inputs()).storage();
    float[] dense = joint.dense();
    for (int at = 0; at < dense.length; at += 4) {
      int zeros = 0;
      for (int i = at; i < at + 4; i++) {
        zeros += dense[i] == 0 ? 1 : 0;
      }
      assertThat(zeros).isGreaterThanOrEqualTo(2);
    }
    Storage.Grid rounded = (Storage.Grid) grid.compress(layer.weight(), layer.inputs()).storage();
    if (group == Rtn.PER_CHANNEL) {
      assertThat(joint.scales()).isEqualTo(rounded.scales());
      assertThat(joint.zeros()).isEqualTo(rounded.zeros());
    }
  }

  @Test
  void roundingInTheLoopIsBetterThanAfterwards() {
    double together = 0;
    double afterwards = 0;
    for (long seed = 80; seed < 86; seed++) {
      InventedLayer whole = InventedLayer.random(seed, 4, manager);
      InventedLayer layer = new InventedLayer(whole.weight().clip(-3, 3), whole.x());
      SparseGpt method = new SparseGpt(TWO_OF_FOUR);
      Rtn grid = new Rtn(4, 12);
      NDArray sparse = manager.create(run(method, layer).values(), layer.weight().getShape());
      afterwards += layer.error(grid.compress(sparse, layer.inputs()).storage().dense());
      together +=
          layer.error(
              method.rounding(grid).compress(layer.weight(), layer.inputs()).storage().dense());
    }
    assertThat(together).isLessThan(0.9 * afterwards);
  }

  @Test
  void deadChannelsAreZeroedAndSaidSo() {
    InventedLayer layer = InventedLayer.random(71, 4, manager);
    assertThat(new SparseGpt(0.5).compress(layer.weight(), layer.inputs()).note())
        .isEqualTo("1 dead channels zeroed");
    assertThat(run(new SparseGpt(0.5), layer).values())
        .doesNotContain(Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY);
  }

  @Test
  void whatCannotBeIsRefused() {
    InventedLayer layer = InventedLayer.of(4, 10, new Random(1), manager);
    assertThatThrownBy(() -> run(new SparseGpt(TWO_OF_FOUR), layer))
        .hasMessage("10 inputs do not divide into runs of 4 for 2:4");
    assertThatThrownBy(() -> new SparseGpt(TWO_OF_FOUR).damping(0))
        .hasMessageContaining("damping above 0");
    NDArray bad = manager.eye(10).mul(Float.POSITIVE_INFINITY);
    assertThatThrownBy(() -> new SparseGpt(0.5).compress(layer.weight(), new LayerInputs(3, bad)))
        .hasMessageContaining("inputs seen in calibration are not finite");
    NDArray broken = layer.weight().mul(Float.NaN);
    assertThatThrownBy(() -> new SparseGpt(0.5).compress(broken, layer.inputs()))
        .hasMessageContaining("not finite");
  }

  @Test
  void masksAndWeightsAreThoseOfTheReference() throws IOException {
    JsonNode fixture = NumericFixture.read("sparsegpt.json").json();

    NDArray w = NumericFixture.array(fixture.get("W"), manager);
    NDArray h = NumericFixture.array(fixture.get("H"), manager);
    for (JsonNode one : fixture.get("cases")) {
      JsonNode params = one.get("params");
      SparsityPattern pattern =
          params.has("n")
              ? SparsityPattern.nOfM(params.get("n").asInt(), params.get("m").asInt())
              : SparsityPattern.matrix(params.get("sparsity").asDouble());
      SparseGpt method =
          new SparseGpt(pattern)
              .damping(fixture.get("damp").asDouble())
              .blockSize(params.path("block").asInt(128));
      Storage.Sparse found = (Storage.Sparse) method.compress(w, new LayerInputs(48, h)).storage();
      String name = one.get("name").asText();
      assertThat(found.pruned()).as(name).isEqualTo(NumericFixture.mask(one.get("mask")));
      double[] expected = NumericFixture.values(one.get("W_hat"));
      for (int i = 0; i < expected.length; i++) {
        assertThat((double) found.values()[i])
            .as("%s: weight %d", name, i)
            .isCloseTo(expected[i], within(1e-5 * (1 + Math.abs(expected[i]))));
      }
    }
  }
}
