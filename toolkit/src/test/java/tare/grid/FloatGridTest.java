package tare.grid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;
import tare.NumericFixture;
import tare.compress.Awq;
import tare.compress.AwqRound;
import tare.compress.Gptq;
import tare.compress.LayerInputs;
import tare.compress.Recipe;
import tare.compress.Rtn;
import tare.compress.SmoothQuantGptq;
import tare.compress.SparseGpt;
import tare.compress.Wanda;

/** Floating-point codes are those of the reference. */
class FloatGridTest {

  private static JsonNode fixture;

  @BeforeAll
  static void read() throws IOException {
    fixture = NumericFixture.read("formats.json").json();
  }

  @ParameterizedTest
  @EnumSource(Minifloat.class)
  void valuesBecomeTheNearestNumber(Minifloat format) {
    JsonNode numbers = fixture.get(format == Minifloat.E2M1 ? "fp4_e2m1" : "fp8_e4m3");
    for (int i = 0; i < numbers.get("x").size(); i++) {
      double x = numbers.get("x").get(i).asDouble();
      int code = format.code(x);
      assertThat(code).as("code of " + x).isEqualTo(numbers.get("code").get(i).asInt());
      assertThat(format.value(code)).isEqualTo(numbers.get("value").get(i).asDouble());
    }
  }

  @ParameterizedTest
  @EnumSource(Minifloat.class)
  void everyNumberIsItsOwnNearest(Minifloat format) {
    int codes = format == Minifloat.E2M1 ? 16 : 256;
    for (int code = 0; code < codes; code++) {
      if (format == Minifloat.E2M1 || (code & 0x7f) != 0x7f) { // NaN in E4M3
        assertThat(format.code(format.value(code))).isEqualTo(code);
      }
    }
    assertThat(format.round(1e30)).isEqualTo(format.largest());
    assertThat(format.round(-1e30)).isEqualTo(-format.largest());
  }

  /** The matrix of a part of the fixture, rounded. */
  private static Storage.Floats rounded(NumberFormat numbers, String part) {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NDArray weight = NumericFixture.array(fixture.get(part).get("weight"), manager);
      return (Storage.Floats) Rtn.of(numbers).compress(weight, null).storage().stored();
    }
  }

  private static void requireSame(Storage.Floats found, JsonNode expected) {
    double[] codes = NumericFixture.values(expected.get("codes"));
    double[] values = NumericFixture.values(expected.get("dequantized"));
    float[] dense = found.dense();
    int zero = 1 << (found.format().bits() - 1);
    for (int i = 0; i < codes.length; i++) {
      int code = found.codes()[i] & 0xff;
      assertThat(code == zero ? 0 : code).isEqualTo(codes[i] == zero ? 0 : (int) codes[i]);
      assertThat((double) dense[i]).isCloseTo(values[i], within(1e-6 * Math.abs(values[i])));
    }
  }

  @Test
  void mxfp4ScalesArePowersOfTwo() {
    Storage.Floats found = rounded(NumberFormat.MXFP4, "mxfp4");
    JsonNode expected = fixture.at("/mxfp4/rounded");
    requireSame(found, expected);
    double[] scales = NumericFixture.values(expected.get("scales"));
    for (int i = 0; i < scales.length; i++) {
      assertThat((double) found.scales()[i]).isEqualTo(scales[i]);
    }
    assertThat(found.bitsPerWeight()).isEqualTo(4.25);
  }

  @Test
  void mxfp4WithTheScalesOfTheSpecificationSaturates() {
    JsonNode ocp = fixture.at("/mxfp4/ocp");
    double[] weight = NumericFixture.values(fixture.at("/mxfp4/weight"));
    double[] scales = NumericFixture.values(ocp.get("scales"));
    double[] codes = NumericFixture.values(ocp.get("codes"));
    FloatGrid grid = FloatGrid.of(NumberFormat.MXFP4, 0);
    for (int i = 0; i < weight.length; i++) {
      int code = grid.encode(weight[i], scales[i / 32], 0);
      assertThat(code & 7).isEqualTo((int) codes[i] & 7);
    }
  }

  @Test
  void nvfp4ScalesAreFp8NumbersUnderOneScaleForTheMatrix() {
    JsonNode expected = fixture.get("nvfp4");
    Storage.Floats found = rounded(NumberFormat.NVFP4, "nvfp4");
    requireSame(found, expected);
    double[] bytes = NumericFixture.values(expected.get("scale_codes_zero_replaced"));
    for (int i = 0; i < bytes.length; i++) {
      assertThat(Minifloat.E4M3.code(found.scales()[i])).isEqualTo((int) bytes[i]);
    }
    // the library stores the reciprocal, which float32 rounds once more
    double scale = expected.get("global_scale").asDouble();
    assertThat(1.0 / found.reciprocal()).isCloseTo(scale, within(1e-7 * scale));
    assertThat(found.bitsPerWeight()).isEqualTo(4 + 8 / 16.0 + 32 / (6 * 64.0));
  }

  @Test
  void fp8HasAScaleForEachOutput() {
    JsonNode expected = fixture.get("fp8_channel");
    Storage.Floats found = rounded(NumberFormat.FP8, "fp8_channel");
    requireSame(found, expected);
    double[] scales = NumericFixture.vector(expected.get("scales"));
    for (int row = 0; row < scales.length; row++) {
      if (row != expected.get("zero_row").asInt()) {
        assertThat((double) found.scales()[row]).isCloseTo(scales[row], within(1e-6 * scales[row]));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(value = NumberFormat.Kind.class, mode = Mode.EXCLUDE, names = "INT")
  void aTokenIsRoundedAsARowOfAWeight(NumberFormat.Kind format) {
    NumberFormat numbers = new NumberFormat(format, 0);
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NDArray x = manager.randomNormal(new Shape(3, 5, 64)).mul(3);
      NDArray rounded = TokenGrid.of(numbers).round(x).reshape(15, 64);
      for (int token = 0; token < 15; token++) {
        NDArray row = x.reshape(15, 64).get(token).reshape(1, 64);
        float[] expected = Rtn.of(numbers).compress(row, null).storage().dense();
        float[] found = rounded.get(token).toFloatArray();
        for (int i = 0; i < expected.length; i++) {
          assertThat(found[i]).isCloseTo(expected[i], within(1e-6f * Math.abs(expected[i])));
        }
      }
    }
    assertThatThrownBy(() -> new TokenGrid(5, format)).hasMessageContaining("5");
  }

  @Test
  void groupsThatDoNotDivideTheInputsAreRefused() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NDArray x = manager.ones(new Shape(2, 40));
      assertThatThrownBy(() -> TokenGrid.of(NumberFormat.MXFP4).round(x))
          .hasMessageContaining("groups of 32")
          .hasMessageContaining("40 inputs");
    }
  }

  @ParameterizedTest
  @EnumSource(value = NumberFormat.Kind.class, mode = Mode.EXCLUDE, names = "INT")
  void gptqSpreadsTheErrorsOfFloatsToo(NumberFormat.Kind format) {
    NumberFormat numbers = new NumberFormat(format, 0);
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      manager.getEngine().setRandomSeed(7);
      NDArray weight = manager.randomNormal(new Shape(16, 64));
      NDArray mixed = manager.randomNormal(new Shape(64, 64));
      LayerInputs inputs = LayerInputs.of(manager.randomNormal(new Shape(256, 64)).matMul(mixed));
      double plain = error(Rtn.of(numbers).compress(weight, inputs).storage(), weight, inputs);
      double spread = error(Gptq.of(numbers).compress(weight, inputs).storage(), weight, inputs);
      assertThat(spread).isLessThan(0.8 * plain);

      LayerInputs alike = LayerInputs.of(manager.eye(64));
      assertThat(Gptq.of(numbers).compress(weight, alike).storage().dense())
          .as("without correlation, GPTQ is rounding to nearest")
          .isEqualTo(Rtn.of(numbers).compress(weight, alike).storage().dense());
    }
  }

  @ParameterizedTest
  @EnumSource(value = NumberFormat.Kind.class, mode = Mode.EXCLUDE, names = "INT")
  void awqRoundsToTheSameNumbers(NumberFormat.Kind format) {
    NumberFormat numbers = new NumberFormat(format, 0);
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      manager.getEngine().setRandomSeed(7);
      NDArray weight = manager.randomNormal(new Shape(16, 64));
      // uncorrelated inputs, for which the search sees the whole error and not that of each group
      LayerInputs inputs = LayerInputs.of(manager.eye(64).mul(manager.randomNormal(new Shape(64))));
      Recipe awq = Awq.of(numbers).recipe();
      Storage clipped = awq.compressor().compress(weight, inputs).storage();
      Storage plain = Rtn.of(numbers).compress(weight, inputs).storage();
      assertThat(clipped).isInstanceOf(Storage.Floats.class);
      assertThat(error(clipped, weight, inputs)).isLessThanOrEqualTo(error(plain, weight, inputs));
      assertThat(
              ((AwqRound) awq.compressor()).unclipped().compress(weight, inputs).storage().dense())
          .isEqualTo(plain.dense());
    }
  }

  private static double error(Storage storage, NDArray weight, LayerInputs inputs) {
    NDArray rounded = weight.getManager().create(storage.dense(), weight.getShape());
    return inputs.energy(rounded.sub(weight));
  }

  @Test
  void prunedWeightsStayZero() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NDArray weight = manager.randomNormal(new Shape(8, 64));
      LayerInputs inputs = LayerInputs.of(manager.randomNormal(new Shape(128, 64)));
      for (NumberFormat numbers :
          new NumberFormat[] {NumberFormat.FP8, NumberFormat.MXFP4, NumberFormat.NVFP4}) {
        float[] values =
            new Wanda("2:4").then(Gptq.of(numbers)).compress(weight, inputs).storage().dense();
        for (int at = 0; at < values.length; at += 4) {
          int zeros = 0;
          for (int i = at; i < at + 4; i++) {
            zeros += values[i] == 0 ? 1 : 0;
          }
          assertThat(zeros).isGreaterThanOrEqualTo(2);
        }
      }
    }
  }

  @Test
  void settingsThatContradictTheNumbersAreRefused() {
    assertThatThrownBy(() -> new Rtn(4, 64, true, false, NumberFormat.MXFP4, Rtn.AS_THEY_ARE))
        .hasMessage("mxfp4 has 4 bits and groups of 32; got 4 bits and a group size of 64");
    assertThatThrownBy(() -> Rtn.of(NumberFormat.FP8).searchedRange())
        .hasMessageContaining("searched");
    assertThatThrownBy(() -> Gptq.of(NumberFormat.NVFP4).inputBits(8))
        .hasMessageContaining("4 bits");
    assertThatThrownBy(() -> NumberFormat.parse("fp6"))
        .hasMessageContaining("int, fp8, mxfp4, nvfp4");
  }

  @Test
  void inputsAreRoundedWhereverAGridIsAPart() {
    Rtn four = Rtn.of(NumberFormat.MXFP4).inputBits(4);
    TokenGrid expected = TokenGrid.of(NumberFormat.MXFP4);
    assertThat(four.recipe().inputs()).contains(expected);
    assertThat(new Wanda(0.5).then(four).recipe().inputs()).contains(expected);
    assertThat(new SparseGpt(0.5).rounding(four).recipe().inputs()).contains(expected);
    assertThat(new SmoothQuantGptq(Gptq.of(NumberFormat.MXFP4)).inputBits(4).recipe().inputs())
        .contains(expected);
    assertThat(new Rtn(4, 64).recipe().inputs()).isEmpty();
  }
}
