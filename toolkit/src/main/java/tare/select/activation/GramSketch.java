package tare.select.activation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.SplittableRandom;
import tare.model.DecoderModel;

/**
 * Short vectors that stand for Gram matrices, which are all that GPTQ and SparseGPT see of a text.
 * Matrices add, and so do their vectors: the mean of the vectors of windows of equal length is the
 * vector of the set.
 *
 * <p>G = E yyᵀ over the counted tokens of a window, where y is the input x of a group of linear
 * layers with each channel c multiplied by ‖W[:,c]‖. So a channel counts by what it can change in
 * the outputs. A point's part of a vector has the diagonal of G, and a sketch of the rest O. With
 * Gaussian directions p_i of variance 1/k, the products √(2k/(k−1)) p_iᵀOp_j of all pairs i &lt; j
 * have the squared norm ‖O‖² on average (Frobenius). So ‖a − b‖ estimates the distance of two
 * matrices: of one with few directions to a third, on average over a model's points to a tenth. All
 * windows, models and runs have the same directions, which depend on the number of channels alone.
 *
 * @param channels place of each point's channels
 * @param gain ‖W[:,c]‖² of each channel, {@code [D]}
 */
public record GramSketch(PointLayout channels, float[] gain) {

  /** The moments of which a vector is made. */
  public static final Set<Moment> MOMENTS = EnumSet.of(Moment.MEAN_SQUARE, Moment.GRAM);

  /** k. */
  static final int DIRECTIONS = 32;

  /** Pairs of directions. */
  static final int PRODUCTS = DIRECTIONS * (DIRECTIONS - 1) / 2;

  private static final long SEED = 1;

  /** Sketches of the inputs of a model's linear layers. */
  public static GramSketch of(DecoderModel model, Observation observation) {
    return new GramSketch(PointLayout.of(model, observation), gain(model, observation));
  }

  private static float[] gain(DecoderModel model, Observation observation) {
    if (observation.points() == Observation.Points.GROUP_INPUTS) {
      return PointLayout.outputGain(model, observation);
    }
    float[] ones = new float[PointLayout.of(model, observation).size()];
    Arrays.fill(ones, 1);
    return ones;
  }

  /** The vector of a window: for each point the diagonal, then the products. */
  public float[] of(ActivationStatistics statistics, int window) {
    return of(statistics.of(Moment.MEAN_SQUARE, window), statistics.of(Moment.GRAM, window));
  }

  /**
   * Joins the moments of a window.
   *
   * @param squares E x² of each channel, {@code [D]}
   * @param products of each point, {@code [points * PRODUCTS]}
   */
  float[] of(float[] squares, float[] products) {
    PointLayout layout = layout();
    float[] vector = new float[layout.size()];
    for (int p = 0; p < layout.points().size(); p++) {
      PointLayout.Point from = channels.points().get(p);
      int at = layout.points().get(p).offset();
      for (int c = 0; c < from.width(); c++) {
        vector[at + c] = squares[from.offset() + c] * gain[from.offset() + c];
      }
      System.arraycopy(products, p * PRODUCTS, vector, at + from.width(), PRODUCTS);
    }
    return vector;
  }

  /** The place of each point's part in a vector. */
  public PointLayout layout() {
    return channels.resized(width -> width + PRODUCTS);
  }

  /**
   * Estimates how far the matrices of a set are from those of a target: ‖G − T‖ / ‖T‖, averaged
   * over the points. 0 if they are equal.
   */
  public double distance(float[] set, float[] target) {
    return layout().points().stream()
        .mapToDouble(
            point ->
                Euclidean.distance(part(set, point), part(target, point))
                    / norm(part(target, point)))
        .average()
        .orElseThrow();
  }

  /**
   * Estimates in how many directions the inputs spread: tr(G)² / ‖G‖², averaged over the points. 1
   * if all inputs of each point are multiples of one.
   */
  public double effectiveRank(float[] set) {
    double sum = 0;
    for (int p = 0; p < channels.points().size(); p++) {
      float[] part = part(set, layout().points().get(p));
      double trace = 0;
      for (int c = 0; c < channels.points().get(p).width(); c++) {
        trace += part[c];
      }
      double norm = norm(part);
      sum += trace * trace / (norm * norm);
    }
    return sum / channels.points().size();
  }

  private static float[] part(float[] vector, PointLayout.Point point) {
    return Arrays.copyOfRange(vector, point.offset(), point.offset() + point.width());
  }

  private static double norm(float[] vector) {
    return Math.sqrt(Euclidean.dot(vector, vector));
  }

  /**
   * What a pass multiplies inputs with.
   *
   * @param gain ‖W[:,c]‖² of each channel
   */
  record Projection(float[] gain) {

    static Projection of(DecoderModel model, Observation observation) {
      return new Projection(GramSketch.gain(model, observation));
    }

    /**
     * The products of a point, {@code [batch * PRODUCTS]}.
     *
     * @param x {@code [batch, tokens, channels]}
     * @param mask weights of a mean over tokens, {@code [batch, 1, tokens]}
     */
    float[] products(PointLayout.Point point, NDArray x, NDArray mask, NDManager scope) {
      int channels = point.width();
      float[] flat = directions(channels);
      for (int at = 0; at < flat.length; at++) {
        flat[at] *= (float) Math.sqrt(gain[point.offset() + at / DIRECTIONS]);
      }
      NDArray directions = scope.create(flat, new Shape(channels, DIRECTIONS));
      NDArray weights = mask.duplicate();
      weights.attach(scope);
      NDArray y = x.matMul(directions); // [batch, tokens, k]
      NDArray whole = y.swapAxes(1, 2).mul(weights).matMul(y); // [batch, k, k]
      NDArray squares = weights.matMul(x.square()).swapAxes(1, 2); // [batch, channels, 1]
      NDArray diagonal = squares.mul(directions.expandDims(0)).swapAxes(1, 2).matMul(directions);
      float[] rest = whole.sub(diagonal).toFloatArray();
      int batch = rest.length / DIRECTIONS / DIRECTIONS;
      float scale = (float) Math.sqrt(2.0 * DIRECTIONS / (DIRECTIONS - 1));
      float[] products = new float[batch * PRODUCTS];
      int at = 0;
      for (int b = 0; b < batch; b++) {
        for (int i = 0; i < DIRECTIONS; i++) {
          for (int j = i + 1; j < DIRECTIONS; j++) {
            products[at++] = scale * rest[(b * DIRECTIONS + i) * DIRECTIONS + j];
          }
        }
      }
      return products;
    }

    /** Gaussian directions, {@code [channels * DIRECTIONS]}, each channel's one after another. */
    private static float[] directions(int channels) {
      SplittableRandom random = new SplittableRandom(SEED);
      float[] directions = new float[channels * DIRECTIONS];
      for (int at = 0; at < directions.length; at++) {
        directions[at] = (float) (random.nextGaussian() / Math.sqrt(DIRECTIONS));
      }
      return directions;
    }
  }
}
