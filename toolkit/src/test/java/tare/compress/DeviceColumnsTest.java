package tare.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tare.InventedLayer;
import tare.NumericFixture;
import tare.grid.NumberFormat;
import tare.grid.Storage;
import tare.model.FirstGpu;

/** The loops over columns that run on a GPU do what the host's bands do. */
class DeviceColumnsTest {

  private static final int COLUMNS = 96;

  private final NDManager manager = NDManager.newBaseManager(Device.cpu());

  @AfterEach
  void free() {
    manager.close();
  }

  private static Stream<Compressor> methods() {
    Gptq natural = new Gptq(3, 16).naturalOrder();
    return Stream.of(
        natural,
        natural.symmetric(),
        natural.grids(Gptq.Grids.BLOCK_START).blockSize(32),
        natural.grids(Gptq.Grids.STATIC),
        natural.searchedRange(),
        natural.symmetric().searchedRange(),
        new Gptq(4, 40), // the last group is short
        new Gptq(4, 40).grids(Gptq.Grids.UPDATED),
        new Gptq(2, Rtn.PER_CHANNEL).naturalOrder().blockSize(20),
        new Gptq(8, Rtn.PER_CHANNEL).symmetric(),
        Gptq.of(NumberFormat.FP8),
        Gptq.of(NumberFormat.MXFP4).naturalOrder(),
        Gptq.of(NumberFormat.MXFP4),
        Gptq.of(NumberFormat.NVFP4).naturalOrder(),
        Gptq.of(NumberFormat.NVFP4).sharing(() -> 1000),
        new Gptaq(natural.blockSize(32), 0.5, Gptaq.Target.COLUMN),
        new Gptaq(4, 16).alpha(1),
        new SparseGpt(0.5).blockSize(32),
        new SparseGpt(SparsityPattern.rows(0.6)),
        new SparseGpt(SparsityPattern.matrix(0.3)),
        new SparseGpt("2:4"),
        new SparseGpt("2:4").rounding(new Rtn(4, 16)),
        new SparseGpt(0.5).rounding(Rtn.of(NumberFormat.MXFP4)),
        new Spqr(3, 16),
        new Spqr(2, 8).naturalOrder(),
        new Spqr(4, 20).scaleBits(Spqr.PLAIN).withoutOutliers(),
        new Spqr(3, 16).fittedToAll().runLength(8));
  }

  @ParameterizedTest
  @MethodSource("methods")
  void everyMethodGivesTheCodesOfTheHost(Compressor method) {
    for (int seed = 1; seed <= 3; seed++) {
      compare(method, InventedLayer.of(37 + 40 * seed, COLUMNS, new Random(seed), manager));
    }
  }

  @Tag("gpu")
  @ParameterizedTest
  @MethodSource("methods")
  void everyMethodGivesTheCodesOfTheHostOnAGpu(Compressor method) {
    InventedLayer layer = InventedLayer.of(77, COLUMNS, new Random(1), manager);
    try (NDManager gpu = NDManager.newBaseManager(FirstGpu.device())) {
      NDArray there = layer.weight().toDevice(gpu.getDevice(), true);
      there.attach(gpu);
      LayerInputs inputs = inputs(layer);
      Map<Observed, NDArray> observed = new HashMap<>();
      for (Observed what : new Observed[] {Observed.GRAM, Observed.DRIFT}) {
        NDArray here = what == Observed.GRAM ? inputs.gram() : inputs.drift();
        observed.put(what, here.toDevice(gpu.getDevice(), true));
      }
      Compressed found = method.compress(there, new LayerInputs(inputs.tokens(), observed));
      assertSame(found.storage(), method.compress(layer.weight(), inputs).storage());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"int", "mxfp4"})
  void prunedWeightsStayZero(String numbers) {
    InventedLayer layer = InventedLayer.of(50, COLUMNS, new Random(4), manager);
    boolean[] pruned =
        ((Storage.Sparse) new Magnitude("2:4").compress(layer.weight(), layer.inputs()).storage())
            .pruned();
    Gptq gptq = numbers.equals("int") ? new Gptq(3, 16) : Gptq.of(NumberFormat.parse(numbers));
    for (Gptq each : new Gptq[] {gptq, gptq.naturalOrder()}) {
      GramFactor factor = layer.inputs().factor(each.damping(), each.actOrder());
      Compressed found = DeviceColumns.gptq(each, layer.weight(), factor, pruned, Optional.empty());
      assertSame(found.storage(), each.compress(layer.weight(), layer.inputs(), pruned).storage());
      float[] dense = found.storage().dense();
      for (int i = 0; i < dense.length; i++) {
        assertThat(pruned[i] && dense[i] != 0).isFalse();
      }
    }
  }

  @Test
  void codesOfGptqAreThoseOfTheReference() throws IOException {
    JsonNode fixture = NumericFixture.read("gptq.json").json();
    NDArray weight = NumericFixture.array(fixture.get("W"), manager);
    int seen = 0;
    for (JsonNode one : fixture.get("cases")) {
      if (one.has("params") && !one.get("name").asText().startsWith("identity")) {
        Gptq gptq = GptqTest.method(one.get("params"));
        LayerInputs inputs = new LayerInputs(48, NumericFixture.array(fixture.get("H"), manager));
        byte[] codes = ((Storage.Grid) onDevice(gptq, weight, inputs).storage()).codes();
        double[][] wanted = NumericFixture.matrix(one.get("codes"));
        for (int i = 0; i < codes.length; i++) {
          double code = wanted[i / wanted[0].length][i % wanted[0].length];
          assertThat((double) codes[i]).as(one.get("name").asText()).isEqualTo(code);
        }
        seen++;
      }
    }
    assertThat(seen).isGreaterThan(10);
  }

  @Test
  void scoresThatAreNotFiniteAreRefused() {
    NDArray weight = manager.create(new float[] {1, Float.NaN, 3, 4}, new Shape(1, 4));
    GramFactor factor = new LayerInputs(4, manager.eye(4)).factor(0.01, false);
    assertThatThrownBy(() -> DeviceColumns.sparseGpt(new SparseGpt(0.5), weight, factor))
        .hasMessageContaining("not finite");
  }

  private void compare(Compressor method, InventedLayer layer) {
    LayerInputs inputs = inputs(layer);
    Compressed found = onDevice(method, layer.weight(), inputs);
    Compressed wanted = method.compress(layer.weight(), inputs);
    assertThat(found.note()).isEqualTo(wanted.note());
    assertSame(found.storage(), wanted.storage());
  }

  /** The inputs of a layer, with a drift. */
  private static LayerInputs inputs(InventedLayer layer) {
    return LayerInputs.of(layer.x(), layer.x().mul(1.1f).add(0.05f));
  }

  private static Compressed onDevice(Compressor method, NDArray weight, LayerInputs inputs) {
    if (method instanceof Gptaq gptaq) {
      Gptq gptq = gptaq.gptq();
      ColumnWalk.Pull pull =
          new ColumnWalk.Pull(inputs.driftFactor(gptq.damping(), gptq.actOrder()), gptaq.alpha());
      GramFactor factor = inputs.factor(gptq.damping(), gptq.actOrder());
      return DeviceColumns.gptq(
          gptq, weight, factor, Gptq.Rounding.NOTHING_PRUNED, Optional.of(pull));
    }
    if (method instanceof Gptq gptq) {
      GramFactor factor = inputs.factor(gptq.damping(), gptq.actOrder());
      return DeviceColumns.gptq(
          gptq, weight, factor, Gptq.Rounding.NOTHING_PRUNED, Optional.empty());
    }
    if (method instanceof SparseGpt sparse) {
      return DeviceColumns.sparseGpt(sparse, weight, inputs.factor(sparse.damping(), false));
    }
    Spqr spqr = (Spqr) method;
    GramFactor factor = inputs.factor(spqr.damping(), spqr.actOrder());
    return DeviceColumns.spqr(spqr, weight, factor, spqr.tau(weight, factor));
  }

  private static void assertSame(Storage found, Storage wanted) {
    assertThat(found.bitsPerWeight()).isCloseTo(wanted.bitsPerWeight(), within(1e-12));
    if (wanted instanceof Storage.Coded coded) {
      Storage.Coded other = (Storage.Coded) found;
      assertThat(other.codes()).isEqualTo(coded.codes());
      assertThat(other.groupOf()).isEqualTo(coded.groupOf());
      assertThat(other.groupSize()).isEqualTo(coded.groupSize());
    } else if (wanted instanceof Storage.Sparse sparse) {
      assertThat(((Storage.Sparse) found).pruned()).isEqualTo(sparse.pruned());
    } else {
      Storage.GridWithOutliers grid = (Storage.GridWithOutliers) wanted;
      Storage.GridWithOutliers other = (Storage.GridWithOutliers) found;
      assertThat(other.codes()).isEqualTo(grid.codes());
      assertThat(sorted(other.outliers())).isEqualTo(sorted(grid.outliers()));
    }
    float[] values = found.dense();
    float[] expected = wanted.dense();
    for (int i = 0; i < values.length; i++) {
      assertThat(values[i]).isCloseTo(expected[i], within(1e-5f * (1e-3f + Math.abs(expected[i]))));
    }
  }

  private static int[] sorted(int[] places) {
    return Arrays.stream(places).sorted().toArray();
  }
}
