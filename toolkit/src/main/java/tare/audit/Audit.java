package tare.audit;

import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.apache.commons.statistics.distribution.TDistribution;
import tare.compress.Compressor;
import tare.compress.LayerInputs;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.Sample;
import tare.data.Windows;
import tare.model.DecoderModel;
import tare.select.ActivationCache;
import tare.select.Surroundings;
import tare.select.TaskReference;
import tare.select.UniformDraw;
import tare.select.acdm.Acdm;
import tare.select.acdm.Alignment;
import tare.select.acdm.References;
import tare.select.activation.OutlierCoverage;

/**
 * Judges whether a calibration file suits a model and tasks. It compares the file with random draws
 * of the same size from other text, and with ACDM's choice from that text.
 *
 * @param references the tasks, by their training side
 * @param compressor the method whose layer error is predicted
 * @param draws number of random draws, at least 3
 */
public record Audit(References references, Compressor compressor, int draws) {

  private static final double CONFIDENCE = 0.95;
  private static final String TARGET = "tasks";
  private static final int READ = 8192; // tokens of the tasks

  /** Checks the number. */
  public Audit {
    if (draws < 3) {
      throw new IllegalArgumentException(
          "The spread of random draws needs 3 or more of them; got " + draws + ".");
    }
  }

  /**
   * The measures of one set.
   *
   * @param name {@code yours}, {@code random 0} and so on, {@code acdm}
   * @param distance distance from the set's mean statistic to a task's centroid, averaged over the
   *     tasks
   * @param coverage share, by weight, of the outlier channels of ordinary text that the set fires
   * @param diversity number of different tokens per token of the set
   * @param vocabulary share of the tasks' different tokens that occur in the set
   * @param layerError geometric mean of the layers' predicted relative errors on the tasks
   */
  public record Line(
      String name,
      double distance,
      double coverage,
      double diversity,
      double vocabulary,
      double layerError) {}

  /**
   * The result of an audit.
   *
   * @param lines the measures of all sets, the user's first
   * @param low the error that 95 of 100 random draws exceed
   * @param high the error that 95 of 100 random draws stay below
   * @param verdict the result in words
   * @param samples properties of the user's samples
   * @param foretold for each recorded method, the perplexity that its recorded trials foretell, or
   *     that they foretell none
   */
  public record Finding(
      List<Line> lines,
      double low,
      double high,
      String verdict,
      Explain samples,
      List<String> foretold) {

    /** Copies the lists. */
    public Finding {
      lines = List.copyOf(lines);
      foretold = List.copyOf(foretold);
    }

    private Finding foretold(List<String> predictions) {
      return new Finding(lines, low, high, verdict, samples, predictions);
    }
  }

  /**
   * Compares a calibration set with random draws and with ACDM.
   *
   * @param yours the user's calibration text, as a set
   * @param others text for the random draws and for ACDM
   * @throws IllegalArgumentException if that text is too small for the draws
   */
  public Finding of(
      CalibrationSet yours, Corpus others, DecoderModel model, ActivationCache cache, long seed) {
    Budget budget = yours.budget();
    List<CalibrationSet> sets = new ArrayList<>();
    List<String> names = new ArrayList<>();
    sets.add(yours);
    names.add("yours");
    for (int draw = 0; draw < draws; draw++) {
      sets.add(new UniformDraw().select(others, budget, given(model, cache, seed).set(draw)));
      names.add("random " + draw);
    }
    Acdm acdm = new Acdm(references).packed();
    sets.add(acdm.select(others, budget, given(model, cache, seed)));
    names.add("acdm");
    List<int[]> tasks = windows(model, budget.tokensPerSample());
    List<Line> lines = new ArrayList<>();
    OutputErrorProbe forecast = OutputErrorProbe.of(model);
    List<SetNumbers> numbers = new ArrayList<>();
    Map<String, List<int[]>> targets = Map.of(TARGET, tasks);
    Explain samples;
    try (SetActivations activations =
            SetActivations.of(Map.of(TARGET, some(tasks)), given(model, cache, seed));
        Alignment space = acdm.align(others, budget, given(model, cache, seed));
        OutlierCoverage outliers = OutlierCoverage.of(others, budget, given(model, cache, seed));
        NDManager scope = model.manager().newSubManager()) {
      Map<String, LayerInputs> on =
          forecast.observe(
              tasks.stream().map(window -> new Sample("", "", "", window)).toList(), scope);
      for (int i = 0; i < sets.size(); i++) {
        cache.progress().at("comparing sets", i, sets.size());
        CalibrationSet set = sets.get(i);
        if (i <= draws) { // first, as it leaves in the cache what the others need of the set
          numbers.add(
              RecordedSets.numbers(
                      set, targets, model.checkpoint().config().width(), Optional.of(activations))
                  .get(TARGET));
        }
        lines.add(
            new Line(
                names.get(i),
                space.gaps(set).stream().mapToDouble(gap -> gap).average().orElseThrow(),
                outliers.of(set).weight(),
                diversity(set),
                covered(set, tasks),
                error(forecast, set, on, scope)));
      }
      samples = Explain.of(yours, outliers);
    }
    return finding(lines, samples)
        .foretold(
            Predictions.of(
                Foresight.recorded().relations(), numbers.get(0), numbers.subList(1, draws + 1)));
  }

  /** Windows from all tasks, as many as the model reads for the numbers that need it. */
  private static List<int[]> some(List<int[]> tasks) {
    int most = Math.max(2, READ / tasks.get(0).length);
    int step = (tasks.size() + most - 1) / most;
    return IntStream.iterate(0, i -> i < tasks.size(), i -> i + step).mapToObj(tasks::get).toList();
  }

  private static Surroundings given(DecoderModel model, ActivationCache cache, long seed) {
    return new Surroundings(
        model.checkpoint().tokenizer(), () -> model, new SplittableRandom(seed), cache);
  }

  /** The tasks' reference items, packed into windows, with equally many for each task. */
  private List<int[]> windows(DecoderModel model, int length) {
    List<int[]> windows = new ArrayList<>();
    for (TaskReference task : references.tasks()) {
      StringBuilder text = new StringBuilder();
      task.items().forEach(item -> text.append(item.text()).append(Windows.JOINT));
      windows.addAll(
          Windows.cut(
              model.checkpoint().tokenizer().encode(text.toString()),
              length,
              references.windows()));
    }
    return windows;
  }

  private double error(
      OutputErrorProbe forecast, CalibrationSet set, Map<String, LayerInputs> on, NDManager scope) {
    try (NDManager own = scope.newSubManager()) {
      Map<String, LayerInputs> seen = forecast.observe(set.samples(), own);
      return Math.exp(
          forecast.errors(compressor, seen, on).stream()
              .mapToDouble(error -> Math.log(Math.max(error, 1e-12)))
              .average()
              .orElseThrow());
    }
  }

  private static double diversity(CalibrationSet set) {
    int[] tokens =
        set.samples().stream().flatMapToInt(sample -> IntStream.of(sample.tokens())).toArray();
    return (double) IntStream.of(tokens).distinct().count() / tokens.length;
  }

  private static double covered(CalibrationSet set, List<int[]> tasks) {
    Set<Integer> wanted = new HashSet<>();
    tasks.forEach(window -> IntStream.of(window).forEach(wanted::add));
    Set<Integer> has = new HashSet<>();
    set.samples().forEach(sample -> IntStream.of(sample.tokens()).forEach(has::add));
    return (double) wanted.stream().filter(has::contains).count() / wanted.size();
  }

  /**
   * The verdict. The user's set is called better or worse than a random draw only if it lies
   * outside the interval in which a further draw would lie. The interval comes from Student's t,
   * for errors and distances on their logarithms.
   */
  static Finding finding(List<Line> lines, Explain samples) {
    Line yours = lines.get(0);
    Line acdm = lines.get(lines.size() - 1);
    List<Line> random = random(lines);
    double[] interval = interval(random, Line::layerError);
    String same =
        String.format(
            Locale.ROOT,
            "no different from a random draw, as far as %d draws can tell",
            random.size());
    String against =
        placed(
            yours.layerError(),
            interval,
            "better than a random draw",
            same,
            "worse than a random draw");
    String verdict =
        String.format(
            Locale.ROOT,
            "Your file is %s: the predicted error of layers on the tasks is %.4f; 95 of 100 random"
                + " draws have %.4f to %.4f, and ACDM's choice has %.4f.",
            against,
            yours.layerError(),
            interval[0],
            interval[1],
            acdm.layerError());
    verdict +=
        compared(
                lines,
                Line::distance,
                interval(random, Line::distance),
                "It is nearer to the tasks than",
                "It is as near to the tasks as",
                "It is farther from the tasks than")
            + compared(
                lines,
                Line::coverage,
                intervalOfShares(random, Line::coverage),
                "It fires fewer outlier channels than",
                "It fires as many outlier channels as",
                "It fires more outlier channels than")
            + compared(
                lines,
                Line::diversity,
                intervalOfShares(random, Line::diversity),
                "It is less diverse than",
                "It is as diverse as",
                "It is more diverse than");
    return new Finding(lines, interval[0], interval[1], verdict, samples, List.of());
  }

  private static String placed(
      double value, double[] interval, String below, String within, String above) {
    return value < interval[0] ? below : value > interval[1] ? above : within;
  }

  /**
   * One sentence on a measure: where the user's set lies relative to the interval of random draws.
   */
  private static String compared(
      List<Line> lines,
      ToDoubleFunction<Line> measure,
      double[] interval,
      String below,
      String within,
      String above) {
    double yours = measure.applyAsDouble(lines.get(0));
    return String.format(
        Locale.ROOT,
        " %s random text (%.3f; %.3f to %.3f; ACDM %.3f).",
        placed(yours, interval, below, within, above),
        yours,
        interval[0],
        interval[1],
        measure.applyAsDouble(lines.get(lines.size() - 1)));
  }

  private static List<Line> random(List<Line> lines) {
    return lines.stream().filter(line -> line.name().startsWith("random")).toList();
  }

  /** The interval of a positive measure, computed on logarithms. */
  private static double[] interval(List<Line> random, ToDoubleFunction<Line> value) {
    double[] logs = further(random, line -> Math.log(Math.max(value.applyAsDouble(line), 1e-12)));
    return new double[] {Math.exp(logs[0]), Math.exp(logs[1])};
  }

  /** The interval of a share, which lies within 0 and 1. */
  private static double[] intervalOfShares(List<Line> random, ToDoubleFunction<Line> value) {
    double[] plain = further(random, value);
    return new double[] {Math.max(0, plain[0]), Math.min(1, plain[1])};
  }

  /** The interval in which a further value lies in 95 of 100 cases, by Student's t. */
  private static double[] further(List<Line> random, ToDoubleFunction<Line> value) {
    double[] values = random.stream().mapToDouble(value).toArray();
    int n = values.length;
    double mean = IntStream.range(0, n).mapToDouble(i -> values[i]).average().orElseThrow();
    double squares =
        IntStream.range(0, n).mapToDouble(i -> (values[i] - mean) * (values[i] - mean)).sum();
    double t = TDistribution.of(n - 1).inverseCumulativeProbability((1 + CONFIDENCE) / 2);
    double half = t * Math.sqrt(squares / (n - 1)) * Math.sqrt(1 + 1.0 / n);
    return new double[] {mean - half, mean + half};
  }
}
