package tare.report;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tare.study.TrialFiles;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.Table;
import tech.tablesaw.columns.Column;
import tech.tablesaw.selection.Selection;

/**
 * Narrows down the results of a study step by step:
 *
 * <pre>{@code
 * Results.of("sensitivity-tiny").method("gptq", "none").metric("perplexity").table()
 * }</pre>
 *
 * <p>Each call keeps the rows with one of the given values and returns new results. Rows of the
 * uncompressed model have the method {@code none}, and no bits, pattern, corpus or selector.
 *
 * @param table the remaining rows, with the columns of {@code results.csv}
 */
public record Results(Table table) {

  private static final List<String> KEY = List.of("trial", "task", "metric", "filter");

  /**
   * The results of a published or running study, by its name. The folders {@code runs} and {@code
   * results} are read together, in the folder that {@code TARE_DATA} names if it has the study, or
   * else in the repository's {@code data}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Results of(String study) {
    return find(study)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "The study %s has no results in any of %s. Run it first: tare study run."
                        .formatted(study, folders())));
  }

  /** The results of a study, as {@link #of(String)} finds them; empty if there are none. */
  public static Optional<Results> find(String study) {
    return folders().stream()
        .map(data -> TrialFiles.of(data, study))
        .filter(files -> !files.finished().isEmpty())
        .findFirst()
        .map(Results::of);
  }

  private static List<Path> folders() {
    return Stream.of(System.getenv("TARE_DATA"), "../data", "data")
        .flatMap(data -> Optional.ofNullable(data).stream())
        .map(Path::of)
        .toList();
  }

  /** The results of a study in a folder of published results or of a run. */
  public static Results of(Path folder) {
    return new Results(ResultTable.read(folder));
  }

  /** The results of a study. */
  public static Results of(TrialFiles files) {
    return new Results(ResultTable.read(files));
  }

  /** Keeps rows of these models. */
  public Results model(String... names) {
    return where("model", names);
  }

  /**
   * Keeps rows of these methods, for instance {@code gptq}; {@code none} is the uncompressed model.
   */
  public Results method(String... names) {
    return where("method", names);
  }

  /** Keeps rows of the uncompressed model. */
  public Results uncompressed() {
    return method(Grouped.BASELINE);
  }

  /** Keeps rows of compressed models. */
  public Results compressed() {
    return keep("method", value -> !value.equals(Grouped.BASELINE));
  }

  /** Keeps rows with these numbers of bits. */
  public Results bits(int... bits) {
    return where("bits", texts(bits));
  }

  /** Keeps rows with these sparsity patterns: {@code 0.5}, {@code 2:4}. */
  public Results pattern(String... patterns) {
    return where("sparsity_pattern", patterns);
  }

  /** Keeps rows calibrated on these corpora. */
  public Results corpus(String... names) {
    return where("corpus", names);
  }

  /**
   * Keeps rows whose calibration set was chosen by these selectors, given by their labels: {@code
   * acdm rule farthest}.
   */
  public Results selector(String... labels) {
    return where("selector_label", labels);
  }

  /** Keeps rows of these calibration sets, given by number. */
  public Results set(int... numbers) {
    return where("set", texts(numbers));
  }

  /** Keeps rows with these numbers of calibration samples. */
  public Results samples(int... numbers) {
    return where("samples", texts(numbers));
  }

  /** Keeps rows of these tasks. */
  public Results task(String... names) {
    return where("task", names);
  }

  /** Keeps rows in these metrics: {@code perplexity}, {@code nll}, {@code acc}. */
  public Results metric(String... names) {
    return where("metric", names);
  }

  /**
   * Keeps rows with one of the values in any column.
   *
   * @throws IllegalArgumentException if there is no such column
   */
  public Results where(String column, String... values) {
    Set<String> wanted = Set.of(values);
    return keep(column, wanted::contains);
  }

  /**
   * Joins these results with others of the same study, in this order: {@code
   * all.bits(3).and(all.uncompressed())}. A row that is in both is taken once.
   */
  public Results and(Results others) {
    Set<List<String>> here =
        IntStream.range(0, table.rowCount()).mapToObj(this::key).collect(Collectors.toSet());
    int[] added =
        IntStream.range(0, others.table.rowCount())
            .filter(row -> !here.contains(others.key(row)))
            .toArray();
    return new Results(table.copy().append(others.table.where(Selection.with(added))));
  }

  /** Tells a row from all others of its study. */
  private List<String> key(int row) {
    return KEY.stream()
        .filter(table::containsColumn)
        .map(name -> table.column(name).getString(row))
        .toList();
  }

  /** The different values of a column in the order of their first rows, without missing ones. */
  public List<String> each(String column) {
    Column<?> found = column(column);
    return IntStream.range(0, found.size())
        .mapToObj(found::getString)
        .filter(value -> !value.isEmpty())
        .distinct()
        .toList();
  }

  /** The methods without {@code none}, sorted. */
  public List<String> methods() {
    return compressed().each("method").stream().sorted().toList();
  }

  /** The scores. */
  public DoubleColumn values() {
    return table.doubleColumn("value");
  }

  /**
   * The only remaining score.
   *
   * @throws IllegalStateException if no score or several scores remain
   */
  public double value() {
    if (table.rowCount() != 1) {
      throw new IllegalStateException(
          table.rowCount() + " rows remain instead of one. Name method, task, metric and set.");
    }
    return values().getDouble(0);
  }

  /** The mean of the scores; NaN if there are none. */
  public double mean() {
    return values().mean();
  }

  /** The sample standard deviation of the scores. */
  public double std() {
    return values().standardDeviation();
  }

  private Results keep(String column, Predicate<String> wanted) {
    Column<?> values = column(column);
    int[] rows =
        IntStream.range(0, values.size())
            .filter(row -> wanted.test(values.getString(row)))
            .toArray();
    return new Results(table.where(Selection.with(rows)));
  }

  private Column<?> column(String name) {
    if (!table.containsColumn(name)) {
      throw new IllegalArgumentException(
          "The results have no column %s; they have %s.".formatted(name, table.columnNames()));
    }
    return table.column(name);
  }

  private static String[] texts(int... numbers) {
    return IntStream.of(numbers).mapToObj(String::valueOf).toArray(String[]::new);
  }
}
