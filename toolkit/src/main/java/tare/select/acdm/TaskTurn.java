package tare.select.acdm;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import tare.select.activation.Euclidean;
import tare.select.activation.FittedScaling;

/** Decides, by one rule, which window a task takes next. */
interface TaskTurn {

  /** Number of windows that herding examines for each window that a task may take. */
  int NEAR = 4;

  /** Number of windows that the task may take. */
  int quota();

  /**
   * The next window; empty if none is left.
   *
   * @param admissible whether a window may be taken
   */
  Optional<Integer> next(IntPredicate admissible);

  /** Tells the rule that this task took a window. */
  default void took(int window) {}

  /**
   * The turns of a task.
   *
   * @param order windows by rising distance
   */
  static TaskTurn of(SetRule rule, Alignment space, int task, int quota, List<Integer> order) {
    return rule == SetRule.HERDING_IN_NEAREST
        ? Herding.of(space, task, quota, order)
        : inOrder(rule, quota, order);
  }

  /** The turns of a rule that takes the nearest or the farthest windows. */
  static TaskTurn inOrder(SetRule rule, int quota, List<Integer> order) {
    List<Integer> sequence = new ArrayList<>(order);
    if (rule == SetRule.FARTHEST) {
      Collections.reverse(sequence);
    }
    return new InOrder(quota, sequence);
  }

  /** The first admissible window of a list. */
  record InOrder(int quota, List<Integer> order) implements TaskTurn {
    @Override
    public Optional<Integer> next(IntPredicate admissible) {
      return order.stream().filter(admissible::test).findFirst();
    }
  }

  /**
   * argmin_i ‖t c − (Σ z + z_i)‖² with t one more than the number of taken windows, which equals
   * ‖z_i‖² − 2 t c·z_i + 2 Σ z·z_i plus a constant.
   */
  record Herding(
      int quota,
      List<Integer> near,
      List<Integer> order,
      InnerProducts gram,
      double[] withCentroid,
      Map<Integer, Integer> places,
      List<Integer> own)
      implements TaskTurn {

    static Herding of(Alignment space, int task, int quota, List<Integer> order) {
      List<Integer> near = order.subList(0, Math.min(order.size(), NEAR * quota));
      float[] c = space.centres().get(task).centroid();
      FittedScaling.Rows rows = space.scaled(near);
      double[] withCentroid =
          IntStream.range(0, near.size())
              .mapToDouble(i -> Euclidean.dot(rows.row().apply(i), c))
              .toArray();
      InnerProducts gram = InnerProducts.of(rows, c.length);
      Map<Integer, Integer> places = new HashMap<>();
      for (int place = 0; place < near.size(); place++) {
        places.put(near.get(place), place);
      }
      return new Herding(quota, near, order, gram, withCentroid, places, new ArrayList<>());
    }

    @Override
    public Optional<Integer> next(IntPredicate admissible) {
      Optional<Integer> best =
          near.stream()
              .filter(admissible::test)
              .min(Comparator.comparingDouble(i -> objective(places.get(i))));
      return best.isPresent() ? best : order.stream().filter(admissible::test).findFirst();
    }

    private double objective(int place) {
      double sum = gram.values()[place][place];
      sum -= 2 * (own.size() + 1) * withCentroid[place];
      for (int window : own) {
        if (places.containsKey(window)) {
          sum += 2 * gram.values()[place][places.get(window)];
        }
      }
      return sum;
    }

    @Override
    public void took(int window) {
      own.add(window);
    }
  }
}
