package tare.adapt;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * One round of successive halving.
 *
 * @param blocks number of compressed blocks
 * @param scored all candidates that took part, the best first
 * @param goOn names of those that take part in the next round; in the last round, those that took
 *     part
 */
public record Round(int blocks, List<Scored> scored, List<String> goOn) {

  /** Sets besides the control whose whole models are compared, at least. */
  private static final int FINALISTS = 2;

  /** Copies the lists. */
  public Round {
    scored = List.copyOf(scored);
    goOn = List.copyOf(goOn);
  }

  /**
   * Drops the worse half of the sets. Two sets stay in any case. Of the random draws only the
   * control goes on, which is not chosen by its score: it has to stand for any random draw. The
   * others have shown how much draws differ.
   *
   * @param scored all candidates of the round
   * @param random names of the random draws
   * @param weights weights of the targets
   */
  static Round of(List<Scored> scored, Set<String> random, Map<String, Double> weights) {
    Round all = ofAll(scored, weights);
    List<String> sets = all.goOn.stream().filter(name -> !random.contains(name)).toList();
    int half = Math.max(FINALISTS, (sets.size() + 1) / 2);
    return new Round(
        all.blocks,
        all.scored,
        Stream.concat(
                sets.stream().limit(half),
                all.goOn.stream().filter(name -> name.equals(Contender.CONTROL)))
            .toList());
  }

  /**
   * Drops none.
   *
   * @param scored all candidates of the round
   * @param weights weights of the targets
   */
  static Round ofAll(List<Scored> scored, Map<String, Double> weights) {
    List<Scored> ordered =
        scored.stream().sorted(Comparator.comparingDouble(each -> each.kl(weights))).toList();
    return new Round(
        scored.get(0).blocks(), ordered, ordered.stream().map(Scored::contender).toList());
  }

  /** The score of a candidate that took part. */
  Scored of(String contender) {
    return scored.stream()
        .filter(each -> each.contender().equals(contender))
        .findFirst()
        .orElseThrow();
  }

  /**
   * The number of compressed blocks in each round: an eighth of the model, then twice as many each
   * time, and at last all of them.
   *
   * @param all number of blocks of the model
   */
  static List<Integer> doubling(int all) {
    List<Integer> depths = new ArrayList<>();
    for (int depth = Math.max(1, all / 8); depth < all; depth *= 2) {
      depths.add(depth);
    }
    depths.add(all);
    return depths;
  }

  /**
   * The first of these numbers, as many rounds before the last as leave two sets, and at last all
   * blocks.
   *
   * @param all number of blocks of the model
   * @param sets number of sets besides random draws
   * @param most rounds before the last, at most; 0 compresses the whole model with each candidate
   */
  static List<Integer> depths(int all, int sets, int most) {
    List<Integer> depths = new ArrayList<>();
    int left = sets;
    for (int depth : doubling(all)) {
      boolean isLast = depths.size() == most || (left <= FINALISTS && !depths.isEmpty());
      if (isLast || depth == all) {
        break;
      }
      depths.add(depth);
      left = Math.max(FINALISTS, (left + 1) / 2);
    }
    depths.add(all);
    return depths;
  }
}
