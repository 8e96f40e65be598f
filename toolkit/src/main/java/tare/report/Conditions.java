package tare.report;

import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * The columns on the left of a report, which identify each row.
 *
 * @param columns one for each part of a condition, all of equal length
 */
record Conditions(StringColumn[] columns) {

  /** What the calibration sets have in common that are drawn for one condition. */
  static final List<String> OF_SETS =
      List.of(
          "model",
          "task",
          "metric",
          "method",
          "corpus",
          "selector_label",
          "samples",
          "tokens_per_sample");

  /** Columns that are left out where they do not vary. */
  private static final List<String> LEFT_OUT_IF_CONSTANT =
      List.of("model", "samples", "tokens_per_sample");

  static Conditions named(String... names) {
    return new Conditions(Stream.of(names).map(StringColumn::create).toArray(StringColumn[]::new));
  }

  void append(List<String> condition) {
    for (int i = 0; i < columns.length; i++) {
      columns[i].append(condition.get(i));
    }
  }

  /**
   * A table of the columns that vary or identify. Some are empty for methods without calibration.
   */
  Table table(String name) {
    return Table.create(
        name,
        Arrays.stream(columns)
            .filter(
                column ->
                    !LEFT_OUT_IF_CONSTANT.contains(column.name())
                        || column.removeMissing().countUnique() > 1)
            .toArray(StringColumn[]::new));
  }
}
