package tare.report;

import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import tare.calibrate.LayerReport;
import tare.study.TrialFiles;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.LongColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.io.csv.CsvReadOptions;

/**
 * Reads the results of a study.
 *
 * <pre>{@code
 * Table results = ResultTable.read(Path.of("data/results/sensitivity-tiny"));
 * Table onCode = results.where(results.stringColumn("task").isEqualTo("code"));
 * System.out.println(onCode.doubleColumn("value").mean());
 * }</pre>
 *
 * <p>A column's type follows from its name and is never guessed.
 */
public final class ResultTable {

  private static final Set<String> REAL =
      Set.of(
          "bits_per_weight",
          "sparsity",
          "value",
          "standard_error",
          "seconds",
          "seconds_select",
          "seconds_compress",
          "seconds_evaluate",
          "peak_memory_mib",
          "error",
          "relative_error");
  private static final Set<String> WHOLE =
      Set.of(
          "samples",
          "tokens_per_sample",
          "bits",
          "group_size",
          "set",
          "calibration_seed",
          "tokens_apart",
          "shots",
          "items",
          "evaluation_tokens",
          "evaluation_length",
          "rows",
          "columns");

  private ResultTable() {}

  /**
   * Reads all results of a study: a row for each metric of a trial, with the columns of {@code
   * results.csv} and {@code trials.csv}. An empty field is missing.
   *
   * @throws IllegalArgumentException if there are none
   */
  public static Table read(TrialFiles files) {
    if (files.finished().isEmpty()) {
      throw new IllegalArgumentException(
          "There are no results in "
              + files.folders().stream().map(Path::toString).collect(Collectors.joining(" or "))
              + ". Run the study that writes them first.");
    }
    return table(CsvReadOptions.builder(new StringReader(files.table())).tableName("results"));
  }

  /**
   * Reads the results in a folder of published results or of a run; see {@link #read(TrialFiles)}.
   *
   * @throws IllegalArgumentException if there are none
   */
  public static Table read(Path folder) {
    TrialFiles files = TrialFiles.in(folder);
    if (files.finished().isEmpty()) {
      throw new IllegalArgumentException(
          "There are no results at " + folder + ". Run the study that writes them first.");
    }
    return read(files);
  }

  /**
   * Reads one table of a study, such as {@code trials.csv}. An empty field is missing.
   *
   * @throws IllegalArgumentException if there is no such file, or a number cannot be read
   */
  public static Table file(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "There are no results at " + file + ". Run the study that writes them first.");
    }
    try {
      return table(CsvReadOptions.builder(file.toFile()).tableName(file.getFileName().toString()));
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "The results at " + file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static Table table(CsvReadOptions.Builder options) {
    Table table =
        Table.read()
            .usingOptions(
                options
                    .columnTypesPartial(name -> Optional.of(type(name)))
                    .missingValueIndicator("")
                    .sample(false)
                    .maxCharsPerColumn(1 << 20));
    if (table.columnNames().containsAll(List.of("metric", "filter"))) {
      nameFilters(table);
    }
    for (String name : table.columnNames()) {
      if (REAL.contains(name)) {
        Numbers.readable(table.doubleColumn(name));
      }
    }
    return table;
  }

  /** A metric after a filter of answers is another one: {@code exact_match,strict-match}. */
  private static void nameFilters(Table table) {
    StringColumn metric = table.stringColumn("metric");
    StringColumn filter = table.stringColumn("filter");
    for (int row = 0; row < table.rowCount(); row++) {
      if (!filter.get(row).isEmpty()) {
        metric.set(row, metric.get(row) + "," + filter.get(row));
      }
    }
  }

  /**
   * The reports on the linear layers that a trial compressed, as a table.
   *
   * @param trial its id
   */
  public static Table layers(TrialFiles files, String trial) {
    List<LayerReport> layers = files.layers(trial);
    return Table.create(
        "layers",
        StringColumn.create("linear", layers.stream().map(LayerReport::linear)),
        LongColumn.create("rows", layers.stream().mapToLong(LayerReport::rows)),
        LongColumn.create("columns", layers.stream().mapToLong(LayerReport::columns)),
        reals("error", layers, LayerReport::error),
        reals("relative_error", layers, LayerReport::relativeError),
        reals("bits_per_weight", layers, LayerReport::bitsPerWeight),
        reals("sparsity", layers, LayerReport::sparsity),
        StringColumn.create("note", layers.stream().map(LayerReport::note)),
        reals("seconds", layers, LayerReport::seconds));
  }

  private static DoubleColumn reals(
      String name, List<LayerReport> layers, ToDoubleFunction<LayerReport> value) {
    return Numbers.column(name, layers.stream().mapToDouble(value).toArray());
  }

  private static ColumnType type(String column) {
    if (REAL.contains(column)) {
      return ColumnType.DOUBLE;
    }
    return WHOLE.contains(column) ? ColumnType.LONG : ColumnType.STRING;
  }
}
