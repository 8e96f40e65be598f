package tare.select;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Greedy maximum coverage: f(S) = Σ_e w_e · max_{i ∈ S} g_ie, which is monotone and submodular, so
 * that always taking the set with the largest gain reaches 1 − 1/e of the best (Nemhauser, Wolsey
 * and Fisher 1978). Gains only fall, so a gain computed earlier is an upper bound and most sets
 * need not be looked at again (lazy greedy, Minoux 1978; CELF). The result is exactly that of the
 * plain greedy rule. When no set adds anything, covering starts anew with the sets that are left:
 * from nothing, or, in folds, with what fewer than r sets cover.
 *
 * <p>Ties: the set with more elements, then the one that was added first.
 */
public final class GreedyCover {

  private final double[] weights;
  private final boolean folds;
  private final List<Member> members = new ArrayList<>();

  /** A set: its elements and how far each is covered by it, 0 to 1. */
  private record Member(int index, int[] elements, float[] grades) {}

  /**
   * What was taken.
   *
   * @param index which set, in the order of adding
   * @param gain what it added to f
   * @param cover which cover it belongs to, from 0
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
   * No sets yet.
   *
   * @param weights what covering each element is worth
   * @param folds whether cover r counts only elements that fewer than r sets cover so far
   */
  public GreedyCover(double[] weights, boolean folds) {
    this.weights = weights;
    this.folds = folds;
  }

  /** Adds a set that covers its elements wholly. */
  public void add(int[] elements) {
    float[] ones = new float[elements.length];
    Arrays.fill(ones, 1);
    add(elements, ones);
  }

  /** Adds a set with a grade for each element. */
  public void add(int[] elements, float[] grades) {
    members.add(new Member(members.size(), elements, grades));
  }

  /** Takes sets one after the other; never the same twice. */
  public List<Step> choose(int count) {
    return choose(count, List.of());
  }

  /**
   * Goes on after some sets were taken.
   *
   * @param before what was taken already, which is not taken again
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
