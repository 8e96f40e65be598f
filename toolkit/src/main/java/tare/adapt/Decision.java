package tare.adapt;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/**
 * Which set is taken, by the deciding part. A set is taken only if it is better than a random draw
 * beyond chance; otherwise a random draw is taken.
 *
 * @param taken name of the taken candidate
 * @param best name of the best set besides the random draws
 * @param contrasts the sets whose whole models were compared with a random draw, the best first
 * @param spread how much random draws differ
 * @param spreadBlocks number of compressed blocks at which that was measured
 * @param level probability that one interval does not hold its ratio: 0.05 divided by the number of
 *     sets that competed (Bonferroni)
 */
public record Decision(
    String taken,
    String best,
    List<Contrast> contrasts,
    Contrast.Spread spread,
    int spreadBlocks,
    double level) {

  /** Probability that the interval of a whole family misses. */
  static final double LEVEL = 0.05;

  /** Copies the list. */
  public Decision {
    contrasts = List.copyOf(contrasts);
  }

  /**
   * Decides after the last round.
   *
   * @param rounds all rounds, in order
   * @param random names of the random draws
   * @param weights weights of the targets
   */
  static Decision of(List<Round> rounds, Set<String> random, Map<String, Double> weights) {
    Round last = rounds.get(rounds.size() - 1);
    Round spreading =
        rounds.stream()
            .filter(round -> draws(round, random).size() > 1)
            .max(Comparator.comparingInt(Round::blocks))
            .orElseThrow();
    Contrast.Spread spread =
        Contrast.Spread.of(
            draws(spreading, random).stream().map(each -> each.kl(weights)).toList());
    List<Scored> draws = draws(last, random);
    List<Scored> sets =
        last.scored().stream().filter(each -> !random.contains(each.contender())).toList();
    long competed =
        rounds.get(0).scored().stream().filter(each -> !random.contains(each.contender())).count();
    double level = LEVEL / competed;
    List<Contrast> contrasts = new ArrayList<>();
    for (Scored set : sets) {
      contrasts.add(
          Contrast.of(
              set.contender(),
              set.kl(),
              mean(draws, Scored::kl),
              weights,
              spread.ofMeanOf(draws.size()),
              level));
    }
    String best = contrasts.get(0).contender();
    String taken =
        contrasts.get(0).isBetter()
            ? best
            : draws.stream()
                .min(Comparator.comparingDouble(each -> each.kl(weights)))
                .orElseThrow()
                .contender();
    return new Decision(taken, best, contrasts, spread, spreading.blocks(), level);
  }

  /** Whether a set is better than a random draw. */
  public boolean isBetter() {
    return taken.equals(best);
  }

  private static List<Scored> draws(Round round, Set<String> random) {
    return round.scored().stream().filter(each -> random.contains(each.contender())).toList();
  }

  /** The mean over several models, window by window. */
  static <T> Map<String, List<Double>> mean(
      List<T> models, Function<T, Map<String, List<Double>>> windows) {
    Map<String, List<Double>> mean = new LinkedHashMap<>();
    windows
        .apply(models.get(0))
        .forEach(
            (target, values) -> {
              List<Double> means = new ArrayList<>();
              for (int w = 0; w < values.size(); w++) {
                int window = w;
                means.add(
                    models.stream()
                        .mapToDouble(model -> windows.apply(model).get(target).get(window))
                        .average()
                        .orElseThrow());
              }
              mean.put(target, means);
            });
    return mean;
  }
}
