package tare.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.IntColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

class InlineTest {

  record Layer(String name, int rows, double relativeError, boolean damped) {}

  @Test
  void aTableIsPlainHtmlWithEscapedText() {
    Table table =
        Table.create(
            StringColumn.create("text", "a < b & c"), IntColumn.create("n", new int[] {3}));

    Rendering rendering = Rendering.of(table);

    assertThat((String) rendering.data().get("text/html"))
        .contains("<th align=\"left\">text</th>")
        .contains("<td align=\"left\">a &lt; b &amp; c</td>")
        .contains("<td align=\"right\">3</td>")
        .doesNotContain("style", "script");
    assertThat(rendering.text()).contains("a < b & c");
  }

  @Test
  void aLongTableSaysThatItIsCut() {
    int[] numbers = java.util.stream.IntStream.range(0, 100).toArray();

    String html =
        (String) Rendering.of(Table.create(IntColumn.create("n", numbers))).data().get("text/html");

    assertThat(html).contains(">59<").doesNotContain(">60<").contains("first 60 of 100 rows");
    String open =
        html.substring(0, html.indexOf("<details><summary>The first 60 of 100 rows</summary>"));
    assertThat(open).contains(">9<").doesNotContain(">10<");
  }

  @Test
  void anIdentifierIsShownByItsBeginning() {
    Table table =
        Table.create(
            StringColumn.create("document", "t_0947b2a1-07a7-4690-96e2-f57dc03d0ec7", "b"));

    Rendering rendering = Rendering.of(table);

    assertThat(rendering.text()).contains("t_0947b2a1…", "b").doesNotContain("07a7");
    assertThat(table.stringColumn("document").get(0)).as("the table itself").endsWith("0ec7");
  }

  @Test
  void aChartIsAPictureOfTwiceItsSize() throws IOException {
    XYChart chart = new XYChartBuilder().width(300).height(200).title("Error").build();
    chart.setXAxisTitle("block");
    chart.setYAxisTitle("relative error");
    chart.addSeries("a", new double[] {1, 2}, new double[] {3, 4});

    Rendering rendering = Rendering.of(chart);

    byte[] png = Base64.getDecoder().decode((String) rendering.data().get("image/png"));
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(png));
    assertThat(image.getWidth()).isEqualTo(600);
    assertThat(image.getHeight()).isEqualTo(400);
    assertThat(rendering.metadata().get("image/png"))
        .isEqualTo(
            Map.of(
                "width",
                300,
                "height",
                200,
                "alt",
                "Error. Horizontal axis: block. Vertical axis: relative error. 1 series: a."));
    assertThat(rendering.text()).contains("Error");
  }

  @Test
  void arraysShowTheirValues() {
    assertThat(Rendering.of(new int[] {1, 2, 3}).text()).isEqualTo("[1, 2, 3]");
    assertThat(Rendering.of(new double[][] {{1, 2}, {3, 4}}).text())
        .isEqualTo("[[1.0, 2.0],\n [3.0, 4.0]]");
    assertThat(Rendering.of(new String[] {"a", null}).text()).isEqualTo("[a, null]");
    assertThat(Rendering.of(new float[100_000]).text())
        .hasSizeLessThan(2100)
        .endsWith("(100000 elements, cut here)");
    assertThat(Rendering.of(null).text()).startsWith("null. ").contains("emptied");
  }

  @Test
  void aSentenceIsMarkdownAndPlainOnATerminal() {
    Rendering sentence = Rendering.markdown("GPTQ is **worse**: 101.0 beside 64.4.");

    assertThat(sentence.data())
        .containsEntry("text/markdown", "GPTQ is **worse**: 101.0 beside 64.4.");
    assertThat(sentence.text()).isEqualTo("GPTQ is worse: 101.0 beside 64.4.");
  }

  @Test
  void recordsBecomeRows() {
    Table table =
        Inline.table(List.of(new Layer("q", 8, 0.5, true), new Layer("k", 4, 0.25, false)));

    assertThat(table.columnNames()).containsExactly("name", "rows", "relative_error", "damped");
    assertThat(table.types())
        .containsExactly(ColumnType.STRING, ColumnType.LONG, ColumnType.DOUBLE, ColumnType.BOOLEAN);
    assertThat(table.doubleColumn("relative_error").asList()).containsExactly(0.5, 0.25);
    assertThat(table.doubleColumn("relative_error").getString(0)).isEqualTo("0.500");
    assertThatThrownBy(() -> Inline.table(List.of())).hasMessageContaining("no record");
  }

  @Test
  void progressIsDrawnFourTimesASecondAndEndsClean() {
    List<String> lines = new ArrayList<>();
    long[] now = {0};
    ProgressLine progress = new ProgressLine(lines::add, () -> now[0]);

    for (int done = 1; done <= 30; done++) {
      now[0] += TimeUnit.MILLISECONDS.toNanos(100);
      progress.at("block", done, 30);
    }

    assertThat(lines).hasSizeBetween(8, 12);
    assertThat(lines.get(0)).isEqualTo("block: 1 of 30, about 0 s left");
    assertThat(lines.get(lines.size() - 1)).isEqualTo("block: 30 of 30");
  }

  @Test
  void aStageThatBeginsAgainIsTimedAnew() {
    List<String> lines = new ArrayList<>();
    long[] now = {0};
    ProgressLine progress = new ProgressLine(lines::add, () -> now[0]);

    for (int time = 0; time < 2; time++) {
      for (int done = 0; done <= 10; done++) {
        progress.at("block", done, 10);
        now[0] += TimeUnit.SECONDS.toNanos(3);
      }
    }

    assertThat(lines.subList(0, 11)).isEqualTo(lines.subList(11, 22));
    assertThat(lines).contains("block: 1 of 10, about 27 s left");
  }

  @Test
  void scaleChooses() {
    assertThat(Scale.of("Full").choose(1, 2, 3)).isEqualTo(3);
    assertThat(Scale.of("tiny").choose("a", "b", "c")).isEqualTo("a");
    assertThatThrownBy(() -> Scale.of("huge"))
        .hasMessageContaining("huge")
        .hasMessageContaining("tiny, small or full");
  }

  @Test
  void noKernelRunsHere() {
    assertThat(Frontend.running()).isEmpty();
  }
}
