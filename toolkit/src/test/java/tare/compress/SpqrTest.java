package tare.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tare.InventedLayer;
import tare.NumericFixture;
import tare.grid.RealZeroGrid;
import tare.grid.Storage;
import tare.grid.WeightGrid;

/** What must hold of SpQR whatever the weights and inputs are, and the values of the reference. */
class SpqrTest {

  private static final double NONE = Double.POSITIVE_INFINITY;

  private final NDManager manager = NDManager.newBaseManager(Device.cpu());

  @AfterEach
  void free() {
    manager.close();
  }

  private static Spqr spqr(int scaleBits, double threshold, boolean actOrder) {
    Spqr spqr = new Spqr(3, 16).scaleBits(scaleBits).threshold(threshold);
    return actOrder ? spqr : spqr.naturalOrder();
  }

  private static Storage.GridWithOutliers run(Spqr spqr, NDArray weight, LayerInputs inputs) {
    return (Storage.GridWithOutliers) spqr.compress(weight, inputs).storage();
  }

  @Test
  void aThresholdOfZeroKeepsAllThatIsNotOnTheGrid() {
    InventedLayer layer = InventedLayer.of(40, 70, new Random(1), manager);
    float[] w = layer.weight().toFloatArray();
    float[] dense = run(spqr(3, 0, true), layer.weight(), layer.inputs()).dense();
    boolean[] dead = layer.inputs().factor(1, true).dead();
    for (int i = 0; i < w.length; i++) {
      float expected = dead[i % 70] ? 0 : w[i];
      assertThat(dense[i]).isCloseTo(expected, within(1e-3f + 1e-5f * Math.abs(expected)));
    }
  }

  @Test
  void withIndependentInputsAndPlainScalesItRoundsToNearest() {
    InventedLayer layer = InventedLayer.of(20, 32, new Random(2), manager);
    LayerInputs independent = new LayerInputs(9, manager.eye(32));
    float[] dense = run(spqr(Spqr.PLAIN, NONE, false), layer.weight(), independent).dense();
    float[] w = layer.weight().toFloatArray();
    RealZeroGrid grid = new RealZeroGrid(3);
    for (int start = 0; start < w.length; start += 16) {
      double[] group = new double[16];
      for (int k = 0; k < 16; k++) {
        group[k] = w[start + k];
      }
      WeightGrid.Step step = grid.fit(group);
      for (int k = 0; k < 16; k++) {
        float expected = (float) grid.decode(grid.encode(group[k], step), step);
        assertThat(dense[start + k]).isCloseTo(expected, within(1e-4f * (1 + Math.abs(expected))));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6})
  void outliersCutTheErrorOfAwkwardLayers(long seed) {
    InventedLayer layer = InventedLayer.random(seed, 1, manager);
    Storage.GridWithOutliers with = run(spqr(3, 0.003, true), layer.weight(), layer.inputs());
    Storage.GridWithOutliers without = run(spqr(3, NONE, true), layer.weight(), layer.inputs());
    assertThat(with.outliers()).isNotEmpty().doesNotHaveDuplicates();
    assertThat(without.outliers()).isEmpty();
    assertThat(layer.error(with.dense())).isLessThan(layer.error(without.dense()));
    assertThat(with.bitsPerWeight()).isGreaterThan(without.bitsPerWeight());
    for (float value : with.dense()) {
      assertThat(value).isFinite();
    }
  }

  @Test
  void leavingOneOutIsWhatFittingWithoutItGives() {
    Random random = new Random(3);
    RealZeroGrid grid = new RealZeroGrid(3);
    for (int size : new int[] {2, 3, 16}) {
      for (int trial = 0; trial < 20; trial++) {
        double[] values = random.doubles(size, -1, 1).toArray();
        if (trial % 4 == 0) {
          values[size - 1] = values[0];
        }
        double[] u = random.doubles(size, 0.5, 2).toArray();
        double[] gain = new double[size];
        grid.leaveOneOut(values, u, gain);
        for (int k = 0; k < size; k++) {
          double slow = error(grid, values, u, -1) - error(grid, values, u, k);
          assertThat(gain[k]).isCloseTo(slow, within(1e-12));
        }
      }
    }
  }

  /** Σ ((x̂ − x)/u)² with a grid fitted to all values but one. */
  private static double error(RealZeroGrid grid, double[] values, double[] u, int without) {
    double[] others = new double[values.length - (without < 0 ? 0 : 1)];
    double[] pivots = new double[others.length];
    for (int k = 0, to = 0; k < values.length; k++) {
      if (k != without) {
        others[to] = values[k];
        pivots[to++] = u[k];
      }
    }
    WeightGrid.Step step = grid.fit(others);
    double sum = 0;
    for (int k = 0; k < others.length; k++) {
      double e = (grid.decode(grid.encode(others[k], step), step) - others[k]) / pivots[k];
      sum += e * e;
    }
    return sum;
  }

  @Test
  void thePublishedSettingTakes4Point63Bits() {
    InventedLayer layer = InventedLayer.of(32, 64, new Random(4), manager);
    Storage.GridWithOutliers found =
        run(new Spqr(4, 16).withoutOutliers(), layer.weight(), layer.inputs());
    assertThat(found.bitsPerWeight()).isCloseTo(4.625, within(1e-9));
  }

  @Test
  void deadChannelsAreNoted() {
    InventedLayer layer = InventedLayer.of(8, 24, new Random(5), manager);
    Compressed compressed = new Spqr(4, 8).compress(layer.weight(), layer.inputs());
    assertThat(compressed.note()).isEqualTo("1 dead channels zeroed");
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new Spqr(4, 16).runLength(24)).hasMessageContaining("divide 64");
    assertThatThrownBy(() -> new Spqr(4, 16).scaleBits(1)).hasMessageContaining("2 to 8 bits");
    assertThatThrownBy(() -> new Spqr(4, 16).threshold(-1)).hasMessageContaining("at least 0");
  }

  @Test
  void theGridIsThatOfTheReference() throws IOException {
    JsonNode fixture = NumericFixture.read("grids.json").json();
    double[][] x = NumericFixture.matrix(fixture.get("x"));
    int seen = 0;
    for (JsonNode one : fixture.get("cases")) {
      if (one.get("grid").asText().equals("spqr")) {
        RealZeroGrid grid = new RealZeroGrid(one.get("bits").asInt());
        for (int row = 0; row < x.length; row++) {
          seen++;
          WeightGrid.Step step = grid.fit(x[row]);
          double scale = one.get("scale").get(row).asDouble();
          double zero = one.get("zero").get(row).asDouble();
          assertThat(step.scale()).isCloseTo(scale, within(1e-10 * scale));
          assertThat(step.zero()).isCloseTo(zero, within(1e-10 * (1 + Math.abs(zero))));
          for (int j = 0; j < x[row].length; j++) {
            int code = grid.encode(x[row][j], step);
            assertThat(code).isEqualTo(one.get("codes").get(row).get(j).asInt());
            double value = one.get("dequantized").get(row).get(j).asDouble();
            assertThat(grid.decode(code, step)).isCloseTo(value, within(1e-10));
          }
        }
      }
    }
    assertThat(seen).isEqualTo(x.length);
  }

  @Test
  void codesOutliersAndWeightsAreThoseOfTheReference() throws IOException {
    JsonNode fixture = NumericFixture.read("spqr.json").json();

    NDArray w = NumericFixture.array(fixture.get("W"), manager);
    NDArray h = NumericFixture.array(fixture.get("H"), manager);
    for (JsonNode one : fixture.get("cases")) {
      String name = one.get("name").asText();
      LayerInputs inputs = new LayerInputs(96, h);
      Storage.GridWithOutliers found =
          (Storage.GridWithOutliers)
              method(one.get("params"), one.get("damp").asDouble()).compress(w, inputs).storage();
      compare(name, one, found);
      double change = inputs.energy(manager.create(found.dense(), w.getShape()).sub(w));
      double expected = one.get("layer_error").asDouble();
      assertThat(change).as(name).isCloseTo(expected, within(1e-3 * expected));
    }
  }

  private static void compare(String name, JsonNode one, Storage.GridWithOutliers found) {
    int columns = found.columns();
    int[] perm =
        Arrays.stream(NumericFixture.vector(one.get("perm"))).mapToInt(k -> (int) k).toArray();
    float[] dense = found.dense();
    boolean[] outlier = new boolean[dense.length];
    for (int at : found.outliers()) {
      outlier[at] = true;
    }
    for (int row = 0; row < found.rows(); row++) {
      for (int k = 0; k < columns; k++) {
        int at = row * columns + perm[k];
        assertThat(found.codes()[at] & 0xff)
            .as("%s: code %d,%d", name, row, k)
            .isEqualTo(one.get("codes_permuted").get(row).get(k).asInt());
        assertThat(outlier[at])
            .as("%s: outlier %d,%d", name, row, k)
            .isEqualTo(one.get("outlier_permuted").get(row).get(k).asInt() == 1);
        double expected = one.get("W_hat").get(row).get(perm[k]).asDouble();
        assertThat((double) dense[at])
            .as("%s: weight %d,%d", name, row, k)
            .isCloseTo(expected, within(1e-3 * (1e-2 + Math.abs(expected))));
      }
      for (int g = 0; g < found.groups(); g++) {
        double scale = one.get("scales").get(row).get(g).asDouble();
        assertThat((double) found.scales()[row * found.groups() + g])
            .isCloseTo(scale, within(1e-3 * Math.abs(scale) + 1e-6));
      }
    }
    double share = one.get("outlier_share").asDouble();
    double statistics = name.endsWith("plain_statistics") ? 32 : 6 + 64 / 8.0;
    assertThat(found.bitsPerWeight()).isCloseTo(3 + statistics / 8 + 32 * share, within(1e-9));
  }

  private static Spqr method(JsonNode params, double damping) {
    boolean plain = params.has("scale_bits") && params.get("scale_bits").isNull();
    Spqr spqr =
        new Spqr(params.get("bits").asInt(), params.get("group").asInt())
            .scaleBits(plain ? Spqr.PLAIN : params.path("scale_bits").asInt(3))
            .runLength(params.get("second_group").asInt())
            .threshold(
                params.get("threshold").isTextual()
                    ? Double.POSITIVE_INFINITY
                    : params.get("threshold").asDouble())
            .damping(damping);
    if (params.path("simplified").asBoolean()) {
      spqr = spqr.fittedToAll();
    }
    return params.path("act_order").asBoolean() ? spqr : spqr.naturalOrder();
  }
}
