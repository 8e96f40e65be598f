package tare.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.Table;
import tech.tablesaw.io.csv.CsvReadOptions;

/** Reads the CSV files of a study. A column's type follows from its name and is never guessed. */
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
          "calibration_seed",
          "shots",
          "items",
          "evaluation_tokens",
          "evaluation_length",
          "rows",
          "columns");

  private ResultTable() {}

  /**
   * Reads a study's {@code results.csv}, or one of its {@code layers/*.csv}. An empty field is
   * missing.
   *
   * @throws IllegalArgumentException if there is no such file, or a number cannot be read
   */
  public static Table read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "There are no results at " + file + ". Run the study that writes them first.");
    }
    try {
      Table table =
          Table.read()
              .usingOptions(
                  CsvReadOptions.builder(file.toFile())
                      .columnTypesPartial(name -> Optional.of(type(name)))
                      .missingValueIndicator("")
                      .sample(false)
                      .maxCharsPerColumn(1 << 20)
                      .tableName(file.getFileName().toString()));
      for (String name : table.columnNames()) {
        if (REAL.contains(name)) {
          Numbers.readable(table.doubleColumn(name));
        }
      }
      return table;
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          "The results at " + file + " cannot be read: " + e.getMessage(), e);
    }
  }

  /** Reads the items of a trial from its study's folder {@code items}; see {@link #items(Path)}. */
  static Table items(Path folder, String trial) {
    return items(folder.resolve(trial + ".csv.gz"));
  }

  /**
   * Reads the items of a trial, {@code items/<trial>.csv.gz}: columns {@code task}, {@code item},
   * {@code metric}, {@code value}.
   *
   * @throws IllegalArgumentException if there is no such file, or a number cannot be read
   */
  public static Table items(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          "There are no items at " + file + ". Run the study that writes them first.");
    }
    try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
      return Table.read()
          .usingOptions(
              CsvReadOptions.builder(in)
                  .columnTypesPartial(name -> Optional.of(type(name)))
                  .sample(false)
                  .tableName(file.getFileName().toString()));
    } catch (IOException | RuntimeException e) {
      throw new IllegalArgumentException(
          "The items at " + file + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static ColumnType type(String column) {
    if (REAL.contains(column)) {
      return ColumnType.DOUBLE;
    }
    return WHOLE.contains(column) ? ColumnType.LONG : ColumnType.STRING;
  }
}
