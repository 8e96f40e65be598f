package tare.select.acdm;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import tare.select.Candidate;
import tare.select.Mixture;

/**
 * Builds a set from the distances of an {@link Alignment}. Only windows near a task are examined;
 * if too many of them are too similar, more windows are added.
 */
final class SetChoice {

  /** Number of windows around each task that are examined at first, for each wanted sample. */
  private static final int VIEW = 4;

  private final Alignment space;
  private final Rules rules;
  private final Map<Integer, Candidate> view;
  private final int reach;
  private final List<Taken> taken = new ArrayList<>();
  private final DifferentTexts texts;

  /**
   * A chosen window.
   *
   * @param window its number in the pool
   * @param task the task that took it, or -1
   * @param reason why it was taken, in words
   * @param distance distance to that task, or the compared score
   */
  record Taken(int window, int task, String reason, double distance) {}

  /**
   * How a set is built.
   *
   * @param sharing how tasks share the set
   * @param rule how the set is built from distances
   * @param diversity how repeated text is avoided
   * @param share share of the set that is chosen by distance; the rest is drawn uniformly from the
   *     pool
   * @param tasks the share of each task in the part that is chosen by distance, with sum 1
   */
  record Rules(
      TaskSharing sharing, SetRule rule, Diversity diversity, double share, List<Double> tasks) {

    /** The rules of a selector. */
    static Rules of(Acdm acdm) {
      return new Rules(
          acdm.sharing(),
          acdm.rule(),
          Diversity.of(acdm.pool()),
          acdm.share(),
          acdm.references().shares());
    }
  }

  private SetChoice(Alignment space, Rules rules, int reach) {
    this.space = space;
    this.rules = rules;
    this.reach = reach;
    texts = new DifferentTexts(rules.diversity());
    view = view(space, rules, reach);
  }

  /**
   * Chooses windows.
   *
   * @throws IllegalArgumentException if the pool does not hold enough different windows
   */
  static List<Taken> of(Alignment space, Rules rules, int samples) {
    int byDistance = (int) Math.max(1, Math.round(rules.share() * samples));
    int reach = rules.rule() == SetRule.FARTHEST ? space.windows() : VIEW * samples;
    while (true) {
      reach = Math.min(reach, space.windows());
      SetChoice choice = new SetChoice(space, rules, reach);
      boolean full =
          rules.sharing() == TaskSharing.QUOTA
              ? choice.byQuota(byDistance)
              : choice.byScore(byDistance);
      if (full && choice.fill(samples)) {
        return choice.taken;
      }
      if (reach == space.windows()) {
        throw choice.texts.tooFew(space.windows(), samples);
      }
      reach *= 2;
    }
  }

  private static Map<Integer, Candidate> view(Alignment space, Rules rules, int reach) {
    Set<Integer> near = new TreeSet<>();
    if (reach == space.windows()) {
      IntStream.range(0, reach).forEach(near::add);
    } else if (rules.sharing() == TaskSharing.QUOTA) {
      for (int task = 0; task < space.tasks().size(); task++) {
        int t = task;
        near.addAll(nearest(space, i -> space.distance(i, t), reach));
      }
    } else {
      near.addAll(nearest(space, i -> score(space, rules, i), reach));
    }
    Map<Integer, Candidate> view = new HashMap<>();
    space.candidates().pick(List.copyOf(near)).forEach(each -> view.put(each.index(), each));
    return view;
  }

  private static List<Integer> nearest(Alignment space, IntToDoubleFunction by, int count) {
    return IntStream.range(0, space.windows())
        .boxed()
        .sorted(Comparator.comparingDouble(by::applyAsDouble))
        .limit(count)
        .toList();
  }

  /** Root mean squared distance to the tasks, by their shares. */
  private static double score(Alignment space, Rules rules, int window) {
    double sum = 0;
    for (int task = 0; task < space.tasks().size(); task++) {
      double distance = space.distance(window, task);
      sum += rules.tasks().get(task) * distance * distance;
    }
    return Math.sqrt(sum);
  }

  /** The nearest windows by rising score. Ties are broken by document. */
  private List<Integer> order(IntToDoubleFunction score) {
    return view.keySet().stream()
        .sorted(
            Comparator.<Integer>comparingDouble(score::applyAsDouble)
                .thenComparing(i -> view.get(i).sample().document())
                .thenComparing(i -> view.get(i).sample().source())
                .thenComparing(i -> i))
        .limit(reach)
        .toList();
  }

  /**
   * In rounds, each task takes one window. The task whose picks are farthest so far comes first.
   */
  private boolean byQuota(int samples) {
    int tasks = space.tasks().size();
    List<Integer> quotas = Mixture.samples(rules.tasks(), samples);
    List<TaskTurn> turns = new ArrayList<>();
    for (int task = 0; task < tasks; task++) {
      int t = task;
      List<Integer> order = quotas.get(t) == 0 ? List.of() : order(i -> space.distance(i, t));
      turns.add(TaskTurn.of(rules.rule(), space, t, quotas.get(t), order));
    }
    double[] sums = new double[tasks];
    int[] counts = new int[tasks];
    while (taken.size() < samples) {
      List<Integer> inTurn =
          IntStream.range(0, tasks)
              .boxed()
              .filter(task -> counts[task] < turns.get(task).quota())
              .sorted(
                  Comparator.comparingDouble(
                      task -> counts[task] == 0 ? 0 : -sums[task] / counts[task]))
              .toList();
      for (int task : inTurn) {
        Optional<Integer> next = turns.get(task).next(this::isAdmissible);
        if (next.isEmpty()) {
          return false;
        }
        double distance = space.distance(next.get(), task);
        turns.get(task).took(next.get());
        sums[task] += distance;
        counts[task]++;
        take(next.get(), task, "near " + space.tasks().get(task), distance);
      }
    }
    return true;
  }

  private boolean byScore(int samples) {
    IntToDoubleFunction score = i -> score(space, rules, i);
    TaskTurn turn = TaskTurn.inOrder(rules.rule(), samples, order(score));
    while (taken.size() < samples) {
      Optional<Integer> next = turn.next(this::isAdmissible);
      if (next.isEmpty()) {
        return false;
      }
      turn.took(next.get());
      take(next.get(), -1, "near all tasks", score.applyAsDouble(next.get()));
    }
    return true;
  }

  /** Chooses the random part. The pool is in random order, so its first free windows are taken. */
  private boolean fill(int samples) {
    if (taken.size() == samples) {
      return true;
    }
    for (Candidate candidate : space.candidates()) {
      view.put(candidate.index(), candidate);
      if (isAdmissible(candidate.index())) {
        take(candidate.index(), -1, "drawn at random", Double.NaN);
      }
      if (taken.size() == samples) {
        return true;
      }
    }
    return false;
  }

  private boolean isAdmissible(int window) {
    return texts.admit(view.get(window));
  }

  private void take(int window, int task, String reason, double distance) {
    taken.add(new Taken(window, task, reason, distance));
    texts.take(view.get(window));
  }
}
