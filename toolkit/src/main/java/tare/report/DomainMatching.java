package tare.report;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;
import org.apache.commons.statistics.distribution.TDistribution;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.Row;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * Measures the gain from calibrating on text of the evaluated domain, in per cent of perplexity. A
 * corpus joined by {@code +} is the mixture of all domains.
 */
public final class DomainMatching {

  private static final double LEVEL = 0.975;

  private DomainMatching() {}

  /**
   * One row for each method and task, with geometric means over the sets. Columns: {@code method},
   * {@code task}, {@code matched} (by how many per cent the matched sets' perplexity is lower than
   * the mixture's), {@code others} (the same for the sets of other domains), {@code difference} (by
   * how many per cent the matched sets' perplexity is lower than the others'), {@code low} and
   * {@code high}: the difference's 95 % interval by Student's t from the spread of the sets,
   * missing for one set.
   *
   * @param results rows of one model with the columns of {@code results.csv}; only perplexity rows
   *     are used
   * @param domainOf the corpus that matches each task; tasks without one are left out
   * @throws IllegalArgumentException if a task has no matched sets, or there is no mixture
   */
  public static Table table(Table results, Map<String, String> domainOf) {
    Results perplexities = new Results(Grouped.compressedRows(results)).metric("perplexity");
    StringColumn methods = StringColumn.create("method");
    StringColumn tasks = StringColumn.create("task");
    DoubleColumn[] numbers =
        Stream.of("matched", "others", "difference", "low", "high")
            .map(Numbers::column)
            .toArray(DoubleColumn[]::new);
    for (String method : perplexities.methods()) {
      domainOf.forEach(
          (task, domain) -> {
            Map<String, double[]> logs = logs(perplexities.method(method).task(task));
            methods.append(method);
            tasks.append(task);
            Numbers.append(numbers, matched(task, domain, logs));
          });
    }
    return Table.create("what matching is worth, %", methods, tasks).addColumns(numbers);
  }

  /**
   * The effect over all tasks. Columns: {@code method}, {@code mean_difference} (geometric), {@code
   * least}, {@code greatest}, {@code shows} (number of tasks whose interval is above zero).
   *
   * @param matching the table of {@link #table}, or some of its rows
   */
  public static Table overTasks(Table matching) {
    Map<String, List<Row>> rows = new TreeMap<>();
    for (Row row : matching) {
      Row copy = new Row(matching, row.getRowNumber());
      rows.computeIfAbsent(row.getString("method"), method -> new ArrayList<>()).add(copy);
    }
    StringColumn methods = StringColumn.create("method", rows.keySet());
    DoubleColumn[] numbers =
        Stream.of("mean_difference", "least", "greatest")
            .map(Numbers::column)
            .toArray(DoubleColumn[]::new);
    StringColumn shows = StringColumn.create("shows");
    for (List<Row> ofMethod : rows.values()) {
      List<Double> differences =
          ofMethod.stream().map(row -> Double.valueOf(row.getDouble("difference"))).toList();
      Numbers.append(
          numbers,
          lower(Grouped.mean(differences.stream().map(d -> Math.log(1 - d / 100)).toList())),
          Collections.min(differences),
          Collections.max(differences));
      long clear = ofMethod.stream().filter(row -> row.getDouble("low") > 0).count();
      shows.append(clear + " of " + ofMethod.size());
    }
    return Table.create("over all tasks, %", methods).addColumns(numbers).addColumns(shows);
  }

  /**
   * Whether matching is worth more to one method than to another, paired by set: the two methods
   * saw the same calibration sets. One row with the columns {@code first}, {@code second}, {@code
   * sets}, {@code contrast} (mean over the sets of the first method's gain less the second's, in
   * hundredths of ln perplexity; a gain is the mean over the tasks), {@code low} and {@code high}:
   * its 95 % interval by Student's t over the sets, missing for one set.
   *
   * @param results as in {@link #table}
   * @param domainOf as in {@link #table}
   */
  public static Table contrast(
      Table results, Map<String, String> domainOf, String first, String second) {
    Results perplexities = new Results(Grouped.compressedRows(results)).metric("perplexity");
    Results ofFirst = perplexities.method(first).task(domainOf.keySet().toArray(String[]::new));
    Results ofSecond = perplexities.method(second).task(domainOf.keySet().toArray(String[]::new));
    requireSameScores(first, scores(ofFirst), second, scores(ofSecond));
    Map<String, Double> ours = gains(ofFirst, domainOf);
    Map<String, Double> theirs = gains(ofSecond, domainOf);
    double[] apart =
        ours.keySet().stream()
            .mapToDouble(set -> 100 * (ours.get(set) - theirs.get(set)))
            .toArray();
    double half =
        apart.length < 2
            ? Double.NaN
            : quantile(apart.length) * Math.sqrt(variance(apart) / apart.length);
    DoubleColumn[] numbers =
        Stream.of("contrast", "low", "high").map(Numbers::column).toArray(DoubleColumn[]::new);
    Numbers.append(numbers, mean(apart), mean(apart) - half, mean(apart) + half);
    return Table.create(
            "gain of the first less that of the second",
            StringColumn.create("first", first),
            StringColumn.create("second", second),
            IntColumn.create("sets", new int[] {apart.length}))
        .addColumns(numbers);
  }

  /** What was scored, by set: each task with each corpus. */
  private static Map<String, Set<String>> scores(Results ofMethod) {
    Map<String, Set<String>> scores = new TreeMap<>();
    for (Row row : ofMethod.table()) {
      scores
          .computeIfAbsent(row.getObject("set").toString(), unused -> new TreeSet<>())
          .add(row.getString("corpus") + " on " + row.getString("task"));
    }
    return scores;
  }

  private static void requireSameScores(
      String first, Map<String, Set<String>> ours, String second, Map<String, Set<String>> theirs) {
    Set<String> sets = new TreeSet<>(ours.keySet());
    sets.addAll(theirs.keySet());
    for (String set : sets) {
      Set<String> one = new TreeSet<>(ours.getOrDefault(set, Set.of()));
      Set<String> two = new TreeSet<>(theirs.getOrDefault(set, Set.of()));
      Set<String> both = new TreeSet<>(one);
      both.retainAll(two);
      one.removeAll(both);
      two.removeAll(both);
      if (!one.isEmpty() || !two.isEmpty()) {
        throw new IllegalArgumentException(
            "In set %s, only %s has %s: keep the sets whose trials are complete in both."
                .formatted(
                    set,
                    one.isEmpty() ? second : first,
                    String.join(", ", one.isEmpty() ? two : one)));
      }
    }
  }

  /** The gain of a method by matching, as a logarithm, by set: the mean over the tasks. */
  private static Map<String, Double> gains(Results ofMethod, Map<String, String> domainOf) {
    Map<String, List<Double>> gains = new TreeMap<>();
    domainOf.forEach(
        (task, domain) -> {
          Map<String, List<Double>> others = new TreeMap<>();
          Map<String, Double> own = new TreeMap<>();
          for (Row row : ofMethod.task(task).table()) {
            double logarithm = Math.log(row.getDouble("value"));
            String set = row.getObject("set").toString();
            if (row.getString("corpus").equals(domain)) {
              own.put(set, logarithm);
            } else if (!row.getString("corpus").contains("+")) {
              others.computeIfAbsent(set, unused -> new ArrayList<>()).add(logarithm);
            }
          }
          own.keySet().retainAll(others.keySet());
          own.forEach(
              (set, matched) ->
                  gains
                      .computeIfAbsent(set, unused -> new ArrayList<>())
                      .add(Grouped.mean(others.get(set)) - matched));
        });
    Map<String, Double> means = new TreeMap<>();
    gains.forEach((set, ofTasks) -> means.put(set, Grouped.mean(ofTasks)));
    return means;
  }

  /** Logarithms of the scores, by corpus. */
  private static Map<String, double[]> logs(Results scores) {
    Map<String, double[]> logs = new TreeMap<>();
    for (String corpus : scores.each("corpus")) {
      double[] values = scores.corpus(corpus).values().asDoubleArray();
      logs.put(corpus, DoubleStream.of(values).map(Math::log).toArray());
    }
    return logs;
  }

  private static double[] matched(String task, String domain, Map<String, double[]> logs) {
    double[] own = logs.get(domain);
    Collection<double[]> mixture =
        logs.entrySet().stream()
            .filter(each -> each.getKey().contains("+"))
            .map(Map.Entry::getValue)
            .toList();
    if (own == null || mixture.size() != 1) {
      throw new IllegalArgumentException(
          "%s needs sets of %s and of one mixture; there are sets of %s."
              .formatted(task, domain, logs.keySet()));
    }
    List<double[]> rest =
        logs.entrySet().stream()
            .filter(each -> !each.getKey().equals(domain) && !each.getKey().contains("+"))
            .map(Map.Entry::getValue)
            .toList();
    double others = rest.stream().mapToDouble(DomainMatching::mean).average().orElse(Double.NaN);
    double mixed = mean(mixture.iterator().next());
    double apart = mean(own) - others;
    double half = halfWidth(own, rest);
    return new double[] {
      lower(mean(own) - mixed),
      lower(others - mixed),
      lower(apart),
      lower(apart + half),
      lower(apart - half)
    };
  }

  /**
   * Half width of the interval around the difference between the matched mean and the mean of the
   * others'.
   */
  private static double halfWidth(double[] own, List<double[]> rest) {
    if (own.length < 2) {
      return Double.NaN;
    }
    double squared = variance(own) / own.length;
    for (double[] other : rest) {
      squared += variance(other) / other.length / (rest.size() * rest.size());
    }
    return quantile(own.length) * Math.sqrt(squared);
  }

  private static double quantile(int sets) {
    return TDistribution.of(sets - 1).inverseCumulativeProbability(LEVEL);
  }

  /** Converts a difference of logarithms to the per cent by which a perplexity is lower. */
  private static double lower(double logarithm) {
    return 100 * (1 - Math.exp(logarithm));
  }

  private static double mean(double[] values) {
    return DoubleStream.of(values).average().orElse(Double.NaN);
  }

  private static double variance(double[] values) {
    double mean = mean(values);
    double squares = DoubleStream.of(values).map(v -> (v - mean) * (v - mean)).sum();
    return squares / (values.length - 1);
  }
}
