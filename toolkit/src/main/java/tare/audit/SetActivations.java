package tare.audit;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import tare.data.CalibrationSet;
import tare.data.Sample;
import tare.select.Passage;
import tare.select.Surroundings;
import tare.select.activation.ActivationStatistics;
import tare.select.activation.Euclidean;
import tare.select.activation.FittedScaling;
import tare.select.activation.GramSketch;
import tare.select.activation.MeanAndDeviation;
import tare.select.activation.Moment;
import tare.select.activation.Observation;
import tare.select.activation.OutlierChannels;
import tare.select.activation.StatisticScaling;

/**
 * Compares what the layers of a model receive of a calibration set with what they receive of texts.
 * Each window runs through the model once, and its statistics are kept in the cache. The caller
 * closes it.
 *
 * <p>Of a set, the first samples count, of 4,096 tokens at most, and the first sample whatever its
 * length. The first token of each window is left out, as in {@link Observation}.
 */
final class SetActivations implements AutoCloseable {

  private static final int READ = 4096;
  private static final Observation OBSERVED = new Observation();
  private static final EnumSet<Moment> OF_TEXTS =
      EnumSet.complementOf(EnumSet.of(Moment.MEAN, Moment.SURPRISE));
  private static final EnumSet<Moment> OF_SETS = EnumSet.complementOf(EnumSet.of(Moment.MEAN));

  /**
   * Numbers of a set and a text.
   *
   * @param surprise mean ln perplexity of the model over the samples, in nats per token
   * @param gram distance of the set's Gram matrices to the text's, {@link GramSketch#distance}
   * @param rank effective rank of the set's Gram matrices, {@link GramSketch#effectiveRank}
   * @param coverage share, by weight, of the text's outlier channels that the set fires, see {@link
   *     tare.select.activation.OutlierCoverage}
   * @param centroid distance of the set's mean E|x| to the text's, as ACDM measures it, with
   *     z-scores over the windows of all texts
   */
  record Measured(double surprise, double gram, double rank, double coverage, double centroid) {}

  /** What the layers receive of a text. */
  private record Text(float[] gram, float[] centroid, OutlierChannels outliers) {}

  private final ActivationStatistics statistics;
  private final GramSketch sketch;
  private final FittedScaling scale;
  private final Map<String, Text> texts = new TreeMap<>();

  private SetActivations(Map<String, List<int[]>> targets, Surroundings given) {
    statistics = new ActivationStatistics(OBSERVED, OF_SETS, given);
    sketch = GramSketch.of(given.model().get(), OBSERVED);
    try (ActivationStatistics of = new ActivationStatistics(OBSERVED, OF_TEXTS, given)) {
      Map<String, List<Integer>> windows = new LinkedHashMap<>();
      targets.forEach(
          (text, tokens) -> windows.put(text, run(tokens.stream().map(Passage::new).toList(), of)));
      scale =
          FittedScaling.fit(
              StatisticScaling.Z_SCORE,
              of.layout(),
              new FittedScaling.Rows(of.size(), i -> of.of(Moment.MEAN_ABS, i)));
      windows.forEach((text, own) -> texts.put(text, text(own, of)));
    }
  }

  private Text text(List<Integer> windows, ActivationStatistics of) {
    return new Text(
        mean(windows, i -> sketch.of(of, i)),
        mean(windows, i -> scale.of(of.of(Moment.MEAN_ABS, i))),
        OutlierChannels.of(
            new FittedScaling.Rows(windows.size(), i -> of.of(Moment.MAX_ABS, windows.get(i))),
            of.layout(),
            sketch.gain()));
  }

  /**
   * Runs texts through the model.
   *
   * @param targets windows of equal length, by the name of the text; at least two of each
   * @param given the model in float32, and the cache
   */
  static SetActivations of(Map<String, List<int[]>> targets, Surroundings given) {
    return new SetActivations(targets, given);
  }

  /**
   * Compares a set with each text.
   *
   * @param set samples of equal length
   * @throws IllegalArgumentException if none of the first samples has a counted token
   */
  Map<String, Measured> of(CalibrationSet set) {
    List<Passage> read = first(set).stream().filter(OBSERVED.counted()::any).toList();
    if (read.isEmpty()) {
      throw new IllegalArgumentException(
          "None of the first samples of the set has a token that counts. Take other samples.");
    }
    List<Integer> windows = run(read, statistics);
    float[] gram = mean(windows, i -> sketch.of(statistics, i));
    float[] centroid = mean(windows, i -> scale.of(statistics.of(Moment.MEAN_ABS, i)));
    float surprise = mean(windows, i -> statistics.of(Moment.SURPRISE, i))[0];
    float[] largest = new float[statistics.layout().size()];
    for (int window : windows) {
      float[] one = statistics.of(Moment.MAX_ABS, window);
      for (int c = 0; c < largest.length; c++) {
        largest[c] = Math.max(largest[c], one[c]);
      }
    }
    double rank = sketch.effectiveRank(gram);
    Map<String, Measured> measured = new TreeMap<>();
    texts.forEach(
        (name, text) ->
            measured.put(
                name,
                new Measured(
                    surprise,
                    sketch.distance(gram, text.gram()),
                    rank,
                    text.outliers().covered(largest).weight(),
                    Euclidean.distance(centroid, text.centroid()))));
    return measured;
  }

  private static List<Passage> first(CalibrationSet set) {
    List<Passage> first = new ArrayList<>();
    int tokens = 0;
    for (Sample sample : set.samples()) {
      tokens += sample.tokens().length;
      if (tokens <= READ || first.isEmpty()) {
        first.add(Passage.of(sample));
      }
    }
    return first;
  }

  private static List<Integer> run(List<Passage> passages, ActivationStatistics statistics) {
    int from = statistics.size();
    statistics.add(passages.iterator(), passages.size());
    return IntStream.range(from, statistics.size()).boxed().toList();
  }

  private static float[] mean(List<Integer> windows, IntFunction<float[]> of) {
    FittedScaling.Rows rows = new FittedScaling.Rows(windows.size(), i -> of.apply(windows.get(i)));
    return MeanAndDeviation.of(rows, of.apply(windows.get(0)).length).mean();
  }

  @Override
  public void close() {
    statistics.close();
  }
}
