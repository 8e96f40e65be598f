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
import java.util.Random;
import org.junit.jupiter.api.Test;
import tare.NumericFixture;
import tare.grid.RealZeroGrid;
import tare.grid.Storage;
import tare.grid.WeightGrid;

class HqqTest {

  private static float[] normal(int count, long seed) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (0.05 * random.nextGaussian() * Math.exp(random.nextGaussian()));
    }
    return values;
  }

  /** Both solved with the numbers of the public code's default loop. */
  @Test
  void codesScalesAndZeroPointsAreThoseOfTheReference() throws IOException {
    JsonNode fixture = NumericFixture.read("hqq.json").json();
    double[] w = NumericFixture.values(fixture.get("W"));
    float[] floats = new float[w.length];
    for (int i = 0; i < w.length; i++) {
      floats[i] = (float) w[i];
    }
    Hqq hqq = new Hqq(fixture.get("bits").asInt(), fixture.get("group").asInt());
    assertThat(hqq.norm()).isEqualTo(fixture.get("p").asDouble());
    assertThat(hqq.beta()).isEqualTo(fixture.get("beta").asDouble());
    assertThat(hqq.iterations()).isEqualTo(fixture.get("max_iterations").asInt());
    JsonNode late = null;
    for (JsonNode one : fixture.get("cases")) {
      late = one.get("stop").asText().equals("late") ? one : late;
    }
    Hqq.Solution found = hqq.solve(floats, w.length / fixture.get("W").size());
    assertThat(found.steps()).isEqualTo(late.get("iterations").asInt());
    double[] codes = NumericFixture.values(late.get("codes"));
    double[] zeros = NumericFixture.values(late.get("zeros"));
    double[] scales = NumericFixture.values(late.get("scales"));
    for (int i = 0; i < codes.length; i++) {
      assertThat(found.codes()[i] & 0xff).as("code %d", i).isEqualTo((int) codes[i]);
    }
    for (int g = 0; g < zeros.length; g++) {
      assertThat(found.zeros()[g]).isCloseTo(zeros[g], within(1e-5));
      assertThat(found.scales()[g]).isCloseTo(scales[g], within(1e-6 * scales[g]));
    }
  }

  @Test
  void theMeanErrorIsLessThanBeforeTheFirstStep() {
    float[] w = normal(40 * 96, 3);
    RealZeroGrid whole = new RealZeroGrid(3);
    double before = 0;
    for (int from = 0; from < w.length; from += 32) {
      double[] group = new double[32];
      for (int i = 0; i < group.length; i++) {
        group[i] = w[from + i];
      }
      WeightGrid.Step step = whole.fit(group);
      for (double value : group) {
        before += Math.abs(value - whole.decode(whole.encode(value, step), step));
      }
    }
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NDArray weight = manager.create(w, new Shape(40, 96));
      float[] dense = new Hqq(3, 32).compress(weight, null).storage().dense();
      double after = 0;
      for (int i = 0; i < w.length; i++) {
        after += Math.abs(w[i] - dense[i]);
      }
      assertThat(after).isLessThan(0.98 * before);
    }
  }

  @Test
  void aScaleAndAZeroPointTakeSixteenBitsEach() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NDArray weight = manager.create(normal(4 * 100, 5), new Shape(4, 100));
      Storage storage = new Hqq(3, 32).compress(weight, null).storage();
      assertThat(storage.bitsPerWeight()).isCloseTo(3 + 32 * 4 / 100.0, within(1e-12));
    }
  }

  @Test
  void aGroupOfEqualWeightsIsKept() {
    float[] equal = new float[128];
    Arrays.fill(equal, 0, 64, 0.25f);
    Arrays.fill(equal, 64, 128, -0.5f);
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NDArray w = manager.create(equal, new Shape(2, 64));
      assertThat(new Hqq(4, 64).compress(w, null).storage().dense()).isEqualTo(equal);
    }
  }

  @Test
  void settingsThatMakeNoSenseAreRefused() {
    assertThatThrownBy(() -> new Hqq(9, 64)).hasMessageContaining("2 to 8 bits");
    assertThatThrownBy(() -> new Hqq(4, 0)).hasMessageContaining("at least 1 column");
    assertThatThrownBy(() -> new Hqq(4, 64).norm(1.5)).hasMessageContaining("at most 1");
    assertThatThrownBy(() -> new Hqq(4, 64).iterations(0)).hasMessageContaining("1 iteration");
  }
}
