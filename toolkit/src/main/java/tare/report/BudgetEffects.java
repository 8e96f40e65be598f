package tare.report;

import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * Compares the effects of the number and the length of calibration samples on perplexity. In the
 * grid of both, ln perplexity is the sum of an effect of the number, an effect of the length, and a
 * rest. Each has a share of the sum of squares.
 */
public final class BudgetEffects {

  private BudgetEffects() {}

  /** A point of the grid: number, length, and the logarithms of its sets' scores. */
  private record Cell(double samples, double length, List<Double> logs) {}

  /**
   * One row for each method. Columns: {@code method}; the shares {@code samples}, {@code length},
   * {@code interaction} (the joint effect beyond both) and {@code sets} (the variation between sets
   * within a cell); {@code gained_by_samples} and {@code gained_by_length}, the mean factor by
   * which perplexity falls from the least number or length to the greatest.
   *
   * @param results perplexities of one model and task, with the columns of {@code results.csv}
   */
  public static Table table(Table results) {
    StringColumn methods = StringColumn.create("method");
    DoubleColumn[] numbers =
        Stream.of(
                "samples", "length", "interaction", "sets", "gained_by_samples", "gained_by_length")
            .map(Numbers::column)
            .toArray(DoubleColumn[]::new);
    Results all = new Results(Grouped.compressedRows(results));
    for (String method : all.methods()) {
      methods.append(method);
      Numbers.append(numbers, effects(cells(all.method(method))));
    }
    return Table.create("what moves ln perplexity", methods).addColumns(numbers);
  }

  private static List<Cell> cells(Results ofMethod) {
    return Grouped.values(ofMethod.table(), "samples", "tokens_per_sample").entrySet().stream()
        .map(
            each ->
                new Cell(
                    Double.parseDouble(each.getKey().get(0)),
                    Double.parseDouble(each.getKey().get(1)),
                    each.getValue().stream().map(Math::log).toList()))
        .toList();
  }

  private static double[] effects(List<Cell> cells) {
    double mean = Grouped.mean(cells.stream().flatMap(cell -> cell.logs().stream()).toList());
    TreeMap<Double, List<Double>> bySamples = new TreeMap<>();
    TreeMap<Double, List<Double>> byLength = new TreeMap<>();
    for (Cell cell : cells) {
      bySamples.merge(cell.samples(), cell.logs(), BudgetEffects::joined);
      byLength.merge(cell.length(), cell.logs(), BudgetEffects::joined);
    }
    double[] squares = new double[4];
    for (Cell cell : cells) {
      double ofSamples = Grouped.mean(bySamples.get(cell.samples())) - mean;
      double ofLength = Grouped.mean(byLength.get(cell.length())) - mean;
      double ofCell = Grouped.mean(cell.logs());
      for (double log : cell.logs()) {
        squares[0] += Math.pow(ofSamples, 2);
        squares[1] += Math.pow(ofLength, 2);
        squares[2] += Math.pow(ofCell - mean - ofSamples - ofLength, 2);
        squares[3] += Math.pow(log - ofCell, 2);
      }
    }
    double all = squares[0] + squares[1] + squares[2] + squares[3];
    return new double[] {
      squares[0] / all,
      squares[1] / all,
      squares[2] / all,
      squares[3] / all,
      gained(bySamples),
      gained(byLength)
    };
  }

  private static double gained(NavigableMap<Double, List<Double>> effects) {
    Map.Entry<Double, List<Double>> least = effects.firstEntry();
    Map.Entry<Double, List<Double>> greatest = effects.lastEntry();
    return Math.exp(Grouped.mean(least.getValue()) - Grouped.mean(greatest.getValue()));
  }

  private static List<Double> joined(List<Double> one, List<Double> other) {
    return Stream.concat(one.stream(), other.stream()).toList();
  }
}
