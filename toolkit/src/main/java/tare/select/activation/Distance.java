package tare.select.activation;

import tare.select.acdm.Statistic;

/** The distance of a window's scaled statistic z to a centroid c. */
public enum Distance {
  /** ‖z − c‖₂; after a z-score, Mahalanobis with a diagonal covariance. */
  L2,
  /** 1 − cos(z, c). */
  COSINE,
  /** Σ |z − c|, each point weighted as in {@link #L2}. */
  L1,
  /**
   * Fréchet distance of Gaussians with diagonal covariance, √(Σ (μ − μ′)² + (σ − σ′)²); of {@link
   * Statistic#MEAN_AND_STD} only, and to the letter with {@link Scaling#NONE}.
   */
  FRECHET,
  /** L2 with each channel weighted by ‖W[:,c]‖² of what it feeds, of mean 1 in each point. */
  OUTPUT_WEIGHTED;

  /**
   * The distance.
   *
   * @param weights of the coordinates for {@link #L1} and {@link #OUTPUT_WEIGHTED}, else unused
   */
  public double between(float[] z, float[] c, float[] weights) {
    return switch (this) {
      case L2, FRECHET -> Math.sqrt(squared(z, c));
      case COSINE -> 1 - dot(z, c) / Math.sqrt(Math.max(dot(z, z) * dot(c, c), 1e-300));
      case L1 -> {
        double sum = 0;
        for (int i = 0; i < z.length; i++) {
          sum += weights[i] * Math.abs(z[i] - c[i]);
        }
        yield sum;
      }
      case OUTPUT_WEIGHTED -> {
        double sum = 0;
        for (int i = 0; i < z.length; i++) {
          double difference = z[i] - c[i];
          sum += weights[i] * difference * difference;
        }
        yield Math.sqrt(sum);
      }
    };
  }

  public static double squared(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      double difference = a[i] - b[i];
      sum += difference * difference;
    }
    return sum;
  }

  public static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
