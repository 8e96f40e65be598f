package tare.select.activation;

/**
 * The mean and standard deviation of each coordinate, computed in one pass (Welford 1962).
 *
 * @param mean {@code [D]}
 * @param deviation {@code [D]}, with the divisor n
 */
public record MeanAndDeviation(float[] mean, float[] deviation) {

  /** Computes both for rows of equal size. */
  public static MeanAndDeviation of(FittedScaling.Rows rows, int size) {
    double[] mean = new double[size];
    double[] squares = new double[size];
    for (int i = 0; i < rows.count(); i++) {
      float[] row = rows.row().apply(i);
      for (int c = 0; c < size; c++) {
        double difference = row[c] - mean[c];
        mean[c] += difference / (i + 1);
        squares[c] += difference * (row[c] - mean[c]);
      }
    }
    float[] centre = new float[size];
    float[] deviation = new float[size];
    for (int c = 0; c < size; c++) {
      centre[c] = (float) mean[c];
      deviation[c] = (float) Math.sqrt(squares[c] / rows.count());
    }
    return new MeanAndDeviation(centre, deviation);
  }

  /** The sum of the variances of all coordinates: the mean squared distance to the mean. */
  public double total() {
    return Euclidean.dot(deviation, deviation);
  }
}
