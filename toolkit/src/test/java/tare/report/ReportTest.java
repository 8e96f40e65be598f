package tare.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.study.TrialFiles;
import tech.tablesaw.api.Row;
import tech.tablesaw.api.Table;

/** Every number in these tables can be worked out by hand. */
class ReportTest {

  private static InventedResults twoCorpora() {
    return new InventedResults()
        .add("none", "", 0, "quiz", 0.50)
        .add("RTN", "", 0, "quiz", 0.30)
        .add("GPTQ", "news", 0, "quiz", 0.40)
        .add("GPTQ", "news", 1, "quiz", 0.42)
        .add("GPTQ", "news", 2, "quiz", 0.44)
        .add("GPTQ", "code", 0, "quiz", 0.30)
        .add("GPTQ", "code", 1, "quiz", 0.32)
        .add("GPTQ", "code", 2, "quiz", 0.34);
  }

  @Test
  void meanSpreadAndDifferenceToTheUncompressedModel() {
    Table table = MeanAndSpread.table(twoCorpora().table());

    assertThat(table.rowCount()).isEqualTo(3);
    Row news = row(table, "method", "GPTQ", "corpus", "news");
    assertThat(news.getInt("sets")).isEqualTo(3);
    assertThat(news.getDouble("baseline")).isEqualTo(0.50);
    assertThat(news.getDouble("mean")).isCloseTo(0.42, within(1e-12));
    assertThat(news.getDouble("difference")).isCloseTo(-0.08, within(1e-12));
    assertThat(news.getDouble("std")).isCloseTo(0.02, within(1e-12));
    assertThat(news.getDouble("min")).isEqualTo(0.40);
    assertThat(news.getDouble("max")).isEqualTo(0.44);
    assertThat(table.doubleColumn("std").countMissing()).as("RTN has one score").isEqualTo(1);
    assertThat(table.columnNames())
        .as("constant columns say nothing")
        .doesNotContain("model", "samples", "tokens_per_sample");
  }

  @Test
  void aCompressedScoreWithoutItsBaselineIsRefused() {
    Table table = new InventedResults().add("GPTQ", "news", 0, "quiz", 0.4).table();

    assertThatThrownBy(() -> MeanAndSpread.table(table))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no baseline row")
        .hasMessageContaining("quiz");
  }

  @Test
  void twoSettingsOfOneMethodAreNotAveraged() {
    InventedResults results =
        new InventedResults()
            .add("none", "", 0, "quiz", 0.5)
            .settings("3", "", "", "")
            .add("GPTQ", "news", 0, "quiz", 0.3)
            .settings("4", "", "", "")
            .add("GPTQ", "news", 0, "quiz", 0.4);

    Table table = MeanAndSpread.table(results.table());

    assertThat(table.stringColumn("method").asList()).containsExactly("GPTQ 3 bits", "GPTQ 4 bits");
    Table once =
        ShortNames.methods(
            new InventedResults()
                .settings("4", "32", "", "{\"numbers\":\"mxfp4\"}")
                .add("gptq", "news", 0, "quiz", 0.3)
                .settings("4", "64", "", "")
                .add("gptq", "news", 0, "quiz", 0.4)
                .table());
    assertThat(once.stringColumn("method").asList())
        .containsExactly("gptq mxfp4 4 bits g32", "gptq 4 bits g64");
    assertThat(ShortNames.methods(once).stringColumn("method").asList())
        .as("short names stay")
        .isEqualTo(once.stringColumn("method").asList());
    assertThat(table.doubleColumn("mean").asList()).containsExactly(0.3, 0.4);
  }

  @Test
  void varianceBetweenSourcesAgainstVarianceWithinOne() {
    Table table = SourceVariance.table(twoCorpora().table());

    // Means 0.42 and 0.32 of 3 each: between = 3 * 2 * 0.05^2 / 1 = 0.015; within = 0.02^2.
    assertThat(table.rowCount()).as("RTN has no corpora to compare").isEqualTo(1);
    Row row = table.row(0);
    assertThat(row.getInt("corpora")).isEqualTo(2);
    assertThat(row.getInt("sets")).isEqualTo(6);
    assertThat(row.getDouble("std_between")).isCloseTo(0.1 / Math.sqrt(2), within(1e-12));
    assertThat(row.getDouble("std_within")).isCloseTo(0.02, within(1e-12));
    assertThat(row.getDouble("f")).isCloseTo(37.5, within(1e-9));
    // For 1 and 4 degrees of freedom F is t squared; t = 6.1237 has a two-sided p of 0.003602.
    assertThat(row.getDouble("p")).isCloseTo(0.003602, within(1e-5));
    assertThat(row.getDouble("share_between"))
        .as("(0.015 - 0.0004) / 3 of that and 0.0004")
        .isCloseTo(0.0146 / 3 / (0.0146 / 3 + 0.0004), within(1e-9));
  }

  @Test
  void variancesOfDivergencesAreThoseOfTheirLogarithms() {
    InventedResults results = new InventedResults();
    double[] news = {1, Math.E};
    double[] code = {Math.exp(4), Math.exp(5)};
    for (String metric : List.of("kl", "perplexity")) {
      results.metric(metric);
      for (int set = 0; set < 2; set++) {
        results.add("gptq", "news", set, "t", news[set]).add("gptq", "code", set, "t", code[set]);
      }
    }
    Table table = SourceVariance.table(results.table());
    // logarithms 0, 1 and 4, 5: between 2 x 2 x 2^2 / 1 = 16, within 0.5
    assertThat(table.doubleColumn("f").asDoubleArray())
        .usingComparatorWithPrecision(1e-9)
        .containsExactly(32, 32);
    assertThat(table.doubleColumn("share_between").get(0))
        .as("(16 - 0.5) / 2 of that and 0.5")
        .isCloseTo(7.75 / 8.25, within(1e-9));
  }

  @Test
  void perplexitiesAreTestedByTheirLogarithms() {
    InventedResults results = new InventedResults().metric("perplexity");
    for (int set = 0; set < 3; set++) {
      results.add("GPTQ", "news", set, "t", Math.exp(0.40 + 0.02 * set));
      results.add("GPTQ", "code", set, "t", Math.exp(0.30 + 0.02 * set));
    }
    Row row = SourceVariance.table(results.table()).row(0);

    assertThat(row.getDouble("f")).as("as above").isCloseTo(37.5, within(1e-9));
    assertThat(row.getDouble("std_between"))
        .as("of the scores themselves")
        .isCloseTo(
            (Math.exp(0.42) - Math.exp(0.32)) * (1 + 2 * Math.cosh(0.02)) / 3 / Math.sqrt(2),
            within(1e-9));
  }

  @Test
  void methodsAreComparedSetBySet() {
    InventedResults results = twoCorpora();
    for (int set = 0; set < 3; set++) {
      results.add("AWQ", "news", set, "quiz", 0.40 + 0.02 * set - 0.01 * (set + 1));
    }

    Row row = PairedTests.table(results.table(), "GPTQ", "AWQ").row(0);

    // Differences 0.01, 0.02, 0.03: t = 0.02 / (0.01 / sqrt 3) = 3.4641 with 2 degrees of freedom.
    assertThat(row.getInt("pairs")).isEqualTo(3);
    assertThat(row.getString("unit")).as("that of accuracy").isEmpty();
    assertThat(row.getDouble("mean_difference")).isCloseTo(0.02, within(1e-12));
    assertThat(row.getDouble("p_t")).isCloseTo(0.0742, within(1e-4));
    assertThat(row.getDouble("low")).isCloseTo(0.02 - 0.024841, within(1e-5));
    assertThat(row.getDouble("p_wilcoxon")).as("2 of 8 sign patterns").isEqualTo(0.25);
  }

  @Test
  void perplexitiesAndDivergencesAreTestedByTheirLogarithmsAndShownInPerCent() {
    for (String metric : List.of("perplexity", "kl", "kl_p99", "answer_kl")) {
      InventedResults results = new InventedResults().metric(metric);
      for (int set = 0; set < 3; set++) {
        results.add("GPTQ", "news", set, "t", (20 + set) * Math.exp(0.01 * (set + 1)));
        results.add("AWQ", "news", set, "t", 20 + set);
      }
      Row row = PairedTests.table(results.table(), "GPTQ", "AWQ").row(0);

      // Logarithms differ by 0.01, 0.02, 0.03, as above: e^0.02 and e^(0.02 ± 0.024841).
      assertThat(row.getString("unit")).as(metric).isEqualTo("%");
      assertThat(row.getDouble("mean_difference")).isCloseTo(2.0201, within(1e-4));
      assertThat(row.getDouble("low")).isCloseTo(-0.4829, within(1e-3));
      assertThat(row.getDouble("high")).isCloseTo(4.5863, within(1e-3));
      assertThat(row.getDouble("p_t")).isCloseTo(0.0742, within(1e-4));
      assertThat(row.getDouble("p_permutation")).as("2 of 8 signs").isEqualTo(0.25);
    }
  }

  @Test
  void aConstantRatioHasNoTestButADifference() {
    InventedResults results = new InventedResults().metric("perplexity");
    for (int set = 0; set < 3; set++) {
      results
          .add("GPTQ", "news", set, "t", 1.1 * (20 + set))
          .add("AWQ", "news", set, "t", 20 + set);
    }
    Row row = PairedTests.table(results.table(), "GPTQ", "AWQ").row(0);
    assertThat(row.getDouble("mean_difference")).isCloseTo(10, within(1e-9));
    assertThat(row.isMissing("p_t")).isTrue();
    assertThat(row.isMissing("low")).isTrue();
  }

  @Test
  void aDivergenceOfZeroHasNoRatio() {
    InventedResults results = new InventedResults().metric("kl");
    for (int set = 0; set < 3; set++) {
      results.add("GPTQ", "news", set, "t", 0.1 * set).add("AWQ", "news", set, "t", 0.2 + set);
      results.add("GPTQ", "code", set, "t", 0.3 + set);
    }
    Row row = PairedTests.table(results.table(), "GPTQ", "AWQ").row(0);
    assertThat(row.isMissing("mean_difference")).isTrue();
    assertThat(row.isMissing("p_t")).isTrue();
    assertThat(row.isMissing("p_wilcoxon")).isTrue();
    assertThat(row.isMissing("p_permutation")).isTrue();
    assertThat(SourcePairs.table(results.table()).doubleColumn("p").isMissing(0)).isTrue();
  }

  @Test
  void aMethodWithoutCalibrationIsComparedWithEverySet() {
    Row row = PairedTests.table(twoCorpora().table(), "GPTQ", "RTN").row(0);

    assertThat(row.getInt("pairs")).isEqualTo(6);
    assertThat(row.getDouble("mean_difference")).isCloseTo(0.07, within(1e-12));
  }

  @Test
  void methodsThatShareNoSetsAreRefused() {
    assertThatThrownBy(() -> PairedTests.table(twoCorpora().table(), "GPTQ", "SpQR"))
        .hasMessageContaining("GPTQ and SpQR share fewer than two calibration sets");
  }

  @Test
  void holmCorrectsFromTheSmallestUp() {
    assertThat(Holm.adjusted(0.04, Double.NaN, 0.01, 0.03))
        .usingComparatorWithPrecision(1e-12)
        .containsExactly(0.06, Double.NaN, 0.03, 0.06);
  }

  @Test
  void theMeanOverTasksIsTakenTrialByTrial() {
    InventedResults results =
        twoCorpora().add("none", "", 0, "sums", 0.10).add("RTN", "", 0, "sums", 0.20);
    for (String corpus : new String[] {"news", "code"}) {
      for (int set = 0; set < 3; set++) {
        results.add("GPTQ", corpus, set, "sums", 0.10);
      }
    }

    Table table = MeanAndSpread.table(MeanOverTasks.table(results.table(), "acc"));

    Row code = row(table, "method", "GPTQ", "corpus", "code");
    assertThat(code.getString("task")).isEqualTo("mean of 2 tasks");
    assertThat(code.getDouble("baseline")).isCloseTo(0.30, within(1e-12));
    assertThat(code.getDouble("mean")).isCloseTo(0.21, within(1e-12));
  }

  @Test
  void aTrialThatLacksATaskHasNoMean() {
    Table table = twoCorpora().add("none", "", 0, "sums", 0.10).table();

    assertThatThrownBy(() -> MeanOverTasks.table(table, "acc")).hasMessageContaining("2 tasks");
  }

  private static Row row(
      Table table, String column, String value, String otherColumn, String otherValue) {
    Table found =
        table.where(
            table
                .stringColumn(column)
                .isEqualTo(value)
                .and(table.stringColumn(otherColumn).isEqualTo(otherValue)));
    assertThat(found.rowCount()).isEqualTo(1);
    return found.row(0);
  }

  private static InventedResults square() {
    return new InventedResults()
        .metric("perplexity")
        .add("gptq", "news", 0, "news", 8)
        .add("gptq", "code", 0, "news", 12)
        .add("gptq", "news+code", 0, "news", 10);
  }

  @Test
  void scoresStandSideBySide() {
    Table table = Crossed.means(square().table(), "corpus", "method", "task");

    assertThat(table.columnNames()).containsExactly("method", "task", "news", "code", "news+code");
    assertThat(table.doubleColumn("code").get(0)).isEqualTo(12);
  }

  @Test
  void aMethodWithoutACorpusHasAColumnOfItsOwn() {
    Table results = square().add("magnitude", "", 0, "news", 20).table();

    Table table = Crossed.means(results, "corpus", "task", "method");

    assertThat(table.doubleColumn("no corpus").get(1)).isEqualTo(20);
    assertThat(table.doubleColumn("news").isMissing(1)).isTrue();
  }

  @Test
  void meanAndDeviationAreOneText() {
    Table results = square().add("gptq", "news", 1, "news", 10).table();

    Table table = Crossed.meansAndStd(results, "corpus", "method");

    assertThat(table.stringColumn("news").get(0)).isEqualTo("9.00 ± 1.41");
    assertThat(table.stringColumn("code").get(0)).isEqualTo("12.00");
  }

  @Test
  void aMatchedSetIsComparedWithTheMixtureAndTheOthers() {
    Table table = DomainMatching.table(square().table(), Map.of("news", "news"));

    assertThat(table.doubleColumn("matched").get(0)).isEqualTo(20, within(1e-9));
    assertThat(table.doubleColumn("others").get(0)).isEqualTo(-20, within(1e-9));
    assertThat(table.doubleColumn("difference").get(0)).isEqualTo(100 / 3.0, within(1e-9));
    assertThat(table.doubleColumn("low").isMissing(0)).as("one set has no interval").isTrue();
    assertThatThrownBy(() -> DomainMatching.table(square().table(), Map.of("news", "maths")))
        .hasMessageContaining("maths");
  }

  @Test
  void theIntervalIsStudentsOfTheSets() {
    Table results =
        square()
            .add("gptq", "news", 1, "news", 8)
            .add("gptq", "code", 1, "news", 12)
            .add("gptq", "news+code", 1, "news", 10)
            .table();

    Table table = DomainMatching.table(results, Map.of("news", "news"));
    Table over = DomainMatching.overTasks(table);

    assertThat(table.doubleColumn("low").get(0))
        .as("sets are alike")
        .isEqualTo(100 / 3.0, within(1e-9));
    assertThat(over.doubleColumn("mean_difference").get(0)).isEqualTo(100 / 3.0, within(1e-9));
    assertThat(over.stringColumn("shows").get(0)).isEqualTo("1 of 1");
  }

  @Test
  void twoMethodsAreComparedOnTheSameSets() {
    InventedResults results = new InventedResults().metric("perplexity");
    double[][] gains = {{0.30, 0.10}, {0.40, 0.10}, {0.50, 0.40}}; // by set: gptq, awq
    for (int set = 2; set >= 0; set--) {
      results.add("gptq", "news", set, "t", Math.exp(2 - gains[set][0]));
      results.add("gptq", "code", set, "t", Math.exp(2));
      results.add("gptq", "news+code", set, "t", Math.exp(5));
      results.add("awq", "code", set, "t", Math.exp(1));
      results.add("awq", "news+code", set, "t", Math.exp(5));
      results.add("awq", "news", set, "t", Math.exp(1 - gains[set][1]));
    }
    Table table = DomainMatching.contrast(results.table(), Map.of("t", "news"), "gptq", "awq");

    assertThat(table.doubleColumn("contrast").get(0)).isEqualTo(20, within(1e-9));
    double half = 4.302652729911275 * 10 / Math.sqrt(3); // t(2), and the deviation of 20, 30, 10
    assertThat(table.doubleColumn("low").get(0)).isEqualTo(20 - half, within(1e-6));
    assertThat(table.doubleColumn("high").get(0)).isEqualTo(20 + half, within(1e-6));
    assertThat(table.intColumn("sets").get(0)).isEqualTo(3);
    results.add("gptq", "code", 3, "t", 2).add("gptq", "news", 3, "t", 1);
    results.add("awq", "news", 3, "t", 1);
    assertThatThrownBy(
            () -> DomainMatching.contrast(results.table(), Map.of("t", "news"), "gptq", "awq"))
        .hasMessageContaining("In set 3, only gptq has code on t");
  }

  @Test
  void sharesOfNumberAndLengthAddUpToOne() {
    Table results =
        new InventedResults()
            .metric("perplexity")
            .budget(1, 64)
            .add("gptq", "news", 0, "news", Math.exp(4))
            .budget(1, 256)
            .add("gptq", "news", 0, "news", Math.exp(3))
            .budget(4, 64)
            .add("gptq", "news", 0, "news", Math.exp(2))
            .budget(4, 256)
            .add("gptq", "news", 0, "news", Math.exp(1))
            .table();

    Table table = BudgetEffects.table(results);

    assertThat(table.doubleColumn("samples").get(0)).isEqualTo(0.8, within(1e-9));
    assertThat(table.doubleColumn("length").get(0)).isEqualTo(0.2, within(1e-9));
    assertThat(table.doubleColumn("interaction").get(0)).isEqualTo(0, within(1e-9));
    assertThat(table.doubleColumn("gained_by_samples").get(0)).isEqualTo(Math.exp(2), within(1e-9));
  }

  @TempDir private Path folder;

  /** Results of GPTQ with these sets, whose trials are called after their sets. */
  private static Table results(int sets, String... metrics) {
    InventedResults results = new InventedResults().add("rtn", "", 0, "t", 1);
    for (String metric : metrics) {
      results.metric(metric);
      for (int set = 0; set < sets; set++) {
        results.add("gptq", "news", set, "t", 1);
      }
    }
    Table table = results.table();
    for (int row = 1; row < table.rowCount(); row++) {
      table.stringColumn("trial").set(row, "set" + table.stringColumn("set").get(row));
    }
    return table;
  }

  private TrialFiles items(String trial, List<Double> kl, List<Double> acc) throws IOException {
    Path file = folder.resolve("items/" + trial + ".csv.gz");
    Files.createDirectories(file.getParent());
    String rows =
        IntStream.range(0, kl.size())
            .mapToObj(i -> "t,%s,kl,%s%nt,%s,acc,%s%n".formatted(i, kl.get(i), i, acc.get(i)))
            .collect(Collectors.joining());
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write(("task,item,metric,value\n" + rows).getBytes(StandardCharsets.UTF_8));
    }
    return TrialFiles.in(folder);
  }

  private Resolution twoSets() throws IOException {
    items("set0", List.of(3.0, 5.0, 4.0, 8.0, 6.0), List.of(1.0, 0.0, 1.0, 0.0, 1.0));
    TrialFiles files =
        items("set1", List.of(1.0, 4.0, 4.0, 5.0, 2.0), List.of(0.0, 1.0, 1.0, 0.0, 1.0));
    return Resolution.of(results(2, "kl", "acc"), files);
  }

  @Test
  void theErrorOfADifferenceIsSetAgainstTheDifferenceBeyondChance() throws IOException {
    Table table = twoSets().table();

    assertThat(table.stringColumn("metric").asList()).containsExactly("acc", "kl");
    Row kl = table.row(1);
    assertThat(kl.getInt("pairs")).isEqualTo(1);
    assertThat(kl.getInt("items")).isEqualTo(5);
    assertThat(kl.getDouble("standard_error"))
        .as("of 2, 1, 0, 3, 4: variance 2.5 over 5 items")
        .isCloseTo(Math.sqrt(0.5), within(1e-12));
    assertThat(kl.getDouble("difference"))
        .as("the mean is 2; 4 - 0.5")
        .isCloseTo(Math.sqrt(3.5), within(1e-12));
    assertThat(kl.getDouble("relative_error")).isCloseTo(Math.sqrt(1 / 7.0), within(1e-12));
    assertThat(kl.getDouble("told")).as("2 is more than 1.96 x 0.707").isEqualTo(1);
    assertThat(kl.getDouble("items_needed")).as("5 x (1/7) / 0.01 = 71.4").isEqualTo(72);
  }

  @Test
  void whatChanceExplainsHasNoRelativeError() throws IOException {
    Row acc = twoSets().table().row(0);

    assertThat(acc.getDouble("standard_error"))
        .as("of 1, -1, 0, 0, 0: variance 0.5 over 5 items")
        .isCloseTo(Math.sqrt(0.1), within(1e-12));
    assertThat(acc.isMissing("difference")).isTrue();
    assertThat(acc.isMissing("items_needed")).isTrue();
    assertThat(acc.getDouble("told")).isZero();
  }

  @Test
  void theErrorFallsWithTheItemsThatAreSpent() throws IOException {
    Table curve = twoSets().curve();

    assertThat(curve.stringColumn("outcome").asList()).containsOnly("kl, t");
    assertThat(curve.intColumn("items").asList()).containsExactly(2, 4, 5);
    assertThat(curve.doubleColumn("relative_error").asDoubleArray())
        .as("variances of the first items: 0.5 of 2, 5/3 of 4, 2.5 of 5; divided by 3.5")
        .usingComparatorWithPrecision(1e-12)
        .containsExactly(Math.sqrt(0.25 / 3.5), Math.sqrt(5 / 12.0 / 3.5), Math.sqrt(0.5 / 3.5));
  }

  @Test
  void fiveSetsAreTenPairs() throws IOException {
    for (int set = 0; set < 5; set++) {
      items("set" + set, List.of(1.0 * set, 2.0), List.of(1.0, 0.0));
    }
    Resolution resolution = Resolution.of(results(5, "kl"), TrialFiles.in(folder));
    assertThat(resolution.pairs()).hasSize(10);
    assertThat(resolution.pairs().get(0).differences()).containsExactly(-1.0, 0.0);
  }

  @Test
  void aScoreOfOneItemHasNoError() throws IOException {
    items("set0", List.of(1.0), List.of(1.0));
    TrialFiles files = items("set1", List.of(2.0), List.of(1.0));
    Table results = results(2, "kl");
    assertThatThrownBy(() -> Resolution.of(results, files))
        .hasMessageContaining("two or more items");
  }

  @Test
  void twoOutcomesMayAgreeFarFromTheOriginalAndNotNearIt() {
    InventedResults results = new InventedResults();
    double[] kl = {0.01, 0.02, 0.03, 2, 4};
    double[] acc = {0.5, 0.6, 0.5, 0.3, 0.2};
    for (int set = 0; set < kl.length; set++) {
      results.metric("kl").add("gptq", "news", set, "text", kl[set]);
      results.metric("acc").add("gptq", "news", set, "quiz", acc[set]);
    }
    Row row = Resolution.agreement(results.table(), "kl", 0.05, "acc").row(0);

    assertThat(row.getInt("pairs_near")).isEqualTo(3);
    assertThat(row.getDouble("agree_near"))
        .as("0.02 is better than 0.01, worse for 0.03, and a tie of 0.01 and 0.03")
        .isEqualTo(0.5);
    assertThat(row.getInt("pairs_far")).isEqualTo(7);
    assertThat(row.getDouble("agree_far")).isEqualTo(1);
  }

  @Test
  void anOutcomeThatSomeTrialsLackIsRefused() {
    Table results =
        new InventedResults()
            .add("gptq", "news", 0, "quiz", 0.5)
            .add("gptq", "news", 1, "quiz", 0.5)
            .metric("kl")
            .add("gptq", "news", 0, "text", 0.5)
            .table();
    assertThatThrownBy(() -> Resolution.agreement(results, "kl", 0.1, "acc"))
        .hasMessageContaining("1 of 2 trials have no kl");
  }
}
