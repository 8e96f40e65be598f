package tare.report.figure;

import java.awt.Color;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.knowm.xchart.HeatMapChart;
import org.knowm.xchart.HeatMapChartBuilder;
import tare.report.DomainGain;
import tare.report.Grouped;
import tech.tablesaw.api.Table;

/** Shows scores by two variables, with a number in each cell. */
public final class HeatMaps {

  /** Pale to middle blue, on which black numbers stay readable. */
  private static final Color[] ONE_WAY = {new Color(247, 251, 255), new Color(107, 174, 214)};

  /** Orange below, white at zero, blue above: colours that colour-blind readers tell apart. */
  static final Color[] TWO_WAYS = {
    new Color(235, 140, 60), new Color(255, 255, 255), new Color(86, 160, 210)
  };

  private static final int STEPS = 64;

  /**
   * Gains beyond this value have the full colour, because a single gain of −400 % would pale all
   * others.
   */
  private static final double FULL_GAIN = 0.5;

  /** XChart labels only every second row if rows are lower. */
  private static final int ROW_HEIGHT = 84;

  private HeatMaps() {}

  /**
   * Draws scores by the number of samples and their length: the mean over the calibration sets.
   * Perplexities are coloured by their logarithm. The title says which budget is best.
   *
   * @param results rows of one model, with the columns of {@code results.csv}
   * @param method as in the column {@code method}
   * @throws IllegalArgumentException if there is no such score
   */
  public static HeatMapChart budgets(Table results, String task, String metric, String method) {
    Map<List<String>, List<Double>> means = new TreeMap<>(Grouped.inOrder());
    TreeSet<Integer> samples = new TreeSet<>();
    TreeSet<Integer> lengths = new TreeSet<>();
    Grouped.values(
            Grouped.compressedRows(results),
            "method",
            "task",
            "metric",
            "samples",
            "tokens_per_sample")
        .forEach(
            (key, values) -> {
              if (key.subList(0, 3).equals(List.of(method, task, metric))
                  && !key.get(3).isEmpty()) {
                samples.add(Integer.valueOf(key.get(3)));
                lengths.add(Integer.valueOf(key.get(4)));
                means.put(key.subList(3, 5), values);
              }
            });
    List<String> columns = samples.stream().map(String::valueOf).toList();
    List<String> rows = lengths.stream().map(String::valueOf).toList();
    List<Number[]> cells = new ArrayList<>();
    means.forEach(
        (key, values) ->
            cells.add(
                new Number[] {
                  columns.indexOf(key.get(0)), rows.indexOf(key.get(1)), Grouped.mean(values)
                }));
    HeatMapChart chart =
        chart(
            "%s on %s after %s%s".formatted(metric, task, method, best(metric, means)),
            new String[] {"samples", "tokens per sample"},
            List.of(columns, rows),
            cells);
    boolean perplexity = metric.equals("perplexity");
    double[] values = cells.stream().mapToDouble(cell -> cell[2].doubleValue()).sorted().toArray();
    chart
        .getStyler()
        .setHeatMapValueDecimalPattern(perplexity ? "0.0" : "0.000")
        .setRangeColors(perplexity ? byLogarithm(values[0], values[values.length - 1]) : ONE_WAY);
    return chart;
  }

  /** The budget with the best mean, if it is known which side is better. */
  private static String best(String metric, Map<List<String>, List<Double>> means) {
    boolean isHigher = ChartStyle.isHigherBetter(metric);
    if (means.isEmpty() || (!isHigher && !ChartStyle.isLowerBetter(metric))) {
      return "";
    }
    Comparator<List<String>> byMean =
        Comparator.comparing(budget -> Grouped.mean(means.get(budget)));
    List<String> best = Collections.min(means.keySet(), isHigher ? byMean.reversed() : byMean);
    return ": best with %s × %s tokens".formatted(best.get(0), best.get(1));
  }

  /**
   * Colours for equal steps of a value's logarithm. XChart takes colours at equal steps of the
   * value.
   */
  private static Color[] byLogarithm(double least, double most) {
    return IntStream.range(0, STEPS)
        .mapToDouble(i -> least + (most - least) * i / (STEPS - 1))
        .map(value -> most > least ? Math.log(value / least) / Math.log(most / least) : 0)
        .mapToObj(HeatMaps::pale)
        .toArray(Color[]::new);
  }

  private static Color pale(double share) {
    float[] from = ONE_WAY[0].getRGBColorComponents(null);
    float[] to = ONE_WAY[1].getRGBColorComponents(null);
    float[] mixed = new float[3];
    for (int i = 0; i < 3; i++) {
      mixed[i] = (float) (from[i] + (to[i] - from[i]) * share);
    }
    return new Color(mixed[0], mixed[1], mixed[2]);
  }

  /**
   * Draws the gain of each calibration corpus over the reference on each task, see {@link
   * DomainGain}. Blue is better than the reference, orange is worse. Tasks with the name of a
   * corpus come first, so that matching cells form a diagonal from the lower left to the upper
   * right. The title says on how many of them their own corpus gains most.
   *
   * @param gains a table of {@link DomainGain}, of one model and method
   * @param title names the method, before the finding
   * @throws IllegalArgumentException if the table is empty
   */
  public static HeatMapChart domains(Table gains, String title) {
    return domains(gains, fullColour(gains), title);
  }

  /**
   * The gain that has the full colour in {@link #domains(Table, String)}: the largest of a table,
   * but at most a half.
   *
   * @param gains a table of {@link DomainGain}, of one or more methods
   */
  public static double fullColour(Table gains) {
    double most = 1e-6;
    for (double gain : gains.doubleColumn("gain")) {
      most = Math.max(most, Math.abs(gain));
    }
    return Math.min(most, FULL_GAIN);
  }

  /**
   * Draws the same with a scale of its own, so that several figures can be compared by colour.
   *
   * @param full the gain that has the full colour
   */
  public static HeatMapChart domains(Table gains, double full, String title) {
    List<String> corpora =
        gains.stringColumn("corpus").unique().asList().stream().sorted().toList();
    List<String> tasks =
        gains.stringColumn("task").unique().asList().stream()
            .sorted(
                Comparator.comparing((String task) -> !corpora.contains(task))
                    .thenComparing(Comparator.naturalOrder()))
            .toList();
    List<Number[]> cells = new ArrayList<>();
    for (int row = 0; row < gains.rowCount(); row++) {
      cells.add(
          new Number[] {
            tasks.indexOf(gains.stringColumn("task").get(row)),
            corpora.indexOf(gains.stringColumn("corpus").get(row)),
            gains.doubleColumn("gain").getDouble(row)
          });
    }
    HeatMapChart chart =
        chart(
            title + ownBest(gains, corpora, tasks),
            new String[] {"evaluated on", "calibrated on"},
            List.of(tasks, corpora),
            cells);
    chart
        .getStyler()
        .setHeatMapValueDecimalPattern("+0.0 %;-0.0 %")
        .setRangeColors(TWO_WAYS)
        .setMin(-full)
        .setMax(full);
    return chart;
  }

  /** On how many tasks with the name of a corpus that corpus gains most. */
  private static String ownBest(Table gains, List<String> corpora, List<String> tasks) {
    List<String> own = tasks.stream().filter(corpora::contains).toList();
    long best =
        own.stream()
            .filter(
                task ->
                    gains
                        .where(gains.stringColumn("task").isEqualTo(task))
                        .sortDescendingOn("gain")
                        .stringColumn("corpus")
                        .get(0)
                        .equals(task))
            .count();
    return own.isEmpty()
        ? ""
        : ": best with its own domain on %s of %s".formatted(best, own.size());
  }

  private static HeatMapChart chart(
      String title, String[] axes, List<List<String>> labels, List<Number[]> cells) {
    if (cells.isEmpty()) {
      throw new IllegalArgumentException("There is no score to draw: " + title);
    }
    HeatMapChart chart =
        new HeatMapChartBuilder()
            .width(760)
            .height(150 + ROW_HEIGHT * labels.get(1).size())
            .title(title)
            .xAxisTitle(axes[0])
            .yAxisTitle(axes[1])
            .build();
    ChartStyle.dress(chart.getStyler());
    ChartStyle.fitTitle(chart.getStyler(), title);
    chart
        .getStyler()
        .setShowValue(true)
        .setDrawBorder(true)
        .setYAxisTickMarkSpacingHint(20)
        .setXAxisLabelRotation(labels.get(0).size() > 6 ? 30 : 0)
        .setLegendVisible(false);
    chart.addSeries("cells", labels.get(0), labels.get(1), cells);
    return chart;
  }
}
