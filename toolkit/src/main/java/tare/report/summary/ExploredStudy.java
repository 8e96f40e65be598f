package tare.report.summary;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tare.report.Grouped;
import tare.report.Results;
import tare.report.ShortNames;
import tare.report.figure.HumanNames;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * The results of a study for the page on which they are explored: what varies in the study, what
 * was scored, and a point for each score of a model.
 *
 * @param name name of the study
 * @param dimensions what varies, always in this order: model, method, compression, source, rule,
 *     samples
 * @param scores what was scored
 * @param points one for each model and score
 */
record ExploredStudy(
    String name, List<Dimension> dimensions, List<Measure> scores, List<Point> points) {

  private static final int NONE = -1;
  private static final MathContext DIGITS = new MathContext(5);
  private static final List<String> METRICS = List.of("perplexity", "kl", "acc", "margin");

  /** Something that varies, with its values in order. */
  record Dimension(String name, List<String> values) {}

  /**
   * Something that was scored.
   *
   * @param name for instance {@code perplexity on news}
   * @param better lower or higher
   */
  record Measure(String name, String better) {}

  /**
   * A score of one model.
   *
   * @param at index of the model's value in each dimension; −1 if it has none, as the uncompressed
   *     model has no method, and rounding no source
   * @param set number of the calibration set; −1 without one
   * @param score index of the measure
   * @param value the score, in five significant digits
   */
  record Point(int[] at, int set, int score, BigDecimal value) {}

  /**
   * Something that varies, while it is read.
   *
   * @param ofRows the key of each row: the values of some columns
   * @param label what a key is called
   */
  private record Keys(
      String name, List<List<String>> ofRows, Function<List<String>, String> label) {

    static Keys of(
        String name, Table table, Function<List<String>, String> label, String... columns) {
      return new Keys(
          name,
          IntStream.range(0, table.rowCount())
              .mapToObj(
                  row -> Stream.of(columns).map(each -> table.column(each).getString(row)).toList())
              .toList(),
          label);
    }

    static Keys of(String name, Table table, String column) {
      return of(name, table, key -> key.get(0), column);
    }

    /** The keys in order, each once, without those that are empty. */
    List<List<String>> sorted() {
      TreeSet<List<String>> sorted = new TreeSet<>(Grouped.inOrder());
      ofRows.stream().filter(key -> !key.stream().allMatch(String::isEmpty)).forEach(sorted::add);
      return List.copyOf(sorted);
    }

    Dimension dimension() {
      return new Dimension(name, sorted().stream().map(label).toList());
    }
  }

  /**
   * Reads the perplexities, divergences, accuracies and margins of a study.
   *
   * @param results all results of the study
   */
  static ExploredStudy of(String name, Results results) {
    Table table = named(scored(results));
    List<Keys> keys =
        List.of(
            Keys.of("model", table, "model"),
            Keys.of("method", table, "method"),
            Keys.of("compression", table, ExploredStudy::compression, "bits", "sparsity_pattern"),
            Keys.of("source", table, "corpus"),
            Keys.of("rule", table, "selector_label"),
            Keys.of(
                "samples",
                table,
                key -> key.get(1) + " × " + key.get(0) + " tokens",
                "tokens_per_sample",
                "samples"));
    List<List<List<String>>> values = keys.stream().map(Keys::sorted).toList();
    Keys scored = Keys.of("score", table, ExploredStudy::measure, "metric", "task");
    List<List<String>> scores =
        scored.sorted().stream()
            .sorted(Comparator.comparingInt(key -> METRICS.indexOf(key.get(0))))
            .toList();
    List<Point> points = new ArrayList<>();
    for (int row = 0; row < table.rowCount(); row++) {
      int[] at = new int[keys.size()];
      for (int d = 0; d < at.length; d++) {
        at[d] = values.get(d).indexOf(keys.get(d).ofRows().get(row));
      }
      String set = table.column("set").getString(row);
      points.add(
          new Point(
              at,
              set.isEmpty() ? NONE : Integer.parseInt(set),
              scores.indexOf(scored.ofRows().get(row)),
              BigDecimal.valueOf(table.doubleColumn("value").getDouble(row)).round(DIGITS)));
    }
    return new ExploredStudy(
        name,
        keys.stream().map(Keys::dimension).toList(),
        scores.stream().map(key -> new Measure(measure(key), better(key.get(0)))).toList(),
        points);
  }

  /** The scores that the page can show. */
  static Results scored(Results results) {
    return results.metric(METRICS.toArray(String[]::new));
  }

  /**
   * The rows whose value is finite. Methods have short and proper names, which differ within each
   * compression; the uncompressed model has none.
   */
  private static Table named(Results results) {
    Table named = results.table().emptyCopy();
    for (String bits : orNone(results.each("bits"))) {
      for (String pattern : orNone(results.each("sparsity_pattern"))) {
        Table part = results.where("bits", bits).where("sparsity_pattern", pattern).table();
        named.append(ShortNames.methods(part));
      }
    }
    StringColumn methods = named.stringColumn("method");
    for (int row = 0; row < methods.size(); row++) {
      methods.set(row, proper(methods.get(row)));
    }
    return named.where(named.doubleColumn("value").eval(Double::isFinite));
  }

  private static List<String> orNone(List<String> values) {
    return Stream.concat(Stream.of(""), values.stream()).toList();
  }

  private static String proper(String method) {
    if (method.equals(Grouped.BASELINE)) {
      return "";
    }
    String[] words = method.split(" ", 2);
    String first = HumanNames.in(words[0]);
    return words.length == 1 ? first : first + " " + words[1].replaceAll("[{}\"]", "");
  }

  private static String compression(List<String> bitsAndPattern) {
    List<String> parts = new ArrayList<>();
    if (!bitsAndPattern.get(0).isEmpty()) {
      parts.add(bitsAndPattern.get(0) + " bits");
    }
    if (!bitsAndPattern.get(1).isEmpty()) {
      parts.add("sparsity " + bitsAndPattern.get(1));
    }
    return String.join(", ", parts);
  }

  private static String measure(List<String> metricAndTask) {
    String task = metricAndTask.get(1);
    return switch (metricAndTask.get(0)) {
      case "perplexity" -> "perplexity on " + task;
      case "kl" -> "divergence from the original (nats) on " + task.replace("/divergence", "");
      case "acc" -> "accuracy (share of items) on " + task;
      default -> "margin of the right answer (nats) on " + task;
    };
  }

  private static String better(String metric) {
    return metric.equals("perplexity") || metric.equals("kl") ? "lower" : "higher";
  }
}
