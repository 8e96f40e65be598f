package tare.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tare.NumericFixture;
import tare.grid.IntegerGrid;
import tare.grid.Storage;
import tare.grid.WeightGrid;

/** What must hold of GPTQ whatever the weights and inputs are, and the values of the reference. */
class GptqTest {

  private final NDManager manager = NDManager.newBaseManager(Device.cpu());

  @AfterEach
  void free() {
    manager.close();
  }

  private NDArray weight(int rows, int columns, long seed) {
    Random random = new Random(seed);
    float[] values = new float[rows * columns];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return manager.create(values, new Shape(rows, columns));
  }

  /** Inputs of unequal size that depend on each other. */
  private NDArray inputs(int tokens, int channels, long seed) {
    NDArray sizes =
        manager
            .create(new Random(seed).doubles(channels, 0.2, 3).toArray())
            .toType(DataType.FLOAT32, false);
    NDArray mixing = weight(channels, channels, seed + 1).mul(0.3f).add(manager.eye(channels));
    return weight(tokens, channels, seed + 2).matMul(mixing).mul(sizes);
  }

  private LayerInputs gram(NDArray x) {
    return new LayerInputs(x.getShape().get(0), x.transpose().matMul(x));
  }

  private double error(NDArray w, Compressed compressed, LayerInputs inputs) {
    NDArray change = w.sub(manager.create(compressed.storage().dense(), w.getShape()));
    return change.matMul(inputs.gram()).mul(change).sum().getFloat();
  }

  private static Gptq perChannel(int bits, int block) {
    return new Gptq(bits, Rtn.PER_CHANNEL).naturalOrder().blockSize(block);
  }

  @Test
  void withIndependentInputsItIsRoundToNearest() {
    NDArray w = weight(7, 40, 1);
    LayerInputs independent = new LayerInputs(40, manager.eye(40).mul(3));
    Storage.Grid gptq = (Storage.Grid) new Gptq(3, 16).compress(w, independent).storage();
    Storage.Grid rtn = (Storage.Grid) new Rtn(3, 16).compress(w, independent).storage();
    assertThat(gptq.codes()).isEqualTo(rtn.codes());
    assertThat(gptq.scales()).isEqualTo(rtn.scales());
  }

  @Test
  void theLayersErrorIsLessThanThatOfRoundToNearest() {
    double gptq = 0;
    double rtn = 0;
    for (int seed = 0; seed < 10; seed++) {
      NDArray w = weight(16, 96, seed);
      LayerInputs x = gram(inputs(300, 96, 100 + seed));
      gptq += error(w, new Gptq(3, 32).compress(w, x), x);
      rtn += error(w, new Rtn(3, 32).compress(w, x), x);
    }
    assertThat(gptq).isLessThan(0.7 * rtn);
  }

  @Test
  void theBlockSizeChangesNothing() {
    NDArray w = weight(9, 50, 3);
    LayerInputs x = gram(inputs(200, 50, 4));
    byte[] whole = ((Storage.Grid) perChannel(4, 64).compress(w, x).storage()).codes();
    assertThat(((Storage.Grid) perChannel(4, 1).compress(w, x).storage()).codes()).isEqualTo(whole);
    assertThat(((Storage.Grid) perChannel(4, 7).compress(w, x).storage()).codes()).isEqualTo(whole);
  }

  @Test
  void aDeadChannelDoesNoHarm() {
    NDArray x = inputs(200, 24, 5);
    x.set(new NDIndex(":, 11"), 0);
    NDArray w = weight(6, 24, 6);
    Compressed compressed = new Gptq(4, 8).compress(w, gram(x));
    float[] dense = compressed.storage().dense();
    for (int row = 0; row < 6; row++) {
      assertThat(dense[row * 24 + 11]).isZero();
    }
    assertThat(dense).doesNotContain(Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY);
    assertThat(compressed.note()).isEqualTo("1 dead channels zeroed");
  }

  @Test
  void theLastGroupMayBeShort() {
    NDArray w = weight(5, 50, 7);
    LayerInputs x = gram(inputs(200, 50, 8));
    Storage.Grid grid = (Storage.Grid) new Gptq(4, 16).compress(w, x).storage();
    assertThat(grid.groups()).isEqualTo(4);
    assertThat(grid.bitsPerWeight()).isCloseTo(4 + 20 * 4 / 50.0, within(1e-12));
    assertThat(error(w, new Gptq(8, 16).compress(w, x), x))
        .isLessThan(0.01 * error(w, new Gptq(4, 16).compress(w, x), x));
  }

  @Test
  void scalingTheInputsChangesNoCode() {
    NDArray w = weight(6, 32, 9);
    NDArray x = inputs(100, 32, 10);
    byte[] codes = ((Storage.Grid) new Gptq(4, 16).compress(w, gram(x)).storage()).codes();
    assertThat(((Storage.Grid) new Gptq(4, 16).compress(w, gram(x.mul(8))).storage()).codes())
        .isEqualTo(codes);
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.01, 1e-5})
  void theFactorTimesItselfIsTheDampedGram(double damping) {
    int m = 60;
    LayerInputs x = gram(inputs(2 * m, m, 11));
    GramFactor factor = x.factor(damping, true);
    double[] h = new double[m * m];
    float[] gram = x.gram().toFloatArray();
    double mean = 0;
    for (int j = 0; j < m; j++) {
      mean += gram[j * (m + 1)] / m;
    }
    for (int i = 0; i < m; i++) {
      for (int j = 0; j < m; j++) {
        double damp = i == j ? damping * mean : 0;
        h[i * m + j] = gram[factor.order()[i] * m + factor.order()[j]] + damp;
      }
    }
    NDArray r = factor.upper().whole(manager);
    assertThat(r.getDataType()).isEqualTo(DataType.FLOAT64);
    NDArray off = r.matMul(r.transpose()).sub(manager.create(h, new Shape(m, m)));
    assertThat(off.abs().max().getDouble() / mean).isLessThan(1e-5);
    double[] values = r.toDoubleArray();
    for (int i = 0; i < m; i++) {
      assertThat(Arrays.stream(values, i * m, i * m + i)).allMatch(below -> below == 0);
      assertThat(values[i * m + i]).isPositive();
    }
    assertThat(Arrays.stream(factor.order()).distinct().count()).isEqualTo(m);
  }

  @Test
  void aMatrixThatIsNotPositiveDefiniteIsDampedMoreAndSaysSo() {
    float[] gram = {1, 1.02f, 1.02f, 1};
    GramFactor factor =
        new LayerInputs(2, manager.create(gram, new Shape(2, 2))).factor(0.01, false);
    assertThat(factor.note()).isEqualTo("damped x10");
    float[] hopeless = {1, 3, 3, 1};
    LayerInputs inputs = new LayerInputs(2, manager.create(hopeless, new Shape(2, 2)));
    assertThatThrownBy(() -> inputs.factor(0.01, false))
        .hasMessageContaining("not positive definite")
        .hasMessageContaining("2 tokens");
  }

  @Test
  void inputsThatAreNotFiniteAreRefused() {
    LayerInputs inputs =
        new LayerInputs(2, manager.create(new float[] {1, 0, 0, Float.NaN}, new Shape(2, 2)));
    NDArray w = weight(1, 2, 1);
    assertThatThrownBy(() -> new Gptq(4, 2).compress(w, inputs)).hasMessageContaining("not finite");
  }

  @Test
  void settingsOutOfRangeAreRefused() {
    assertThatThrownBy(() -> new Gptq(1, 64)).hasMessageContaining("2 to 8 bits");
    assertThatThrownBy(() -> new Rtn(4, 0)).hasMessageContaining("at least 1 column");
  }

  @Test
  void gridsAreThoseOfTheReference() throws IOException {
    JsonNode fixture = NumericFixture.read("grids.json").json();
    double[][] x = NumericFixture.matrix(fixture.get("x"));
    int seen = 0;
    for (JsonNode one : fixture.get("cases")) {
      if (one.get("grid").asText().startsWith("gptq")) {
        seen++;
        WeightGrid grid =
            new IntegerGrid(
                one.get("bits").asInt(),
                one.get("sym").asBoolean(),
                one.get("grid").asText().endsWith("mse") ? IntegerGrid.GPTQ_NORM : 0);
        for (int row = 0; row < x.length; row++) {
          WeightGrid.Step step = grid.fit(x[row], 0, x[row].length);
          double scale = one.get("scale").get(row).asDouble();
          assertThat(step.scale()).isCloseTo(scale, within(1e-10 * scale));
          for (int j = 0; j < x[row].length; j++) {
            int code = grid.encode(x[row][j], step);
            assertThat(code).isEqualTo(one.get("codes").get(row).get(j).asInt());
            double value = one.get("dequantized").get(row).get(j).asDouble();
            assertThat(grid.decode(code, step)).isCloseTo(value, within(1e-10 * Math.abs(value)));
          }
        }
      }
    }
    assertThat(seen).isGreaterThan(9);
  }

  @Test
  void aSearchedRangeIsThatOfTheReference() throws IOException {
    JsonNode fixture = NumericFixture.read("mse_grid.json").json();
    double[][] w = NumericFixture.matrix(fixture.get("W"));
    int group = fixture.get("group").asInt();
    for (JsonNode one : fixture.get("cases")) {
      int bits = one.get("bits").asInt();
      WeightGrid grid =
          new IntegerGrid(bits, one.get("sym").asBoolean(), one.get("norm").asDouble());
      for (int row = 0; row < w.length; row++) {
        for (int g = 0; g < w[row].length / group; g++) {
          WeightGrid.Step step = grid.fit(w[row], g * group, (g + 1) * group);
          double scale = one.get("scales").get(row).get(g).asDouble();
          assertThat(step.scale()).isCloseTo(scale, within(1e-10 * scale));
          assertThat(step.zero()).isEqualTo(one.get("zeros").get(row).get(g).asDouble());
        }
      }
      if (one.get("norm").asDouble() == IntegerGrid.LEAST_SQUARES) {
        Rtn rtn = new Rtn(bits, group).searchedRange();
        Storage.Grid searched =
            (Storage.Grid)
                (one.get("sym").asBoolean() ? rtn.symmetric() : rtn)
                    .compress(NumericFixture.array(fixture.get("W"), manager), null)
                    .storage();
        byte[] codes = searched.codes();
        for (int i = 0; i < codes.length; i++) {
          int wanted = one.get("codes").get(i / w[0].length).get(i % w[0].length).asInt();
          assertThat(codes[i] & 0xff).isEqualTo(wanted);
        }
      }
    }
  }

  @Test
  void theInverseFactorIsThatOfTheReference() throws IOException {
    JsonNode fixture = NumericFixture.read("hessian.json").json();

    NDArray h = NumericFixture.array(fixture.get("H"), manager);
    GramFactor factor = new LayerInputs(24, h).factor(fixture.get("damp").asDouble(), false);
    NDArray r = factor.upper().whole(manager).toType(DataType.FLOAT64, false);
    double[] u = r.inverse().toDoubleArray();
    double[][] expected = NumericFixture.matrix(fixture.get("U"));
    for (int i = 0; i < expected.length; i++) {
      for (int j = 0; j < expected.length; j++) {
        assertThat(u[i * expected.length + j])
            .isCloseTo(expected[i][j], within(1e-4 * (1 + Math.abs(expected[i][j]))));
      }
      assertThat(factor.dead()[i]).isEqualTo(fixture.get("dead").get(i).asInt() == 1);
    }
    assertThat(factor.note()).isEmpty();
  }

  @Test
  void codesScalesAndWeightsAreThoseOfTheReference() throws IOException {
    JsonNode fixture = NumericFixture.read("gptq.json").json();
    double[][] w = NumericFixture.matrix(fixture.get("W"));
    double[][] h = NumericFixture.matrix(fixture.get("H"));

    for (JsonNode one : fixture.get("cases")) {
      JsonNode params = one.get("params");
      if (params == null) {
        continue;
      }
      boolean identity = one.get("name").asText().startsWith("identity");
      NDArray gram =
          identity ? manager.eye(h.length) : NumericFixture.array(fixture.get("H"), manager);
      Storage.Grid found =
          (Storage.Grid)
              method(params)
                  .compress(
                      NumericFixture.array(fixture.get("W"), manager), new LayerInputs(48, gram))
                  .storage();
      String name = one.get("name").asText();
      float[] dense = found.dense();
      for (int row = 0; row < w.length; row++) {
        for (int j = 0; j < h.length; j++) {
          int at = row * h.length + j;
          assertThat((int) found.codes()[at])
              .as("%s: code %d,%d", name, row, j)
              .isEqualTo(one.get("codes").get(row).get(j).asInt());
          if (!identity) {
            double expected = one.get("W_hat").get(row).get(j).asDouble();
            assertThat((double) dense[at])
                .isCloseTo(expected, within(1e-5 * (1 + Math.abs(expected))));
          }
        }
      }
      if (!identity) {
        assertThat(found.groupOf())
            .as(name)
            .isEqualTo(
                Arrays.stream(NumericFixture.vector(one.get("g_idx")))
                    .mapToInt(g -> (int) g)
                    .toArray());
      }
    }
  }

  static Gptq method(JsonNode params) {
    Gptq.Grids grids =
        params.path("static_groups").asBoolean()
            ? Gptq.Grids.STATIC
            : params.path("group_params").asText().equals("block")
                ? Gptq.Grids.BLOCK_START
                : Gptq.Grids.UPDATED;
    Gptq gptq = new Gptq(params.get("bits").asInt(), params.path("group").asInt(Rtn.PER_CHANNEL));
    if (!params.path("act_order").asBoolean()) {
      gptq = gptq.naturalOrder();
    }
    if (params.path("sym").asBoolean()) {
      gptq = gptq.symmetric();
    }
    if (params.path("mse").asBoolean()) {
      gptq = gptq.searchedRange();
    }
    return gptq.grids(grids)
        .damping(params.path("damp").asDouble(0.01))
        .blockSize(params.path("block").asInt(128));
  }
}
