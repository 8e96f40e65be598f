package tare.select.acdm;

import java.util.Arrays;
import java.util.List;

/**
 * Minimizes the largest of some convex quadratic forms over shares, which are at least 0 and add up
 * to 1: projected gradient descent, with a smooth maximum (1/β) ln Σ exp(β f) whose β rises.
 */
final class SimplexMinimum {

  /** The largest β, in units of one over the forms' size. The maximum is then exact to ln n / β. */
  private static final double SHARPEST = 1e5;

  private static final double SHARPER = 5;
  private static final int ITERATIONS = 20_000;
  private static final double STILL = 1e-12;

  private SimplexMinimum() {}

  /**
   * f(a) = aᵀKa + c·a.
   *
   * @param products K, {@code [n][n]}, symmetric and positive semidefinite
   * @param linear c, {@code [n]}
   */
  record Form(double[][] products, double[] linear) {

    double value(double[] a) {
      double sum = 0;
      for (int i = 0; i < a.length; i++) {
        sum += a[i] * (along(i, a) + linear[i]);
      }
      return sum;
    }

    private double along(int i, double[] a) {
      double sum = 0;
      for (int j = 0; j < a.length; j++) {
        sum += products[i][j] * a[j];
      }
      return sum;
    }

    private double slope(int i, double[] a) {
      return 2 * along(i, a) + linear[i];
    }
  }

  /** The shares at which the largest of the forms is least. */
  static double[] of(List<Form> forms) {
    int n = forms.get(0).linear().length;
    double[] a = new double[n];
    Arrays.fill(a, 1.0 / n);
    double size = Math.max(largest(forms, a), Double.MIN_NORMAL);
    if (forms.size() == 1) {
      return descend(forms, 1 / size, a);
    }
    for (double sharp = 1; sharp <= SHARPEST; sharp *= SHARPER) {
      a = descend(forms, sharp / size, a);
    }
    return a;
  }

  /** The largest of the forms. */
  static double largest(List<Form> forms, double[] a) {
    return forms.stream().mapToDouble(form -> form.value(a)).max().orElseThrow();
  }

  private static double[] descend(List<Form> forms, double beta, double[] start) {
    double[] a = start;
    double value = smooth(forms, beta, a);
    double step = 1;
    for (int iteration = 0; iteration < ITERATIONS; iteration++) {
      double[] slope = slope(forms, beta, a);
      double[] next;
      double moved;
      double lower;
      while (true) {
        next = project(a, slope, step);
        moved = 0;
        double along = 0;
        for (int i = 0; i < a.length; i++) {
          moved += (next[i] - a[i]) * (next[i] - a[i]);
          along += slope[i] * (next[i] - a[i]);
        }
        lower = smooth(forms, beta, next);
        if (lower <= value + along + moved / (2 * step) || moved < STILL * STILL) {
          break;
        }
        step /= 2;
      }
      if (moved < STILL * STILL) {
        return a;
      }
      a = next;
      value = lower;
      step *= 1.5;
    }
    return a;
  }

  private static double smooth(List<Form> forms, double beta, double[] a) {
    double largest = largest(forms, a);
    double sum =
        forms.stream().mapToDouble(form -> Math.exp(beta * (form.value(a) - largest))).sum();
    return largest + Math.log(sum) / beta;
  }

  private static double[] slope(List<Form> forms, double beta, double[] a) {
    double largest = largest(forms, a);
    double[] slope = new double[a.length];
    double all = 0;
    for (Form form : forms) {
      double weight = Math.exp(beta * (form.value(a) - largest));
      all += weight;
      for (int i = 0; i < a.length; i++) {
        slope[i] += weight * form.slope(i, a);
      }
    }
    for (int i = 0; i < a.length; i++) {
      slope[i] /= all;
    }
    return slope;
  }

  /** The shares nearest to a − step · slope (Duchi et al. 2008). */
  private static double[] project(double[] a, double[] slope, double step) {
    double[] at = new double[a.length];
    for (int i = 0; i < a.length; i++) {
      at[i] = a[i] - step * slope[i];
    }
    double[] sorted = at.clone();
    Arrays.sort(sorted);
    double sum = 0;
    double shift = 0;
    for (int count = 1; count <= sorted.length; count++) {
      double value = sorted[sorted.length - count];
      sum += value;
      double all = (sum - 1) / count;
      if (value > all) {
        shift = all;
      }
    }
    for (int i = 0; i < at.length; i++) {
      at[i] = Math.max(0, at[i] - shift);
    }
    return at;
  }
}
