package tare.report;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.Table;

/** Groups the values of a results table by the columns that name a condition. */
public final class Grouped {

  /** Method of the rows that score the uncompressed model. */
  public static final String BASELINE = "none";

  private static final Comparator<String> PART =
      Comparator.<String>comparingInt(part -> isCount(part) ? 0 : 1)
          .thenComparing(part -> isCount(part) ? Long.parseLong(part) : 0)
          .thenComparing(Comparator.naturalOrder());

  private Grouped() {}

  /**
   * The values of each condition, in the order of the rows. Conditions are sorted.
   *
   * @throws IllegalArgumentException if a column is missing
   */
  public static Map<List<String>, List<Double>> values(Table results, String... by) {
    require(results, Stream.concat(Stream.of(by), Stream.of("value")).toList());
    DoubleColumn value = results.doubleColumn("value");
    Map<List<String>, List<Double>> groups = new TreeMap<>(inOrder());
    for (int row = 0; row < results.rowCount(); row++) {
      if (!value.isMissing(row)) {
        int at = row;
        List<String> key = Stream.of(by).map(name -> results.column(name).getString(at)).toList();
        groups.computeIfAbsent(key, k -> new ArrayList<>()).add(value.getDouble(row));
      }
    }
    return groups;
  }

  /**
   * The order of conditions. Parts are compared one by one; numbers are ordered by size and come
   * before text.
   */
  public static Comparator<List<String>> inOrder() {
    return (one, other) -> {
      int parts = Math.min(one.size(), other.size());
      return IntStream.range(0, parts)
          .map(i -> PART.compare(one.get(i), other.get(i)))
          .filter(order -> order != 0)
          .findFirst()
          .orElse(one.size() - other.size());
    };
  }

  private static boolean isCount(String part) {
    return part.matches("\\d{1,18}");
  }

  /** The rows of one task and metric. */
  public static Table scores(Table results, String task, String metric) {
    return results.where(
        results
            .stringColumn("task")
            .isEqualTo(task)
            .and(results.stringColumn("metric").isEqualTo(metric)));
  }

  static Table baselineRows(Table results) {
    require(results, List.of("method"));
    return results.where(results.stringColumn("method").isEqualTo(BASELINE));
  }

  /**
   * The rows of compressed models. If a method occurs with several settings, the settings that
   * differ follow its name, so that different settings are never averaged.
   */
  public static Table compressedRows(Table results) {
    require(results, List.of("method"));
    return ShortNames.methods(results.where(results.stringColumn("method").isNotEqualTo(BASELINE)));
  }

  static double[] array(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).toArray();
  }

  /** The mean of each point of each line of a figure. */
  public static List<Double> means(Collection<? extends Map<?, List<Double>>> lines) {
    return lines.stream().flatMap(points -> points.values().stream()).map(Grouped::mean).toList();
  }

  public static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
  }

  static double geometricMean(List<Double> values) {
    return Math.exp(mean(values.stream().map(Math::log).toList()));
  }

  /** Standard deviation of the sample (divisor n − 1); NaN for fewer than two values. */
  public static double standardDeviation(List<Double> values) {
    double mean = mean(values);
    double squares = values.stream().mapToDouble(v -> (v - mean) * (v - mean)).sum();
    return values.size() < 2 ? Double.NaN : Math.sqrt(squares / (values.size() - 1));
  }

  private static void require(Table results, List<String> columns) {
    String missing =
        columns.stream()
            .filter(name -> !results.containsColumn(name))
            .collect(Collectors.joining(", "));
    if (!missing.isEmpty()) {
      throw new IllegalArgumentException(
          "This table has no column " + missing + ", which every results.csv has.");
    }
  }
}
