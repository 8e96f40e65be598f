package tare.select;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Greedy maximum coverage. It maximizes f(S) = Σ_e w_e · max_{i ∈ S} g_ie, which is monotone and
 * submodular. Taking the set with the largest gain in each step therefore reaches 1 − 1/e of the
 * optimum (Nemhauser, Wolsey and Fisher 1978).
 *
 * <p>Gains only fall, so an earlier gain is an upper bound and most sets need not be evaluated
 * again (lazy greedy, Minoux 1978; CELF). The result equals that of the plain greedy rule. When no
 * set adds anything, covering starts anew with the remaining sets: from nothing or, with folds,
 * counting elements that fewer than r sets cover.
 *
 * <p>Of equal gains, the set with more elements is taken, then the one that was added first.
 */
public final class GreedyCover {

  private final double[] weights;
  private final boolean folds;
  private final List<Member> members = new ArrayList<>();

  /** A set: its elements, and the degree to which it covers each, 0 to 1. */
  private record Member(int index, int[] elements, float[] grades) {}

  /**
   * A taken set.
   *
   * @param index index of the set, in the order of adding
   * @param gain its contribution to f
   * @param cover the cover that it belongs to, from 0
   */
  public record Step(int index, double gain, int cover) {}

  private record Bound(Member member, double gain) {
    static final Comparator<Bound> BEST_FIRST =
        Comparator.comparingDouble(Bound::gain)
            .thenComparingInt(bound -> bound.member().elements().length)
            .reversed()
            .thenComparingInt(bound -> bound.member().index());
  }

  /**
   * A cover problem without sets.
   *
   * @param weights the value of covering each element
   * @param folds whether cover r counts only elements that fewer than r sets cover so far
   */
  public GreedyCover(double[] weights, boolean folds) {
    this.weights = weights;
    this.folds = folds;
  }

  /** Adds a set that covers its elements completely. */
  public void add(int[] elements) {
    float[] ones = new float[elements.length];
    Arrays.fill(ones, 1);
    add(elements, ones);
  }

  /** Adds a set that covers each element to a degree. */
  public void add(int[] elements, float[] grades) {
    members.add(new Member(members.size(), elements, grades));
  }

  /** Takes sets one after the other, each at most once. */
  public List<Step> choose(int count) {
    return choose(count, List.of());
  }

  /**
   * Continues after some sets were taken.
   *
   * @param before the taken sets, which are not taken again
   */
  public List<Step> choose(int count, List<Integer> before) {
    List<Step> steps = new ArrayList<>();
    float[] covered = new float[weights.length];
    int[] times = new int[weights.length];
    before.forEach(index -> cover(members.get(index), covered, times));
    List<Member> left =
        members.stream().filter(member -> !before.contains(member.index())).toList();
    PriorityQueue<Bound> bounds = bounds(left, covered);
    for (int cover = 0; steps.size() < count && !bounds.isEmpty(); ) {
      Bound stale = bounds.poll();
      Bound fresh = new Bound(stale.member(), gain(stale.member(), covered));
      if (!bounds.isEmpty() && Bound.BEST_FIRST.compare(fresh, bounds.peek()) > 0) {
        bounds.add(fresh);
      } else if (fresh.gain() <= 0 && hasAny(covered)) {
        bounds.add(fresh);
        cover++;
        for (int e = 0; e < covered.length; e++) {
          covered[e] = folds && times[e] > cover ? 1 : 0;
        }
        bounds = bounds(bounds.stream().map(Bound::member).toList(), covered);
      } else {
        cover(fresh.member(), covered, times);
        steps.add(new Step(fresh.member().index(), fresh.gain(), cover));
      }
    }
    return steps;
  }

  private static void cover(Member member, float[] covered, int[] times) {
    for (int e = 0; e < member.elements().length; e++) {
      int element = member.elements()[e];
      covered[element] = Math.max(covered[element], member.grades()[e]);
      times[element]++;
    }
  }

  private PriorityQueue<Bound> bounds(List<Member> of, float[] covered) {
    PriorityQueue<Bound> bounds = new PriorityQueue<>(Bound.BEST_FIRST);
    of.forEach(member -> bounds.add(new Bound(member, gain(member, covered))));
    return bounds;
  }

  private double gain(Member member, float[] covered) {
    double gain = 0;
    for (int e = 0; e < member.elements().length; e++) {
      int element = member.elements()[e];
      gain += weights[element] * Math.max(0, member.grades()[e] - covered[element]);
    }
    return gain;
  }

  private static boolean hasAny(float[] covered) {
    for (float each : covered) {
      if (each > 0) {
        return true;
      }
    }
    return false;
  }
}
