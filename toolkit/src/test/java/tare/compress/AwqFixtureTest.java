package tare.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tare.NumericFixture;
import tare.compress.Rescaler.OutputChange;

/** AWQ and its grid against the reference. */
class AwqFixtureTest {

  private final NDManager manager = NDManager.newBaseManager(Device.cpu());

  @AfterEach
  void free() {
    manager.close();
  }

  private static void near(NDArray found, JsonNode expected, double relative) {
    double[] values = found.toType(DataType.FLOAT64, true).toDoubleArray();
    double[] wanted =
        expected.get(0).isArray()
            ? NumericFixture.values(expected)
            : NumericFixture.vector(expected);
    assertThat(values).hasSameSizeAs(wanted);
    for (int i = 0; i < values.length; i++) {
      assertThat(values[i])
          .as("entry %d", i)
          .isCloseTo(wanted[i], within(relative * Math.abs(wanted[i]) + 1e-9));
    }
  }

  @Test
  void grids() throws IOException {
    JsonNode fixture = NumericFixture.read("grids.json").json();
    // in float64, since the reference breaks ties in it
    NDArray x = manager.create(NumericFixture.values(fixture.get("x")), new Shape(8, 8));
    int seen = 0;
    for (JsonNode one : fixture.get("cases")) {
      if (one.get("grid").asText().startsWith("awq")) {
        seen++;
        boolean symmetric = one.get("grid").asText().endsWith("_symmetric");
        int bits = one.get("bits").asInt();
        AwqGrid grid = new AwqGrid(bits, 8).withoutZero();
        AwqGrid.Rounded found = (symmetric ? grid.symmetric() : grid).round(x);
        int middle = symmetric ? 1 << (bits - 1) : 0;
        near(found.scales(), one.get("scale"), 1e-6);
        near(found.zeros().sub(middle), one.get("zero"), 0);
        near(found.codes().sub(middle), one.get("codes"), 0);
        near(found.dense(), one.get("dequantized"), 1e-5);
      }
    }
    assertThat(seen).isEqualTo(8);
  }

  @Test
  void scales() throws IOException {
    JsonNode fixture = NumericFixture.read("awq.json").json();
    LayerInputs x = LayerInputs.of(NumericFixture.array(fixture.get("X"), manager));
    near(x.meanAbs(), fixture.get("x_mean"), 1e-5);
    for (JsonNode one : fixture.get("cases")) {
      String name = one.get("name").asText();
      List<NDArray> weights = new ArrayList<>();
      for (int i = 1; i <= one.get("linears").asInt(); i++) {
        weights.add(NumericFixture.array(fixture.get("W" + i), manager));
      }
      AwqScale plain = new AwqScale(new AwqGrid(4, 8).withoutZero());
      AwqScale awq = one.get("duo").asBoolean() ? plain.duoScaling() : plain;
      AwqScale.Search found = awq.search(weights, x, OutputChange.ofLinears(weights, x));
      for (int i = 0; i < 20; i++) {
        double loss = one.get("losses").get(i).asDouble();
        assertThat(found.losses()[i]).as("%s: %d", name, i).isCloseTo(loss, within(5e-3 * loss));
      }
      assertThat(found.best() / 20.0).as(name).isEqualTo(one.get("best_ratio").asDouble());
      near(awq.factors(weights, x), one.get("best_scales"), 1e-5);
    }
    near(
        new AwqScale(4, 8).meanShare(NumericFixture.array(fixture.get("W1"), manager)),
        fixture.get("w_mean_one"),
        1e-4);
  }

  @Test
  void clippedAndRounded() throws IOException {
    JsonNode fixture = NumericFixture.read("awq.json").json();
    NDArray s = NumericFixture.array(fixture.get("cases").get(0).get("best_scales"), manager);
    NDArray w = NumericFixture.array(fixture.get("W1"), manager).mul(s);
    LayerInputs x = LayerInputs.of(NumericFixture.array(fixture.get("X"), manager));
    AwqRound awq = new AwqRound(new AwqGrid(4, 8).withoutZero());
    near(awq.bounds(w, x.dividedBy(s)), fixture.get("clip_bound"), 1e-5);
    Storage.Grid found = (Storage.Grid) awq.compress(w, x.dividedBy(s)).storage();
    int[] codes = new int[found.codes().length];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = found.codes()[i] & 0xff;
    }
    double[] expected = NumericFixture.values(fixture.get("codes"));
    for (int i = 0; i < codes.length; i++) {
      assertThat(codes[i]).as("code %d", i).isEqualTo((int) expected[i]);
    }
    near(manager.create(found.scales()), fixture.get("scales"), 1e-5);
    near(manager.create(found.zeros()), fixture.get("zeros"), 0);
    near(manager.create(found.dense()), fixture.get("dequantized"), 1e-4);
    double change =
        x.dividedBy(s).energy(manager.create(found.dense(), w.getShape()).sub(w)) / (64 * 16);
    double mse = fixture.get("mse_scaled_and_clipped").asDouble();
    assertThat(change).isCloseTo(mse, within(5e-3 * mse));
  }
}
