package tare.tensor;

import java.util.Arrays;

/** Marks the lowest of some scores, by selection instead of sorting. */
public final class Lowest {

  /** Number of scores below which all are looked at. */
  private static final int FEW = 256;

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
    float highest = sorted(scores, from, to, count - 1);
    int left = count;
    for (int i = from; i < to; i++) {
      boolean lower = scores[i] < highest; // no branch, as half of all weights may be pruned
      marked[i] |= lower;
      left -= lower ? 1 : 0;
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

  /**
   * The value that sorting would put at an index. Evenly spaced values say about where it lies, so
   * that few others must be looked at (after Floyd and Rivest 1975). If it lies elsewhere, all are.
   */
  private static float sorted(float[] scores, int from, int to, int index) {
    int size = to - from;
    if (size < FEW) {
      return select(Arrays.copyOfRange(scores, from, to), size, index);
    }
    float[] some = new float[Math.min(size / 16, 1_024)];
    for (int i = 0; i < some.length; i++) {
      some[i] = scores[from + (int) ((long) i * size / some.length)];
    }
    Arrays.sort(some);
    int middle = (int) ((long) index * some.length / size);
    int margin = (int) Math.ceil(1.5 * Math.sqrt(some.length));
    float least = middle < margin ? Float.NEGATIVE_INFINITY : some[middle - margin];
    float most = middle + margin >= some.length ? Float.POSITIVE_INFINITY : some[middle + margin];
    float[] near = new float[size];
    int count = 0;
    int below = 0;
    for (int i = from; i < to; i++) {
      float score = scores[i];
      near[count] = score;
      int under = score < least ? 1 : 0;
      int over = score > most ? 1 : 0;
      below += under;
      count += 1 - under - over;
    }
    return index >= below && index < below + count
        ? select(near, count, index - below)
        : select(Arrays.copyOfRange(scores, from, to), size, index);
  }

  /** The value that sorting would put at an index (Hoare 1961). The values are reordered. */
  private static float select(float[] values, int size, int index) {
    int low = 0;
    int high = size - 1;
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
