package tare.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** Puts scores side by side: one row for each condition, one column for each value of a column. */
public final class Crossed {

  private Crossed() {}

  /**
   * The mean score of each condition and value.
   *
   * @param results rows with a column {@code value}
   * @param across the column whose values become columns, for instance {@code task}
   * @param by the columns that name a condition; rows are sorted by them
   */
  public static Table means(Table results, String across, String... by) {
    Map<List<String>, Map<String, List<Double>>> cells = cells(results, across, by);
    Table table = conditions(cells, by);
    for (String name : names(results, across)) {
      double[] means =
          cells.values().stream()
              .mapToDouble(row -> Grouped.mean(row.getOrDefault(name, List.of())))
              .toArray();
      table.addColumns(Numbers.column(title(name, across), means));
    }
    return table;
  }

  /**
   * Mean and sample standard deviation as text: {@code 67.37 ± 0.21}; a single score stands alone.
   *
   * @param results rows with a column {@code value}
   * @param across the column whose values become columns
   * @param by the columns that name a condition; rows are sorted by them
   */
  public static Table meansAndStd(Table results, String across, String... by) {
    Map<List<String>, Map<String, List<Double>>> cells = cells(results, across, by);
    Table table = conditions(cells, by);
    for (String name : names(results, across)) {
      List<String> texts =
          cells.values().stream().map(row -> text(row.getOrDefault(name, List.of()))).toList();
      table.addColumns(StringColumn.create(title(name, across), texts));
    }
    return table;
  }

  private static String text(List<Double> values) {
    return switch (values.size()) {
      case 0 -> "";
      case 1 -> String.format(Locale.ROOT, "%.2f", values.get(0));
      default ->
          String.format(
              Locale.ROOT, "%.2f ± %.2f", Grouped.mean(values), Grouped.standardDeviation(values));
    };
  }

  private static Map<List<String>, Map<String, List<Double>>> cells(
      Table results, String across, String... by) {
    String[] all = Stream.concat(Stream.of(by), Stream.of(across)).toArray(String[]::new);
    Map<List<String>, Map<String, List<Double>>> cells = new TreeMap<>(Grouped.inOrder());
    Grouped.values(results, all)
        .forEach(
            (key, values) ->
                cells
                    .computeIfAbsent(key.subList(0, by.length), row -> new TreeMap<>())
                    .put(key.get(by.length), values));
    return cells;
  }

  /** In the order of the rows; what has no value, such as a method without a corpus, comes last. */
  private static List<String> names(Table results, String across) {
    List<String> names = new ArrayList<>(new Results(results).each(across));
    if (results.column(across).asStringColumn().asList().contains("")) {
      names.add("");
    }
    return names;
  }

  private static String title(String name, String across) {
    return name.isEmpty() ? "no " + across : name;
  }

  /**
   * Columns of the conditions. Columns of numbers stay numbers, so that they are printed as
   * numbers.
   */
  private static Table conditions(Map<List<String>, ?> cells, String... by) {
    Table table = Table.create();
    IntStream.range(0, by.length)
        .forEach(
            i -> {
              Function<List<String>, String> part = key -> key.get(i);
              List<String> values = cells.keySet().stream().map(part).toList();
              table.addColumns(
                  by[i].equals("bits_per_weight")
                      ? numbers(by[i], values)
                      : StringColumn.create(by[i], values));
            });
    return table;
  }

  private static DoubleColumn numbers(String name, List<String> values) {
    return Numbers.column(
        name,
        values.stream()
            .mapToDouble(value -> value.isEmpty() ? Double.NaN : Double.parseDouble(value))
            .toArray());
  }
}
