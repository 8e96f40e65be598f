package tare.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tare.InventedLayer;
import tare.grid.Storage;

/** Prune, then quantize: what was pruned stays exactly zero. */
class ZeroKeepingTest {

  private final NDManager manager = NDManager.newBaseManager(Device.cpu());

  @AfterEach
  void free() {
    manager.close();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void prunedWeightsStayZero(long seed) {
    InventedLayer layer = InventedLayer.random(seed, 8, manager);
    Pruner[] pruners = {
      new Magnitude(0.5),
      new Wanda(0.6),
      new SparseGpt(SparsityPattern.nOfM(2, 4)),
      new Wanda(SparsityPattern.nOfM(4, 8))
    };
    MaskedCompressor[] quantizers = {
      new Rtn(3, 8),
      new Rtn(4, Rtn.PER_CHANNEL).symmetric(),
      new Gptq(3, 8),
      new Gptq(4, Rtn.PER_CHANNEL).symmetric().grids(Gptq.Grids.UPDATED).blockSize(32),
      new Gptq(3, 12).naturalOrder().searchedRange().blockSize(32)
    };
    for (Pruner pruner : pruners) {
      LayerInputs inputs = layer.inputs();
      Storage.Sparse sparse = (Storage.Sparse) pruner.compress(layer.weight(), inputs).storage();
      for (MaskedCompressor quantizer : quantizers) {
        Compressed both = pruner.then(quantizer).compress(layer.weight(), inputs);
        assertThat(both.storage()).isInstanceOf(Storage.Grid.class);
        float[] dense = both.storage().dense();
        for (int i = 0; i < dense.length; i++) {
          if (sparse.pruned()[i]) {
            assertThat(dense[i]).as("%s: weight %d", pruner.then(quantizer), i).isZero();
          }
        }
      }
    }
  }

  /** What a pruned weight would have taken of the error goes to the columns after it. */
  @Test
  void theErrorGoesOnPastAPrunedWeight() {
    double held = 0;
    double rounded = 0;
    for (long seed = 10; seed < 16; seed++) {
      InventedLayer whole = InventedLayer.random(seed, 8, manager);
      InventedLayer layer = new InventedLayer(whole.weight().clip(-3, 3), whole.x());
      Wanda pruner = new Wanda(0.5);
      float[] sparse = pruner.compress(layer.weight(), layer.inputs()).storage().dense();
      NDArray left = manager.create(sparse, layer.weight().getShape());
      InventedLayer pruned = new InventedLayer(left, layer.x());
      held +=
          pruned.error(
              pruner
                  .then(new Gptq(3, 8))
                  .compress(layer.weight(), layer.inputs())
                  .storage()
                  .dense());
      rounded +=
          pruned.error(
              pruner
                  .then(new Rtn(3, 8))
                  .compress(layer.weight(), layer.inputs())
                  .storage()
                  .dense());
    }
    assertThat(held).isLessThan(0.8 * rounded);
  }

  @Test
  void withNothingPrunedItIsTheQuantizerAlone() {
    InventedLayer layer = InventedLayer.random(20, 8, manager);
    Gptq gptq = new Gptq(4, 16);
    boolean[] none = new boolean[layer.rows() * layer.columns()];
    Storage.Grid masked =
        (Storage.Grid) gptq.compress(layer.weight(), layer.inputs(), none).storage();
    Storage.Grid alone = (Storage.Grid) gptq.compress(layer.weight(), layer.inputs()).storage();
    assertThat(masked.codes()).isEqualTo(alone.codes());
    assertThat(masked.scales()).isEqualTo(alone.scales());
  }

  @Test
  void namesNotesAndNeeds() {
    Compressor both = new Wanda(0.5).then(new Rtn(4, 64));
    assertThat(both.name())
        .isEqualTo("Wanda[pattern=0.5] then Rtn[bits=4, groupSize=64, isSymmetric=false]");
    assertThat(both.calibrated()).isTrue();
    assertThat(new Magnitude(0.5).then(new Rtn(4, 64)).calibrated()).isFalse();
    InventedLayer layer = InventedLayer.random(30, 8, manager);
    Compressed compressed =
        new SparseGpt(0.5).then(new Gptq(4, 16)).compress(layer.weight(), layer.inputs());
    assertThat(compressed.note()).isEqualTo("1 dead channels zeroed");
    int groups = (layer.columns() + 15) / 16;
    assertThat(compressed.storage().bitsPerWeight())
        .isCloseTo(4 + 20.0 * groups / layer.columns(), within(1e-9));
  }
}
