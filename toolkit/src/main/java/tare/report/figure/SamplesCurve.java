package tare.report.figure;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import tare.report.Grouped;
import tech.tablesaw.api.Table;

/**
 * Shows a score by the number of calibration samples: mean over the sets ± one standard deviation.
 */
public final class SamplesCurve {

  private static final int PLOT_WIDTH = 560;

  private SamplesCurve() {}

  /**
   * Draws one line for each method that uses calibration. The horizontal axis has powers of two;
   * for perplexities the vertical axis is logarithmic. The title says which methods move most and
   * least from the fewest samples to the most, if a factor of their scores exists.
   *
   * @param results rows of one model and sample length, with the columns of {@code results.csv}
   * @throws IllegalArgumentException if there is no such score
   */
  public static XYChart chart(Table results, String task, String metric) {
    Map<String, Map<Integer, List<Double>>> methods = new TreeMap<>();
    Grouped.values(Grouped.compressedRows(results), "method", "samples", "task", "metric")
        .forEach(
            (key, values) -> {
              if (key.subList(2, 4).equals(List.of(task, metric)) && !key.get(1).isEmpty()) {
                methods
                    .computeIfAbsent(key.get(0), m -> new TreeMap<>())
                    .put(Integer.valueOf(key.get(1)), values);
              }
            });
    if (methods.isEmpty()) {
      throw new IllegalArgumentException(
          "No calibrated method has a score of " + task + ", " + metric + ".");
    }
    List<Double> means = Grouped.means(methods.values());
    int most =
        methods.values().stream()
            .flatMap(points -> points.keySet().stream())
            .mapToInt(Integer::intValue)
            .max()
            .orElseThrow();
    List<String> powers =
        IntStream.rangeClosed(0, (int) Math.ceil(log2(most)))
            .mapToObj(power -> Integer.toString(1 << power))
            .toList();
    boolean perplexity = metric.equals("perplexity");
    boolean oneSet =
        methods.values().stream()
            .flatMap(points -> points.values().stream())
            .allMatch(values -> values.size() == 1);
    XYChart chart =
        ChartStyle.chart(
            finding(methods, task),
            oneSet ? "samples (one set)" : "samples (mean ± std over sets)",
            ChartStyle.axis(metric, perplexity ? ", log scale" : ""));
    ChartStyle.labelColumns(chart, powers, PLOT_WIDTH / powers.size());
    if (perplexity) {
      ChartStyle.logarithmic(chart.getStyler(), means);
    }
    chart
        .getStyler()
        .setYAxisDecimalPattern(perplexity ? "0.#" : "0.00")
        .setErrorBarsColorSeriesColor(true)
        .setMarkerSize(7);
    Map<String, Integer> places = ChartStyle.places(methods.keySet());
    methods.forEach((method, points) -> add(chart, method, points, places.get(method)));
    return chart;
  }

  /** The methods whose score changes by the largest and by the smallest factor. */
  private static String finding(Map<String, Map<Integer, List<Double>>> methods, String task) {
    Map<String, Double> factors = new TreeMap<>();
    methods.forEach(
        (method, points) -> {
          List<List<Double>> counts = List.copyOf(points.values());
          factors.put(
              method, Grouped.mean(counts.get(counts.size() - 1)) / Grouped.mean(counts.get(0)));
        });
    if (factors.values().stream().anyMatch(each -> !(each > 0 && Double.isFinite(each)))) {
      return task + " by the number of samples"; // margins, for instance, can be below zero
    }
    Comparator<Map.Entry<String, Double>> bySize =
        Comparator.comparing(entry -> Math.abs(Math.log(entry.getValue())));
    Map.Entry<String, Double> most = Collections.max(factors.entrySet(), bySize);
    Map.Entry<String, Double> least = Collections.min(factors.entrySet(), bySize);
    String first =
        String.format(
            Locale.ROOT,
            "%s: more samples move %s most (×%.2f)",
            task,
            most.getKey(),
            most.getValue());
    return factors.size() < 2
        ? first.replace(" most", "")
        : String.format(
            Locale.ROOT, "%s, %s least (×%.2f)", first, least.getKey(), least.getValue());
  }

  private static double log2(int count) {
    return Math.log(count) / Math.log(2);
  }

  private static void add(
      XYChart chart, String method, Map<Integer, List<Double>> points, int place) {
    List<Double> samples = new ArrayList<>();
    List<Double> means = new ArrayList<>();
    List<Double> deviations = new ArrayList<>();
    points.forEach(
        (count, values) -> {
          samples.add(log2(count));
          means.add(Grouped.mean(values));
          deviations.add(values.size() < 2 ? 0 : Grouped.standardDeviation(values));
        });
    XYSeries line = chart.addSeries(method, samples, means, deviations);
    line.setLineColor(ChartStyle.color(place));
    line.setMarkerColor(ChartStyle.color(place));
    line.setMarker(ChartStyle.marker(place));
  }
}
