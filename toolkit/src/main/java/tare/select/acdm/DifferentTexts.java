package tare.select.acdm;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tare.select.Candidate;

/** The windows that a set has taken so far, which keep it from taking the same text twice. */
final class DifferentTexts {

  private final Diversity diversity;
  private final Set<Integer> taken = new HashSet<>();
  private final Set<String> documents = new HashSet<>();
  private final List<Set<Long>> grams = new ArrayList<>();

  /** No window is taken yet. */
  DifferentTexts(Diversity diversity) {
    this.diversity = diversity;
  }

  /** Whether a window differs enough from all that are taken. */
  boolean admit(Candidate candidate) {
    if (taken.contains(candidate.index())
        || (diversity.oneWindowPerDocument() && documents.contains(document(candidate)))) {
      return false;
    }
    if (diversity.mostOverlap() == 1) {
      return true;
    }
    Set<Long> own = Diversity.grams(candidate.sample().tokens());
    return grams.stream().allMatch(each -> Diversity.jaccard(own, each) <= diversity.mostOverlap());
  }

  /** Takes a window. */
  void take(Candidate candidate) {
    taken.add(candidate.index());
    documents.add(document(candidate));
    grams.add(Diversity.grams(candidate.sample().tokens()));
  }

  /** What to say when no further window is admitted. */
  IllegalArgumentException tooFew(int windows, int samples) {
    return new IllegalArgumentException(
        String.format(
            Locale.ROOT,
            "Of the %d windows of the pool only %d differ enough (%s), but the set needs %d. Make the pool larger, or allow more overlap.",
            windows,
            taken.size(),
            diversity,
            samples));
  }

  private static String document(Candidate candidate) {
    return candidate.sample().source() + "\n" + candidate.sample().document();
  }
}
