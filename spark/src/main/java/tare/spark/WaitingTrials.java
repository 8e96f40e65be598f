package tare.spark;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import tare.study.Trial;

/**
 * The trials that nobody has begun. It decides which of them an executor takes next.
 *
 * <p>Trials with the same model and calibration set form a group. An executor stays with its group
 * until the group is empty. It then takes the largest group that no other executor has, preferably
 * with the same model and corpus, and at last helps other executors. Within a group the longest
 * trials come first.
 */
final class WaitingTrials {

  private final ToDoubleFunction<Trial> work;
  private final Map<Group, Deque<Trial>> groups = new LinkedHashMap<>();
  private final Map<String, Group> taken = new HashMap<>();
  private final List<Returned> returned = new ArrayList<>();

  /**
   * Trials that share what a worker must load or choose. The set is null for methods without
   * calibration.
   */
  private record Group(String model, Trial.Calibration calibration) {

    static Group of(Trial trial) {
      return new Group(trial.model(), trial.calibration());
    }

    /** How much of an executor's open materials two groups share. */
    int shares(Group other) {
      if (other == null || !model.equals(other.model)) {
        return 0;
      }
      boolean sameCorpus =
          calibration != null
              && other.calibration != null
              && calibration.corpus().equals(other.calibration.corpus());
      return sameCorpus ? 2 : 1;
    }
  }

  private record Returned(Trial trial, String executor) {}

  /**
   * All trials are open.
   *
   * @param work relative duration of each trial
   */
  WaitingTrials(Collection<Trial> trials, ToDoubleFunction<Trial> work) {
    this.work = work;
    trials.stream()
        .sorted(Comparator.comparingDouble(work).reversed())
        .forEach(
            trial -> groups.computeIfAbsent(Group.of(trial), any -> new ArrayDeque<>()).add(trial));
  }

  /** Whether no trial is left. */
  boolean isEmpty() {
    return groups.isEmpty() && returned.isEmpty();
  }

  /**
   * Takes the next trial for an executor.
   *
   * @param executors all executors that could take a trial; a trial that one of them returned waits
   *     for another, and goes back to the same one only if that one is alone and has nothing else
   *     to do
   * @return empty if no trial is left for it
   */
  Optional<Trial> next(String executor, Set<String> executors) {
    taken.keySet().retainAll(executors);
    Optional<Trial> ofOthers = returned(each -> !each.executor().equals(executor));
    if (ofOthers.isPresent()) {
      return ofOthers;
    }
    Group group = group(executor);
    if (group == null) {
      return executors.size() < 2 ? returned(each -> true) : Optional.empty();
    }
    taken.put(executor, group);
    Deque<Trial> trials = groups.get(group);
    Trial longest = trials.remove();
    if (trials.isEmpty()) {
      groups.remove(group);
    }
    return Optional.of(longest);
  }

  /** Puts a trial back for another executor than the one that had it. */
  void putBack(Trial trial, String executor) {
    returned.add(new Returned(trial, executor));
  }

  private Optional<Trial> returned(Predicate<Returned> which) {
    Optional<Returned> found = returned.stream().filter(which).findFirst();
    found.ifPresent(returned::remove);
    return found.map(Returned::trial);
  }

  private Group group(String executor) {
    Group own = taken.get(executor);
    if (own != null && groups.containsKey(own)) {
      return own;
    }
    Set<Group> others = new HashSet<>(taken.values());
    Comparator<Group> larger =
        Comparator.<Group>comparingInt(group -> group.shares(own)).thenComparingDouble(this::left);
    return groups.keySet().stream()
        .filter(group -> !others.contains(group))
        .max(larger)
        .or(() -> groups.keySet().stream().max(Comparator.comparingDouble(this::left)))
        .orElse(null);
  }

  private double left(Group group) {
    return Objects.requireNonNull(groups.get(group)).stream().mapToDouble(work).sum();
  }
}
