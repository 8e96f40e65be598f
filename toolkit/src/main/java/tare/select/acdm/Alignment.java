package tare.select.acdm;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.select.Candidates;
import tare.select.Passage;
import tare.select.Surroundings;
import tare.select.activation.ActivationStatistics;
import tare.select.activation.Euclidean;
import tare.select.activation.FittedScaling;
import tare.select.activation.MeanAndDeviation;
import tare.select.activation.PointLayout;
import tare.select.activation.StatisticScaling;

/**
 * The position of windows relative to tasks: the windows' scaled statistics z, the tasks' centroids
 * c, and the distances D between them. The large statistics z are read from disk when needed;
 * distances are kept in memory.
 */
public final class Alignment implements AutoCloseable {

  private final Vectors vectors;
  private final FittedScaling scale;
  private final List<Centre> tasks;
  private final double[][] distances;
  private final Candidates candidates;
  private final Function<List<Passage>, FittedScaling.Rows> observing;
  private final Runnable closing;

  /**
   * A task in this space.
   *
   * @param task its name
   * @param references number of its reference windows
   * @param centroid the mean of its references
   * @param error standard error of the centroid, √(Σ variances / n): its expected shift with other
   *     references, in the unit of L2 distances; NaN for one reference
   * @param dispersion mean squared distance of the references to their mean
   */
  record Centre(String task, int references, float[] centroid, double error, double dispersion) {}

  /**
   * The vectors to align.
   *
   * @param pool statistics of the windows
   * @param references statistics of each task's reference windows
   * @param layout layout of the vectors
   * @param documents mean number of documents in a window of the pool
   */
  record Vectors(
      FittedScaling.Rows pool,
      Map<String, FittedScaling.Rows> references,
      PointLayout layout,
      double documents) {}

  private Alignment(
      Vectors vectors,
      FittedScaling scale,
      List<Centre> tasks,
      double[][] distances,
      Candidates candidates,
      Function<List<Passage>, FittedScaling.Rows> observing,
      Runnable closing) {
    this.vectors = vectors;
    this.scale = scale;
    this.tasks = tasks;
    this.distances = distances;
    this.candidates = candidates;
    this.observing = observing;
    this.closing = closing;
  }

  /**
   * Runs pool and references through the model, unless the cache has their statistics, and computes
   * distances.
   */
  static Alignment of(Acdm settings, Corpus corpus, Budget budget, Surroundings given) {
    Candidates candidates = settings.pool().draw(corpus, budget, given);
    Statistic statistic = settings.statistic();
    Map<String, List<Passage>> references =
        settings
            .references()
            .passages(given, budget.tokensPerSample(), settings.observation().counted());
    ActivationStatistics statistics =
        new ActivationStatistics(settings.observation(), statistic.moments(), given);
    try {
      Vectors vectors = observe(settings, candidates, references, statistics, budget);
      return of(
          vectors,
          settings.scaling(),
          candidates,
          passages -> {
            int from = statistics.size();
            statistics.add(passages.iterator(), passages.size());
            return new FittedScaling.Rows(passages.size(), i -> statistic.of(statistics, from + i));
          },
          statistics::close);
    } catch (RuntimeException e) {
      statistics.close();
      throw e;
    }
  }

  private static Vectors observe(
      Acdm settings,
      Candidates candidates,
      Map<String, List<Passage>> references,
      ActivationStatistics statistics,
      Budget budget) {
    Statistic statistic = settings.statistic();
    long[] documents = {0};
    statistics.add(
        StreamSupport.stream(candidates.spliterator(), false)
            .peek(each -> documents[0] += each.documents())
            .map(each -> Passage.of(each.sample()))
            .iterator(),
        (long) settings.pool().pressure() * budget.samples());
    int windows = statistics.size();
    Map<String, FittedScaling.Rows> rows = new LinkedHashMap<>();
    references.forEach(
        (task, passages) -> {
          int from = statistics.size();
          statistics.add(passages.iterator(), passages.size());
          rows.put(
              task,
              new FittedScaling.Rows(passages.size(), i -> statistic.of(statistics, from + i)));
        });
    PointLayout layout = statistic.layout(statistics.layout());
    FittedScaling.Rows pool = new FittedScaling.Rows(windows, i -> statistic.of(statistics, i));
    return new Vectors(pool, rows, layout, (double) documents[0] / windows);
  }

  /**
   * Aligns vectors.
   *
   * @param observing computes statistics of further windows
   * @param closing runs when this object is closed
   */
  static Alignment of(
      Vectors vectors,
      StatisticScaling scaling,
      Candidates candidates,
      Function<List<Passage>, FittedScaling.Rows> observing,
      Runnable closing) {
    FittedScaling scale = FittedScaling.fit(scaling, vectors.layout(), vectors.pool());
    List<Centre> tasks = new ArrayList<>();
    vectors
        .references()
        .forEach(
            (task, rows) -> {
              List<float[]> z =
                  IntStream.range(0, rows.count())
                      .mapToObj(i -> scale.of(rows.row().apply(i)))
                      .toList();
              tasks.add(centre(task, z));
            });
    double[][] distances =
        IntStream.range(0, vectors.pool().count())
            .parallel()
            .mapToObj(i -> scale.of(vectors.pool().row().apply(i)))
            .map(
                z ->
                    tasks.stream()
                        .mapToDouble(task -> Euclidean.distance(z, task.centroid()))
                        .toArray())
            .toArray(double[][]::new);
    return new Alignment(vectors, scale, tasks, distances, candidates, observing, closing);
  }

  private static Centre centre(String task, List<float[]> z) {
    double dispersion =
        MeanAndDeviation.of(new FittedScaling.Rows(z.size(), z::get), z.get(0).length).total();
    double error = z.size() < 2 ? Double.NaN : Math.sqrt(dispersion / z.size());
    return new Centre(task, z.size(), mean(z), error, dispersion);
  }

  private static float[] mean(List<float[]> z) {
    float[] mean = new float[z.get(0).length];
    for (int c = 0; c < mean.length; c++) {
      double sum = 0;
      for (float[] each : z) {
        sum += each[c];
      }
      mean[c] = (float) (sum / z.size());
    }
    return mean;
  }

  /** Number of windows in the pool. */
  public int windows() {
    return vectors.pool().count();
  }

  /** Names of the tasks, in order. */
  public List<String> tasks() {
    return tasks.stream().map(Centre::task).toList();
  }

  List<Centre> centres() {
    return tasks;
  }

  /** The windows of the pool. */
  public Candidates candidates() {
    return candidates;
  }

  /** D of a window and a task, both given by number. */
  public double distance(int window, int task) {
    return distances[window][task];
  }

  /** The scaled statistic of a window of the pool. */
  public float[] scaled(int window) {
    return scale.of(vectors.pool().row().apply(window));
  }

  /** Scaled statistics of some windows of the pool, read one by one. */
  FittedScaling.Rows scaled(List<Integer> some) {
    return new FittedScaling.Rows(some.size(), i -> scaled(some.get(i)));
  }

  /**
   * The distance between the mean statistic of a set and each task's centroid (L2): the difference
   * between what a quantizer sees of the set and of the task.
   *
   * @param set samples as long as the pool's windows
   */
  public List<Double> gaps(CalibrationSet set) {
    FittedScaling.Rows raw =
        observing.apply(
            set.samples().stream().filter(each -> each.counted() > 0).map(Passage::of).toList());
    FittedScaling.Rows rows =
        new FittedScaling.Rows(raw.count(), i -> scale.of(raw.row().apply(i)));
    return tasks.stream()
        .map(
            task -> {
              float[] c = task.centroid();
              return Euclidean.distance(MeanAndDeviation.of(rows, c.length).mean(), c);
            })
        .toList();
  }

  /** Mean number of documents in a window of the pool. */
  double documents() {
    return vectors.documents();
  }

  @Override
  public void close() {
    closing.run();
  }
}
