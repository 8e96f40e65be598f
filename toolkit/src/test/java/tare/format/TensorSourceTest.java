package tare.format;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tare.tensor.FromHeap;

/** A matrix that is too large for the heap is read by rows, each to its place. */
class TensorSourceTest {

  private static final int WIDTH = 1 << 14;
  private static final int ROWS = TensorSource.LARGE / WIDTH + 3;

  /** Each value is the number of its row; the whole must not be asked for. */
  private record ByRows() implements TensorSource {

    @Override
    public Set<String> names() {
      return Set.of("embedding");
    }

    @Override
    public Shape shape(String name) {
      return new Shape(ROWS, WIDTH);
    }

    @Override
    public float[] values(String name) {
      throw new AssertionError("all values at once");
    }

    @Override
    public float[] rows(String name, int[] rows) {
      assertThat((long) rows.length * WIDTH).isLessThanOrEqualTo(FromHeap.AT_ONCE);
      float[] values = new float[rows.length * WIDTH];
      for (int i = 0; i < values.length; i++) {
        values[i] = rows[i / WIDTH];
      }
      return values;
    }
  }

  @Test
  void aLargeMatrixIsReadByRows() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray all = new ByRows().read("embedding", manager);
      float[] least = all.min(new int[] {1}).toFloatArray();
      float[] most = all.max(new int[] {1}).toFloatArray();
      assertThat(least).hasSize(ROWS).isEqualTo(most);
      for (int row = 0; row < ROWS; row++) {
        assertThat(least[row]).isEqualTo(row);
      }
    }
  }

  @Test
  void anArrayKeepsItsValuesWhenTheNextIsRead() {
    try (NDManager manager = NDManager.newBaseManager()) {
      NDArray first = new Constant(1).read("w", manager);
      NDArray second = new Constant(2).read("w", manager);
      assertThat(first.toFloatArray()).containsOnly(1f);
      assertThat(second.toFloatArray()).containsOnly(2f);
    }
  }

  /** A small matrix with one value everywhere. */
  private record Constant(float value) implements TensorSource {
    @Override
    public Set<String> names() {
      return Set.of("w");
    }

    @Override
    public Shape shape(String name) {
      return new Shape(3, 5);
    }

    @Override
    public float[] values(String name) {
      float[] values = new float[15];
      Arrays.fill(values, value);
      return values;
    }
  }
}
