package tare.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import tare.NumericFixture;

/** SpQR and its grid against the reference. */
class SpqrFixtureTest {

  @Test
  void grid() throws IOException {
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
  void codesOutliersAndWeights() throws IOException {
    JsonNode fixture = NumericFixture.read("spqr.json").json();
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
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
