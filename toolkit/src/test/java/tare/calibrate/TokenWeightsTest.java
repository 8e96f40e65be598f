package tare.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tare.NumericFixture;
import tare.compress.Awq;
import tare.compress.Gptaq;
import tare.compress.Gptq;
import tare.compress.LayerInputs;
import tare.compress.Method;
import tare.compress.Observed;
import tare.compress.SmoothQuant;
import tare.compress.SmoothQuantGptq;
import tare.compress.SparseGpt;
import tare.compress.Spqr;
import tare.compress.Wanda;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Progress;
import tare.data.Sample;
import tare.model.ModelFixture;

/** Tokens count by their weights in all that is seen of inputs. */
class TokenWeightsTest {

  private static final int LENGTH = 24;
  private static final int LEFT_OUT = 9; // at the end of a sample, where no other token sees them

  private static Stream<Method> methods() {
    return Stream.of(
        new Gptq(3, 16),
        new Gptaq(3, 16).alpha(1),
        new Gptaq(3, 16).target(Gptaq.Target.LAYER),
        new Awq(3, 16),
        new SmoothQuant(),
        new SmoothQuantGptq(3, 16),
        new Spqr(3, 16),
        new SparseGpt(0.5),
        new Wanda(0.5));
  }

  private static Sample sample(int seed, int length) {
    int[] tokens = new Random(seed).ints(LENGTH, 0, 96).toArray();
    return new Sample("d" + seed, "invented", "", Arrays.copyOf(tokens, length));
  }

  private static float[] weights(int length, float first, float last) {
    float[] weights = new float[length];
    Arrays.fill(weights, 0, length - LEFT_OUT, first);
    Arrays.fill(weights, length - LEFT_OUT, length, last);
    return weights;
  }

  private static CalibrationSet set(Sample... samples) {
    return new CalibrationSet(
        "Invented", new Budget(samples.length, samples[0].tokens().length), List.of(samples));
  }

  private static CompressedModel run(CalibrationSet set, Method method) throws URISyntaxException {
    return new BlockByBlock(2 * LENGTH)
        .compress(
            ModelFixture.checkpoint("llama/untied"), set, method, Device.cpu(), Progress.NONE);
  }

  /** Compressed weights may differ where rounding of sums decides between two codes. */
  private static void assertSame(CompressedModel found, CompressedModel wanted) {
    for (int i = 0; i < wanted.layers().size(); i++) {
      LayerReport layer = wanted.layers().get(i);
      float[] values = found.linears().get(layer.linear()).dense();
      float[] others = wanted.linears().get(layer.linear()).dense();
      long same =
          IntStream.range(0, values.length)
              .filter(j -> Math.abs(values[j] - others[j]) <= 1e-4 * Math.abs(others[j]))
              .count();
      assertThat((double) same / values.length).as(layer.linear()).isGreaterThan(0.97);
      assertThat(found.layers().get(i).error())
          .as(layer.linear())
          .isCloseTo(layer.error(), within(0.02 * layer.error()));
      assertThat(found.layers().get(i).relativeError())
          .as(layer.linear())
          .isCloseTo(layer.relativeError(), within(0.02 * layer.relativeError()));
    }
  }

  @ParameterizedTest
  @MethodSource("methods")
  void weightZeroIsLeavingTheTokenOutAfterTheForwardPass(Method method) throws URISyntaxException {
    Sample masked = sample(1, LENGTH).weighted(weights(LENGTH, 1, 0));
    Sample silent = sample(3, LENGTH).weighted(new float[LENGTH]);
    CompressedModel found = run(set(masked, silent, sample(2, LENGTH)), method);
    assertSame(found, run(set(sample(1, LENGTH - LEFT_OUT), sample(2, LENGTH)), method));
    assertThat(found.layers())
        .as("the masked tokens would have counted")
        .extracting(LayerReport::error)
        .isNotEqualTo(
            run(set(sample(1, LENGTH), sample(2, LENGTH)), method).layers().stream()
                .map(LayerReport::error)
                .toList());
  }

  @ParameterizedTest
  @MethodSource("methods")
  void weightTwoIsCountingTheTokenTwice(Method method) throws URISyntaxException {
    Sample once = sample(1, LENGTH);
    assertSame(
        run(set(once.weighted(weights(LENGTH, 2, 1)), sample(2, LENGTH)), method),
        run(set(once, sample(1, LENGTH - LEFT_OUT), sample(2, LENGTH)), method));
  }

  @Test
  void weightsOfOneAreNone() {
    Sample ones = sample(1, LENGTH).weighted(weights(LENGTH, 1, 1));
    assertThat(ones.isWeighted()).isFalse();
    assertThat(set(ones).fingerprint()).isEqualTo(set(sample(1, LENGTH)).fingerprint());
    assertThat(set(ones.weighted(weights(LENGTH, 1, 0))).fingerprint())
        .isNotEqualTo(set(ones).fingerprint())
        .isNotEqualTo(set(ones.weighted(weights(LENGTH, 1, 2))).fingerprint());
  }

  @Test
  void weightsThatAreNoneAreRefused() {
    Sample sample = sample(1, LENGTH);
    assertThatThrownBy(() -> sample.weighted(1, 2)).hasMessageContaining("24 tokens has 2 weights");
    for (float wrong : new float[] {-1, Float.NaN, Float.POSITIVE_INFINITY}) {
      assertThatThrownBy(() -> sample.weighted(weights(LENGTH, 1, wrong)))
          .hasMessageContaining("must be a number from 0; got " + wrong);
    }
    assertThatThrownBy(() -> set(sample.weighted(new float[LENGTH])))
        .hasMessageContaining("leave no token that counts: each of its 24 tokens");
  }

  @Test
  void aVoteForEachSampleWeighsItsTokensByItsLength() {
    CalibrationSet votes =
        set(sample(1, 4), sample(2, LENGTH).weighted(weights(LENGTH, 3, 0))).oneVoteEach();
    assertThat(votes.samples().get(0).weights()).containsOnly(0.25f);
    assertThat(votes.samples()).allSatisfy(s -> assertThat(s.weight()).isCloseTo(1, within(1e-6)));
    assertThat(votes.samples().get(1).counted()).isEqualTo(LENGTH - LEFT_OUT);
  }

  private static LayerInputs sums(NDArray x, float... weights) {
    return sums(x, EnumSet.allOf(Observed.class), x.getShape().get(0), weights);
  }

  private static LayerInputs sums(NDArray x, Set<Observed> wanted, long most, float... weights) {
    int rows = (int) x.getShape().get(0);
    int half = rows / 2;
    InputSums sums = new InputSums((int) x.getShape().get(1), wanted, most, x.getManager());
    boolean weighted = weights.length > 0;
    sums.add(x.get(":" + half), weighted ? Arrays.copyOf(weights, half) : weights);
    sums.add(x.get(half + ":"), weighted ? Arrays.copyOfRange(weights, half, rows) : weights);
    return sums.total();
  }

  private static float[] floats(JsonNode values) {
    double[] doubles = NumericFixture.vector(values);
    float[] floats = new float[doubles.length];
    IntStream.range(0, floats.length).forEach(i -> floats[i] = (float) doubles[i]);
    return floats;
  }

  private static void assertClose(NDArray found, double[] wanted, String name) {
    float[] values = found.toFloatArray();
    double largest = Arrays.stream(wanted).map(Math::abs).max().orElseThrow();
    for (int i = 0; i < wanted.length; i++) {
      assertThat((double) values[i])
          .as("%s, value %d", name, i)
          .isCloseTo(wanted[i], within(1e-5 * Math.abs(wanted[i]) + 1e-7 * largest));
    }
  }

  @Test
  void sumsAreThoseOfTheReference() throws IOException {
    JsonNode fixture = NumericFixture.read("weights.json").json();
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NDArray x = NumericFixture.array(fixture.get("X"), manager);
      for (JsonNode each : fixture.get("cases")) {
        String name = each.get("name").asText();
        float[] weights = floats(each.get("weights"));
        LayerInputs found = sums(x, weights);
        double sum = each.get("weight_sum").asDouble();
        double[] norms = NumericFixture.vector(each.get("column_norms"));
        assertThat(found.weight()).isCloseTo(sum, within(1e-6 * sum));
        assertClose(found.gram(), NumericFixture.values(each.get("gram")), name);
        assertClose(found.norms(), norms, name);
        NDArray change = x.get(":3").cos();
        Set<Observed> lean = EnumSet.of(Observed.INPUTS);
        LayerInputs few = sums(x, lean, 1, weights);
        assertClose(few.norms(), norms, name);
        assertThat(few.energy(change))
            .as("change of the outputs, by the inputs and by the Gram matrix")
            .isCloseTo(found.energy(change), withinPercentage(1e-3));
        assertThatThrownBy(few::gram).hasMessageContaining("GRAM was not observed");
        LayerInputs many = sums(x, lean, 1_000_000, weights);
        assertClose(many.gram(), NumericFixture.values(each.get("gram")), name);
        assertClose(found.squares(), Arrays.stream(norms).map(n -> n * n).toArray(), name);
        assertClose(found.meanAbs(), NumericFixture.vector(each.get("mean_abs")), name);
        NDArray counted =
            x.get(
                manager.create(
                    IntStream.range(0, weights.length).filter(i -> weights[i] > 0).toArray()));
        assertThat(found.maxAbs()).isEqualTo(counted.abs().max(new int[] {0}));
        assertThat(found.tokens()).isEqualTo(counted.getShape().get(0));
      }
      assertClose(
          sums(NumericFixture.array(fixture.get("repeated_tokens"), manager)).gram(),
          NumericFixture.values(fixture.get("repeated_gram")),
          "repeated");
    }
  }

  @Test
  void sumsWithWeightsOfOneChangeNoBit() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      float[] values = new float[3000 * 12];
      Random random = new Random(2);
      IntStream.range(0, values.length).forEach(i -> values[i] = (float) random.nextGaussian());
      NDArray x = manager.create(values).reshape(-1, 12);
      float[] ones = new float[3000];
      Arrays.fill(ones, 1);
      LayerInputs with = sums(x, ones);
      LayerInputs without = sums(x);
      assertThat(with.gram().toFloatArray()).isEqualTo(without.gram().toFloatArray());
      assertThat(with.meanAbs().toFloatArray())
          .isEqualTo(without.meanAbs().toFloatArray())
          .isEqualTo(sumAbs(x).div(3000L).toFloatArray());
      assertThat(with.maxAbs().toFloatArray()).isEqualTo(without.maxAbs().toFloatArray());
    }
  }

  private static NDArray sumAbs(NDArray x) {
    return x.get(":1500").abs().sum(new int[] {0}).add(x.get("1500:").abs().sum(new int[] {0}));
  }
}
