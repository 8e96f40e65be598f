package tare.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tare.InventedLayer;
import tare.grid.IntegerGrid;
import tare.grid.Storage;
import tare.grid.WeightGrid;

/** Identities of GPTQ on random shapes with dead channels, constant rows and huge outliers. */
class GptqInvariantsTest {

  private static final double DAMPING = 0.01;

  private final NDManager manager = NDManager.newBaseManager(Device.cpu());

  @AfterEach
  void free() {
    manager.close();
  }

  private static Gptq perChannel(int bits, boolean actOrder, int block) {
    Gptq gptq =
        new Gptq(bits, Rtn.PER_CHANNEL).grids(Gptq.Grids.UPDATED).damping(DAMPING).blockSize(block);
    return actOrder ? gptq : gptq.naturalOrder();
  }

  private static Storage.Grid run(Gptq method, InventedLayer layer) {
    return (Storage.Grid) method.compress(layer.weight(), layer.inputs()).storage();
  }

  /**
   * W − Ŵ = E·U. Each code is the nearest to the weight as it was when its turn came, Ŵ + E·U_jj,
   * and ‖E‖² = tr((W − Ŵ) H (W − Ŵ)ᵀ) with the damped H.
   */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void theErrorsThatItSpreadAreTheChange(long seed) {
    InventedLayer layer = InventedLayer.random(seed, 1, manager);
    LayerInputs inputs = layer.inputs();
    boolean actOrder = seed % 2 == 0;
    GramFactor factor = inputs.factor(DAMPING, actOrder);
    Storage.Grid grid =
        (Storage.Grid) perChannel(4, actOrder, 16).compress(layer.weight(), inputs).storage();
    int columns = layer.columns();
    double[] r = factor.upper().whole(manager).toType(DataType.FLOAT64, false).toDoubleArray();
    double[][] h = damped(inputs, factor);
    float[] w = layer.weight().toFloatArray();
    float[] dense = grid.dense();
    WeightGrid rounding = new IntegerGrid(4, false);
    for (int row = 0; row < layer.rows(); row++) {
      double[] delta = new double[columns];
      for (int k = 0; k < columns; k++) {
        int at = row * columns + factor.order()[k];
        delta[k] = (factor.dead()[factor.order()[k]] ? 0 : w[at]) - dense[at];
      }
      double[] e = times(delta, r);
      double energy = 0;
      double squares = 0;
      for (int k = 0; k < columns; k++) {
        int at = row * columns + factor.order()[k];
        double met = dense[at] + e[k] / r[k * columns + k];
        WeightGrid.Step step = new WeightGrid.Step(grid.scales()[row], grid.zeros()[row]);
        double nearest = rounding.decode(rounding.encode(met, step), step);
        assertThat(Math.abs(met - dense[at]) - Math.abs(met - nearest))
            .as("row %d, place %d", row, k)
            .isLessThan(1e-3 * step.scale());
        squares += e[k] * e[k];
        for (int l = 0; l < columns; l++) {
          energy += delta[k] * h[k][l] * delta[l];
        }
      }
      assertThat(energy).isCloseTo(squares, within(1e-3 * squares + 1e-6));
    }
  }

  /** δ R, which is E as U is the inverse of R. */
  private static double[] times(double[] delta, double[] r) {
    int m = delta.length;
    double[] e = new double[m];
    for (int k = 0; k < m; k++) {
      for (int j = k; j < m; j++) {
        e[j] += delta[k] * r[k * m + j];
      }
    }
    return e;
  }

  /** H in processing order with dead channels at 1 and the damping added. */
  private static double[][] damped(LayerInputs inputs, GramFactor factor) {
    int m = factor.order().length;
    float[] gram = inputs.gram().toFloatArray();
    double mean = 0;
    for (int j = 0; j < m; j++) {
      mean += (factor.dead()[j] ? 1 : gram[j * (m + 1)]) / m;
    }
    double[][] h = new double[m][m];
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < m; j++) {
        h[i][j] = gram[factor.order()[i] * m + factor.order()[j]];
      }
      h[i][i] = (factor.dead()[factor.order()[i]] ? 1 : h[i][i]) + DAMPING * mean;
    }
    return h;
  }

  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13, 14})
  void theFactorTimesItselfIsTheDampedGram(long seed) {
    InventedLayer layer = InventedLayer.random(seed, 1, manager);
    LayerInputs inputs = layer.inputs();
    GramFactor factor = inputs.factor(DAMPING, seed % 2 == 0);
    int m = layer.columns();
    NDArray upper = factor.upper().whole(manager).toType(DataType.FLOAT64, false);
    double[] r = upper.toDoubleArray();
    double[] product = upper.matMul(upper.transpose()).toDoubleArray();
    double[][] h = damped(inputs, factor);
    double largest = 0;
    for (int i = 0; i < m; i++) {
      largest = Math.max(largest, h[i][i]);
      assertThat(r[i * (m + 1)]).isPositive();
      for (int j = 0; j < i; j++) {
        assertThat(r[i * m + j]).isZero();
      }
    }
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < m; j++) {
        assertThat(product[i * m + j]).isCloseTo(h[i][j], within(1e-5 * largest));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {21, 22, 23})
  void anyDiagonalGramMakesItRoundToNearest(long seed) {
    InventedLayer layer = InventedLayer.random(seed, 1, manager);
    double[] squares = new Random(seed).doubles(layer.columns(), 0.1, 90).toArray();
    NDArray gram =
        manager.eye(layer.columns()).mul(manager.create(squares).toType(DataType.FLOAT32, false));
    LayerInputs diagonal = new LayerInputs(9, gram);
    for (int group : new int[] {Rtn.PER_CHANNEL, 16, 7}) {
      Storage.Grid gptq =
          (Storage.Grid) new Gptq(3, group).compress(layer.weight(), diagonal).storage();
      Storage.Grid rtn =
          (Storage.Grid) new Rtn(3, group).compress(layer.weight(), diagonal).storage();
      assertThat(gptq.codes()).isEqualTo(rtn.codes());
      assertThat(gptq.scales()).isEqualTo(rtn.scales());
      assertThat(gptq.zeros()).isEqualTo(rtn.zeros());
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {31, 32, 33})
  void theBlockSizeChangesNoCode(long seed) {
    InventedLayer layer = InventedLayer.random(seed, 1, manager);
    for (boolean actOrder : new boolean[] {false, true}) {
      byte[] whole = run(perChannel(4, actOrder, 1000), layer).codes();
      for (int block : new int[] {1, 5, 32}) {
        assertThat(run(perChannel(4, actOrder, block), layer).codes()).isEqualTo(whole);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {41, 42, 43})
  void permutingTheInputsPermutesTheCodes(long seed) {
    InventedLayer layer = InventedLayer.random(seed, 1, manager);
    int columns = layer.columns();
    int[] order = new Random(seed).ints(0, columns).distinct().limit(columns).toArray();
    NDArray index = manager.create(order);
    InventedLayer permuted =
        new InventedLayer(
            layer.weight().get(new NDIndex(":, {}", index)),
            layer.x().get(new NDIndex(":, {}", index)));
    byte[] codes = run(perChannel(4, true, 32), layer).codes();
    byte[] permutedCodes = run(perChannel(4, true, 32), permuted).codes();
    for (int row = 0; row < layer.rows(); row++) {
      for (int j = 0; j < columns; j++) {
        assertThat(permutedCodes[row * columns + j]).isEqualTo(codes[row * columns + order[j]]);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {51, 52, 53})
  void scalingInputsOrRowsChangesNoCode(long seed) {
    InventedLayer layer = InventedLayer.random(seed, 1, manager);
    Gptq method = new Gptq(4, 16);
    Storage.Grid grid = run(method, layer);
    Storage.Grid louder = (Storage.Grid) method.compress(layer.weight(), layer.louder(8)).storage();
    assertThat(louder.codes()).isEqualTo(grid.codes());
    Storage.Grid larger = run(method, new InventedLayer(layer.weight().mul(4), layer.x()));
    assertThat(larger.codes()).isEqualTo(grid.codes());
    float[] dense = grid.dense();
    float[] four = larger.dense();
    int columns = layer.columns();
    for (int i = 0; i < dense.length; i++) {
      // a row of zeros has the range [-1, 1] whatever the factor
      if (i / columns != 1) {
        assertThat(four[i]).isEqualTo(4 * dense[i]);
      }
    }
  }
}
