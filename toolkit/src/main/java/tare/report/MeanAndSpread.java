package tare.report;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.Table;

/**
 * Summarizes scores over calibration sets: for each method, corpus and task, the mean and the
 * spread of single sets.
 */
public final class MeanAndSpread {

  private static final String[] CONDITION = {
    "model", "task", "metric", "method", "corpus", "samples", "tokens_per_sample"
  };

  private MeanAndSpread() {}

  /**
   * Columns: the condition (model and budget only where they vary), {@code sets} (number of
   * calibration sets), {@code baseline} (the uncompressed model's score), {@code mean}, {@code
   * difference} (mean − baseline), {@code std} (of the sample; missing for one set), {@code min},
   * {@code max}.
   *
   * @param results rows with the columns of {@code results.csv}, baseline rows included
   * @throws IllegalArgumentException if a baseline row is missing
   */
  public static Table table(Table results) {
    Baseline baseline = new Baseline(results);
    Map<List<String>, List<Double>> groups =
        Grouped.values(Grouped.compressedRows(results), CONDITION);
    Conditions conditions = Conditions.named(CONDITION);
    IntColumn sets = IntColumn.create("sets");
    DoubleColumn[] numbers =
        Stream.of("baseline", "mean", "difference", "std", "min", "max")
            .map(Numbers::column)
            .toArray(DoubleColumn[]::new);
    groups.forEach(
        (key, values) -> {
          conditions.append(key);
          sets.append(values.size());
          double before = baseline.of(key.get(0), key.get(1), key.get(2));
          double mean = Grouped.mean(values);
          boolean isEqual = Math.abs(mean - before) < PairedTests.ROUNDING;
          Numbers.append(
              numbers,
              before,
              mean,
              isEqual ? 0 : mean - before,
              Grouped.standardDeviation(values),
              Collections.min(values),
              Collections.max(values));
        });
    return conditions.table("mean and spread").addColumns(sets).addColumns(numbers);
  }
}
