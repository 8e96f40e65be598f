package tare.select.acdm;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import tare.select.Candidate;
import tare.select.activation.Euclidean;
import tare.select.activation.FittedScaling;
import tare.select.activation.MeanAndDeviation;

/** Describes a set that was chosen for tasks in words, for its reader. */
final class AlignmentNotes {

  private AlignmentNotes() {}

  static List<String> notes(Alignment space, List<SetChoice.Taken> taken, List<Candidate> chosen) {
    List<String> notes = new ArrayList<>();
    for (int task = 0; task < space.centres().size(); task++) {
      notes.addAll(task(space, task, taken));
    }
    notes.addAll(uncertain(space));
    notes.addAll(texts(chosen, space.documents()));
    return notes;
  }

  /**
   * Describes the texts of a set.
   *
   * @param documents mean number of documents in a window of the pool
   */
  static List<String> texts(List<Candidate> chosen, double documents) {
    return List.of(
        String.format(
            Locale.ROOT,
            "documents in a window: %.2f in the set, %.2f in the pool",
            chosen.stream().mapToInt(Candidate::documents).average().orElse(0),
            documents),
        "by corpus: " + bySource(chosen));
  }

  /**
   * Describes a task's picks: their mean relative to the centroid, and their spread relative to the
   * task's.
   */
  private static List<String> task(Alignment space, int task, List<SetChoice.Taken> taken) {
    Alignment.Centre centre = space.centres().get(task);
    List<String> notes = new ArrayList<>();
    List<Integer> own =
        taken.stream().filter(t -> t.task() == task).map(SetChoice.Taken::window).toList();
    if (!own.isEmpty()) {
      FittedScaling.Rows rows = space.scaled(own);
      float[] c = centre.centroid();
      MeanAndDeviation spread = MeanAndDeviation.of(rows, c.length);
      notes.add(
          String.format(
              Locale.ROOT,
              "%s: %d samples, mean distance %.3f, their mean is %.3f from the centroid (%s)%s,"
                  + " effective rank %.1f",
              centre.task(),
              own.size(),
              taken.stream()
                  .filter(t -> t.task() == task)
                  .mapToDouble(SetChoice.Taken::distance)
                  .average()
                  .orElseThrow(),
              Euclidean.distance(spread.mean(), c),
              within(centre.error(), centre.references()),
              Double.isNaN(centre.error())
                  ? ""
                  : String.format(
                      Locale.ROOT,
                      ", their spread is %.2f of the references'",
                      spread.total() / Math.max(centre.dispersion(), 1e-12)),
              InnerProducts.of(rows, c.length).effectiveRank()));
    }
    few(centre.task(), centre.references()).ifPresent(notes::add);
    return notes;
  }

  /** A standard error and the number of windows that it comes from; one window has none. */
  private static String within(double error, int windows) {
    return Double.isNaN(error)
        ? "±unknown with one reference window"
        : String.format(Locale.ROOT, "±%.3f by %d reference windows", error, windows);
  }

  /** Says that a task has few reference windows, if it has. */
  static Optional<String> few(String task, int windows) {
    return windows < References.FEW
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "%s has %d reference windows, fewer than %d",
                task,
                windows,
                References.FEW))
        : Optional.empty();
  }

  private static List<String> uncertain(Alignment space) {
    List<Alignment.Centre> centres = space.centres();
    double least = Double.POSITIVE_INFINITY;
    double error = 0;
    for (int a = 0; a < centres.size(); a++) {
      error =
          Double.isNaN(centres.get(a).error()) ? error : Math.max(error, centres.get(a).error());
      for (int b = 0; b < a; b++) {
        least =
            Math.min(
                least, Euclidean.distance(centres.get(a).centroid(), centres.get(b).centroid()));
      }
    }
    return error > least / 4
        ? List.of(
            String.format(
                Locale.ROOT,
                "centroids are uncertain: a standard error of %.3f against a least distance of %.3f"
                    + " between two of them",
                error,
                least))
        : List.of();
  }

  private static String bySource(List<Candidate> chosen) {
    Map<String, Long> counts =
        chosen.stream()
            .map(each -> each.sample().source())
            .collect(
                Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
    return counts.entrySet().stream()
        .map(each -> each.getKey() + " " + each.getValue())
        .collect(Collectors.joining(", "));
  }
}
