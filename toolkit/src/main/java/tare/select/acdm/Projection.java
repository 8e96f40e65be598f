package tare.select.acdm;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import tare.data.CalibrationSet;
import tare.select.Candidate;
import tare.select.activation.FittedScaling;

/**
 * The plane in which the windows of a pool differ most: the first two principal components of their
 * scaled statistics. It holds a part of the differences only, and says how large that part is.
 *
 * @param points the windows and the tasks' centroids
 * @param first share of the windows' variance along the first component
 * @param second the same for the second
 */
public record Projection(List<ProjectedPoint> points, double first, double second) {

  private static final int MOST = 600;
  private static final int ITERATIONS = 200;

  /**
   * Projects a pool, its chosen windows, and the centroids.
   *
   * @param space the alignment; of a large pool, the first 600 windows and all chosen ones are
   *     projected
   * @param chosen the chosen windows
   */
  public static Projection of(Alignment space, CalibrationSet chosen) {
    List<Candidate> shown = new ArrayList<>();
    for (Candidate candidate : space.candidates()) {
      if (candidate.index() < MOST || chosen.holds(candidate.sample())) {
        shown.add(candidate);
      }
    }
    List<float[]> centroids = space.centres().stream().map(Alignment.Centre::centroid).toList();
    int n = shown.size();
    FittedScaling.Rows rows =
        new FittedScaling.Rows(
            n + centroids.size(),
            i -> i < n ? space.scaled(shown.get(i).index()) : centroids.get(i - n));
    double[][] gram = centred(InnerProducts.of(rows, centroids.get(0).length).values(), n);
    double[] values = new double[2];
    double[][] axes = axes(gram, n, values);
    double all = IntStream.range(0, n).mapToDouble(i -> gram[i][i]).sum();
    List<ProjectedPoint> points = new ArrayList<>();
    for (int i = 0; i < rows.count(); i++) {
      double x = dot(gram[i], axes[0], n);
      double y = dot(gram[i], axes[1], n);
      if (i >= n) {
        points.add(new ProjectedPoint("centroid", space.tasks().get(i - n), x, y));
      } else {
        boolean taken = chosen.holds(shown.get(i).sample());
        points.add(
            new ProjectedPoint(
                taken ? "chosen" : "candidate", shown.get(i).sample().source(), x, y));
      }
    }
    return new Projection(points, values[0] / all, values[1] / all);
  }

  /** Inner products after subtracting the mean of the first n from all vectors. */
  private static double[][] centred(float[][] gram, int n) {
    double[] means = new double[gram.length];
    double mean = 0;
    for (int i = 0; i < gram.length; i++) {
      for (int j = 0; j < n; j++) {
        means[i] += (double) gram[i][j] / n;
      }
      mean += i < n ? means[i] / n : 0;
    }
    double[][] centred = new double[gram.length][gram.length];
    for (int i = 0; i < gram.length; i++) {
      for (int j = 0; j < gram.length; j++) {
        centred[i][j] = gram[i][j] - means[i] - means[j] + mean;
      }
    }
    return centred;
  }

  /**
   * The two leading eigenvectors v of the first n, by power iteration, as v/√λ.
   *
   * @param values gets the two eigenvalues λ
   */
  static double[][] axes(double[][] gram, int n, double[] values) {
    double[][] axes = new double[2][n];
    for (int axis = 0; axis < 2; axis++) {
      double[] v = new double[n];
      for (int i = 0; i < n; i++) {
        v[i] = Math.sin(i + 1.0 + axis);
      }
      double value = 0;
      for (int iteration = 0; iteration < ITERATIONS; iteration++) {
        double[] next = new double[n];
        for (int i = 0; i < n; i++) {
          next[i] = dot(gram[i], v, n);
        }
        if (axis == 1) {
          double along = dot(next, axes[0], n) / dot(axes[0], axes[0], n);
          for (int i = 0; i < n; i++) {
            next[i] -= along * axes[0][i];
          }
        }
        value = Math.sqrt(dot(next, next, n));
        for (int i = 0; i < n; i++) {
          v[i] = next[i] / Math.max(value, 1e-30);
        }
      }
      values[axis] = value;
      for (int i = 0; i < n; i++) {
        axes[axis][i] = v[i] / Math.sqrt(Math.max(value, 1e-30));
      }
    }
    return axes;
  }

  private static double dot(double[] a, double[] b, int n) {
    double sum = 0;
    for (int i = 0; i < n; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
