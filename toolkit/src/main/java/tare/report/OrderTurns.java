package tare.report;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.commons.statistics.distribution.NormalDistribution;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * Says how often a random draw of text turns the order of two methods, sources or selectors round.
 *
 * <p>Methods and selectors are compared set by set, as they see the same sets or pools. Sources
 * have no set in common: each set of one is compared with each set of the other. A method that
 * needs no calibration has one score, which stands against each set. Perplexities and divergences
 * are compared by their logarithms; one that is not above 0 has none and is left out.
 */
public final class OrderTurns {

  private static final List<String> CONDITION = Conditions.OF_SETS;
  private static final double RISK = 0.05;
  private static final NormalDistribution NORMAL = NormalDistribution.of(0, 1);

  private OrderTurns() {}

  /**
   * Columns: the condition without the compared column, {@code first}, {@code second}, {@code
   * draws}, {@code difference} (mean of first − second), {@code std} (of the difference between two
   * draws), {@code turned} (share of the draws in which the difference has the other sign; no
   * difference counts half), {@code sets} (the number of sets after which the means have the wrong
   * order with a probability of at most 5 %, if the differences are normally distributed; missing
   * if the means are equal). Conditions with fewer than two draws are left out, and pairs that no
   * draw can move, such as two methods without calibration.
   *
   * @param results rows with the columns of {@code results.csv}
   * @param compared {@code method}, {@code corpus} or {@code selector_label}
   */
  public static Table table(Table results, String compared) {
    int place = CONDITION.indexOf(compared);
    if (!List.of("method", "corpus", "selector_label").contains(compared)) {
      throw new IllegalArgumentException(
          "The column must be method, corpus or selector_label; got " + compared);
    }
    Map<List<String>, Map<String, Map<String, Double>>> conditions = conditions(results, place);
    List<String> others = new ArrayList<>(CONDITION);
    others.remove(place);
    Conditions left = Conditions.named(others.toArray(String[]::new));
    StringColumn first = StringColumn.create("first");
    StringColumn second = StringColumn.create("second");
    IntColumn draws = IntColumn.create("draws");
    DoubleColumn[] numbers =
        Stream.of("difference", "std", "turned", "sets")
            .map(Numbers::column)
            .toArray(DoubleColumn[]::new);
    conditions.forEach(
        (condition, values) -> {
          List<String> names = List.copyOf(values.keySet());
          for (int i = 0; i < names.size(); i++) {
            for (int j = i + 1; j < names.size(); j++) {
              double[] differences =
                  differences(
                      values.get(names.get(i)),
                      values.get(names.get(j)),
                      !compared.equals("corpus"));
              if (Arrays.stream(differences).distinct().count() > 1) {
                left.append(condition);
                first.append(names.get(i));
                second.append(names.get(j));
                draws.append(differences.length);
                Numbers.append(numbers, turns(differences));
              }
            }
          }
        });
    return left.table("how often a draw turns the order")
        .addColumns(first, second, draws)
        .addColumns(numbers);
  }

  /**
   * The share of the draws that turn the order, averaged over all other conditions. Columns: {@code
   * pair}, and one for each metric and task.
   *
   * @param turns rows of {@link #table}
   */
  public static Table byTask(Table turns) {
    List<String> pairs = pairs(turns);
    List<String> scores = new ArrayList<>();
    for (int row = 0; row < turns.rowCount(); row++) {
      scores.add(
          turns.stringColumn("metric").get(row) + ", " + turns.stringColumn("task").get(row));
    }
    return Crossed.means(
        Table.create(
            StringColumn.create("pair", pairs),
            StringColumn.create("score", scores),
            turns.doubleColumn("turned").copy().setName("value")),
        "score",
        "pair");
  }

  private static List<String> pairs(Table turns) {
    List<String> pairs = new ArrayList<>();
    for (int row = 0; row < turns.rowCount(); row++) {
      pairs.add(
          turns.stringColumn("first").get(row) + " or " + turns.stringColumn("second").get(row));
    }
    return pairs;
  }

  /**
   * The probability of the wrong order by the number of sets that are averaged. Columns: {@code
   * pair}, {@code sets} (1, 2, 4 … 32), {@code wrong_order}.
   *
   * @param turns rows of {@link #table}, each a line
   */
  public static Table curve(Table turns) {
    StringColumn pair = StringColumn.create("pair");
    IntColumn sets = IntColumn.create("sets");
    DoubleColumn wrong = Numbers.column("wrong_order");
    List<String> pairs = pairs(turns);
    for (int row = 0; row < turns.rowCount(); row++) {
      double effect =
          Math.abs(turns.doubleColumn("difference").get(row)) / turns.doubleColumn("std").get(row);
      for (int count = 1; count <= 32; count *= 2) {
        pair.append(pairs.get(row));
        sets.append(count);
        wrong.append(NORMAL.survivalProbability(effect * Math.sqrt(count)));
      }
    }
    return Table.create("wrong order by number of sets", pair, sets, wrong);
  }

  /** The scores of each condition: by the compared value, then by the set. */
  private static Map<List<String>, Map<String, Map<String, Double>>> conditions(
      Table results, int place) {
    String[] by = Stream.concat(CONDITION.stream(), Stream.of("set")).toArray(String[]::new);
    Map<List<String>, Map<String, Map<String, Double>>> conditions =
        new TreeMap<>(Grouped.inOrder());
    Map<List<String>, Map<String, Double>> uncalibrated = new TreeMap<>(Grouped.inOrder());
    Grouped.values(Grouped.compressedRows(results), by)
        .forEach(
            (key, values) -> {
              List<String> rest = new ArrayList<>(key.subList(0, CONDITION.size()));
              String value = rest.remove(place);
              double score = PairedTests.scaled(key.get(2), Grouped.mean(values));
              if (Double.isNaN(score)) {
                return;
              }
              if (key.get(4).isEmpty()) {
                uncalibrated
                    .computeIfAbsent(rest.subList(0, 3), k -> new TreeMap<>())
                    .put(value, score);
              } else {
                conditions
                    .computeIfAbsent(rest, k -> new TreeMap<>())
                    .computeIfAbsent(value, k -> new TreeMap<>())
                    .put(key.get(CONDITION.size()), score);
              }
            });
    if (place == CONDITION.indexOf("method")) {
      conditions.forEach(
          (rest, values) -> {
            List<String> sets =
                values.values().stream()
                    .flatMap(each -> each.keySet().stream())
                    .distinct()
                    .toList();
            uncalibrated
                .getOrDefault(rest.subList(0, 3), Map.of())
                .forEach(
                    (method, score) -> {
                      Map<String, Double> constant = new TreeMap<>();
                      sets.forEach(set -> constant.put(set, score));
                      values.put(method, constant);
                    });
          });
    }
    return conditions;
  }

  private static double[] differences(
      Map<String, Double> first, Map<String, Double> second, boolean paired) {
    if (paired) {
      return first.keySet().stream()
          .filter(second::containsKey)
          .mapToDouble(set -> first.get(set) - second.get(set))
          .toArray();
    }
    if (first.size() < 2 || second.size() < 2) {
      return new double[0];
    }
    return first.values().stream()
        .flatMapToDouble(one -> second.values().stream().mapToDouble(other -> one - other))
        .toArray();
  }

  /** Mean, standard deviation, share that is turned, and the number of sets. */
  private static double[] turns(double[] differences) {
    double mean = Arrays.stream(differences).average().orElse(Double.NaN);
    double deviation = Grouped.standardDeviation(Arrays.stream(differences).boxed().toList());
    double turned =
        Arrays.stream(differences)
            .map(each -> each * mean < 0 ? 1 : each == 0 || mean == 0 ? 0.5 : 0)
            .average()
            .orElse(Double.NaN);
    double ratio = NORMAL.inverseSurvivalProbability(RISK) * deviation / Math.abs(mean);
    double sets = mean == 0 ? Double.NaN : Math.max(1, Math.ceil(ratio * ratio));
    return new double[] {mean, deviation, turned, sets};
  }
}
