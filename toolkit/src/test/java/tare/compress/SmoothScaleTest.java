package tare.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tare.InventedLayer;

/** What must hold of SmoothQuant's factors. */
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
}
