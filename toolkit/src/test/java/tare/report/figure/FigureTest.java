package tare.report.figure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.HeatMapChart;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYSeries;
import org.knowm.xchart.internal.chartpart.Chart;
import tare.report.InventedResults;
import tech.tablesaw.api.BooleanColumn;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

class FigureTest {

  @Test
  void everySetOfEverySourceIsAPoint() {
    XYChart chart = SpreadBySource.chart(InventedResults.study(), "social_iqa", "acc");

    assertThat(chart.getSeries("GPTQ 3 bit, sets").getYData()).hasSize(30);
    assertThat(chart.getSeries("GPTQ 3 bit, mean ± std").getYData()).hasSize(6);
    assertThat(chart.getSeries("uncompressed").getYData()).containsExactly(0.52, 0.52);
    assertThat(chart.getSeries("RTN 3 bit (no calibration)").getYData())
        .containsExactly(0.44, 0.44);
    assertThat(inked(chart)).isTrue();
  }

  @Test
  void mixturesThatDifferInTheirSharesHaveNamesOfTheirOwn() {
    assertThat(ChartStyle.corpus("code:0.25+chat:0.75")).isEqualTo("code:0.25+chat:0.75");
    assertThat(ChartStyle.corpus("news+code")).isEqualTo("mix of 2");
    assertThat(ChartStyle.corpus("a:0.2+b:0.2+c:0.2+d:0.2+a-longer-name:0.2"))
        .isEqualTo("mix of 5");
    assertThat(ChartStyle.corpus("chat?count=answers")).isEqualTo("chat?count=answers");
  }

  @Test
  void figuresHaveTheNamesOfPapers() {
    assertThat(HumanNames.in("smoothquant-gptq gains most, acdm-herding 3 bits, rtn"))
        .isEqualTo("SmoothQuant + GPTQ gains most, ACDM with herding 3 bits, RTN");
    assertThat(HumanNames.in("self=3 gptq/x my-gptq gptq-2"))
        .as("parts of other names")
        .isEqualTo("self=3 gptq/x my-gptq gptq-2");
    XYChart chart = new XYChart(300, 200);
    chart.setTitle("gptq beside awq");
    chart.addSeries("gptq", new double[] {1, 2}, new double[] {3, 4});
    ChartImage.png(chart);
    assertThat(chart.getTitle()).isEqualTo("GPTQ beside AWQ");
    assertThat(chart.getSeries("gptq").getLabel()).isEqualTo("GPTQ");
  }

  private static Table layerErrors(double... errors) {
    return Table.create(
        StringColumn.create(
            "linear",
            "model.layers.0.mlp.down_proj",
            "model.layers.0.self_attn.q_proj",
            "model.layers.1.self_attn.q_proj"),
        DoubleColumn.create("relative_error", errors));
  }

  @Test
  void methodsAreBesideEachOtherForEachKindOfLayerOnOneScale() {
    SmallMultiples charts =
        LayerErrors.beside(
            "one title",
            Map.of("rtn", layerErrors(0.3, 0.2, 0.1), "gptq", layerErrors(0.03, 0.02, 0.01)));

    assertThat(charts.panels().stream().map(Chart::getTitle))
        .containsExactly("q_proj: queries", "down_proj");
    assertThat(charts.key()).containsOnlyKeys("rtn", "gptq");
    for (Chart<?, ?> panel : charts.panels()) {
      assertThat(((XYChart) panel).getStyler().getYAxisMin()).isEqualTo(0.01);
      assertThat(((XYChart) panel).getStyler().getYAxisMax()).isEqualTo(0.3);
      assertThat(panel.getSeriesCollection()).hasSize(2);
    }
    assertThat(ChartImage.png(charts)).isNotEmpty();
  }

  @Test
  void beforeAndAfterHasAPanelForEachScoreAndModelsInTheirOrder() {
    Table scores =
        Table.create(
            StringColumn.create("model", "uncompressed", "b", "a", "uncompressed", "b", "a"),
            StringColumn.create("task", "news", "news", "news", "quiz", "quiz", "quiz"),
            StringColumn.create(
                "metric", "perplexity", "perplexity", "perplexity", "acc", "acc", "acc"),
            DoubleColumn.create("value", 20, 30, 25, 0.6, 0.4, 0.5),
            DoubleColumn.create("standard_error", 1, 2, 3, 0.1, 0.1, 0.1));

    SmallMultiples charts = BeforeAndAfter.chart("one title", scores);

    assertThat(charts.panels().stream().map(Chart::getTitle)).containsExactly("news", "quiz");
    XYChart news = (XYChart) charts.panels().get(0);
    assertThat(news.getXAxisTitle()).isEqualTo("perplexity (lower is better)");
    assertThat(news.getSeries("uncompressed").getYData()).as("at the top").containsExactly(2);
    assertThat(news.getSeries("b ± standard error").getXData()).containsExactly(28, 32);
  }

  @Test
  void aTaskThatNobodyRanIsRefused() {
    assertThatThrownBy(() -> SpreadBySource.chart(InventedResults.study(), "chess", "acc"))
        .hasMessageContaining("chess, acc; the table has none");
  }

  @Test
  void matchingIsAForestOfDomainsAndItsTitleSaysWhichMethodGainsMost() {
    Table matching =
        Table.create(
            StringColumn.create("method", "awq", "awq", "gptq", "gptq"),
            StringColumn.create("task", "code", "news", "code", "news"),
            DoubleColumn.create("matched", 1, 1, 5, 5),
            DoubleColumn.create("others", 0, 0, -5, -5),
            DoubleColumn.create("difference", 1, 1, 10, 10),
            DoubleColumn.create("low", 0, -1, 8, 9),
            DoubleColumn.create("high", 2, 3, 12, 11));

    XYChart chart = ForestPlot.matching(matching, "a model");

    assertThat(chart.getTitle())
        .isEqualTo("a model: matching helps gptq most (10.0 %), awq least (1.0 %)");
    assertThat(chart.getSeries("gptq").getXData()).containsExactly(10, 10);
    assertThat(chart.getSeries("awq news").getXData()).containsExactly(-1, 3);
    assertThat(matching.columnNames()).contains("difference"); // the table itself is left alone
    assertThat(inked(chart)).isTrue();
  }

  @Test
  void mapsOnOneScaleColourEqualGainsAlike() {
    Table small =
        Table.create(
            StringColumn.create("corpus", "code", "news"),
            StringColumn.create("task", "code", "code"),
            DoubleColumn.create("gain", 0.02, -0.01));
    Table large =
        Table.create(
            StringColumn.create("corpus", "code"),
            StringColumn.create("task", "code"),
            DoubleColumn.create("gain", -4.0));

    assertThat(HeatMaps.fullColour(small)).isEqualTo(0.02);
    assertThat(HeatMaps.fullColour(large))
        .as("one bad cell does not pale the others")
        .isEqualTo(0.5);
    assertThat(HeatMaps.domains(small, "own scale").getStyler().getMax()).isEqualTo(0.02);
    assertThat(HeatMaps.domains(small, 0.5, "common scale").getStyler().getMax()).isEqualTo(0.5);
    assertThat(HeatMaps.domains(small, "gptq").getTitle())
        .isEqualTo("gptq: best with its own domain on 1 of 1");
  }

  @Test
  void eachSetStandsByItsDistanceFromTheMeanOfTheMethod() {
    Table results =
        Table.create(
            StringColumn.create("model", Collections.nCopies(8, "m")),
            StringColumn.create("task", Collections.nCopies(8, "news")),
            StringColumn.create("metric", Collections.nCopies(8, "kl")),
            StringColumn.create(
                "method", "none", "rtn", "gptq", "gptq", "gptq", "gptq", "awq", "awq"),
            StringColumn.create("corpus", "", "", "code", "code", "news", "news", "code", "news"),
            DoubleColumn.create("value", 0, 9, 4, 4, 1, 1, 3, 3));

    XYChart chart = TextEffect.chart(results, "news", "kl");

    assertThat(chart.getTitle())
        .isEqualTo("The text moves gptq most (×4.00) and awq least (×1.00)");
    XYSeries code = chart.getSeries("code");
    assertThat(code.getXData()).usingComparatorWithPrecision(1e-9).containsExactly(100, 100, 0);
    assertThat(code.getYData()).startsWith(0.15).endsWith(1.15);
    assertThat(chart.getSeries("news").getXData())
        .usingComparatorWithPrecision(1e-9)
        .containsExactly(-50, -50, 0);
    assertThat(inked(chart)).isTrue();
    assertThatThrownBy(() -> TextEffect.chart(results, "news", "acc"))
        .hasMessageContaining("no calibrated model with acc of news");
  }

  @Test
  void windowsStandByTheirDistanceAndTheTitleSaysWhichAreNearest() {
    Table windows =
        Table.create(
            StringColumn.create("corpus", "code", "code", "news", "news", "news"),
            DoubleColumn.create("distance", 1.9, 2.1, 1.0, 1.2, 1.1),
            BooleanColumn.create("chosen", false, false, true, false, false));

    XYChart chart = DistanceFigure.chart(windows, "goal_step_wikihow/goal_inference");

    assertThat(chart.getTitle())
        .isEqualTo("goal_inference: windows of news are the nearest, of code the farthest");
    assertThat(chart.getSeries("windows").getYData()).hasSize(5);
    assertThat(chart.getSeries("chosen").getYData()).containsExactly(1.0);
    assertThat(inked(chart)).isTrue();
  }

  @Test
  void aPlaneSaysHowMuchItHolds() {
    Table points =
        Table.create(
            StringColumn.create("kind", "candidate", "chosen", "centroid"),
            StringColumn.create("label", "news", "code", "tasks/quiz"),
            DoubleColumn.create("x", 0, 1, 2),
            DoubleColumn.create("y", 0, 1, 2));

    XYChart chart = ProjectionFigure.chart(points, 0.28, 0.13);

    assertThat(chart.getTitle()).contains("41 %");
    assertThat(chart.getXAxisTitle()).isEqualTo("first component (28 % of the variance)");
    assertThat(chart.getSeries("centroid of quiz").getYData()).hasSize(1);
  }

  @Test
  void axesSayWhereScoresAreBetter() {
    assertThat(ChartStyle.axis("perplexity", ", log scale"))
        .isEqualTo("perplexity (lower is better, log scale)");
    assertThat(ChartStyle.axis("acc", "")).isEqualTo("accuracy (higher is better)");
    assertThat(ChartStyle.axis("mine", "")).isEqualTo("mine");
    assertThat(ChartStyle.axis("mine", ", log scale")).isEqualTo("mine (log scale)");
  }

  @Test
  void linearsAreDrawnByKindAndBlock() {
    Table layers =
        Table.create(
            StringColumn.create(
                "linear",
                "model.layers.0.self_attn.q_proj.weight",
                "model.layers.1.self_attn.q_proj",
                "model.layers.0.mlp.down_proj",
                "model.layers.10.mlp.down_proj",
                "lm_head.weight"),
            DoubleColumn.create("relative_error", 0.01, 0.02, 0.03, 0.3, 0.5));

    XYChart chart = LayerErrors.chart(layers);

    assertThat(chart.getSeriesCollection().stream().map(XYSeries::getName))
        .containsExactly("down_proj", "q_proj");
    assertThat(chart.getSeries("down_proj").getXData()).containsExactly(0, 10);
    assertThat(chart.getSeries("q_proj").getYData()).containsExactly(0.01, 0.02);
    assertThat(inked(chart)).isTrue();
  }

  @Test
  void scoresAreDrawnBySparsityAndMethod() {
    Table scores =
        Table.create(
            StringColumn.create("method", "none", "wanda", "wanda", "wanda", "magnitude"),
            DoubleColumn.create("sparsity", 0, 0.5, 0.5, 0.3, 0.4999),
            DoubleColumn.create("value", 20, 30, 34, 22, 90));

    XYChart chart = SparsityCurve.chart(scores, "perplexity", "held-back news");

    assertThat(chart.getTitle()).isEqualTo("held-back news: wanda is best at 50 % sparsity");
    assertThat(chart.getYAxisTitle()).isEqualTo("perplexity (lower is better, log scale)");
    assertThat(chart.getSeries("wanda").getXData()).containsExactly(0.3, 0.5);
    assertThat(chart.getSeries("wanda").getYData()).containsExactly(22, 32);
    assertThat(chart.getSeries("magnitude").getYData()).containsExactly(90);
    assertThat(chart.getSeries("uncompressed").getYData()).containsExactly(20, 20);
    assertThat(inked(chart)).isTrue();
    assertThat(SparsityCurve.chart(scores, "acc", "quiz").getTitle())
        .as("of 32 and 90, the larger accuracy")
        .isEqualTo("quiz: magnitude is best at 50 % sparsity");
    assertThat(SparsityCurve.chart(scores, "of mine", "quiz").getTitle())
        .isEqualTo("quiz by sparsity");
    assertThatThrownBy(() -> SparsityCurve.chart(scores.emptyCopy(), "perplexity", "news"))
        .hasMessageContaining("No row");
  }

  @Test
  void aMethodHasOneColourInAllFigures() {
    Table all =
        Table.create(
            StringColumn.create("method", "awq", "magnitude", "mine", "sparsegpt", "wanda"),
            DoubleColumn.create("sparsity", 0.5, 0.5, 0.5, 0.5, 0.5),
            DoubleColumn.create("value", 20, 30, 34, 22, 90));
    Table one = all.where(all.stringColumn("method").isEqualTo("wanda"));

    XYChart many = SparsityCurve.chart(all, "perplexity", "news");

    assertThat(many.getSeriesCollection().stream().map(XYSeries::getLineColor))
        .doesNotHaveDuplicates();
    assertThat(many.getSeries("wanda").getLineColor())
        .isEqualTo(
            SparsityCurve.chart(one, "perplexity", "news").getSeries("wanda").getLineColor());
  }

  @Test
  void everySelectorHasItsName() {
    for (int count = 2; count <= 20; count++) {
      List<String> selectors =
          IntStream.range(0, count).mapToObj(i -> "a selector of a long name " + i).toList();
      double[] zeros = new double[count];
      Table gains =
          Table.create(
              StringColumn.create("selector", selectors),
              StringColumn.create("method", Collections.nCopies(count, "gptq")),
              StringColumn.create("metric", Collections.nCopies(count, "nll")),
              StringColumn.create("unit", Collections.nCopies(count, "")),
              DoubleColumn.create("mean_difference", zeros),
              DoubleColumn.create("low", zeros),
              DoubleColumn.create("high", zeros));
      XYChart chart = ForestPlot.selectors(gains, "nats");
      BufferedImage image = BitmapEncoder.getBufferedImage(chart);
      // bands of ink at the left: the labels
      boolean[] inked = new boolean[image.getHeight()];
      for (int y = 0; y < inked.length; y++) {
        int row = y;
        inked[y] = IntStream.range(0, 40).anyMatch(x -> image.getRGB(x, row) != -1);
      }
      assertThat(IntStream.range(1, inked.length).filter(y -> inked[y] && !inked[y - 1]).count())
          .as(count + " selectors")
          .isEqualTo(count);
    }
  }

  @Test
  void aForestHasTheReferenceAtZeroAndWhatIsBetterToTheRight() {
    Table lower = gains("nll", "");
    Table higher = gains("acc", "");
    Table unknown = gains("blips", "%");

    XYChart chart = ForestPlot.pools(lower, "chat", "a model");

    assertThat(chart.getSeries("chat").getXData()).containsExactly(0, 0);
    assertThat(chart.getSeries("gptq").getXData()).containsExactly(0.01, -0.02, -0.005);
    assertThat(chart.getSeries("gptq a").getXData()).containsExactly(0.02, 0.004);
    assertThat(chart.getXAxisTitle())
        .isEqualTo("ln perplexity lower than with chat, nats per token (right is better)");
    XYChart accuracy = ForestPlot.pools(higher, "chat", "a model");
    assertThat(accuracy.getSeries("gptq").getXData()).containsExactly(-0.01, 0.02, 0.005);
    assertThat(accuracy.getXAxisTitle())
        .isEqualTo("accuracy higher than with chat (right is better)");
    XYChart blips = ForestPlot.pools(unknown, "chat", "a model");
    assertThat(blips.getSeries("gptq").getXData()).containsExactly(-0.01, 0.02, 0.005);
    assertThat(blips.getXAxisTitle()).isEqualTo("blips: difference from chat, %");
    assertThatThrownBy(() -> ForestPlot.pools(lower.emptyCopy(), "chat", "a model"))
        .hasMessageContaining("No corpus shares two sets with chat");
  }

  @Test
  void theTitleOfAForestCountsWhatIsClearAfterCorrectionIfThereIsOne() {
    Table gains = gains("nll", "");

    assertThat(ForestPlot.pools(gains, "chat", "a model").getTitle())
        .isEqualTo("a model: 1 of 3 clearly better than chat, 1 worse"); // by intervals
    Table corrected = gains.copy().addColumns(DoubleColumn.create("p_t_holm", 0.06, 0.01, 0.7));
    assertThat(ForestPlot.pools(corrected, "chat", "a model").getTitle())
        .isEqualTo("a model: 0 of 3 better than chat after correction, 1 worse");
    Table none = gains.copy().addColumns(DoubleColumn.create("p_t_holm", 0.06, 0.1, Double.NaN));
    assertThat(ForestPlot.pools(none, "chat", "a model").getTitle())
        .isEqualTo("a model: no difference from chat holds after correction");
  }

  @Test
  void aWalkOverColumnsShowsEachChangeOnOneScale() {
    double[][] before = {{1, 2}, {3, 4}};
    double[][] first = {{1.5, 1.9}, {3, 4.3}};
    double[][] second = {{1.5, 2.5}, {3, 4}};

    SmallMultiples walk = ColumnSteps.chart("gptq", before, List.of(first, second));

    assertThat(walk.title()).isEqualTo("GPTQ moves the columns still to come by up to 0.30");
    assertThat(walk.panels()).hasSize(2);
    HeatMapChart panel = (HeatMapChart) walk.panels().get(0);
    assertThat(panel.getStyler().getMax()).isEqualTo(0.5);
    List<Double> changes = new ArrayList<>();
    for (Number[] cell : panel.getHeatMapSeries().getHeatData()) {
      changes.add(Math.round(10 * cell[2].doubleValue()) / 10.0);
    }
    assertThat(changes).containsExactly(0.5, -0.1, 0.0, 0.3);
    assertThatThrownBy(() -> ColumnSteps.chart("gptq", before, List.of()))
        .hasMessageContaining("no column");
  }

  @Test
  void theTitleOfAForestWithLongNamesIsWhole() {
    Table gains = gains("nll", "");
    String rule = "acdm references goal_inference movie_recommendation ";
    gains.replaceColumn(
        "corpus", StringColumn.create("corpus", rule + "a", rule + "b", rule + "c"));
    BufferedImage image =
        BitmapEncoder.getBufferedImage(
            ForestPlot.pools(gains, "a random draw", "data/tiny, a long name"));
    for (int y = 0; y < 40; y++) {
      for (int x = 0; x < 8; x++) {
        assertThat(image.getRGB(x, y)).as("left edge").isEqualTo(-1);
        assertThat(image.getRGB(image.getWidth() - 1 - x, y)).as("right edge").isEqualTo(-1);
      }
    }
  }

  private static Table gains(String metric, String unit) {
    return Table.create(
        StringColumn.create("corpus", "a", "b", "c"),
        StringColumn.create("method", "gptq", "gptq", "gptq"),
        StringColumn.create("metric", metric, metric, metric),
        StringColumn.create("unit", unit, unit, unit),
        DoubleColumn.create("mean_difference", -0.01, 0.02, 0.005),
        DoubleColumn.create("low", -0.02, 0.01, -0.01),
        DoubleColumn.create("high", -0.004, 0.03, 0.02));
  }

  @Test
  void aCurveHasTheSpreadOfEachPoint() {
    Table rows =
        Table.create(
            StringColumn.create("method", "gptq", "gptq", "gptq", "awq"),
            DoubleColumn.create("share_of_code", 1, 0, 0, 0.5),
            DoubleColumn.create("perplexity", 9, 4, 6, 7));

    XYChart chart = Curves.withSpread(rows, "method", "share_of_code", "perplexity", "mixtures");

    assertThat(chart.getSeries("gptq").getXData()).containsExactly(0, 1);
    assertThat(chart.getSeries("gptq").getYData()).containsExactly(5, 9);
    assertThat(chart.getSeries("gptq").getExtraValues()).containsExactly(Math.sqrt(2), 0);
    assertThat(chart.getSeries("awq").getYData()).containsExactly(7);
    assertThat(chart.getXAxisTitle()).isEqualTo("share of code");
    assertThat(inked(chart)).isTrue();
    assertThatThrownBy(
            () -> Curves.withSpread(rows.emptyCopy(), "method", "share_of_code", "perplexity", ""))
        .hasMessageContaining("no rows");
  }

  @Test
  void weightsAreDrawnByFate() {
    Table weights =
        Table.create(
            IntColumn.create("output", 0, 0, 1, 1),
            IntColumn.create("input", 0, 1, 0, 1),
            StringColumn.create("fate", "kept", "pruned", "pruned", "kept"));

    XYChart chart = WeightFates.chart(weights, "fates");

    assertThat(chart.getSeries("pruned").getXData()).containsExactly(1, 0);
    assertThat(chart.getSeries("pruned").getYData()).containsExactly(0, 1);
    assertThatThrownBy(() -> WeightFates.chart(weights.emptyCopy(), "fates"))
        .hasMessageContaining("no weight");
  }

  @Test
  void bitsAgainstScore() {
    Table rows =
        Table.create(
            StringColumn.create("method", "gptq", "rtn", "gptq", "none"),
            DoubleColumn.create("bits_per_weight", 4.25, 3.25, 3.25, Double.NaN),
            StringColumn.create("metric", "perplexity", "perplexity", "perplexity", "perplexity"),
            DoubleColumn.create("value", 20, 90, 40, 18));

    XYChart chart = BitsAgainstScore.chart("news", rows);

    assertThat(chart.getTitle()).isEqualTo("news: no method beats gptq at its size");
    assertThat(chart.getSeries("gptq").getXData()).containsExactly(3.25, 4.25);
    assertThat(chart.getSeries("gptq").getYData()).containsExactly(40, 20);
    assertThat(chart.getSeries("uncompressed").getXData()).containsExactly(3.25, 4.25);
    assertThat(chart.getSeries("uncompressed").getYData()).containsExactly(18, 18);
    assertThat(inked(chart)).isTrue();
    SmallMultiples beside = BitsAgainstScore.beside("all", Map.of("news", rows, "code", rows));
    assertThat(beside.title()).isEqualTo("all: in all, no method beats GPTQ at its size");
    assertThat(beside.panels()).hasSize(2);
    assertThat(beside.key()).containsOnlyKeys("gptq", "rtn", "uncompressed");
    assertThat(((XYChart) beside.panels().get(0)).getStyler().getYAxisMin()).isEqualTo(18);
    rows.doubleColumn("value").set(0, 0);
    assertThatThrownBy(() -> BitsAgainstScore.chart("news", rows))
        .hasMessageContaining("log scale");
    rows.stringColumn("metric").set(0, "acc");
    assertThatThrownBy(() -> BitsAgainstScore.chart("news", rows))
        .hasMessageContaining("one metric");
  }

  /** Whether anything but the white ground was painted. */
  private static boolean inked(XYChart chart) {
    BufferedImage image = BitmapEncoder.getBufferedImage(chart);
    List<Integer> row = new java.util.ArrayList<>();
    for (int x = 0; x < image.getWidth(); x++) {
      row.add(image.getRGB(x, image.getHeight() / 2) & 0xffffff);
    }
    return row.stream().anyMatch(pixel -> pixel != 0xffffff);
  }
}
