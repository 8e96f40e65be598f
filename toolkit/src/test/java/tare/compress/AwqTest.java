package tare.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tare.InventedLayer;
import tare.NumericFixture;
import tare.compress.Rescaler.OutputChange;
import tare.grid.Storage;

/** What must hold of AWQ whatever the weights and inputs are, and the values of the reference. */
class AwqTest {

  private final NDManager manager = NDManager.newBaseManager(Device.cpu());

  @AfterEach
  void free() {
    manager.close();
  }

  private static AwqRound rounded(boolean clip) {
    AwqRound round = new AwqRound(3, 8);
    return clip ? round : round.unclipped();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void theChosenScaleIsNeverWorseThanNone(long seed) {
    InventedLayer layer = InventedLayer.random(seed, 8, manager);
    LayerInputs x = LayerInputs.of(layer.x());
    List<NDArray> weights = List.of(layer.weight());
    AwqScale.Search found =
        new AwqScale(3, 8).search(weights, x, OutputChange.ofLinears(weights, x));
    double outputs = (double) x.tokens() * layer.rows();
    double none = layer.error(rounded(false).compress(layer.weight(), x).storage().dense());
    assertThat(found.losses()[0] * outputs).isCloseTo(none, within(1e-3 * none));
    assertThat(found.losses()[found.best()]).isLessThanOrEqualTo(found.losses()[0]);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void clippingNeverAddsToTheErrorOfAGroup(long seed) {
    InventedLayer layer = InventedLayer.random(seed, 8, manager);
    for (int from = 0; from < layer.columns(); from += 8) {
      String columns = ":, " + from + ":" + (from + 8);
      NDArray weight = layer.weight().get(columns);
      LayerInputs x = LayerInputs.of(layer.x().get(columns));
      InventedLayer group = new InventedLayer(weight, layer.x().get(columns));
      double clipped = group.error(rounded(true).compress(weight, x).storage().dense());
      double whole = group.error(rounded(false).compress(weight, x).storage().dense());
      assertThat(clipped).isLessThanOrEqualTo(whole * (1 + 1e-5));
    }
  }

  @Test
  void louderInputsGiveTheSameFactors() {
    InventedLayer layer = InventedLayer.random(7, 8, manager);
    List<NDArray> weights = List.of(layer.weight());
    float[] factors = new AwqScale(3, 8).factors(weights, LayerInputs.of(layer.x())).toFloatArray();
    assertThat(
            new AwqScale(3, 8).factors(weights, LayerInputs.of(layer.x().mul(16))).toFloatArray())
        .usingComparatorWithPrecision(1e-3f)
        .containsExactly(factors);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void deadChannelsAndZeroRowsGiveFiniteNumbers(boolean duo) {
    NDArray w = manager.zeros(new Shape(4, 16));
    NDArray x = manager.zeros(new Shape(10, 16));
    AwqScale plain = new AwqScale(4, 8);
    AwqScale awq = duo ? plain.duoScaling() : plain;
    float[] factors = awq.factors(List.of(w), LayerInputs.of(x)).toFloatArray();
    for (float factor : factors) {
      assertThat(factor).isPositive().isFinite();
    }
    float[] dense = new AwqRound(4, 8).compress(w, LayerInputs.of(x)).storage().dense();
    assertThat(dense).containsOnly(0);
  }

  @Test
  void aGroupFarFromZeroIsSavedByARangeThatHoldsZero() {
    NDArray w =
        manager.create(new float[] {0.5f, 0.6f, 0.7f, 0.8f, 0.9f, 1, 0.9f, 0.8f}, new Shape(1, 8));
    NDArray off = new AwqGrid(4, 8).round(w).dense().sub(w).abs();
    assertThat(off.max().getFloat()).isLessThan(0.5f / 15 + 1e-6f);
    NDArray literal = new AwqGrid(4, 8).withoutZero().round(w).dense();
    assertThat(literal.toFloatArray()).usingComparatorWithPrecision(1e-6f).containsOnly(0.5f);
  }

  @Test
  void codesAreKept() {
    InventedLayer layer = InventedLayer.random(9, 8, manager);
    for (boolean symmetric : new boolean[] {false, true}) {
      AwqGrid plain = new AwqGrid(4, 8);
      AwqGrid fitted = symmetric ? plain.symmetric() : plain;
      AwqRound awq = new AwqRound(fitted);
      Storage.Grid grid =
          (Storage.Grid) awq.compress(layer.weight(), LayerInputs.of(layer.x())).storage();
      for (byte code : grid.codes()) {
        assertThat((int) code).isBetween(0, 15);
      }
      float[] again =
          fitted
              .round(manager.create(grid.dense(), layer.weight().getShape()))
              .dense()
              .toFloatArray();
      double error = layer.error(again) / layer.error(new float[again.length]);
      assertThat(error).isLessThan(0.2);
    }
  }

  @Test
  void queriesAndKeysAreNotClipped() {
    AwqRound awq = new AwqRound(4, 8);
    assertThat(awq.forLinear("model.layers.0.self_attn.q_proj.weight")).isEqualTo(awq.unclipped());
    assertThat(awq.forLinear("model.layers.0.self_attn.k_proj.weight")).isEqualTo(awq.unclipped());
    assertThat(awq.forLinear("model.layers.0.self_attn.v_proj.weight")).isEqualTo(awq);
    assertThat(awq.forLinear("model.layers.0.mlp.gate_proj.weight")).isEqualTo(awq);
  }

  @Test
  void groupsThatDoNotDivideTheInputsAreRefused() {
    NDArray w = manager.zeros(new Shape(2, 576));
    LayerInputs x = LayerInputs.of(manager.ones(new Shape(3, 576)));
    assertThatThrownBy(() -> new AwqRound(4, 128).compress(w, x))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("groups of 128 do not divide its 576 inputs")
        .hasMessageContaining("is 96");
    assertThatThrownBy(() -> new AwqScale(4, 128).factors(List.of(w), x))
        .hasMessageContaining("do not divide");
    assertThatThrownBy(() -> new AwqScale(4, 8).ratios(0)).hasMessageContaining("at least 1 ratio");
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
  void gridsAreThoseOfTheReference() throws IOException {
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
  void scalesAreThoseOfTheReference() throws IOException {
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
  void clippedAndRoundedWeightsAreThoseOfTheReference() throws IOException {
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
