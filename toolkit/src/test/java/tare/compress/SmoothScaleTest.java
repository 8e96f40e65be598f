package tare.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tare.InventedLayer;
import tare.NumericFixture;
import tare.grid.Storage;
import tare.grid.TokenGrid;

/** What must hold of SmoothQuant's factors, and the values of the reference. */
class SmoothScaleTest {

  private final NDManager manager = NDManager.newBaseManager(Device.cpu());

  @AfterEach
  void free() {
    manager.close();
  }

  @Test
  void atOneHalfInputsAndWeightsBecomeEquallyLarge() {
    InventedLayer layer = InventedLayer.random(1, 8, manager);
    LayerInputs x = LayerInputs.of(layer.x());
    NDArray s = new SmoothScale(0.5).factors(List.of(layer.weight()), x);
    float[] inputs = x.dividedBy(s).maxAbs().toFloatArray();
    float[] weights = layer.weight().mul(s).abs().max(new int[] {0}).toFloatArray();
    for (int j = 0; j < inputs.length; j++) {
      if (inputs[j] > 0) {
        assertThat(inputs[j]).isCloseTo(weights[j], within(1e-4f * weights[j]));
      }
    }
  }

  @Test
  void aDeadChannelCountsAsASmallOne() {
    InventedLayer layer = InventedLayer.random(2, 8, manager);
    float[] s =
        new SmoothScale(0.85)
            .factors(List.of(layer.weight()), LayerInputs.of(layer.x()))
            .toFloatArray();
    for (float factor : s) {
      assertThat(factor).isFinite().isGreaterThan(1e-4f);
    }
  }

  @Test
  void alphaOutOfRangeIsRefused() {
    assertThatThrownBy(() -> new SmoothScale(1.2)).hasMessageContaining("0 to 1, not 1.2");
  }

  @Test
  void whatWasNotObservedIsNamed() {
    InventedLayer layer = InventedLayer.random(3, 8, manager);
    assertThatThrownBy(() -> layer.inputs().maxAbs())
        .hasMessageContaining("MAX_ABS was not observed");
  }

  @Test
  void factorsAreThoseOfTheReference() throws IOException {
    JsonNode fixture = NumericFixture.read("smoothquant.json").json();

    NDArray w1 = NumericFixture.array(fixture.get("W1"), manager);
    NDArray w2 = NumericFixture.array(fixture.get("W2"), manager);
    LayerInputs x = LayerInputs.of(NumericFixture.array(fixture.get("X"), manager));
    for (JsonNode one : fixture.get("cases")) {
      NDArray s = new SmoothScale(one.get("alpha").asDouble()).factors(List.of(w1, w2), x);
      near(s, one.get("s"));
      near(x.dividedBy(s).maxAbs(), one.get("act_max_after"));
    }
  }

  /** W8A8: codes of weights, and the product of rounded weights and rounded inputs. */
  @Test
  void roundedOutputsAreThoseOfTheReference() throws IOException {
    JsonNode fixture = NumericFixture.read("smoothquant.json").json();

    for (JsonNode one : fixture.get("cases")) {
      NDArray s = NumericFixture.array(one.get("s"), manager);
      NDArray x = NumericFixture.array(fixture.get("X"), manager).div(s);
      NDArray w = NumericFixture.array(fixture.get("W1"), manager).mul(s);
      AwqGrid grid = new AwqGrid(8, Rtn.PER_CHANNEL).symmetric();
      Storage.Grid stored =
          (Storage.Grid) new AwqRound(grid).unclipped().compress(w, LayerInputs.of(x)).storage();
      double[] codes = NumericFixture.values(one.get("weight_codes"));
      for (int i = 0; i < codes.length; i++) {
        assertThat((stored.codes()[i] & 0xff) - 128.0).isCloseTo(codes[i], within(1.0));
      }
      NDArray weight = manager.create(stored.dense(), w.getShape());
      NDArray y = new TokenGrid(8).round(x).matMul(weight.transpose());
      double[] wanted = NumericFixture.values(one.get("output"));
      float[] found = y.toFloatArray();
      double squares = 0;
      for (int i = 0; i < wanted.length; i++) {
        squares += (found[i] - wanted[i]) * (found[i] - wanted[i]);
      }
      assertThat(squares / wanted.length).isLessThan(one.get("output_mse").asDouble() / 20);
    }
  }

  private static void near(NDArray found, JsonNode expected) {
    float[] values = found.toFloatArray();
    for (int j = 0; j < values.length; j++) {
      double wanted = expected.get(j).asDouble();
      assertThat((double) values[j]).isCloseTo(wanted, within(1e-5 * wanted));
    }
  }
}
