package tare.adapt;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import tare.compress.Method;

/**
 * How candidates compete.
 *
 * @param draws number of random draws, at least 3
 * @param otherSizes numbers of samples of further random draws, which compete as sets do
 * @param rounds rounds in which only the first blocks are compressed, at most; 0 compresses the
 *     whole model with each candidate
 * @param keepsAll whether no candidate is dropped: each is scored after each number of blocks and
 *     as a whole model
 */
public record Contest(int draws, List<Integer> otherSizes, int rounds, boolean keepsAll) {

  /** Five draws of one size, and two rounds before the last. */
  public static final Contest USUAL = new Contest(5, List.of(), 2, false);

  /**
   * The usual contest for a method. If runs of it were recorded, and they do not show that few
   * blocks foretell whole models, the whole model is compressed with each candidate.
   *
   * @param blocks number of blocks of the model
   */
  static Contest usual(Method method, int blocks) {
    return foresight(method, blocks).filter(each -> !each.foretells()).isPresent()
        ? USUAL.rounds(0)
        : USUAL;
  }

  /**
   * What recorded runs of a method say about the order after the rounds that drop sets: of the
   * round that foretells the least.
   */
  static Optional<EarlyOrder.Recorded> foresight(Method method, int blocks) {
    List<CandidateScore> runs = EarlyOrder.recordedScores();
    return Round.doubling(blocks).stream()
        .limit(USUAL.rounds())
        .flatMap(done -> EarlyOrder.recorded(runs, method.label(), (double) done / blocks).stream())
        .min(Comparator.comparingDouble(EarlyOrder.Recorded::low));
  }

  /** Copies the list and checks the numbers. */
  public Contest {
    otherSizes = List.copyOf(otherSizes);
    if (draws < 3) {
      throw new IllegalArgumentException(
          "--draws: the spread of random draws needs 3 or more of them; got " + draws + ".");
    }
    if (rounds < 0) {
      throw new IllegalArgumentException(
          "--rounds: 0 compresses whole models, more halves the field; got " + rounds + ".");
    }
    for (int size : otherSizes) {
      if (size < 1) {
        throw new IllegalArgumentException("A draw needs 1 sample or more; got " + size + ".");
      }
    }
  }

  /** Returns a copy with another number of random draws. */
  public Contest draws(int other) {
    return new Contest(other, otherSizes, rounds, keepsAll);
  }

  /** Returns a copy with at most this many rounds before the last. */
  public Contest rounds(int most) {
    return new Contest(draws, otherSizes, most, keepsAll);
  }

  /** Returns a copy with further random draws of these numbers of samples. */
  public Contest otherSizes(List<Integer> samples) {
    return new Contest(draws, samples, rounds, keepsAll);
  }

  /** Returns a copy that drops no candidate. */
  public Contest keepingAll() {
    return new Contest(draws, otherSizes, rounds, true);
  }

  /**
   * The number of compressed blocks in each round.
   *
   * @param all number of blocks of the model
   * @param sets number of sets besides random draws
   */
  List<Integer> depths(int all, int sets) {
    return keepsAll ? Round.doubling(all) : Round.depths(all, sets, rounds);
  }
}
