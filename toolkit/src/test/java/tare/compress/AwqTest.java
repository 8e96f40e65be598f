package tare.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tare.InventedLayer;
import tare.compress.Rescaler.OutputChange;

/** What must hold of AWQ whatever the weights and inputs are. */
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
}
