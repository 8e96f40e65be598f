package tare.adapt;

import java.util.List;
import java.util.function.IntFunction;

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
