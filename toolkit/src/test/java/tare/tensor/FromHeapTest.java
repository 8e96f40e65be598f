package tare.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import org.junit.jupiter.api.Test;

class FromHeapTest {

  @Test
  void copyStaysWhenOthersPass() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray one = FromHeap.copy(new float[] {1, 2, 3, 4, 5, 6}, new Shape(2, 3), manager);
      FromHeap.copy(new float[] {7, 8, 9, 10, 11, 12}, new Shape(6), manager);
      assertThat(one.getShape()).isEqualTo(new Shape(2, 3));
      assertThat(one.toFloatArray()).containsExactly(1, 2, 3, 4, 5, 6);
    }
  }

  @Test
  void arrayLargerThanTheBufferIsCopiedWhole() {
    float[] values = new float[2 * FromHeap.AT_ONCE + 2];
    for (int i = 0; i < values.length; i++) {
      values[i] = i % 1_000;
    }
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray copy = FromHeap.copy(values, new Shape(values.length / 2, 2), manager);
      assertThat(copy.getShape()).isEqualTo(new Shape(values.length / 2, 2));
      assertThat(copy.toFloatArray()).isEqualTo(values);
    }
  }

  @Test
  void closedCopiesLeaveNoBuffers() {
    float[] values = new float[1 << 20];
    try (NDManager manager = NDManager.newBaseManager()) {
      FromHeap.copy(values, new Shape(values.length), manager).close();
      long before = outsideHeap();
      for (int i = 0; i < 20; i++) {
        FromHeap.copy(values, new Shape(values.length), manager).close();
      }
      assertThat(outsideHeap() - before).isLessThan((long) values.length * Float.BYTES);
    }
  }

  private static long outsideHeap() {
    return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
        .filter(pool -> pool.getName().equals("direct"))
        .mapToLong(BufferPoolMXBean::getMemoryUsed)
        .sum();
  }

  @Test
  void otherNumberOfValuesIsRefused() {
    try (NDManager manager = NDManager.newBaseManager()) {
      assertThatThrownBy(() -> FromHeap.copy(new float[5], new Shape(2, 3), manager))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("5 values do not have the shape (2, 3)");
    }
  }
}
