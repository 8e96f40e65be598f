package tare.select;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.Document;
import tare.data.Sample;

/**
 * A chosen set with the reasons for its samples.
 *
 * @param set the set
 * @param picks one for each sample, in order; empty if the selector gives no reasons
 * @param notes remarks that a reader must know, for instance that a centroid is uncertain
 */
public record Selection(CalibrationSet set, List<Pick> picks, List<String> notes) {

  /** Copies the lists. */
  public Selection {
    picks = List.copyOf(picks);
    notes = List.copyOf(notes);
  }

  /**
   * Chooses with any selector, and keeps its reasons if it gives any. The name of the set consists
   * of the selector and the number of the set. In a {@link Mixture}, the selector chooses in each
   * part by itself, with the same seed.
   *
   * @throws IllegalArgumentException as {@link Selector#select} does, or if the selector gives
   *     another number of samples than the budget asks for
   */
  public static Selection by(Selector selector, Corpus pool, Budget budget, Surroundings given) {
    Selection chosen =
        pool instanceof Mixture mixture
            ? mixed(selector, mixture, budget, given)
            : chosen(selector, pool, budget, given);
    String name = String.format(Locale.ROOT, "%s, set=%d", chosen.set().selector(), given.set());
    return new Selection(
        new CalibrationSet(name, budget, chosen.set().samples()), chosen.picks(), chosen.notes());
  }

  private static Selection chosen(
      Selector selector, Corpus pool, Budget budget, Surroundings given) {
    Selection chosen =
        selector instanceof ExplainedSelector explained
            ? explained.choose(pool, budget, given)
            : new Selection(selector.select(pool, budget, given), List.of(), List.of());
    int samples = chosen.set().samples().size();
    if (samples != budget.samples()) {
      throw tooFew(selector.label(), samples, budget, pool.name());
    }
    if (chosen.set().isWeighted() || isCounted(pool)) {
      return chosen;
    }
    List<String> notes = new ArrayList<>(chosen.notes());
    notes.add(
        "every token of the set counts, though parts of the corpus do not: %s writes its own text"
            .formatted(selector.label()));
    return new Selection(chosen.set(), chosen.picks(), notes);
  }

  static IllegalArgumentException tooFew(
      String selector, int samples, Budget budget, String corpus) {
    return new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "%s chose %d samples of %d tokens from %s, and the set needs %d. Lower the number of samples or their length, or give a larger corpus.",
            selector,
            samples,
            budget.tokensPerSample(),
            corpus,
            budget.samples()));
  }

  private static boolean isCounted(Corpus pool) {
    try (Stream<Document> documents = pool.documents()) {
      return documents.allMatch(document -> document.marks().uncounted().isEmpty());
    }
  }

  private static Selection mixed(
      Selector selector, Mixture mixture, Budget budget, Surroundings given) {
    List<Integer> counts = mixture.samples(budget.samples());
    long seed = given.random().nextLong();
    List<Sample> samples = new ArrayList<>();
    List<Pick> picks = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    String name = selector.label();
    for (int i = 0; i < counts.size(); i++) {
      Corpus part = mixture.parts().get(i).corpus();
      notes.add(
          String.format(
              Locale.ROOT, "%s: %d of %d samples", part.name(), counts.get(i), budget.samples()));
      if (counts.get(i) == 0) {
        continue;
      }
      Budget share = new Budget(counts.get(i), budget.tokensPerSample());
      Selection chosen = chosen(selector, part, share, given.random(new SplittableRandom(seed)));
      name = chosen.set().selector();
      for (Pick pick : chosen.picks()) {
        picks.add(
            new Pick(
                pick.rank() + samples.size(),
                pick.document(),
                pick.source(),
                pick.reason(),
                pick.score()));
      }
      samples.addAll(chosen.set().samples());
      chosen.notes().forEach(note -> notes.add(part.name() + ": " + note));
    }
    long repeated =
        samples.size()
            - samples.stream().map(sample -> Arrays.toString(sample.tokens())).distinct().count();
    if (repeated > 0) {
      notes.add(repeated + " samples repeat another one: the corpora share text");
    }
    return new Selection(
        new CalibrationSet(name + " of " + mixture.name(), budget, samples), picks, notes);
  }
}
