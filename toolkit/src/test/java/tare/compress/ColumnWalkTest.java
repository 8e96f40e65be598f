package tare.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tare.tensor.Triangle;

class ColumnWalkTest {

  private static final int COLUMNS = Triangle.WIDTH + 90;
  private static final int ROWS = 70;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aFactorInPanelsSpreadsTheSameErrors(boolean pulls) {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NDArray x = manager.randomNormal(new Shape(2 * COLUMNS, COLUMNS));
      NDArray h = x.transpose().matMul(x);
      Triangle panels =
          Triangle.factor(
                  (from, to) ->
                      h.get(new NDIndex("0:{}, {}:{}", to, from, to))
                          .flatten()
                          .reshape(to, to - from),
                  COLUMNS,
                  manager)
              .orElseThrow();
      NDArray weight = manager.randomNormal(new Shape(ROWS, COLUMNS));
      Optional<ColumnWalk.Pull> pull =
          pulls
              ? Optional.of(new ColumnWalk.Pull(panels.whole(manager).mul(0.01), 0.5))
              : Optional.empty();
      NDArray together = seen(weight, panels, pull, manager);
      NDArray whole = panels.whole(manager);
      NDArray doubled = seen(weight, Triangle.of(whole), pull, manager);
      double off = together.sub(doubled).abs().max().getDouble();
      assertThat(off).isCloseTo(0, within(1e-4));
    }
  }

  /** W as each block sees it, if every weight is halved: a walk without rounding is linear. */
  private static NDArray seen(
      NDArray weight, Triangle r, Optional<ColumnWalk.Pull> pull, NDManager manager) {
    int[] order = IntStream.range(0, COLUMNS).map(k -> COLUMNS - 1 - k).toArray();
    GramFactor factor = new GramFactor(r, order, new boolean[COLUMNS], "");
    NDArray seen = manager.zeros(new Shape(COLUMNS, ROWS), DataType.FLOAT64);
    ColumnWalk.onDevice(
        weight,
        factor,
        pull,
        96, // blocks that reach over the end of a panel
        block -> {
          NDIndex places = new NDIndex("{}:{}", block.start(), block.start() + block.width());
          seen.set(places, block.values());
          return block.values().div(2);
        });
    return seen;
  }

  @Test
  void theLastBandMayBeShort() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NDArray weight = manager.randomNormal(new Shape(ROWS, 8));
      GramFactor factor = new LayerInputs(8, manager.eye(8)).factor(0.01, false);
      int[] rows = new int[2];
      ColumnWalk.blocks(
          weight,
          factor,
          8,
          block -> block.bands(band -> rows[band.firstRow() / ColumnWalk.BAND] = band.rows()));
      assertThat(rows).containsExactly(ColumnWalk.BAND, ROWS - ColumnWalk.BAND);
    }
  }
}
