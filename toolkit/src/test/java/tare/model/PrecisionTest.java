package tare.model;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tare.tensor.TorchCall;

class PrecisionTest {

  /**
   * bfloat16 holds the integers up to 256, half precision those up to 2,048; the next is rounded.
   */
  @ParameterizedTest
  @CsvSource({
    "BF16, linear_low, 256",
    "BF16, linear_widened, 256",
    "F16, linear_low, 2048",
    "F16, linear_widened, 2048"
  })
  void valuesAreRoundedBeforeAProductAndItsSumAfter(Precision precision, String call, float last) {
    Device device = Device.cpu();
    try (NDManager manager = NDManager.newBaseManager(device);
        TorchCall product = TorchCall.load(call, device);
        TorchCall keep = TorchCall.load(call + "_keep", device)) {
      float almostOne = 1 + 1 / (4 * last);
      NDArray x = manager.create(new float[] {almostOne, 1, -3}, new Shape(1, 3));
      float[] weights = {4, 2, 1, last, 1, 0, almostOne, 0, 0};
      NDArray w = precision.narrow(manager.create(weights, new Shape(3, 3)));

      float[] sums = {3, last, 1};
      assertThat(product.of(x, w).toFloatArray()).containsExactly(sums);
      assertThat(product.of(x, w, manager.create(new float[] {1, 0, almostOne})).toFloatArray())
          .containsExactly(4, last, 2);
      assertThat(keep.of(x, w).getDataType()).isEqualTo(w.getDataType());
    }
  }
}
