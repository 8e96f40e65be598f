package tare.select.acdm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import tare.data.CalibrationSet;
import tare.select.Passage;
import tare.select.Surroundings;
import tare.select.activation.ActivationStatistics;
import tare.select.activation.Euclidean;
import tare.select.activation.FittedScaling;
import tare.select.activation.GramSketch;
import tare.select.activation.MeanAndDeviation;
import tare.select.activation.Observation;
import tare.select.activation.PointLayout;

/**
 * The Gram matrices of some tasks, in the sketch of {@link GramSketch}, and how far those of a text
 * are from them. Each window runs through the model once.
 *
 * <p>G_p is the mean of yyᵀ over all counted tokens of a text at the inputs p of a group of linear
 * layers, and T_p that of the target: the mean over the tasks by their weights. The distance is
 *
 * <p>D = √( Σ_p n_p ‖G_p − T_p‖² / ‖T_p‖² / Σ_p n_p )
 *
 * <p>with Frobenius norms. n_p is the number of linear layers that read p, so that all linear
 * layers of the model count equally. D is 0 for a text with the target's matrices, and 1 for a text
 * whose matrices are zero. Linear layers that the target never feeds do not count.
 */
public final class GramTarget implements AutoCloseable {

  private final Observation observation;
  private final ActivationStatistics statistics;
  private final GramSketch sketch;
  private final double[] shares;
  private final List<Task> tasks = new ArrayList<>();
  private final Space all;
  private final double error;

  /**
   * A task.
   *
   * @param name its name
   * @param windows number of its reference windows
   * @param space distances to its matrices alone
   */
  record Task(String name, int windows, Space space) {}

  /**
   * Vectors relative to a target: the length of a scaled vector, or of the mean of several, is D.
   *
   * @param scale subtracts the target and divides by its norms
   */
  record Space(FittedScaling scale) {

    /** D of the text with this vector. */
    double distance(float[] vector) {
      float[] z = scale.of(vector);
      return Math.sqrt(Euclidean.dot(z, z));
    }

    /** Scaled vectors, read one by one. */
    FittedScaling.Rows of(FittedScaling.Rows vectors) {
      return new FittedScaling.Rows(vectors.count(), i -> scale.of(vectors.row().apply(i)));
    }
  }

  /**
   * Observed windows of a text.
   *
   * @param vectors the vector of each window, read one by one
   * @param weights sum of the weights of each window's counted tokens
   */
  record Windows(FittedScaling.Rows vectors, double[] weights) {

    /** The vector of the text: the mean over its counted tokens. */
    float[] mean() {
      double all = Arrays.stream(weights).sum();
      double[] sum = new double[vectors.row().apply(0).length];
      for (int i = 0; i < weights.length; i++) {
        float[] row = vectors.row().apply(i);
        for (int c = 0; c < sum.length; c++) {
          sum[c] += weights[i] / all * row[c];
        }
      }
      return narrow(sum);
    }
  }

  private GramTarget(
      Map<String, List<Passage>> references,
      List<Double> ofTasks,
      Observation observation,
      ActivationStatistics statistics,
      Surroundings given) {
    this.observation = observation;
    this.statistics = statistics;
    sketch = GramSketch.of(given.model().get(), observation);
    int[] readers = PointLayout.readers(given.model().get(), observation);
    double linears = Arrays.stream(readers).sum();
    shares = Arrays.stream(readers).mapToDouble(each -> each / linears).toArray();
    List<Windows> windows = new ArrayList<>();
    double[] sum = new double[sketch.layout().size()];
    references.forEach(
        (name, passages) -> {
          Windows own = observe(passages.iterator(), passages.size());
          float[] vector = own.mean();
          double weight = ofTasks.get(tasks.size());
          for (int c = 0; c < sum.length; c++) {
            sum[c] += weight * vector[c];
          }
          windows.add(own);
          tasks.add(new Task(name, passages.size(), space(sketch.layout(), shares, vector)));
        });
    all = space(sketch.layout(), shares, narrow(sum));
    double squares = 0;
    for (int k = 0; k < windows.size(); k++) {
      Windows own = windows.get(k);
      double weight = ofTasks.get(k);
      int n = own.weights().length;
      squares += n < 2 ? Double.NaN : weight * weight * dispersion(own, all) / n;
    }
    error = Math.sqrt(squares);
  }

  /**
   * Runs the references of tasks through the model, unless the cache has their statistics. The
   * caller closes the result.
   *
   * @param length number of tokens in a window
   * @param given the model in float32, and the cache
   * @throws IllegalArgumentException if there are no references, or a task has no items or no
   *     window with a counted token
   */
  public static GramTarget of(
      References references, Observation observation, int length, Surroundings given) {
    Map<String, List<Passage>> passages = references.passages(given, length, observation.counted());
    ActivationStatistics statistics =
        new ActivationStatistics(observation, GramSketch.MOMENTS, given);
    try {
      return new GramTarget(passages, references.shares(), observation, statistics, given);
    } catch (RuntimeException e) {
      statistics.close();
      throw e;
    }
  }

  /**
   * Distances to a target.
   *
   * @param layout place of each point's part in a vector
   * @param shares share of each point in D², with sum 1
   * @param target the target's vector
   */
  static Space space(PointLayout layout, double[] shares, float[] target) {
    float[] ones = new float[target.length];
    Arrays.fill(ones, 1);
    float[] factor = new float[target.length];
    double[] norms = layout.points().stream().mapToDouble(point -> norm(target, point)).toArray();
    double fed =
        IntStream.range(0, norms.length).mapToDouble(p -> norms[p] > 0 ? shares[p] : 0).sum();
    for (int p = 0; p < norms.length; p++) {
      PointLayout.Point point = layout.points().get(p);
      float own = norms[p] > 0 ? (float) (Math.sqrt(shares[p] / fed) / norms[p]) : 0;
      Arrays.fill(factor, point.offset(), point.offset() + point.width(), own);
    }
    return new Space(new FittedScaling(target, ones, factor, false));
  }

  private static double norm(float[] vector, PointLayout.Point point) {
    double sum = 0;
    for (int c = point.offset(); c < point.offset() + point.width(); c++) {
      sum += (double) vector[c] * vector[c];
    }
    return Math.sqrt(sum);
  }

  private static float[] narrow(double[] wide) {
    float[] narrow = new float[wide.length];
    for (int c = 0; c < wide.length; c++) {
      narrow[c] = (float) wide[c];
    }
    return narrow;
  }

  /** Mean squared distance of a text's windows to their mean. */
  static double dispersion(Windows windows, Space space) {
    FittedScaling.Rows rows = space.of(windows.vectors());
    return MeanAndDeviation.of(rows, space.scale().shift().length).total();
  }

  /**
   * Runs windows through the model, unless the cache has their statistics.
   *
   * @param expected approximate number of windows, for the display of progress
   */
  Windows observe(Iterator<Passage> passages, long expected) {
    int from = statistics.size();
    List<Double> weights = new ArrayList<>();
    statistics.add(
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            return passages.hasNext();
          }

          @Override
          public Passage next() {
            Passage next = passages.next();
            weights.add(observation.counted().weight(next));
            return next;
          }
        },
        expected);
    return new Windows(
        new FittedScaling.Rows(weights.size(), i -> sketch.of(statistics, from + i)),
        weights.stream().mapToDouble(each -> each).toArray());
  }

  /** Names of the tasks, in order. */
  public List<String> names() {
    return tasks.stream().map(Task::name).toList();
  }

  /** The tasks, in order. */
  List<Task> tasks() {
    return tasks;
  }

  /** Distances to the mean of the tasks. */
  Space all() {
    return all;
  }

  /**
   * The standard error of the target, in the unit of D: its expected distance from the target of
   * endlessly many reference windows. NaN if a task has one reference window.
   */
  public double error() {
    return error;
  }

  /**
   * D of a calibration set and the target.
   *
   * @throws IllegalArgumentException if no sample has a counted token
   */
  public double distance(CalibrationSet set) {
    return all.distance(vector(set));
  }

  /**
   * D of a calibration set and each task alone, in the order of {@link #names}.
   *
   * @throws IllegalArgumentException if no sample has a counted token
   */
  public List<Double> distances(CalibrationSet set) {
    float[] vector = vector(set);
    return tasks.stream().map(task -> task.space().distance(vector)).toList();
  }

  private float[] vector(CalibrationSet set) {
    List<Passage> passages =
        set.samples().stream().map(Passage::of).filter(observation.counted()::any).toList();
    if (passages.isEmpty()) {
      throw new IllegalArgumentException(
          "No sample of the set has a counted token (%s). Take other samples, or count other tokens."
              .formatted(observation.counted()));
    }
    return observe(passages.iterator(), passages.size()).mean();
  }

  /** Deletes the statistics that are not kept beyond this selection. */
  @Override
  public void close() {
    statistics.close();
  }
}
