package tare.tensor;

import java.util.Arrays;

/** Marks the lowest of some scores, by selection instead of sorting. */
public final class Lowest {

  private Lowest() {}

  /**
   * Marks exactly {@code count} of {@code scores[from .. to)}: the lowest, and of equal ones the
   * first.
   *
   * @param marked set to true at the marked places
   * @throws IllegalArgumentException if a score is NaN or infinite
   */
  public static void mark(float[] scores, int from, int to, int count, boolean[] marked) {
    for (int i = from; i < to; i++) {
      if (!Float.isFinite(scores[i])) {
        throw notFinite();
      }
    }
    if (count == 0) {
      return;
    }
    float highest = select(Arrays.copyOfRange(scores, from, to), count - 1);
    int left = count;
    for (int i = from; i < to; i++) {
      if (scores[i] < highest) {
        marked[i] = true;
        left--;
      }
    }
    for (int i = from; left > 0; i++) {
      if (scores[i] == highest) {
        marked[i] = true;
        left--;
      }
    }
  }

  /** The refusal of scores that cannot be compared. */
  public static IllegalArgumentException notFinite() {
    return new IllegalArgumentException(
        "the scores are not finite: the weight or its inputs have values that are NaN, infinite or"
            + " huge");
  }

  /** The value that sorting would put at an index (Hoare 1961). The values are reordered. */
  private static float select(float[] values, int index) {
    int low = 0;
    int high = values.length - 1;
    while (low < high) {
      float pivot = median(values[low], values[(low + high) >>> 1], values[high]);
      int i = low;
      int j = high;
      while (i <= j) {
        while (values[i] < pivot) {
          i++;
        }
        while (values[j] > pivot) {
          j--;
        }
        if (i <= j) {
          float swapped = values[i];
          values[i++] = values[j];
          values[j--] = swapped;
        }
      }
      if (index <= j) {
        high = j;
      } else if (index >= i) {
        low = i;
      } else {
        return values[index];
      }
    }
    return values[index];
  }

  private static float median(float a, float b, float c) {
    return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
  }
}
