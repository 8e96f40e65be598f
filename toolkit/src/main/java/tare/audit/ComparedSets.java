package tare.audit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tech.tablesaw.api.DoubleColumn;

/**
 * Calibration sets that are compared with each other, in one number: those of one study, model,
 * method, text and budget.
 *
 * @param study name of the study
 * @param model name of the model
 * @param points the sets
 */
record ComparedSets(String study, String model, List<Point> points) {

  /** The number for which sets of different budgets are compared. */
  static final String OF_BUDGETS = "tokens per width";

  /** Sets of a group, at least. */
  private static final int LEAST = 4;

  private static final int DRAWS = 200;

  /** A number of one set, and the logarithm of its score. */
  record Point(String set, double number, double score) {}

  boolean compares() {
    return points.size() >= LEAST && varies();
  }

  boolean varies() {
    return points.stream().mapToDouble(Point::number).distinct().count() > 1
        && points.stream().mapToDouble(Point::score).distinct().count() > 1;
  }

  /** Spearman's rank correlation of number and score. */
  double correlation() {
    DoubleColumn numbers =
        DoubleColumn.create("number", points.stream().mapToDouble(Point::number).toArray());
    DoubleColumn scores =
        DoubleColumn.create("score", points.stream().mapToDouble(Point::score).toArray());
    return numbers.spearmans(scores);
  }

  /** The points around their means. */
  List<Point> centred() {
    double x = points.stream().mapToDouble(Point::number).average().orElseThrow();
    double y = points.stream().mapToDouble(Point::score).average().orElseThrow();
    return points.stream()
        .map(point -> new Point(point.set(), point.number() - x, point.score() - y))
        .toList();
  }

  /** The groups of all other studies, without the sets that this study has too. */
  static List<ComparedSets> others(String study, List<ComparedSets> groups) {
    Set<String> own =
        groups.stream()
            .filter(each -> each.study().equals(study))
            .flatMap(each -> each.points().stream())
            .map(Point::set)
            .collect(Collectors.toSet());
    return groups.stream()
        .filter(each -> !each.study().equals(study))
        .map(
            each ->
                new ComparedSets(
                    each.study(),
                    each.model(),
                    each.points().stream().filter(point -> !own.contains(point.set())).toList()))
        .filter(ComparedSets::compares)
        .toList();
  }

  /** A trial that two studies recorded counts once, in the study whose name comes first. */
  private static List<RecordedCase> once(List<RecordedCase> cases) {
    Map<List<String>, RecordedCase> once = new LinkedHashMap<>();
    cases.stream()
        .sorted(Comparator.comparing(RecordedCase::study))
        .forEach(
            each ->
                once.putIfAbsent(
                    List.of(each.model(), each.named(), each.task(), each.set()), each));
    return List.copyOf(once.values());
  }

  /**
   * The groups in which a number is known and varies, in order.
   *
   * @param number see {@link SetNumbers}
   * @param cases trials of one method
   */
  static List<ComparedSets> of(String number, List<RecordedCase> cases) {
    Map<List<Object>, List<RecordedCase>> conditions = new HashMap<>();
    for (RecordedCase each : once(cases)) {
      boolean budgets = number.equals(OF_BUDGETS);
      conditions
          .computeIfAbsent(
              List.of(
                  each.study(),
                  each.model(),
                  each.task(),
                  budgets ? 0 : each.samples(),
                  budgets ? 0 : each.tokensPerSample()),
              key -> new ArrayList<>())
          .add(each);
    }
    return conditions.values().stream()
        .map(
            of ->
                new ComparedSets(
                    of.get(0).study(),
                    of.get(0).model(),
                    of.stream()
                        .map(
                            each ->
                                new Point(
                                    each.set(),
                                    scaled(number, each.numbers().byName().get(number)),
                                    each.lnScore()))
                        .filter(point -> Double.isFinite(point.number() + point.score()))
                        .sorted(Comparator.comparing(Point::set))
                        .toList()))
        .filter(ComparedSets::compares)
        .sorted(
            Comparator.comparing(ComparedSets::study)
                .thenComparing(ComparedSets::model)
                .thenComparing(group -> group.points().toString()))
        .toList();
  }

  private static double scaled(String number, double value) {
    return number.equals(OF_BUDGETS) ? Math.log(value) : value;
  }

  /** The rank correlation, averaged over groups by their numbers of sets. */
  static double correlation(List<ComparedSets> groups) {
    double sum = 0;
    double weight = 0;
    for (ComparedSets group : groups) {
      sum += group.points().size() * group.correlation();
      weight += group.points().size();
    }
    return sum / weight;
  }

  /** The slope of the line through the groups' points around their means. */
  static double slope(List<ComparedSets> groups) {
    double xy = 0;
    double xx = 0;
    for (Point point : groups.stream().flatMap(each -> each.centred().stream()).toList()) {
      xy += point.number() * point.score();
      xx += point.number() * point.number();
    }
    return xy / xx;
  }

  /**
   * The 95 % interval of the correlation by a bootstrap: the sets of each model are drawn anew, and
   * with them the points of all its groups.
   *
   * @return its lower and its upper end
   */
  static double[] interval(List<ComparedSets> groups) {
    SplittableRandom random = new SplittableRandom(1);
    Map<String, Set<String>> sets = new TreeMap<>();
    for (ComparedSets group : groups) {
      group
          .points()
          .forEach(
              point ->
                  sets.computeIfAbsent(group.model(), key -> new TreeSet<>()).add(point.set()));
    }
    double[] drawn = new double[DRAWS];
    for (int draw = 0; draw < DRAWS; draw++) {
      Map<String, Map<String, Integer>> counts = new HashMap<>();
      sets.forEach(
          (key, of) -> {
            List<String> names = List.copyOf(of);
            Map<String, Integer> count = new HashMap<>();
            names.forEach(
                unused -> count.merge(names.get(random.nextInt(names.size())), 1, Integer::sum));
            counts.put(key, count);
          });
      List<ComparedSets> anew =
          groups.stream()
              .map(group -> anew(group, counts.get(group.model())))
              .filter(ComparedSets::varies)
              .toList();
      drawn[draw] = anew.isEmpty() ? 0 : correlation(anew);
    }
    Arrays.sort(drawn);
    return new double[] {drawn[DRAWS / 40], drawn[DRAWS - 1 - DRAWS / 40]};
  }

  private static ComparedSets anew(ComparedSets group, Map<String, Integer> counts) {
    return new ComparedSets(
        group.study(),
        group.model(),
        group.points().stream()
            .flatMap(
                point -> Stream.generate(() -> point).limit(counts.getOrDefault(point.set(), 0)))
            .toList());
  }
}
