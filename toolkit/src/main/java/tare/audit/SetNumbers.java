package tare.audit;

import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tare.data.CalibrationSet;
import tare.data.Sample;

/**
 * Numbers of a calibration set that can be had before a model is compressed with it.
 *
 * @param tokensPerWidth tokens of the set, divided by the width of the model
 * @param diversity different tokens, divided by all tokens
 * @param repeats share of the runs of five tokens that stand in the set before
 * @param distance Jensen-Shannon distance of the token frequencies to those of the target text: 0
 *     if they are equal, 1 if no token is shared
 * @param unseen share of the target's tokens that the set has nowhere
 * @param surprise mean of ln perplexity of the uncompressed model over the first samples, in nats
 *     per token. This number and the following need the model: NaN if it did not read the set
 * @param gramDistance relative distance of the Gram matrices of the layers' inputs to those of the
 *     target text, see {@link tare.select.activation.GramSketch#distance}
 * @param effectiveRank number of directions in which the layers' inputs spread, see {@link
 *     tare.select.activation.GramSketch#effectiveRank}
 * @param coverage share, by weight, of the outlier channels of the target text that the set fires
 * @param centroidDistance ACDM's distance: of the mean absolute activations to those of the target
 *     text, in standard deviations of a window
 */
public record SetNumbers(
    double tokensPerWidth,
    double diversity,
    double repeats,
    double distance,
    double unseen,
    double surprise,
    double gramDistance,
    double effectiveRank,
    double coverage,
    double centroidDistance) {

  private static final int RUN = 5;

  /**
   * Counts what needs no model. The other numbers are NaN.
   *
   * @param target tokens of the text on which the compressed model will be scored, of its training
   *     side; not empty
   * @param width inputs of the model's first linear layers
   */
  public static SetNumbers of(CalibrationSet set, List<int[]> target, int width) {
    int[] tokens = all(set.samples().stream().map(Sample::tokens));
    Map<Integer, Double> ours = frequencies(tokens);
    Map<Integer, Double> theirs = frequencies(all(target.stream()));
    return new SetNumbers(
        (double) tokens.length / width,
        (double) ours.size() / tokens.length,
        repeats(set),
        distance(ours, theirs),
        theirs.entrySet().stream()
            .filter(token -> !ours.containsKey(token.getKey()))
            .mapToDouble(Map.Entry::getValue)
            .sum(),
        Double.NaN,
        Double.NaN,
        Double.NaN,
        Double.NaN,
        Double.NaN);
  }

  /** Returns a copy with what the model says of the set. */
  SetNumbers read(SetActivations.Measured measured) {
    return new SetNumbers(
        tokensPerWidth,
        diversity,
        repeats,
        distance,
        unseen,
        measured.surprise(),
        measured.gram(),
        measured.rank(),
        measured.coverage(),
        measured.centroid());
  }

  /** The numbers by their names, in the order of the components. */
  Map<String, Double> byName() {
    Map<String, Double> numbers = new LinkedHashMap<>();
    numbers.put("tokens per width", tokensPerWidth);
    numbers.put("diversity", diversity);
    numbers.put("repeats", repeats);
    numbers.put("distance", distance);
    numbers.put("unseen", unseen);
    numbers.put("surprise", surprise);
    numbers.put("Gram distance", gramDistance);
    numbers.put("effective rank", effectiveRank);
    numbers.put("outlier coverage", coverage);
    numbers.put("ACDM's distance", centroidDistance);
    return numbers;
  }

  private static int[] all(Stream<int[]> texts) {
    return texts.flatMapToInt(IntStream::of).toArray();
  }

  private static Map<Integer, Double> frequencies(int[] tokens) {
    Map<Integer, Double> shares = new LinkedHashMap<>();
    for (int token : tokens) {
      shares.merge(token, 1.0 / tokens.length, Double::sum);
    }
    return shares;
  }

  private static double repeats(CalibrationSet set) {
    Set<List<Integer>> seen = new HashSet<>();
    int runs = 0;
    int repeated = 0;
    for (Sample sample : set.samples()) {
      for (int from = 0; from + RUN <= sample.tokens().length; from++) {
        runs++;
        List<Integer> run = Arrays.stream(sample.tokens(), from, from + RUN).boxed().toList();
        repeated += seen.add(run) ? 0 : 1;
      }
    }
    return runs == 0 ? 0 : (double) repeated / runs;
  }

  /** The root of the Jensen-Shannon divergence to the base 2. */
  private static double distance(Map<Integer, Double> ours, Map<Integer, Double> theirs) {
    Set<Integer> tokens = new HashSet<>(ours.keySet());
    tokens.addAll(theirs.keySet());
    double divergence = 0;
    for (int token : tokens) {
      double p = ours.getOrDefault(token, 0.0);
      double q = theirs.getOrDefault(token, 0.0);
      divergence += half(p, (p + q) / 2) + half(q, (p + q) / 2);
    }
    return Math.sqrt(Math.max(0, divergence));
  }

  private static double half(double p, double mean) {
    return p == 0 ? 0 : p * Math.log(p / mean) / Math.log(2) / 2;
  }
}
