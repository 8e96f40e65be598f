package tare.report.summary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.knowm.xchart.XYChart;
import tare.report.DomainGain;
import tare.report.InventedResults;
import tare.report.PoolGain;
import tare.report.SelectorGain;
import tare.report.ShortNames;
import tare.report.SourcePairs;
import tare.report.figure.BoxPlots;
import tare.report.figure.PerplexityAgainstAccuracy;
import tare.report.figure.SamplesCurve;
import tare.study.TrialFiles;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** The tables and figures of whole studies. */
class StudyReportTest {

  @Test
  void tablesWhoseNamesDifferInSignsHaveFilesOfTheirOwn(@TempDir Path folder) {
    ReportFolder report = new ReportFolder(folder);
    for (String name : List.of("a_b", "a-b")) {
      report.table(name, Table.create(name, StringColumn.create("of", name)));
    }
    assertThat(report.finish("t").stream().map(file -> file.getFileName().toString()))
        .contains("a-b.csv", "a-b-2.csv")
        .doesNotHaveDuplicates();
  }

  @TempDir private Path folder;

  private List<String> files(Table results) {
    return StudyReport.write(results, TrialFiles.in(folder), folder).stream()
        .map(file -> file.getFileName().toString())
        .toList();
  }

  @Test
  void onlyWhatTheGridSupportsIsWritten() throws IOException {
    List<String> files = files(InventedResults.study());

    assertThat(files)
        .contains(
            "mean-and-spread.csv",
            "mean-and-spread.md",
            "source-against-source.csv",
            "method-against-method.csv",
            "acc-social-iqa-box-gptq-3-bit.png",
            "acc-social-iqa-pooled.png",
            "gain-over-random-by-domain.csv",
            "report.md")
        .noneMatch(file -> file.contains("samples") || file.contains("selectors"))
        .noneMatch(file -> file.contains("perplexity") || file.contains("spread.png"));
    for (String file : files) {
      assertThat(folder.resolve(file)).isNotEmptyFile();
      assertThat(Files.size(folder.resolve(file))).isLessThan(200_000);
    }
    assertThat(Files.readString(folder.resolve("mean-and-spread.md")))
        .startsWith("| task | metric | method | corpus | sets |")
        .contains("| RTN 3 bit |  | 1 | 0.520 | 0.440 |");
    assertThat(Files.readString(folder.resolve("report.md")))
        .contains("![acc on social_iqa after GPTQ 3 bit: lowest with ");
  }

  @Test
  void marginsThatTheOriginalLacksAreLeftOut() throws IOException {
    InventedResults results =
        new InventedResults()
            .add("none", "", 0, "t", 0.5)
            .add("gptq", "news", 0, "t", 0.4)
            .metric("margin")
            .add("gptq", "news", 0, "t", -1.5);
    files(results.table());
    assertThat(Files.readString(folder.resolve("mean-and-spread.csv"))).doesNotContain("margin");

    files(results.add("none", "", 0, "t", 0.25).table());
    assertThat(Files.readString(folder.resolve("mean-and-spread.csv"))).contains("margin");
  }

  @Test
  void budgetsAreAHeatMapForEachMethod() {
    InventedResults results = new InventedResults().add("none", "", 0, "t", 0.5);
    for (int samples : new int[] {1, 4}) {
      for (int length : new int[] {64, 256}) {
        results.budget(samples, length).add("gptq", "news", 0, "t", 0.4);
      }
    }
    assertThat(files(results.table()))
        .contains("acc-t-samples-and-length-gptq.png")
        .noneMatch(file -> file.contains("pooled") || file.contains("source"));
  }

  @Test
  void numbersOfSamplesAreACurve() {
    InventedResults results = new InventedResults().metric("perplexity");
    results.add("none", "", 0, "t", 20);
    for (int samples : new int[] {1, 4, 16}) {
      results.budget(samples, 64).add("gptq", "news", 0, "t", 40).add("gptq", "news", 1, "t", 44);
    }
    assertThat(files(results.table())).contains("perplexity-t-samples.png");
    XYChart one = SamplesCurve.chart(results.table(), "t", "perplexity");
    assertThat(one.getSeries("gptq").getXData()).containsExactly(0, 2, 4);
    assertThat(one.getTitle()).isEqualTo("t: more samples move gptq (×1.00)");
    results.budget(1, 64).add("rtn2", "news", 0, "t", 50);
    results.budget(16, 64).add("rtn2", "news", 0, "t", 40);
    assertThat(SamplesCurve.chart(results.table(), "t", "perplexity").getTitle())
        .isEqualTo("t: more samples move rtn2 most (×0.80), gptq least (×1.00)");
    results.metric("margin");
    results.budget(1, 64).add("gptq", "news", 0, "t", -2);
    results.budget(16, 64).add("gptq", "news", 0, "t", 1);
    assertThat(SamplesCurve.chart(results.table(), "t", "margin").getTitle())
        .as("a margin has no factor")
        .isEqualTo("t by the number of samples");
  }

  @Test
  void selectorsAreComparedWithTheRandomDrawPoolByPool() {
    InventedResults results = new InventedResults().add("none", "", 0, "t", 0.5);
    for (int set = 0; set < 4; set++) {
      double luck = 0.1 * set;
      results.selector("uniform-pool").add("gptq", "news", set, "t", 0.2 + luck);
      results.selector("zipcal").add("gptq", "news", set, "t", 0.25 + luck);
      results.selector("acdm rule farthest").add("gptq", "news", set, "t", 0.2 + luck + 0.01 * set);
    }
    Table gains = SelectorGain.table(results.table());

    assertThat(gains.stringColumn("selector").asList())
        .containsExactly("acdm rule farthest", "zipcal");
    assertThat(gains.intColumn("pairs").asList()).containsExactly(4, 4);
    assertThat(gains.doubleColumn("mean_difference").get(0)).isCloseTo(0.015, offset(1e-9));
    assertThat(gains.doubleColumn("low").get(0)).isLessThan(0.015);
    assertThat(files(results.table()))
        .contains("selectors-against-random.csv", "acc-t-selectors.png");
  }

  @Test
  void poolsAreComparedSetBySetAndOverTheMethods() {
    InventedResults results = new InventedResults().metric("nll").add("none", "", 0, "t", 1);
    for (int set = 0; set < 3; set++) {
      double luck = 0.1 * set;
      for (String method : List.of("awq", "gptq")) {
        double worse = method.equals("awq") ? 0.02 : 0.04;
        results.settings("3", "64", "", "").add(method, "chat", set, "t", 2 + luck);
        results.add(method, "chat?template=none", set, "t", 2 + luck + worse + 0.01 * set);
      }
    }
    results.add("gptq", "chat", 3, "t", 2).add("gptq", "chat?template=none", 3, "t", 9);
    results.add("gptq", "code", 0, "t", 3);

    Table gains = PoolGain.table(results.table(), "chat");
    assertThat(gains.stringColumn("method").asList()).containsExactly("awq", "gptq");
    assertThat(gains.stringColumn("corpus").asList()).containsOnly("chat?template=none");
    assertThat(gains.intColumn("pairs").asList()).containsExactly(3, 4);
    assertThat(gains.doubleColumn("mean_difference").get(0)).isCloseTo(0.03, offset(1e-9));
    assertThat(gains.doubleColumn("low").get(0)).isBetween(0.0, 0.03);

    Table over = PoolGain.overMethods(results.table(), "chat");
    assertThat(over.columnNames()).contains("bits").doesNotContain("method");
    assertThat(over.intColumn("pairs").asList()).as("set 3 lacks awq").containsExactly(3);
    assertThat(over.doubleColumn("mean_difference").get(0)).isCloseTo(0.04, offset(1e-9));
    assertThatThrownBy(() -> PoolGain.table(results.table(), "news"))
        .hasMessageContaining("No trial was calibrated on news")
        .hasMessageContaining("chat?template=none");
  }

  @Test
  void withSeveralSetsTheReportSaysHowOftenADrawTurnsTheOrder() throws IOException {
    InventedResults results = new InventedResults().metric("perplexity").add("none", "", 0, "t", 1);
    results.add("rtn", "", 0, "t", 3);
    double[] gptq = {2, 4};
    for (int set = 0; set < 2; set++) {
      results.add("gptq", "news", set, "t", gptq[set]).add("gptq", "code", set, "t", 8);
    }
    assertThat(files(results.table()))
        .contains(
            "how-often-a-draw-turns-the-order-of-methods.csv",
            "how-often-a-draw-turns-the-order-of-sources.csv")
        .noneMatch(file -> file.contains("order-of-selectors"));
    assertThat(Files.readString(folder.resolve("how-often-a-draw-turns-the-order-of-methods.md")))
        .as("GPTQ on news beats RTN once; on average by (ln 2/3 + ln 4/3) / 2 = -0.0589")
        .contains("| t | perplexity | news | uniform | gptq | rtn | 2 | -0.0589 |")
        .contains("| 0.500 |");
    assertThat(Files.readString(folder.resolve("report.md")))
        .contains("## how often a draw turns the order of sources by task")
        .contains("| code or news | 0.00 |");
  }

  @Test
  void withOneSetEachNothingIsSaidOfTurns() {
    Table results =
        new InventedResults()
            .add("none", "", 0, "t", 0.5)
            .add("gptq", "news", 0, "t", 0.4)
            .add("awq", "news", 0, "t", 0.3)
            .table();
    assertThat(files(results)).noneMatch(file -> file.contains("turns"));
  }

  @Test
  void theTurnsOfSelectorsAreCountedPoolByPool() {
    InventedResults results = new InventedResults().add("none", "", 0, "t", 0.5);
    for (int set = 0; set < 2; set++) {
      results.selector("uniform-pool").add("gptq", "news", set, "t", 0.2 + 0.1 * set);
      results.selector("zipcal").add("gptq", "news", set, "t", 0.25 + 0.11 * set);
    }
    assertThat(files(results.table()))
        .contains("how-often-a-draw-turns-the-order-of-selectors.csv")
        .noneMatch(file -> file.contains("order-of-sources"));
  }

  @Test
  void methodsWithSeveralSettingsAreCalledByBitsAndGroup() {
    InventedResults results = new InventedResults().add("none", "", 0, "t", 0.5);
    results.settings("3", "64", "", "").add("gptq", "news", 0, "t", 0.4);
    results.settings("4", "64", "", "").add("gptq", "news", 0, "t", 0.4);
    results.settings("", "", "0.5", "").add("wanda", "news", 0, "t", 0.4);
    results.settings("4", "64", "", "{\"damping\":0.1}").add("gptq", "news", 0, "t", 0.4);
    assertThat(ShortNames.methods(results.table()).stringColumn("method").asList())
        .containsExactly(
            "none",
            "gptq 3 bits g64",
            "gptq 4 bits g64",
            "wanda",
            "gptq 4 bits g64 {\"damping\":0.1}");
  }

  @Test
  void floatingPointNumbersStandInTheNameOfAMethod() {
    InventedResults results = new InventedResults();
    results.settings("8", "-1", "", "{\"numbers\":\"fp8\"}").add("rtn", "news", 0, "t", 0.4);
    results
        .settings("4", "16", "", "{\"then\":{\"method\":\"gptq\",\"numbers\":\"nvfp4\"}}")
        .add("rotation+gptq", "news", 0, "t", 0.4);
    results
        .settings("4", "32", "", "{\"then\":{\"method\":\"gptq\",\"numbers\":\"mxfp4\"}}")
        .add("rotation+gptq", "news", 0, "t", 0.4);
    assertThat(ShortNames.methods(results.table()).stringColumn("method").asList())
        .containsExactly(
            "rtn fp8", "rotation+gptq nvfp4 4 bits g16", "rotation+gptq mxfp4 4 bits g32");
  }

  @Test
  void gainsAreOverTheMixOfAllDomains() {
    InventedResults results =
        new InventedResults().metric("perplexity").add("none", "", 0, "code", 10);
    results.add("gptq", "code", 0, "code", 15).add("gptq", "code", 1, "code", 17);
    results.add("gptq", "news", 0, "code", 40).add("gptq", "code+news", 0, "code", 20);

    Table gains = DomainGain.table(results.table());

    assertThat(gains.stringColumn("corpus").asList()).containsExactly("code", "news");
    assertThat(gains.stringColumn("reference").asList()).containsOnly("code+news");
    for (String other : List.of("code:0.25+news:0.75", "code:0.75+news:0.25")) {
      results.add("gptq", other, 0, "code", 25);
    }
    assertThat(DomainGain.table(results.table()).stringColumn("reference").asList())
        .as("the most equal shares")
        .containsOnly("code+news");
    assertThat(gains.doubleColumn("gain").get(0))
        .isCloseTo(1 - Math.sqrt(15 * 17) / 20, offset(1e-12));
    assertThat(gains.doubleColumn("gain").get(1)).isCloseTo(1 - 40 / 20.0, offset(1e-12));
  }

  @Test
  void sourcesAreComparedInPairs() {
    InventedResults results = new InventedResults().add("none", "", 0, "t", 0.5);
    for (int set = 0; set < 3; set++) {
      results.add("gptq", "code", set, "t", 0.2 + 0.01 * set);
      results.add("gptq", "news", set, "t", 0.4 + 0.01 * set);
    }
    Table pairs = SourcePairs.table(results.table());

    assertThat(pairs.doubleColumn("difference").get(0)).isCloseTo(-0.2, offset(1e-9));
    // 2 of the 20 ways to choose three of six
    assertThat(pairs.doubleColumn("p").get(0)).isEqualTo(0.1);
    assertThat(pairs.stringColumn("unit").get(0)).isEmpty();
  }

  @Test
  void perplexitiesOfSourcesSelectorsAndPoolsAreComparedByTheirLogarithms() {
    InventedResults results = new InventedResults().metric("perplexity");
    double[] luck = {10, 20, 80};
    double[] ratio = {1.1, 1.2, 1.44};
    for (int set = 0; set < 3; set++) {
      results.selector("uniform-pool").add("gptq", "news", set, "t", luck[set]);
      results.add("gptq", "code", set, "t", ratio[set] * luck[set]);
      results.selector("zipcal").add("gptq", "news", set, "t", ratio[set] * luck[set]);
    }
    double higher = 100 * (Math.cbrt(1.1 * 1.2 * 1.44) - 1);
    Table random =
        results.table().where(results.table().stringColumn("selector").isEqualTo("uniform-pool"));
    for (Table gains :
        List.of(SelectorGain.table(results.table()), PoolGain.table(random, "news"))) {
      assertThat(gains.stringColumn("unit").get(0)).isEqualTo("%");
      assertThat(gains.doubleColumn("mean_difference").get(0)).isCloseTo(higher, offset(1e-9));
    }
    Table pairs = SourcePairs.table(random);
    assertThat(pairs.stringColumn("unit").get(0)).isEqualTo("%");
    assertThat(pairs.doubleColumn("difference").get(0)).isCloseTo(higher, offset(1e-9));
  }

  @Test
  void everyTrialWithBothIsAPointOfPerplexityAgainstAccuracy() {
    InventedResults results = new InventedResults().add("none", "", 0, "t", 0.5);
    results.add("gptq", "news", 0, "t", 0.4).add("gptq", "news", 1, "t", 0.3);
    results.metric("perplexity").add("none", "", 0, "news", 20);
    results.add("gptq", "news", 0, "news", 30).add("gptq", "news", 1, "news", 35);
    XYChart chart = PerplexityAgainstAccuracy.chart(results.table(), "news");
    assertThat(chart.getSeries("gptq").getYData()).containsExactly(0.4, 0.3);
    assertThat(chart.getTitle()).isEqualTo("Perplexity against accuracy");
    results.metric("perplexity").add("gptq", "news", 2, "news", 50);
    results.metric("acc").add("gptq", "news", 2, "t", 0.2);
    assertThat(PerplexityAgainstAccuracy.chart(results.table(), "news").getTitle())
        .isEqualTo("Rank correlation of perplexity and accuracy: -1.00 over 3 compressed models");
  }

  @Test
  void fewerThanFiveScoresAreNoBox() {
    Table results =
        new InventedResults().add("none", "", 0, "t", 0.5).add("gptq", "news", 0, "t", 0.4).table();
    assertThatThrownBy(() -> BoxPlots.bySource(results, "t", "acc", "gptq"))
        .hasMessageContaining("5 or more scores; there are [news: 1]");
  }

  @Test
  void withoutResultsNothingIsWritten() {
    Table none = InventedResults.study().emptyCopy();
    assertThatThrownBy(() -> StudyReport.write(none, TrialFiles.in(folder), folder.resolve("new")))
        .hasMessageContaining("no result yet");
    assertThat(folder.resolve("new")).doesNotExist();
  }

  @Test
  void htmlAndBarsInATableArePlainText() {
    Table table =
        Table.create(
            StringColumn.create("model", "<img src=x onerror=alert(1)>", "a|b\nc & d"),
            DoubleColumn.create("value", 1.5, 2.5));
    assertThat(MarkdownTable.text(table))
        .contains("| &lt;img src=x onerror=alert(1)&gt; |")
        .contains("| a\\|b c &amp; d |");
  }

  @Test
  void inATableBySelectorTheSelectorTakesThePlaceOfTheCorpus() {
    Table results =
        Table.create(
            StringColumn.create("corpus", "news", "news", ""),
            StringColumn.create("selector_label", "acdm rule farthest", "mine", ""));
    assertThat(BySelector.table(results).stringColumn("corpus").asList())
        .containsExactly("acdm rule farthest", "mine", "");
    assertThat(results.stringColumn("corpus").get(0)).isEqualTo("news");
  }
}
