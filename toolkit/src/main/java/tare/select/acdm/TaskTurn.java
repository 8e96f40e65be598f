package tare.select.acdm;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.IntPredicate;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import tare.select.activation.Distance;
import tare.select.activation.FittedScaling;
import tare.select.activation.KMeans;

/** Which window one task takes next, by one rule. */
interface TaskTurn {

  /** Windows that the rules on near ones look at, for each that a task may take. */
  int NEAR = 4;

  /** λ of maximal marginal relevance. */
  double RELEVANCE = 0.3;

  /** How many windows the task may take. */
  int quota();

  /**
   * The next window; nothing if none is left in view.
   *
   * @param admissible whether a window may be taken
   * @param chosen the windows that any task has taken
   */
  Optional<Integer> next(IntPredicate admissible, List<Integer> chosen);

  /** Tells that a window was taken by this task. */
  default void took(int window) {}

  /**
   * The turns of a task.
   *
   * @param order windows by rising distance
   */
  static TaskTurn of(SetRule rule, Alignment space, int task, int quota, List<Integer> order) {
    List<Integer> near = order.subList(0, Math.min(order.size(), NEAR * quota));
    return switch (rule) {
      case HERDING -> Herding.of(space, task, quota, order, order);
      case HERDING_IN_NEAREST -> Herding.of(space, task, quota, near, order);
      case K_MEANS_IN_NEAREST -> new InOrder(quota, clustered(space, quota, near, order));
      default -> of(rule, space, i -> space.distance(i, task), quota, order);
    };
  }

  /** The turns by a score: nearest, or nearest with relevance. */
  static TaskTurn of(
      SetRule rule, Alignment space, IntToDoubleFunction score, int quota, List<Integer> order) {
    return switch (rule) {
      case NEAREST_MMR -> Relevant.of(space, score, quota, order);
      case FARTHEST -> {
        List<Integer> farthestFirst = new ArrayList<>(order);
        Collections.reverse(farthestFirst);
        yield new InOrder(quota, farthestFirst);
      }
      default -> new InOrder(quota, order);
    };
  }

  /** The first admissible window of a list. */
  record InOrder(int quota, List<Integer> order) implements TaskTurn {
    @Override
    public Optional<Integer> next(IntPredicate admissible, List<Integer> chosen) {
      return order.stream().filter(admissible::test).findFirst();
    }
  }

  /** Places of windows in a Gram matrix. */
  private static Map<Integer, Integer> places(List<Integer> windows) {
    Map<Integer, Integer> places = new HashMap<>();
    for (int place = 0; place < windows.size(); place++) {
      places.put(windows.get(place), place);
    }
    return places;
  }

  /** The least score − λ · distance to the nearest chosen window. */
  record Relevant(
      int quota,
      List<Integer> order,
      IntToDoubleFunction score,
      InnerProducts gram,
      Map<Integer, Integer> places)
      implements TaskTurn {

    static Relevant of(Alignment space, IntToDoubleFunction score, int quota, List<Integer> order) {
      InnerProducts gram = InnerProducts.of(space.scaled(order), space.scaled(order.get(0)).length);
      return new Relevant(quota, order, score, gram, TaskTurn.places(order));
    }

    @Override
    public Optional<Integer> next(IntPredicate admissible, List<Integer> chosen) {
      return order.stream()
          .filter(admissible::test)
          .min(Comparator.comparingDouble(i -> marginal(i, chosen)));
    }

    private double marginal(int window, List<Integer> chosen) {
      double nearest =
          chosen.stream()
              .filter(places::containsKey)
              .mapToDouble(j -> gram.distance(places.get(window), places.get(j)))
              .min()
              .orElse(0);
      return score.applyAsDouble(window) - RELEVANCE * nearest;
    }
  }

  /**
   * argmin_i ‖t c − (Σ z + z_i)‖², t one more than what is taken: ‖z_i‖² − 2 t c·z_i + 2 Σ z·z_i
   * and a constant. Of several centroids, c is the mean.
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

    static Herding of(
        Alignment space, int task, int quota, List<Integer> near, List<Integer> order) {
      float[] c = Centroid.MEAN.of(space.centres().get(task).centroids()).get(0);
      FittedScaling.Rows rows = space.scaled(near);
      double[] withCentroid =
          IntStream.range(0, near.size())
              .mapToDouble(i -> Distance.dot(rows.row().apply(i), c))
              .toArray();
      InnerProducts gram = InnerProducts.of(rows, c.length);
      return new Herding(
          quota, near, order, gram, withCentroid, TaskTurn.places(near), new ArrayList<>());
    }

    @Override
    public Optional<Integer> next(IntPredicate admissible, List<Integer> chosen) {
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

  /** First the window nearest to the centre of each cluster, then the second of each, ... */
  private static List<Integer> clustered(
      Alignment space, int quota, List<Integer> near, List<Integer> order) {
    List<float[]> z = near.stream().map(space::scaled).toList();
    KMeans clusters = KMeans.of(z, Math.min(quota, z.size()), 10, new SplittableRandom(1));
    Map<Integer, List<Integer>> members = new HashMap<>();
    IntStream.range(0, z.size())
        .boxed()
        .sorted(
            Comparator.comparingDouble(
                i -> Distance.squared(z.get(i), clusters.centres().get(clusters.assignment()[i]))))
        .forEach(
            i ->
                members
                    .computeIfAbsent(clusters.assignment()[i], c -> new ArrayList<>())
                    .add(near.get(i)));
    List<List<Integer>> largestFirst =
        members.values().stream().sorted(Comparator.comparingInt(each -> -each.size())).toList();
    List<Integer> sequence = new ArrayList<>();
    for (int depth = 0; sequence.size() < near.size(); depth++) {
      for (List<Integer> cluster : largestFirst) {
        if (depth < cluster.size()) {
          sequence.add(cluster.get(depth));
        }
      }
    }
    order.stream().filter(each -> !near.contains(each)).forEach(sequence::add);
    return sequence;
  }
}
