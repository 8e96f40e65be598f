package tare.select;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Represents windows as TF-IDF vectors of length 1. Here tf is the number of occurrences of a unit
 * in the window, and idf = ln(M / number of windows that contain it). The vectors are sparse, and
 * no encoder model is needed.
 */
final class TextVectors {

  private final List<int[]> units = new ArrayList<>();
  private final List<float[]> values = new ArrayList<>();
  private final int dimensions;

  /**
   * Computes the vectors of windows.
   *
   * @param windows the numbers of each window's units, repetitions included
   * @param dimensions number of different units
   */
  TextVectors(List<int[]> windows, int dimensions) {
    this.dimensions = dimensions;
    int[] having = new int[dimensions];
    List<Map<Integer, Integer>> counts = new ArrayList<>();
    for (int[] window : windows) {
      Map<Integer, Integer> count = new HashMap<>();
      for (int unit : window) {
        count.merge(unit, 1, Integer::sum);
      }
      count.keySet().forEach(unit -> having[unit]++);
      counts.add(count);
    }
    for (Map<Integer, Integer> count : counts) {
      int[] present = count.keySet().stream().mapToInt(unit -> unit).sorted().toArray();
      float[] weights = new float[present.length];
      double square = 0;
      for (int i = 0; i < present.length; i++) {
        double idf = Math.log((double) windows.size() / having[present[i]]);
        weights[i] = (float) (count.get(present[i]) * idf);
        square += (double) weights[i] * weights[i];
      }
      for (int i = 0; i < present.length && square > 0; i++) {
        weights[i] /= (float) Math.sqrt(square);
      }
      units.add(present);
      values.add(weights);
    }
  }

  int size() {
    return units.size();
  }

  /** Number of different units in a window. */
  int distinct(int window) {
    return units.get(window).length;
  }

  /**
   * k-centre, farthest first (Gonzalez 1985): each step takes the vector with the largest Euclidean
   * distance to its nearest centre; ties go to the smaller index. The radius is at most twice the
   * optimum.
   *
   * @param first the first centre
   * @param count total number of centres
   * @return indices in the order of taking, each with its distance to the earlier centres
   */
  List<Centre> farthestFirst(int first, int count) {
    List<Centre> centres = new ArrayList<>();
    double[] nearest = new double[size()];
    Arrays.fill(nearest, Double.POSITIVE_INFINITY);
    int next = first;
    while (centres.size() < Math.min(count, size())) {
      double distance = nearest[next];
      centres.add(new Centre(next, Double.isInfinite(distance) ? 0 : Math.sqrt(distance)));
      nearest[next] = -1;
      float[] centre = dense(next);
      int farthest = -1;
      for (int i = 0; i < size(); i++) {
        if (nearest[i] >= 0) {
          nearest[i] = Math.min(nearest[i], squaredDistance(i, centre));
          if (farthest < 0 || nearest[i] > nearest[farthest]) {
            farthest = i;
          }
        }
      }
      next = farthest;
    }
    return centres;
  }

  /** A chosen vector and its distance to the nearest earlier one. */
  record Centre(int index, double distance) {}

  private float[] dense(int window) {
    float[] vector = new float[dimensions];
    for (int i = 0; i < units.get(window).length; i++) {
      vector[units.get(window)[i]] = values.get(window)[i];
    }
    return vector;
  }

  /**
   * Squared distance of vectors of length 1 (or 0, for a window whose units all occur in every
   * window).
   */
  private double squaredDistance(int window, float[] other) {
    double dot = 0;
    int[] present = units.get(window);
    float[] weights = values.get(window);
    for (int i = 0; i < present.length; i++) {
      dot += (double) weights[i] * other[present[i]];
    }
    return Math.max(0, 2 - 2 * dot);
  }
}
