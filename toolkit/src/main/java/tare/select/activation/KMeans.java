package tare.select.activation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * k-means clustering: Lloyd's iterations from k-means++ starts (Arthur and Vassilvitskii 2007), the
 * best of several. An empty cluster is refilled with the vector that is farthest from its centre.
 *
 * @param centres the centres
 * @param assignment the centre of each vector
 * @param inertia sum of squared distances to the centres
 */
public record KMeans(List<float[]> centres, int[] assignment, double inertia) {

  private static final int ITERATIONS = 100;

  /**
   * Clusters vectors.
   *
   * @param k number of clusters, at most the number of vectors
   * @param starts number of starts
   */
  public static KMeans of(List<float[]> vectors, int k, int starts, RandomGenerator random) {
    KMeans best = null;
    for (int start = 0; start < starts; start++) {
      KMeans found = lloyd(vectors, seeds(vectors, k, random));
      if (best == null || found.inertia() < best.inertia()) {
        best = found;
      }
    }
    return best;
  }

  private static List<float[]> seeds(List<float[]> vectors, int k, RandomGenerator random) {
    List<float[]> seeds = new ArrayList<>();
    double[] nearest = new double[vectors.size()];
    Arrays.fill(nearest, Double.POSITIVE_INFINITY);
    int next = random.nextInt(vectors.size());
    while (true) {
      float[] seed = vectors.get(next);
      seeds.add(seed.clone());
      if (seeds.size() == k) {
        return seeds;
      }
      double sum = 0;
      for (int i = 0; i < nearest.length; i++) {
        nearest[i] = Math.min(nearest[i], Euclidean.squared(vectors.get(i), seed));
        sum += nearest[i];
      }
      double at = random.nextDouble() * sum;
      next = nearest.length - 1;
      for (int i = 0; i < nearest.length; i++) {
        at -= nearest[i];
        if (at < 0) {
          next = i;
          break;
        }
      }
    }
  }

  private static KMeans lloyd(List<float[]> vectors, List<float[]> centres) {
    int[] assignment = new int[vectors.size()];
    double[] distances = new double[vectors.size()];
    for (int iteration = 0; iteration < ITERATIONS; iteration++) {
      int[] before = iteration == 0 ? null : assignment.clone();
      IntStream.range(0, vectors.size())
          .parallel()
          .forEach(i -> assign(vectors.get(i), centres, i, assignment, distances));
      if (Arrays.equals(before, assignment)) {
        break;
      }
      move(vectors, centres, assignment, distances);
    }
    return new KMeans(centres, assignment, Arrays.stream(distances).sum());
  }

  private static void assign(
      float[] vector, List<float[]> centres, int i, int[] assignment, double[] distances) {
    distances[i] = Double.POSITIVE_INFINITY;
    for (int c = 0; c < centres.size(); c++) {
      double distance = Euclidean.squared(vector, centres.get(c));
      if (distance < distances[i]) {
        distances[i] = distance;
        assignment[i] = c;
      }
    }
  }

  private static void move(
      List<float[]> vectors, List<float[]> centres, int[] assignment, double[] distances) {
    int[] sizes = new int[centres.size()];
    centres.forEach(centre -> Arrays.fill(centre, 0));
    for (int i = 0; i < assignment.length; i++) {
      sizes[assignment[i]]++;
      float[] centre = centres.get(assignment[i]);
      for (int d = 0; d < centre.length; d++) {
        centre[d] += vectors.get(i)[d];
      }
    }
    for (int c = 0; c < sizes.length; c++) {
      if (sizes[c] == 0) {
        int farthest =
            IntStream.range(0, distances.length)
                .reduce(0, (best, i) -> distances[i] > distances[best] ? i : best);
        distances[farthest] = 0;
        System.arraycopy(vectors.get(farthest), 0, centres.get(c), 0, centres.get(c).length);
      } else {
        for (int d = 0; d < centres.get(c).length; d++) {
          centres.get(c)[d] /= sizes[c];
        }
      }
    }
  }
}
