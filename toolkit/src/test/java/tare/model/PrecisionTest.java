package tare.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
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
    try (NDManager manager = NDManager.newBaseManager(device)) {
      TorchCall product = TorchCall.of(call, device);
      TorchCall keep = TorchCall.of(call + "_keep", device);
      float almostOne = 1 + 1 / (4 * last);
      NDArray x = manager.create(new float[] {almostOne, 1, -3}, new Shape(1, 3));
      float[] weights = {4, 2, 1, last, 1, 0, almostOne, 0, 0};
      NDArray w = precision.narrow(manager.create(weights, new Shape(3, 3)));

      float[] sums = {3, last, 1};
      assertThat(product.call(x, w).toFloatArray()).containsExactly(sums);
      assertThat(product.call(x, w, manager.create(new float[] {1, 0, almostOne})).toFloatArray())
          .containsExactly(4, last, 2);
      assertThat(keep.call(x, w).getDataType()).isEqualTo(w.getDataType());
    }
  }

  /** Heads share keys and values here, as they do in all models of today. */
  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16"})
  void widenedAttentionIsThatOfTheRoundedValues(Precision precision) {
    Device device = Device.cpu();
    try (NDManager manager = NDManager.newBaseManager(device)) {
      TorchCall exact = TorchCall.of("attention_tiles", device);
      TorchCall widened = TorchCall.of("attention_widened", device);
      NDArray q = manager.randomNormal(new Shape(2, 4, 7, 8));
      NDArray k = manager.randomNormal(new Shape(2, 2, 7, 8));
      NDArray v = precision.narrow(manager.randomNormal(new Shape(2, 2, 7, 8)));

      NDArray rounded = exact.call(wide(precision.narrow(q)), wide(precision.narrow(k)), wide(v));
      NDArray result = widened.call(q, k, v);
      assertThat(result.getDataType()).isEqualTo(v.getDataType());
      assertThat(wide(result).toFloatArray())
          .containsExactly(wide(precision.narrow(rounded)).toFloatArray());
      assertThat(wide(result).toFloatArray())
          .isNotEqualTo(exact.call(q, k, wide(v)).toFloatArray());
    }
  }

  /** 150 places are three tiles. The mask hides place 3 from the places after it. */
  @ParameterizedTest
  @CsvSource({"4, 2, 150", "4, 4, 150", "6, 1, 70", "4, 2, 1"})
  void tilesAttendAsTheFusedKernelDoes(int heads, int shared, int queries) {
    int places = 150;
    Device device = Device.cpu();
    try (NDManager manager = NDManager.newBaseManager(device)) {
      TorchCall fused = TorchCall.of("attention", device);
      TorchCall tiles = TorchCall.of("attention_tiles", device);
      NDArray q = manager.randomNormal(new Shape(2, heads, queries, 8));
      NDArray k = manager.randomNormal(new Shape(2, shared, places, 8));
      NDArray v = manager.randomNormal(new Shape(2, shared, places, 8));
      boolean[] visible = new boolean[2 * queries * places];
      for (int i = 0; i < visible.length; i++) {
        int place = places - queries + i / places % queries;
        visible[i] = i % places <= place && (i % places != 3 || place == 3);
      }
      NDArray mask = manager.create(visible, new Shape(2, 1, queries, places));

      assertThat(tiles.call(q, k, v, mask).toFloatArray())
          .containsExactly(fused.call(q, k, v, mask).toFloatArray(), within(1e-5f));
      if (queries == places) {
        assertThat(tiles.call(q, k, v).toFloatArray())
            .containsExactly(fused.call(q, k, v).toFloatArray(), within(1e-5f));
      }
    }
  }

  private static NDArray wide(NDArray values) {
    return values.toType(DataType.FLOAT32, false);
  }
}
