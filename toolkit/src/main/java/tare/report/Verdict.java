package tare.report;

import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import tare.evaluate.Outcome;
import tech.tablesaw.api.Row;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * Says in words what an interval shows of a comparison: better, worse, or that it cannot be told.
 * Notebooks print their conclusions with it, so that no conclusion outlives its numbers.
 *
 * <pre>{@code
 * show(Verdict.ratio(0.56, 0.53, 0.60)); // better (−44 %, 95 % interval −47 to −40 %)
 * Table gains = SelectorGain.table(Results.of("selectors-tiny").metric("nll").table());
 * show(Verdict.counts(Verdict.judged(gains)));
 * }</pre>
 *
 * @param difference the score less the one that it is compared with
 * @param low lower end of the difference's interval; NaN if there is none
 * @param high upper end
 * @param unit of all three, for instance {@code %}
 * @param lowerIsBetter whether a negative difference is a gain
 */
public record Verdict(
    double difference, double low, double high, String unit, boolean lowerIsBetter) {

  /** The column that {@link #judged} adds. */
  public static final String SHOWS = "shows";

  private static final int DRAWS = 10_000;
  private static final long SEED = 1;

  private static final String BETTER = "better";
  private static final String WORSE = "worse";
  private static final String UNKNOWN = "cannot be told";
  private static final String NO_INTERVAL = "no interval";

  /** Of two perplexities or divergences, by their ratio and its interval: below 1 is better. */
  public static Verdict ratio(double ratio, double low, double high) {
    return new Verdict(100 * (ratio - 1), 100 * (low - 1), 100 * (high - 1), "%", true);
  }

  /** Of two perplexities, by the difference of their logarithms: below 0 is better. */
  public static Verdict nats(double difference, double low, double high) {
    return ratio(Math.exp(difference), Math.exp(low), Math.exp(high));
  }

  /** Of two accuracies, as shares: above 0 is better, shown in points of a hundred. */
  public static Verdict points(double difference, double low, double high) {
    return new Verdict(100 * difference, 100 * low, 100 * high, "points", false);
  }

  /** Of a gain in per cent: above 0 is better. */
  public static Verdict gain(double gain, double low, double high) {
    return new Verdict(gain, low, high, "%", false);
  }

  /**
   * Of a row of the tables {@link AgainstControl}, {@link AgainstRandom}, {@link PoolGain}, {@link
   * SelectorGain}, {@link PairedTests} and {@link DomainMatching}. The columns say what is compared
   * and in which unit.
   *
   * @throws IllegalArgumentException if the columns are those of no such table
   */
  public static Verdict of(Row row) {
    List<String> columns = row.columnNames();
    if (columns.containsAll(List.of("low", "high"))) {
      double low = row.getDouble("low");
      double high = row.getDouble("high");
      if (columns.contains("ratio")) {
        return ratio(row.getDouble("ratio"), low, high);
      }
      if (columns.containsAll(List.of("mean_difference", "metric"))) {
        return ofMetric(row.getString("metric"), row.getDouble("mean_difference"), low, high);
      }
      if (columns.containsAll(List.of("difference", "matched"))) {
        return gain(row.getDouble("difference"), low, high);
      }
      if (columns.containsAll(List.of("difference", "accuracy"))) {
        return points(row.getDouble("difference"), low, high);
      }
    }
    throw new IllegalArgumentException(
        "There is no verdict on the columns "
            + columns
            + ": it needs low and high, and one of: ratio; mean_difference and metric; difference"
            + " and matched or accuracy.");
  }

  /**
   * Of two models on the same items, with a 95 % interval by the paired bootstrap over the items
   * ({@link SameItems#bootstrap}). It covers the items only, not the choice of a calibration set.
   *
   * @param ours the model's score of each item, for instance of {@code lab.outcomes}
   * @param theirs the scores of the model that it is compared with
   * @param task name of a task
   * @param metric a metric of its items: {@code nll} of a text, shown as per cent of perplexity, or
   *     {@code acc}
   * @throws IllegalArgumentException if the models were not scored on the same items, two or more
   */
  public static Verdict of(List<Outcome> ours, List<Outcome> theirs, String task, String metric) {
    SameItems items =
        SameItems.of(
            SameItems.values(ours, task, metric),
            SameItems.values(theirs, task, metric),
            task + ", " + metric);
    SameItems.Interval interval = items.bootstrap(DRAWS, new SplittableRandom(SEED));
    return ofMetric(metric, items.difference(), interval.low(), interval.high());
  }

  private static Verdict ofMetric(String metric, double difference, double low, double high) {
    if (PairedTests.onLogarithm(metric)) {
      return new Verdict(difference, low, high, PairedTests.unit(metric), true);
    }
    if (metric.endsWith("nll")) {
      return nats(difference, low, high);
    }
    return metric.startsWith("acc")
        ? points(difference, low, high)
        : new Verdict(difference, low, high, "nats", false);
  }

  /**
   * Adds the column {@code shows} with the {@link #word} of each row.
   *
   * @param table as in {@link #of}
   * @return a copy with one column more
   */
  public static Table judged(Table table) {
    StringColumn shows = StringColumn.create(SHOWS);
    table.forEach(row -> shows.append(of(row).word()));
    return table.copy().addColumns(shows);
  }

  /**
   * Counts the words of a {@linkplain #judged judged} table in one phrase: {@code better in 5 of 9,
   * worse in 1, cannot be told in 3}.
   */
  public static String counts(Table judged) {
    List<String> shows = judged.stringColumn(SHOWS).asList();
    StringBuilder phrase = new StringBuilder();
    for (String word : List.of(BETTER, WORSE, UNKNOWN, NO_INTERVAL)) {
      long number = shows.stream().filter(word::equals).count();
      if (number > 0) {
        phrase
            .append(phrase.length() == 0 ? "" : ", ")
            .append(word)
            .append(" in ")
            .append(number)
            .append(phrase.indexOf(" of ") < 0 ? " of " + shows.size() : "");
      }
    }
    return phrase.toString();
  }

  /** {@code better}, {@code worse}, {@code cannot be told}, or {@code no interval}. */
  public String word() {
    if (Double.isNaN(low) || Double.isNaN(high)) {
      return NO_INTERVAL;
    }
    if (low <= 0 && high >= 0) {
      return UNKNOWN;
    }
    return lowerIsBetter == high < 0 ? BETTER : WORSE;
  }

  /** The word, the difference and its interval. */
  @Override
  public String toString() {
    String of = signed(difference) + " " + unit;
    return word().equals(NO_INTERVAL)
        ? NO_INTERVAL + " (" + of + ")"
        : String.format(
            Locale.ROOT,
            "%s (%s, 95 %% interval %s to %s %s)",
            word(),
            of,
            signed(low),
            signed(high),
            unit);
  }

  /** Two digits or more, with a sign: what an interval of a few sets can bear. */
  private static String signed(double value) {
    double size = Math.abs(value);
    if (size < 0.005) {
      return "0";
    }
    String digits = size >= 9.95 ? "%.0f" : size >= 0.095 ? "%.1f" : "%.2f";
    String number = String.format(Locale.ROOT, digits, size);
    return (value < 0 ? "−" : "+") + number;
  }
}
