package tare.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TriangleTest {

  private static final int SIZE = 2 * Triangle.WIDTH + 70; // two panels and a short one

  private final NDManager manager = NDManager.newBaseManager(Device.cpu());

  @AfterEach
  void free() {
    manager.close();
  }

  private static Triangle.Symmetric of(NDArray h) {
    return (from, to) ->
        h.get(new NDIndex("0:{}, {}:{}", to, from, to)).mul(1).flatten().reshape(to, to - from);
  }

  @Test
  void panelsTimesThemselvesAreTheMatrix() {
    NDArray x = manager.randomNormal(new Shape(2 * SIZE, SIZE));
    NDArray h = x.transpose().matMul(x);
    Triangle r = Triangle.factor(of(h), SIZE, manager).orElseThrow();
    assertThat(r.panels()).hasSize(3);
    NDArray whole = r.whole(manager).toType(DataType.FLOAT64, false);
    NDArray off = whole.matMul(whole.transpose()).sub(h.toType(DataType.FLOAT64, false));
    assertThat(off.abs().max().getDouble()).isLessThan(1e-5 * 2 * SIZE);
    double[] values = whole.toDoubleArray();
    double[] diagonal = r.diagonal();
    for (int i = 0; i < SIZE; i++) {
      assertThat(diagonal[i]).isEqualTo(values[i * SIZE + i]).isPositive();
      for (int j = 0; j < i; j++) {
        assertThat(values[i * SIZE + j]).isZero();
      }
    }
  }

  @Test
  void partsAreThoseOfTheWhole() {
    NDArray x = manager.randomNormal(new Shape(2 * SIZE, SIZE));
    Triangle r = Triangle.factor(of(x.transpose().matMul(x)), SIZE, manager).orElseThrow();
    NDArray whole = r.whole(manager);
    NDArray some = r.part(manager, 400, 900, 500, 1060);
    assertThat(some).isEqualTo(whole.get("400:900, 500:1060"));
    NDArray below = r.part(manager, 700, 1000, 10, 600);
    assertThat(below).isEqualTo(whole.get("700:1000, 10:600"));
  }

  @Test
  void aMatrixThatIsNotPositiveDefiniteHasNoFactor() {
    NDArray h = manager.eye(SIZE);
    h.set(new NDIndex("600, 600"), -1);
    assertThat(Triangle.factor(of(h), SIZE, manager)).isEmpty();
  }
}
