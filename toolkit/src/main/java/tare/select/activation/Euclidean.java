package tare.select.activation;

/** Euclidean geometry of vectors of statistics, summed in double precision. */
public final class Euclidean {

  private Euclidean() {}

  /** ‖a − b‖². */
  public static double squared(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      double difference = a[i] - b[i];
      sum += difference * difference;
    }
    return sum;
  }

  /** ‖a − b‖. */
  public static double distance(float[] a, float[] b) {
    return Math.sqrt(squared(a, b));
  }

  /** a · b. */
  public static double dot(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += (double) a[i] * b[i];
    }
    return sum;
  }
}
