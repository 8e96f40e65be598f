package tare.model.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The rule for the next token, on distributions small enough to reckon by hand. */
class SamplingTest {

  private static final int[] NOTHING = {};

  /** Logits whose probabilities at temperature 1 are those given. */
  private static float[] logits(double... probabilities) {
    float[] logits = new float[probabilities.length];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) (Math.log(probabilities[i]) + 7); // a constant changes nothing
    }
    return logits;
  }

  /** Always draws the same fraction. */
  private static RandomGenerator drawing(double fraction) {
    return new RandomGenerator() {
      @Override
      public long nextLong() {
        throw new UnsupportedOperationException("only fractions are drawn");
      }

      @Override
      public double nextDouble() {
        return fraction;
      }
    };
  }

  private static Set<Integer> possible(Sampling rule, float[] logits) {
    return IntStream.range(0, 1000)
        .mapToObj(i -> rule.choose(logits, NOTHING, drawing(i / 1000.0)))
        .collect(Collectors.toSet());
  }

  @Test
  void greedyTakesTheFirstOfTheMostProbable() {
    assertThat(Sampling.GREEDY.choose(logits(0.2, 0.35, 0.1, 0.35), NOTHING, drawing(0.99)))
        .isEqualTo(1);
  }

  @Test
  void aDrawFallsIntoTheTokensInterval() {
    float[] logits = logits(0.5, 0.2, 0.3);
    assertThat(Sampling.at(1).choose(logits, NOTHING, drawing(0))).isEqualTo(0);
    assertThat(Sampling.at(1).choose(logits, NOTHING, drawing(0.499))).isEqualTo(0);
    assertThat(Sampling.at(1).choose(logits, NOTHING, drawing(0.501))).isEqualTo(1);
    assertThat(Sampling.at(1).choose(logits, NOTHING, drawing(0.701))).isEqualTo(2);
    assertThat(Sampling.at(1).choose(logits, NOTHING, drawing(0.9999999999))).isEqualTo(2);
  }

  /** At temperature 1/2 probabilities are squared: 0.5, 0.2, 0.3 become 25, 4, 9 of 38. */
  @Test
  void temperatureSharpens() {
    float[] logits = logits(0.5, 0.2, 0.3);
    Sampling half = Sampling.at(0.5);
    assertThat(half.choose(logits, NOTHING, drawing(24.9 / 38))).isEqualTo(0);
    assertThat(half.choose(logits, NOTHING, drawing(25.1 / 38))).isEqualTo(1);
    assertThat(half.choose(logits, NOTHING, drawing(28.9 / 38))).isEqualTo(1);
    assertThat(half.choose(logits, NOTHING, drawing(29.1 / 38))).isEqualTo(2);
  }

  @Test
  void topKKeepsTheMostProbable() {
    float[] logits = logits(0.1, 0.4, 0.2, 0.25, 0.05);
    assertThat(possible(new Sampling(1, 1, 1, 1), logits)).containsExactly(1);
    assertThat(possible(new Sampling(1, 3, 1, 1), logits)).containsExactlyInAnyOrder(1, 2, 3);
    assertThat(possible(new Sampling(1, 99, 1, 1), logits)).hasSize(5);
  }

  @Test
  void tokensAsProbableAsTheLastKeptAreKept() {
    assertThat(possible(new Sampling(1, 2, 1, 1), logits(0.25, 0.4, 0.25, 0.1)))
        .containsExactlyInAnyOrder(0, 1, 2);
  }

  /** 0.4 + 0.25 is less than 0.7, so the third, 0.2, is needed to reach it. */
  @Test
  void topPKeepsTheFewestThatReachIt() {
    float[] logits = logits(0.1, 0.4, 0.2, 0.25, 0.05);
    assertThat(possible(new Sampling(1, 0, 0.3, 1), logits)).containsExactly(1);
    assertThat(possible(new Sampling(1, 0, 0.6, 1), logits)).containsExactlyInAnyOrder(1, 3);
    assertThat(possible(new Sampling(1, 0, 0.7, 1), logits)).containsExactlyInAnyOrder(1, 2, 3);
  }

  /** Of the two that top-k leaves, 0.4 is 0.615: it alone reaches 0.6. */
  @Test
  void topPCountsWhatTopKLeaves() {
    float[] logits = logits(0.1, 0.4, 0.2, 0.25, 0.05);
    assertThat(possible(new Sampling(1, 2, 0.6, 1), logits)).containsExactly(1);
    assertThat(possible(new Sampling(1, 2, 0.63, 1), logits)).containsExactlyInAnyOrder(1, 3);
  }

  /** A logit of 3 becomes 2 and one of -1 becomes -1.5; a second occurrence changes nothing. */
  @Test
  void whatOccurredIsWeakenedOnce() {
    Sampling rule = new Sampling(0, 0, 1, 1.5);
    float[] logits = {3f, 2.1f, -5f};
    assertThat(rule.choose(logits, new int[] {0, 0}, drawing(0))).isEqualTo(1);
    assertThat(rule.choose(new float[] {3f, 1.9f, -5f}, new int[] {0, 0}, drawing(0))).isZero();
    assertThat(rule.choose(new float[] {-1f, -1.4f}, new int[] {0}, drawing(0))).isEqualTo(1);
    assertThat(rule.choose(new float[] {-1f, -1.6f}, new int[] {0}, drawing(0))).isZero();
    assertThat(logits).as("the logits stay as they are").containsExactly(3f, 2.1f, -5f);
  }

  @Test
  void frequenciesAreTheProbabilities() {
    RandomGenerator random = new SplittableRandom(3);
    float[] logits = logits(0.6, 0.05, 0.35);
    TreeMap<Integer, Integer> counts = new TreeMap<>();
    for (int i = 0; i < 20_000; i++) {
      counts.merge(Sampling.at(1).choose(logits, NOTHING, random), 1, Integer::sum);
    }
    assertThat(counts.get(0) / 20_000.0).isCloseTo(0.6, within(0.015));
    assertThat(counts.get(1) / 20_000.0).isCloseTo(0.05, within(0.015));
  }

  @Test
  void impossibleSettingsAreRefused() {
    assertThatThrownBy(() -> Sampling.at(-1)).hasMessageContaining("temperature >= 0");
    assertThatThrownBy(() -> new Sampling(1, 0, 0, 1)).hasMessageContaining("topP");
    assertThatThrownBy(() -> new Sampling(1, 0, 1, Double.NaN)).hasMessageContaining("NaN");
  }
}
