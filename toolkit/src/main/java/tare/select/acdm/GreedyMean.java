package tare.select.acdm;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Takes vectors z_i one by one, each time the one that makes the weighted mean of all taken ones
 * shortest: herding (Welling 2009) towards the origin. With z_i = v_i − T, the mean of the taken
 * v_i comes near to T.
 *
 * <p>With S = Σ w z and N = Σ w over the taken vectors, the squared length of the mean with one
 * more is (‖S‖² + 2 w_i S·z_i + w_i² ‖z_i‖²) / (N + w_i)². Inner products are enough.
 */
final class GreedyMean {

  private final float[][] products;
  private final double[] weights;
  private final double[] along;
  private final List<Integer> taken = new ArrayList<>();
  private double square;
  private double weight;

  /**
   * Nothing is taken yet.
   *
   * @param products inner products of the vectors
   * @param weights weight of each vector in the mean, above 0
   */
  GreedyMean(InnerProducts products, double[] weights) {
    this.products = products.values();
    this.weights = weights;
    along = new double[weights.length];
  }

  /** The length of the mean of some vectors. */
  static double length(InnerProducts products, double[] weights, IntStream some) {
    GreedyMean mean = new GreedyMean(products, weights);
    some.forEach(mean::take);
    return mean.length();
  }

  /**
   * The vector to take next, of equal ones the first; empty if none is left.
   *
   * @param admissible whether a vector may be taken
   */
  OptionalInt next(IntPredicate admissible) {
    double[] lengths = IntStream.range(0, weights.length).mapToDouble(this::with).toArray();
    return IntStream.range(0, weights.length)
        .boxed()
        .sorted((a, b) -> Double.compare(lengths[a], lengths[b]))
        .mapToInt(i -> i)
        .filter(i -> !taken.contains(i))
        .filter(admissible)
        .findFirst();
  }

  /** The squared length of the mean if this vector were taken too. */
  private double with(int i) {
    double sum = square + weights[i] * (2 * along[i] + weights[i] * products[i][i]);
    double all = weight + weights[i];
    return sum / (all * all);
  }

  /** Takes a vector. */
  void take(int i) {
    square += weights[i] * (2 * along[i] + weights[i] * products[i][i]);
    weight += weights[i];
    for (int other = 0; other < along.length; other++) {
      along[other] += weights[i] * products[i][other];
    }
    taken.add(i);
  }

  /** The taken vectors, in order. */
  List<Integer> taken() {
    return List.copyOf(taken);
  }

  /** The length of the mean of the taken vectors. */
  double length() {
    return Math.sqrt(Math.max(0, square)) / weight;
  }
}
