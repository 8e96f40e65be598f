package tare.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tare.InventedLayer;
import tare.NumericFixture;
import tare.compress.Gptaq.Target;
import tare.grid.Storage;

/** Inputs of the original model as target, those of the compressed model as inputs. */
class GptaqTest {

  private final NDManager manager = NDManager.newBaseManager(Device.cpu());

  @AfterEach
  void free() {
    manager.close();
  }

  /** A layer whose inputs drift, in a way that depends on the inputs. */
  private record Drifting(NDArray weight, NDArray x, NDArray original) {

    static Drifting of(int rows, int columns, long seed, NDManager manager) {
      InventedLayer layer = InventedLayer.of(rows, columns, new Random(seed), manager);
      NDArray mixing =
          InventedLayer.of(columns, columns, new Random(seed + 1), manager).weight().clip(-2, 2);
      NDArray original = layer.x();
      return new Drifting(
          layer.weight().clip(-3, 3), original.add(original.matMul(mixing).mul(0.03f)), original);
    }

    /** Inputs of one size, so that sums in float32 are exact enough for a check of optimality. */
    static Drifting even(int rows, int columns, long seed, NDManager manager) {
      Random random = new Random(seed);
      Shape inputs = new Shape(4L * columns, columns);
      NDArray original = normal(inputs, random, manager);
      NDArray drift = normal(inputs, random, manager).add(original.flip(1)).mul(0.2f);
      NDArray weight = normal(new Shape(rows, columns), random, manager);
      return new Drifting(weight, original.add(drift), original);
    }

    private static NDArray normal(Shape shape, Random random, NDManager manager) {
      float[] values = new float[(int) shape.size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) random.nextGaussian();
      }
      return manager.create(values, shape);
    }

    LayerInputs inputs() {
      return LayerInputs.of(x, original);
    }

    /** ‖X̃Wᵀ − XŴᵀ‖². */
    double error(Compressed compressed) {
      NDArray rounded = weight.getManager().create(compressed.storage().dense(), weight.getShape());
      return original
          .matMul(weight.transpose())
          .sub(x.matMul(rounded.transpose()))
          .square()
          .sum()
          .getFloat();
    }
  }

  private static byte[] codes(Compressed compressed) {
    return ((Storage.Grid) compressed.storage()).codes();
  }

  private static Gptq gptq(JsonNode params) {
    Gptq gptq =
        new Gptq(params.get("bits").asInt(), params.get("group").asInt())
            .naturalOrder()
            .blockSize(params.get("block").asInt());
    if (params.get("group_params").asText().equals("block")) {
      gptq = gptq.grids(Gptq.Grids.BLOCK_START);
    }
    return params.get("sym").asBoolean() ? gptq.symmetric() : gptq;
  }

  private static void assertIs(Compressed found, JsonNode wanted) {
    Storage.Grid grid = (Storage.Grid) found.storage();
    float[] dense = grid.dense();
    for (int row = 0; row < grid.rows(); row++) {
      for (int j = 0; j < grid.columns(); j++) {
        int at = row * grid.columns() + j;
        assertThat(grid.codes()[at] & 0xff)
            .as("%s: code %d,%d", wanted.get("name"), row, j)
            .isEqualTo(wanted.get("codes").get(row).get(j).asInt());
        double value = wanted.get("W_hat").get(row).get(j).asDouble();
        assertThat((double) dense[at]).isCloseTo(value, within(1e-5 * (1 + Math.abs(value))));
      }
    }
  }

  @Test
  void bothTargetsAreThoseOfTheReference() throws IOException {
    JsonNode fixture = NumericFixture.read("gptaq.json").json();
    NDArray weight = NumericFixture.array(fixture.get("W"), manager);
    LayerInputs inputs =
        LayerInputs.of(
            NumericFixture.array(fixture.get("X"), manager),
            NumericFixture.array(fixture.get("X_orig"), manager));
    int checked = 0;
    for (JsonNode one : fixture.get("cases")) {
      JsonNode params = one.get("params");
      if (params.get("cross").asText().equals("current")) {
        Gptaq gptaq = new Gptaq(gptq(params)).alpha(params.get("alpha").asDouble());
        assertIs(gptaq.compress(weight, inputs), one);
        checked++;
      }
    }
    for (JsonNode one : fixture.get("full_target").get("cases")) {
      Gptaq gptaq = new Gptaq(gptq(named(fixture, one))).alpha(1).target(Target.LAYER);
      assertIs(gptaq.compress(weight, inputs), one);
      checked++;
    }
    assertThat(checked).isEqualTo(12);
  }

  /** The settings of the case with the same name. */
  private static JsonNode named(JsonNode fixture, JsonNode one) {
    for (JsonNode other : fixture.get("cases")) {
      if (other.get("name").equals(one.get("name"))) {
        return other.get("params");
      }
    }
    throw new AssertionError("no case is called " + one.get("name"));
  }

  @ParameterizedTest
  @EnumSource(Target.class)
  void withoutDriftItIsGptq(Target target) {
    Drifting layer = Drifting.of(30, 70, 3, manager);
    LayerInputs same = LayerInputs.of(layer.x(), layer.x());
    for (Gptq gptq : List.of(new Gptq(3, 16), new Gptq(4, -1).naturalOrder().blockSize(32))) {
      Gptaq gptaq = new Gptaq(gptq).alpha(1).target(target);
      assertThat(codes(gptaq.compress(layer.weight(), same)))
          .isEqualTo(codes(gptq.compress(layer.weight(), same)));
      assertThat(codes(gptaq.alpha(0).compress(layer.weight(), layer.inputs())))
          .as("α = 0")
          .isEqualTo(codes(gptq.compress(layer.weight(), layer.inputs())));
    }
  }

  @ParameterizedTest
  @EnumSource(Target.class)
  void theBlockSizeChangesNothing(Target target) {
    Drifting layer = Drifting.of(20, 64, 5, manager);
    for (Gptq gptq : List.of(new Gptq(4, 8), new Gptq(4, 8).naturalOrder(), new Gptq(3, -1))) {
      Gptaq whole = new Gptaq(gptq.blockSize(64)).alpha(1).target(target);
      Gptaq parts = new Gptaq(gptq.blockSize(8)).alpha(1).target(target);
      assertThat(codes(parts.compress(layer.weight(), layer.inputs())))
          .isEqualTo(codes(whole.compress(layer.weight(), layer.inputs())));
    }
  }

  /**
   * The columns to come minimise ‖w₀x̃₀ + Σ w x − v₀x₀ − Σ w′x‖²: the residual is normal to each.
   */
  @Test
  void aStepIsTheLeastSquaresSolutionGivenTheCodesSoFar() {
    Drifting layer = Drifting.even(6, 12, 7, manager);
    LayerInputs inputs = layer.inputs();
    double damping = 1e-7;
    GramFactor factor = inputs.factor(damping, false);
    double[][] after = new double[12][];
    double[] v = new double[6];
    ColumnWalk.blocks(
        layer.weight(),
        factor,
        new ColumnWalk.Pull(inputs.driftFactor(damping, false), 1),
        12,
        block ->
            block.bands(
                band -> {
                  for (int r = 0; r < v.length; r++) {
                    v[r] = Math.rint(band.columns()[0][r]);
                    band.compressed()[r] = v[r];
                  }
                  band.spread(0);
                  for (int k = 1; k < 12; k++) {
                    after[k] = band.columns()[k].clone();
                  }
                }));
    float[] x = layer.x().toFloatArray();
    float[] original = layer.original().toFloatArray();
    float[] w = layer.weight().toFloatArray();
    int tokens = x.length / 12;
    for (int r = 0; r < v.length; r++) {
      double[] residual = new double[tokens];
      for (int t = 0; t < tokens; t++) {
        residual[t] = w[r * 12] * original[t * 12] - v[r] * x[t * 12];
        for (int k = 1; k < 12; k++) {
          residual[t] += (w[r * 12 + k] - after[k][r]) * x[t * 12 + k];
        }
      }
      for (int k = 1; k < 12; k++) {
        double product = 0;
        double sizes = 1e-9;
        for (int t = 0; t < tokens; t++) {
          product += residual[t] * x[t * 12 + k];
          sizes += Math.abs(residual[t] * x[t * 12 + k]);
        }
        assertThat(Math.abs(product) / sizes).as("row %d, column %d", r, k).isLessThan(1e-4);
      }
    }
  }

  @Test
  void aFineGridReachesTheBestWeightOfTheWholeProblem() {
    Drifting layer = Drifting.even(6, 12, 9, manager);
    Gptq fine = new Gptq(8, 1).damping(1e-7);
    NDArray rounded =
        manager.create(
            new Gptaq(fine)
                .alpha(1)
                .target(Target.LAYER)
                .compress(layer.weight(), layer.inputs())
                .storage()
                .dense(),
            layer.weight().getShape());
    NDArray wanted = layer.original().matMul(layer.weight().transpose());
    NDArray left = wanted.sub(layer.x().matMul(rounded.transpose()));
    double normal = layer.x().transpose().matMul(left).abs().max().getFloat();
    double size = layer.x().transpose().matMul(wanted).abs().max().getFloat();
    assertThat(normal / size).isLessThan(1e-2);
  }

  @Test
  void itsOutputsAreNearerToTheOriginalsThanThoseOfGptq() {
    List<Double> ratios = new ArrayList<>();
    for (int seed = 0; seed < 5; seed++) {
      Drifting layer = Drifting.of(16, 64, 100 + 10 * seed, manager);
      double gptq = layer.error(new Gptq(4, 32).compress(layer.weight(), layer.inputs()));
      for (Target target : Target.values()) {
        Gptaq gptaq = new Gptaq(4, 32).alpha(1).target(target);
        ratios.add(layer.error(gptaq.compress(layer.weight(), layer.inputs())) / gptq);
      }
    }
    assertThat(ratios).allMatch(ratio -> ratio < 0.9);
  }

  @Test
  void prunedWeightsStayZero() {
    Drifting layer = Drifting.of(12, 32, 11, manager);
    for (Target target : Target.values()) {
      Compressor both = new Wanda("2:4").then(new Gptaq(4, 16).target(target));
      float[] dense = both.compress(layer.weight(), layer.inputs()).storage().dense();
      int zeros = 0;
      for (float value : dense) {
        zeros += value == 0 ? 1 : 0;
      }
      assertThat(zeros).isGreaterThanOrEqualTo(dense.length / 2);
    }
  }

  @Test
  void whatCannotBeComputedIsRefused() {
    Drifting layer = Drifting.of(6, 12, 13, manager);
    assertThatThrownBy(() -> new Gptaq(4, 8).alpha(1.5)).hasMessageContaining("α from 0 to 1");
    LayerInputs alone = LayerInputs.of(layer.x());
    assertThatThrownBy(() -> new Gptaq(4, 8).compress(layer.weight(), alone))
        .hasMessageContaining("DRIFT was not observed");
  }
}
