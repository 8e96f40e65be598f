package tare.adapt;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * Successive halving: all candidates are scored after few blocks, the worse half is dropped, and
 * the others go on to more blocks.
 *
 * @param scores compresses and scores
 * @param dropped told the name of a candidate that is dropped
 * @param time forecasts the rest
 */
record Halving(Adaptation plan, RoundScores scores, Consumer<String> dropped, TimeLeft time) {

  /** Scores the candidates of a round, here or on the workers of a cluster. */
  @FunctionalInterface
  interface RoundScores {

    /**
     * The scores, in the order of the candidates.
     *
     * @param blocks number of compressed blocks
     * @param stage what the display of progress says of a candidate, by its place
     */
    List<Scored> of(List<Contender> contenders, int blocks, IntFunction<String> stage);
  }

  /** All rounds, from the first blocks to the whole model. */
  List<Round> rounds(List<Contender> contenders) {
    List<Contender> left = new ArrayList<>(contenders);
    Set<String> random = new HashSet<>(plan.drawNames());
    List<Integer> depths =
        plan.contest().depths(plan.model().config().blocks(), left.size() - random.size());
    List<Round> done = new ArrayList<>();
    for (int number = 0; number < depths.size(); number++) {
      int round = number;
      List<Contender> going = List.copyOf(left);
      List<Scored> scored =
          scores.of(
              going,
              depths.get(number),
              i ->
                  String.format(
                      Locale.ROOT,
                      "round %d of %d: %s, candidate %d of %d%s",
                      round + 1,
                      depths.size(),
                      going.get(i).name(),
                      i + 1,
                      going.size(),
                      left(depths, round, going.size(), i)));
      boolean keepsAll = plan.contest().keepsAll() || number == depths.size() - 1;
      Round after =
          keepsAll
              ? Round.ofAll(scored, plan.purpose().weights())
              : Round.of(scored, random, plan.purpose().weights());
      done.add(after);
      for (Contender each : left) {
        if (!after.goOn().contains(each.name())) {
          dropped.accept(each.name());
        }
      }
      left.removeIf(each -> !after.goOn().contains(each.name()));
    }
    return done;
  }

  /** The time left before the next candidate of a round. */
  private String left(List<Integer> depths, int round, int candidates, int done) {
    int before = round == 0 ? 0 : depths.get(round - 1);
    double blocks = (double) (candidates - done) * (depths.get(round) - before);
    double scorings = candidates - done;
    for (int later = round + 1; later < depths.size(); later++) {
      int going =
          plan.contest().keepsAll()
              ? candidates
              : later == depths.size() - 1 ? 3 : Math.max(3, (candidates + 1) / 2);
      blocks += (double) going * (depths.get(later) - depths.get(later - 1));
      scorings += going;
    }
    return time.after(blocks + plan.model().config().blocks(), scorings + 1, 4);
  }
}
