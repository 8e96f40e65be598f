package tare.estimate;

import java.util.Collection;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.stream.IntStream;

/** Computes how long several workers take if each takes the longest remaining trial. */
public final class Makespan {

  private Makespan() {}

  /**
   * Longest processing time first (Graham 1969): at most a third above the optimum.
   *
   * @param seconds seconds of each trial
   * @param workers at least 1
   * @return seconds until the last trial is done; 0 without trials
   */
  public static double seconds(Collection<Double> seconds, int workers) {
    if (workers < 1) {
      throw new IllegalArgumentException("workers must be 1 or more; got " + workers);
    }
    PriorityQueue<Double> busyUntil = new PriorityQueue<>();
    IntStream.range(0, workers).forEach(worker -> busyUntil.add(0.0));
    seconds.stream()
        .sorted(Comparator.reverseOrder())
        .forEach(each -> busyUntil.add(busyUntil.remove() + each));
    return busyUntil.stream().mapToDouble(Double::doubleValue).max().orElseThrow();
  }
}
