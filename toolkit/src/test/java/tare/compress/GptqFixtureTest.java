package tare.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import tare.NumericFixture;

/** GPTQ and its grids against the reference. */
class GptqFixtureTest {

  @Test
  void grids() throws IOException {
    JsonNode fixture = NumericFixture.read("grids.json").json();
    double[][] x = NumericFixture.matrix(fixture.get("x"));
    int seen = 0;
    for (JsonNode one : fixture.get("cases")) {
      if (one.get("grid").asText().startsWith("gptq")) {
        seen++;
        WeightGrid grid =
            new WeightGrid(
                one.get("bits").asInt(),
                one.get("sym").asBoolean(),
                one.get("grid").asText().endsWith("mse"));
        for (int row = 0; row < x.length; row++) {
          WeightGrid.Step step = grid.fit(x[row], 0, x[row].length);
          double scale = one.get("scale").get(row).asDouble();
          assertThat(step.scale()).isCloseTo(scale, within(1e-10 * scale));
          for (int j = 0; j < x[row].length; j++) {
            int code = grid.encode(x[row][j], step);
            assertThat(code).isEqualTo(one.get("codes").get(row).get(j).asInt());
            double value = one.get("dequantized").get(row).get(j).asDouble();
            assertThat(grid.decode(code, step)).isCloseTo(value, within(1e-10 * Math.abs(value)));
          }
        }
      }
    }
    assertThat(seen).isGreaterThan(9);
  }

  @Test
  void inverseFactor() throws IOException {
    JsonNode fixture = NumericFixture.read("hessian.json").json();
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NDArray h = NumericFixture.array(fixture.get("H"), manager);
      GramFactor factor = new LayerInputs(24, h).factor(fixture.get("damp").asDouble(), false);
      NDArray r = factor.upper().toType(DataType.FLOAT64, false);
      double[] u = r.inverse().toDoubleArray();
      double[][] expected = NumericFixture.matrix(fixture.get("U"));
      for (int i = 0; i < expected.length; i++) {
        for (int j = 0; j < expected.length; j++) {
          assertThat(u[i * expected.length + j])
              .isCloseTo(expected[i][j], within(1e-4 * (1 + Math.abs(expected[i][j]))));
        }
        assertThat(factor.dead()[i]).isEqualTo(fixture.get("dead").get(i).asInt() == 1);
      }
      assertThat(factor.note()).isEmpty();
    }
  }

  @Test
  void codesScalesAndWeights() throws IOException {
    JsonNode fixture = NumericFixture.read("gptq.json").json();
    double[][] w = NumericFixture.matrix(fixture.get("W"));
    double[][] h = NumericFixture.matrix(fixture.get("H"));
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      for (JsonNode one : fixture.get("cases")) {
        JsonNode params = one.get("params");
        if (params == null) {
          continue;
        }
        boolean identity = one.get("name").asText().startsWith("identity");
        NDArray gram =
            identity ? manager.eye(h.length) : NumericFixture.array(fixture.get("H"), manager);
        Storage.Grid found =
            (Storage.Grid)
                method(params)
                    .compress(
                        NumericFixture.array(fixture.get("W"), manager), new LayerInputs(48, gram))
                    .storage();
        String name = one.get("name").asText();
        float[] dense = found.dense();
        for (int row = 0; row < w.length; row++) {
          for (int j = 0; j < h.length; j++) {
            int at = row * h.length + j;
            assertThat((int) found.codes()[at])
                .as("%s: code %d,%d", name, row, j)
                .isEqualTo(one.get("codes").get(row).get(j).asInt());
            if (!identity) {
              double expected = one.get("W_hat").get(row).get(j).asDouble();
              assertThat((double) dense[at])
                  .isCloseTo(expected, within(1e-5 * (1 + Math.abs(expected))));
            }
          }
        }
        if (!identity) {
          assertThat(found.groupOf())
              .as(name)
              .isEqualTo(
                  Arrays.stream(NumericFixture.vector(one.get("g_idx")))
                      .mapToInt(g -> (int) g)
                      .toArray());
        }
      }
    }
  }

  private static Gptq method(JsonNode params) {
    Gptq.Grids grids =
        params.path("static_groups").asBoolean()
            ? Gptq.Grids.STATIC
            : params.path("group_params").asText().equals("block")
                ? Gptq.Grids.BLOCK_START
                : Gptq.Grids.UPDATED;
    Gptq gptq = new Gptq(params.get("bits").asInt(), params.path("group").asInt(Rtn.PER_CHANNEL));
    if (!params.path("act_order").asBoolean()) {
      gptq = gptq.naturalOrder();
    }
    if (params.path("sym").asBoolean()) {
      gptq = gptq.symmetric();
    }
    if (params.path("mse").asBoolean()) {
      gptq = gptq.searchedRange();
    }
    return gptq.grids(grids)
        .damping(params.path("damp").asDouble(0.01))
        .blockSize(params.path("block").asInt(128));
  }
}
