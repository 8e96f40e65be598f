package tare.select.activation;

import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * A random projection to a few dimensions and the whitening of what it gives: y = L⁻¹ R (z − m) /
 * √q, where R has entries ±1/√q (Achlioptas 2003) and L Lᵀ is the covariance of R z over the pool,
 * shrunk towards a multiple of the identity by the intensity of Ledoit and Wolf (2004, A
 * well-conditioned estimator for large-dimensional covariance matrices).
 *
 * @param seed of R, which is not stored
 * @param mean of R z, {@code [q]}
 * @param factor L, lower triangular, {@code [q][q]}
 */
record Whitening(long seed, double[] mean, double[][] factor) {

  private static final int DIMENSIONS = 256;

  /** Fits to vectors of a size. */
  static Whitening fit(FittedScaling.Rows rows, int size, long seed) {
    int q = Math.min(DIMENSIONS, size);
    double[][] y =
        IntStream.range(0, rows.count())
            .parallel()
            .mapToObj(i -> project(rows.row().apply(i), q, seed))
            .toArray(double[][]::new);
    double[] mean = new double[q];
    for (double[] row : y) {
      for (int j = 0; j < q; j++) {
        mean[j] += row[j] / y.length;
      }
    }
    for (double[] row : y) {
      for (int j = 0; j < q; j++) {
        row[j] -= mean[j];
      }
    }
    return new Whitening(seed, mean, cholesky(shrunk(y, q)));
  }

  /** The whitened projection of a vector. */
  float[] of(float[] z) {
    int q = mean.length;
    double[] y = project(z, q, seed);
    float[] white = new float[q];
    for (int i = 0; i < q; i++) {
      double sum = y[i] - mean[i];
      for (int j = 0; j < i; j++) {
        sum -= factor[i][j] * y[j];
      }
      y[i] = sum / factor[i][i];
      white[i] = (float) (y[i] / Math.sqrt(q));
    }
    return white;
  }

  private static double[] project(float[] z, int q, long seed) {
    double[] y = new double[q];
    SplittableRandom signs = new SplittableRandom(seed);
    double scale = 1 / Math.sqrt(q);
    for (float value : z) {
      for (int from = 0; from < q; from += Long.SIZE) {
        long bits = signs.nextLong();
        int to = Math.min(q, from + Long.SIZE);
        for (int j = from; j < to; j++, bits >>>= 1) {
          y[j] += (bits & 1) == 0 ? value * scale : -value * scale;
        }
      }
    }
    return y;
  }

  /** The covariance of centred rows, shrunk: δ μ I + (1 − δ) S. */
  static double[][] shrunk(double[][] y, int q) {
    double[][] s = new double[q][q];
    double fourth = 0;
    for (double[] row : y) {
      double square = 0;
      for (int i = 0; i < q; i++) {
        square += row[i] * row[i];
        for (int j = 0; j < q; j++) {
          s[i][j] += row[i] * row[j] / y.length;
        }
      }
      fourth += square * square;
    }
    double trace = 0;
    double squares = 0;
    for (int i = 0; i < q; i++) {
      trace += s[i][i];
      for (int j = 0; j < q; j++) {
        squares += s[i][j] * s[i][j];
      }
    }
    double mu = trace / q;
    double d2 = squares / q - mu * mu;
    double b2 = (fourth / y.length - squares) / y.length / q;
    double delta = d2 <= 0 ? 1 : Math.max(0, Math.min(1, b2 / d2));
    for (int i = 0; i < q; i++) {
      for (int j = 0; j < q; j++) {
        s[i][j] = (1 - delta) * s[i][j] + (i == j ? delta * mu : 0);
      }
    }
    return s;
  }

  private static double[][] cholesky(double[][] a) {
    double[][] l = new double[a.length][a.length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j <= i; j++) {
        double sum = a[i][j];
        for (int k = 0; k < j; k++) {
          sum -= l[i][k] * l[j][k];
        }
        l[i][j] = i == j ? Math.sqrt(Math.max(sum, 1e-20)) : sum / l[j][j];
      }
    }
    return l;
  }
}
