package tare.report.figure;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.style.Styler;
import org.knowm.xchart.style.markers.SeriesMarkers;
import tare.report.Grouped;
import tech.tablesaw.api.Table;

/**
 * Shows how much the choice of the calibration text moves the score of each method, with one scale
 * for all methods: each set's score in per cent of the geometric mean over the method's sets.
 *
 * <pre>{@code
 * Table results = Results.of("sensitivity-tiny").table();
 * show(TextEffect.chart(results, "code", "perplexity"));
 * }</pre>
 */
public final class TextEffect {

  private static final int ROW = 30;
  private static final int AROUND = 130;

  private TextEffect() {}

  /** A method's sets: by corpus, the logarithms of their scores above the method's mean. */
  private record Effect(String method, Map<String, List<Double>> sets) {

    static Effect of(String method, Map<String, List<Double>> scores) {
      double mean =
          scores.values().stream()
              .flatMap(List::stream)
              .mapToDouble(Math::log)
              .average()
              .orElseThrow();
      Map<String, List<Double>> sets = new LinkedHashMap<>();
      scores.forEach(
          (corpus, values) ->
              sets.put(corpus, values.stream().map(each -> Math.log(each) - mean).toList()));
      return new Effect(method, sets);
    }

    /** By what factor the mean of the worst corpus exceeds that of the best. */
    double factor() {
      List<Double> means = sets.values().stream().map(Grouped::mean).sorted().toList();
      return Math.exp(means.get(means.size() - 1) - means.get(0));
    }
  }

  /**
   * Draws a figure of one task and metric, with the methods in the order of their names. Methods
   * without calibration are left out.
   *
   * @param results rows of one model and one setting of each method, with the columns of {@code
   *     results.csv}
   * @param metric one whose values are above 0: a perplexity or a divergence
   * @throws IllegalArgumentException if there is no calibrated row, or a value is not above 0
   */
  public static XYChart chart(Table results, String task, String metric) {
    Table rows = Grouped.compressedRows(Grouped.scores(results, task, metric));
    List<Effect> effects = effects(rows, task, metric);
    Effect most = effects.stream().max(Comparator.comparingDouble(Effect::factor)).orElseThrow();
    Effect least = effects.stream().min(Comparator.comparingDouble(Effect::factor)).orElseThrow();
    XYChart chart =
        ChartStyle.chart(
            String.format(
                Locale.ROOT,
                "The text moves %s most (×%.2f) and %s least (×%.2f)",
                most.method(),
                most.factor(),
                least.method(),
                least.factor()),
            metric
                + " on "
                + task.replace("/divergence", "")
                + ", % above the mean of the method's sets (left is better)",
            "",
            AROUND + ROW * effects.size());
    chart.getStyler().setLegendPosition(Styler.LegendPosition.OutsideE);
    ChartStyle.labelRows(chart, effects.stream().map(Effect::method).toList(), ROW);
    XYSeries middle =
        chart.addSeries("mean", new double[] {0, 0}, new double[] {-0.5, effects.size() - 0.5});
    middle.setMarker(SeriesMarkers.NONE).setLineColor(ChartStyle.color(0)).setShowInLegend(false);
    TreeSet<String> corpora = new TreeSet<>();
    effects.forEach(each -> corpora.addAll(each.sets().keySet()));
    int place = 0;
    for (String corpus : corpora) {
      add(chart, corpus, place++, corpora.size(), effects);
    }
    return chart;
  }

  /** The methods, the last one first, because rows are drawn upwards. */
  private static List<Effect> effects(Table rows, String task, String metric) {
    if (!rows.isEmpty() && !(rows.doubleColumn("value").min() > 0)) {
      throw new IllegalArgumentException(
          "A logarithm needs values above 0; some %s of %s is not.".formatted(metric, task));
    }
    Map<String, Map<String, List<Double>>> scores = new LinkedHashMap<>(); // sorted as they come
    Grouped.values(rows, "method", "corpus")
        .forEach(
            (key, values) -> {
              if (!key.get(1).isEmpty()) {
                scores
                    .computeIfAbsent(key.get(0), method -> new LinkedHashMap<>())
                    .put(key.get(1), values);
              }
            });
    List<Effect> effects = new ArrayList<>();
    scores.forEach((method, sets) -> effects.add(0, Effect.of(method, sets)));
    if (effects.isEmpty()) {
      throw new IllegalArgumentException(
          "The table has no calibrated model with %s of %s.".formatted(metric, task));
    }
    return effects;
  }

  private static void add(
      XYChart chart, String corpus, int place, int corpora, List<Effect> effects) {
    List<Double> xs = new ArrayList<>();
    List<Double> ys = new ArrayList<>();
    for (int row = 0; row < effects.size(); row++) {
      for (double each : effects.get(row).sets().getOrDefault(corpus, List.of())) {
        xs.add(100 * Math.expm1(each));
        ys.add(row + 0.6 * ((corpora - 1) / 2.0 - place) / corpora);
      }
    }
    XYSeries series = chart.addSeries(ChartStyle.corpus(corpus), xs, ys);
    series.setXYSeriesRenderStyle(XYSeries.XYSeriesRenderStyle.Scatter);
    series.setMarker(ChartStyle.marker(place));
    series.setMarkerColor(ChartStyle.color(place));
  }
}
