package tare.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LowestTest {

  /** Marks by sorting, which keeps the order of equal scores. */
  private static boolean[] sorted(float[] scores, int from, int to, int count) {
    boolean[] marked = new boolean[scores.length];
    IntStream.range(from, to)
        .boxed()
        .sorted((a, b) -> scores[a] == scores[b] ? 0 : Float.compare(scores[a], scores[b]))
        .limit(count)
        .forEach(i -> marked[i] = true);
    return marked;
  }

  private static void requireAsSorted(float[] scores, int from, int to) {
    int size = to - from;
    for (int count : new int[] {0, 1, size / 100, size / 2, size * 9 / 10, size - 1, size}) {
      boolean[] marked = new boolean[scores.length];
      Lowest.mark(scores, from, to, count, marked);
      assertThat(marked).isEqualTo(sorted(scores, from, to, count));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4, 255, 256, 896, 5_000, 40_000})
  void randomScoresAreMarkedAsSortingWould(int size) {
    Random random = new Random(size);
    float[] scores = new float[size + 7];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = Math.abs((float) random.nextGaussian());
    }
    requireAsSorted(scores, 3, size + 3);
  }

  @ParameterizedTest
  @ValueSource(ints = {300, 5_000})
  void equalScoresAreMarkedFromTheFirst(int size) {
    Random random = new Random(1);
    float[] scores = new float[size];
    for (int i = 0; i < size; i++) {
      scores[i] = random.nextInt(3) - 1f;
    }
    requireAsSorted(scores, 0, size);
    requireAsSorted(new float[size], 0, size);
  }

  @ParameterizedTest
  @ValueSource(ints = {5, 5_000})
  void bothZerosAreEqual(int size) {
    float[] scores = new float[size];
    for (int i = 0; i < size; i++) {
      scores[i] = i % 2 == 0 ? 0f : -0f;
    }
    requireAsSorted(scores, 0, size);
  }

  @Test
  void spacedScoresThatMisleadAreMarkedAsSortingWould() {
    float[] scores = new float[4_096];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = i % 16 == 0 ? i : -i; // the evenly spaced scores are the largest
    }
    requireAsSorted(scores, 0, scores.length);
  }

  @Test
  void scoreThatIsNotFiniteIsRefused() {
    assertThatThrownBy(() -> Lowest.mark(new float[] {1, Float.NaN}, 0, 2, 1, new boolean[2]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not finite");
  }
}
