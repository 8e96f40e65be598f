package tare.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.statistics.inference.TTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.NumericFixture;
import tare.report.statistics.NeededNumber;
import tare.report.statistics.Permutation;
import tare.study.TrialFiles;
import tech.tablesaw.api.Row;
import tech.tablesaw.api.Table;

/** Tests of difference and balance, on numbers that can be worked out by hand. */
class StatisticsTest {

  private static SameItems right(int both, int onlyFirst, int onlySecond, int neither) {
    double[] first = new double[both + onlyFirst + onlySecond + neither];
    double[] second = new double[first.length];
    Arrays.fill(first, 0, both + onlyFirst, 1);
    Arrays.fill(second, 0, both, 1);
    Arrays.fill(second, both + onlyFirst, both + onlyFirst + onlySecond, 1);
    return new SameItems(first, second);
  }

  @Test
  void mcNemarLooksAtTheItemsOnWhichTwoModelsDiffer() {
    // 9 of 10: 2 (1 + 10) / 2^10
    SameItems.McNemar test = right(50, 9, 1, 40).mcNemar();
    assertThat(test.onlyFirst()).isEqualTo(9);
    assertThat(test.onlySecond()).isEqualTo(1);
    assertThat(test.p()).isCloseTo(22.0 / 1024, within(1e-12));
    assertThat(right(5, 9, 1, 4).mcNemar().p()).as("items alike say nothing").isEqualTo(test.p());
    assertThat(right(5, 0, 0, 5).mcNemar().p()).isEqualTo(1);
    assertThatThrownBy(() -> new SameItems(new double[] {0.5, 1}, new double[] {1, 1}).mcNemar())
        .hasMessageContaining("0.5");
  }

  @Test
  void mcNemarEqualsTheReference() throws IOException {
    for (JsonNode each : NumericFixture.read("kl.json").json().get("mcnemar")) {
      int first = each.get("b").asInt();
      int second = each.get("c").asInt();
      assertThat(right(1, first, second, 1).mcNemar().p())
          .as("%d and %d", first, second)
          .isCloseTo(each.get("p").asDouble(), withinPercentage(1e-6));
    }
  }

  @Test
  void equivalenceEqualsTheReference() throws IOException {
    for (JsonNode each : NumericFixture.read("kl.json").json().get("tost")) {
      double[] differences = NumericFixture.vector(each.get("d"));
      Equivalence test = Equivalence.of(differences, each.get("bound").asDouble());
      assertThat(test.standardError()).isCloseTo(each.get("se").asDouble(), withinPercentage(1e-7));
      assertThat(test.pLow()).isCloseTo(each.get("p_low").asDouble(), withinPercentage(1e-6));
      assertThat(test.pHigh()).isCloseTo(each.get("p_high").asDouble(), withinPercentage(1e-6));
      assertThat(test.p()).isCloseTo(each.get("p").asDouble(), withinPercentage(1e-6));
      // the smallest accepted bound is the one whose p is 5 %
      assertThat(Equivalence.of(differences, test.within()).p()).isCloseTo(0.05, within(1e-9));
    }
    Equivalence alike = Equivalence.of(new double[] {0, 0, 0}, 0.01);
    assertThat(alike.p()).as("no spread, no test").isNaN();
    assertThatThrownBy(() -> Equivalence.of(new double[] {1, 2}, 0))
        .hasMessageContaining("above 0");
  }

  @Test
  void neededNumbersEqualTheReference() throws IOException {
    for (JsonNode each : NumericFixture.read("kl.json").json().get("sizes")) {
      NeededNumber needed =
          new NeededNumber(each.get("alpha").asDouble(), each.get("power").asDouble());
      double n =
          switch (each.get("test").asText()) {
            case "paired" -> needed.paired(each.get("sd").asDouble(), each.get("delta").asDouble());
            case "tost" ->
                needed.equivalence(
                    each.get("sd").asDouble(),
                    each.get("bound").asDouble(),
                    each.get("theta").asDouble());
            default -> needed.mcNemar(each.get("p10").asDouble(), each.get("p01").asDouble());
          };
      assertThat(n).as(each.toString()).isCloseTo(each.get("n").asDouble(), withinPercentage(1e-7));
      assertThat((long) Math.ceil(n)).isEqualTo(each.get("n_rounded_up").asLong());
    }
    assertThatThrownBy(() -> NeededNumber.USUAL.equivalence(1, 0.1, -0.1))
        .hasMessageContaining("no number of pairs");
  }

  @Test
  void methodsAreEqualWithinABound() {
    InventedResults results = new InventedResults().metric("perplexity");
    double[] ratios = {1.004, 0.998, 1.001, 1.003};
    for (int set = 0; set < ratios.length; set++) {
      results.add("gptq", "news", set, "text", 20 * (set + 1) * ratios[set]);
      results.add("awq", "news", set, "text", 20 * (set + 1));
    }
    Row row = PairedTests.equivalence(results.table(), "gptq", "awq", 0.01).row(0);

    Equivalence test = Equivalence.of(Arrays.stream(ratios).map(Math::log).toArray(), 0.01);
    assertThat(row.getString("scale")).isEqualTo("ln");
    assertThat(row.getInt("pairs")).isEqualTo(4);
    assertThat(row.getDouble("mean_difference")).isCloseTo(test.mean(), within(1e-12));
    assertThat(row.getDouble("p_equivalent")).isCloseTo(test.p(), within(1e-9)).isLessThan(0.05);
    assertThat(row.getDouble("equivalent_within")).isLessThan(0.01);
    assertThat(row.getDouble("sets_needed")).isEqualTo(1);
    double[] alike = {61 / 200.0 - 60 / 200.0, 69 / 200.0 - 68 / 200.0}; // equal but for rounding
    assertThat(alike[0]).isNotEqualTo(alike[1]);
    assertThat(Equivalence.of(alike, 0.01).p()).isNaN();
  }

  @Test
  void aFamilyIsCorrectedForItself() {
    assertThat(Holm.adjusted(new double[] {0.02, 0.5, 0.01}, List.of("acc", "nll", "acc")))
        .usingComparatorWithPrecision(1e-12)
        .containsExactly(0.02, 0.5, 0.02);
  }

  @Test
  void answersThatTurnAreCountedInBothDirections(@TempDir Path folder) throws IOException {
    Table table =
        new InventedResults()
            .add("none", "", 0, "quiz", 0.5)
            .add("gptq", "news", 0, "quiz", 0.5)
            .add("awq", "news", 0, "quiz", 0.5)
            .table();
    for (int row = 0; row < 3; row++) {
      table.stringColumn("trial").set(row, "trial" + row);
    }
    items(folder, "trial0", "quiz,1,acc,1", "quiz,2,acc,1", "quiz,3,acc,0", "quiz,4,acc,0");
    // an older recording of the original has no margins, which are then not compared
    items(
        folder,
        "trial1",
        "quiz,4,acc,0",
        "quiz,3,acc,1",
        "quiz,2,acc,0",
        "quiz,1,acc,0",
        "quiz,1,margin,0.3",
        "quiz,2,margin,0.1");

    Table against = AgainstOriginal.table(table, TrialFiles.in(folder));

    assertThat(against.rowCount()).as("of awq no items were kept").isEqualTo(1);
    Row gptq = against.row(0);
    assertThat(gptq.getString("method")).isEqualTo("gptq");
    assertThat(gptq.getInt("items")).isEqualTo(4);
    assertThat(gptq.getInt("right_to_wrong")).isEqualTo(2);
    assertThat(gptq.getInt("wrong_to_right")).isEqualTo(1);
    assertThat(gptq.getDouble("difference")).isCloseTo(-0.25, within(1e-12));
    assertThat(gptq.getDouble("p")).isEqualTo(1);
    assertThat(gptq.getDouble("items_needed"))
        .isEqualTo(Math.ceil(NeededNumber.USUAL.mcNemar(0.38, 0.37)));
  }

  @Test
  void theStandardErrorOfADifferenceIsThatOfThePairedTTest() {
    SameItems items = new SameItems(new double[] {3, 5, 4, 8, 6}, new double[] {1, 4, 4, 5, 2});
    // differences 2, 1, 0, 3, 4: mean 2, variance 10 / 4, standard error sqrt(2.5 / 5)
    assertThat(items.difference()).isCloseTo(2, within(1e-12));
    assertThat(items.standardError()).isCloseTo(Math.sqrt(0.5), within(1e-12));
    assertThat(items.difference() / items.standardError())
        .isCloseTo(
            TTest.withDefaults().pairedTest(items.first(), items.second()).getStatistic(),
            within(1e-12));
  }

  @Test
  void theBootstrapOfManyItemsIsTheNormalInterval() {
    SameItems items = right(300, 120, 80, 500);
    SameItems.Interval interval = items.bootstrap(4000, new SplittableRandom(3));
    double half = 1.96 * items.standardError();
    assertThat(interval.low()).isCloseTo(0.04 - half, within(0.1 * half));
    assertThat(interval.high()).isCloseTo(0.04 + half, within(0.1 * half));
    assertThat(items.bootstrap(4000, new SplittableRandom(3))).isEqualTo(interval);

    SameItems same = new SameItems(new double[] {1, 1, 1}, new double[] {0.5, 0.5, 0.5});
    assertThat(same.bootstrap(100, new SplittableRandom(1)))
        .isEqualTo(new SameItems.Interval(0.5, 0.5));
  }

  @Test
  void theSmallestDifferenceIsFoundInFourOfFiveTrials() {
    double difference = SameItems.smallestDifference(200, 0.3);
    assertThat(difference).isBetween(0.10, 0.11);
    SplittableRandom random = new SplittableRandom(5);
    int found = 0;
    for (int trial = 0; trial < 2000; trial++) {
      double[] first = new double[200];
      double[] second = new double[200];
      for (int i = 0; i < 200; i++) {
        double u = random.nextDouble();
        first[i] = u < 0.15 + difference / 2 ? 1 : 0;
        second[i] = u >= 0.15 + difference / 2 && u < 0.3 ? 1 : 0;
      }
      SameItems items = new SameItems(first, second);
      found += Math.abs(items.difference()) > 1.96 * items.standardError() ? 1 : 0;
    }
    assertThat(found / 2000.0).isBetween(0.75, 0.85);
  }

  @Test
  void permutationsAreCountedWhereTheyAreFew() {
    SplittableRandom none = new SplittableRandom(0);
    Permutation all = new Permutation(1 << 10);
    // of 8 signs of 1, 2, 3 only +++ and --- reach 6
    assertThat(all.paired(new double[] {1, 2, 3}, none)).isEqualTo(0.25);
    assertThat(all.paired(new double[] {1, -1}, none)).isEqualTo(1);
    // of 20 divisions of 1 to 6 only 123|456 and 456|123 differ by 3
    assertThat(all.between(new double[] {1, 2, 3}, new double[] {4, 5, 6}, none)).isEqualTo(0.1);
    // 0.1 + 0.2 + 0.3 has other last digits in another order, and counts as equal
    assertThat(all.between(new double[] {0.1, 0.2, 0.3}, new double[] {0.3, 0.2, 0.1}, none))
        .isEqualTo(1);
  }

  @Test
  void drawnPermutationsComeNearAllOfThem() {
    double[] differences = {0.3, 0.1, -0.2, 0.4, 0.25, -0.05, 0.15, 0.2};
    double exact = new Permutation(1 << 8).paired(differences, new SplittableRandom(1));
    double drawn = new Permutation(255).paired(differences, new SplittableRandom(1));
    assertThat(drawn).isCloseTo(exact, within(0.06));

    double[] first = {1.1, 2.3, 3.2, 1.9, 2.8};
    double[] second = {2.2, 3.9, 4.1, 3.3, 2.9};
    double counted = new Permutation(1 << 10).between(first, second, new SplittableRandom(1));
    double some = new Permutation(1000).between(first, second, new SplittableRandom(1));
    assertThat(some).isCloseTo(counted, within(0.03));
  }

  @Test
  void holmCorrectsStepByStep() {
    // Holm 1979: 0.01 · 4, 0.02 · 3 = 0.06, 0.03 · 2 = 0.06, 0.04 · 1 raised to 0.06
    assertThat(Holm.adjusted(0.02, 0.01, Double.NaN, 0.04, 0.03))
        .usingComparatorWithPrecision(1e-12)
        .containsExactly(0.06, 0.04, Double.NaN, 0.06, 0.06);
    assertThat(Holm.adjusted(0.6, 0.7)).containsExactly(1, 1);
  }

  private static InventedResults twoTasks() {
    return new InventedResults()
        .add("none", "", 0, "quiz", 0.50)
        .add("none", "", 0, "riddle", 0.80)
        .add("GPTQ", "news", 0, "quiz", 0.40)
        .add("GPTQ", "news", 0, "riddle", 0.80)
        .add("GPTQ", "news", 1, "quiz", 0.50)
        .add("GPTQ", "news", 1, "riddle", 0.60);
  }

  @Test
  void balanceOverTasks() {
    Row row = TaskBalance.table(twoTasks().table(), "acc").row(0);

    assertThat(row.getInt("sets")).isEqualTo(2);
    assertThat(row.getInt("tasks")).isEqualTo(2);
    assertThat(row.getDouble("mean")).isCloseTo((0.6 + 0.55) / 2, within(1e-12));
    // set 0: changes -0.1 and 0, ratios 0.8 and 1; set 1: changes 0 and -0.2, ratios 1 and 0.75
    assertThat(row.getDouble("mean_change")).isCloseTo(-0.075, within(1e-12));
    assertThat(row.getDouble("std_change"))
        .isCloseTo((0.1 + 0.2) / Math.sqrt(2) / 2, within(1e-12));
    assertThat(row.getDouble("worst_change")).isCloseTo(-0.15, within(1e-12));
    assertThat(row.getDouble("min_over_mean_ratio"))
        .isCloseTo((0.8 / 0.9 + 0.75 / 0.875) / 2, within(1e-12));
    assertThat(row.getDouble("geometric_mean_ratio"))
        .isCloseTo((Math.sqrt(0.8) + Math.sqrt(0.75)) / 2, within(1e-12));
  }

  @Test
  void spreadOverTasksOfEachTrial() {
    assertThat(TaskBalance.spread(twoTasks().table(), "acc"))
        .extracting(row -> row.getDouble("value"))
        .satisfiesExactlyInAnyOrder(
            first -> assertThat(first).isCloseTo(0.1 / Math.sqrt(2), within(1e-12)),
            second -> assertThat(second).isCloseTo(0.2 / Math.sqrt(2), within(1e-12)));
  }

  @Test
  void chanceIsTakenOffInTheRatios() {
    Table table = TaskBalance.table(twoTasks().table(), "acc", Map.of("quiz", 0.25, "riddle", 0.5));
    // set 0: 0.15 / 0.25 and 1; set 1: 1 and 0.1 / 0.3
    assertThat(table.row(0).getDouble("geometric_mean_ratio"))
        .isCloseTo((Math.sqrt(0.6) + Math.sqrt(1.0 / 3)) / 2, within(1e-12));
    assertThat(table.row(0).getDouble("worst_change")).isCloseTo(-0.15, within(1e-12));
    Table below = TaskBalance.table(twoTasks().table(), "acc", Map.of("quiz", 0.45));
    assertThat(below.doubleColumn("geometric_mean_ratio").isMissing(0)).isTrue();
  }

  @Test
  void balanceNeedsTheSameTasks() {
    Table table = twoTasks().add("GPTQ", "news", 2, "quiz", 0.4).table();
    assertThatThrownBy(() -> TaskBalance.table(table, "acc"))
        .hasMessageContaining("same for every");
  }

  @Test
  void itemsOfTwoTrialsAreMatchedByName(@TempDir Path folder) throws IOException {
    items(folder, "a", "quiz,2,acc,1", "quiz,1,acc,0", "quiz,1,nll,9");
    items(folder, "b", "quiz,1,acc,1", "quiz,2,acc,1", "other,1,acc,1");
    SameItems same = SameItems.of(values(folder, "a"), values(folder, "b"), "quiz");
    assertThat(same).isEqualTo(new SameItems(new double[] {1, 0}, new double[] {1, 1}));
    items(folder, "c", "quiz,1,acc,1");
    assertThatThrownBy(() -> SameItems.of(values(folder, "a"), values(folder, "c"), "quiz"))
        .hasMessageContaining("2 and 1");
    assertThatThrownBy(() -> values(folder, "none")).hasMessageContaining("no items");
  }

  private static Map<String, Double> values(Path folder, String trial) {
    return SameItems.values(TrialFiles.in(folder), trial, "quiz", "acc");
  }

  @Test
  void aMethodIsSetBesideTheControlOfItsBits(@TempDir Path folder) throws IOException {
    Table table =
        new InventedResults()
            .metric("perplexity")
            .add("none", "", 0, "news", 10)
            .settings("3", "", "", "")
            .add("rtn", "", 0, "news", 40)
            .settings("4", "", "", "")
            .add("rtn", "", 0, "news", 20)
            .settings("3", "", "", "")
            .add("gptq", "news", 0, "news", 30)
            .table();
    double[] bits = {Double.NaN, 3.5, 4.5, 3.4};
    // gptq's windows lie below those of 3-bit rounding by 0.2, 0.3 and 0.4
    double[][] windows = {{}, {3.4, 3.8, 3.9}, {3.0, 3.0, 3.0}, {3.2, 3.5, 3.5}};
    for (int row = 1; row < bits.length; row++) {
      table.doubleColumn("bits_per_weight").set(row, bits[row]);
      windows(folder, table, row, "news", windows[row]);
    }

    Row gptq = AgainstControl.table(table, TrialFiles.in(folder), "rtn").row(0);

    assertThat(gptq.getString("method")).isEqualTo("gptq");
    assertThat(gptq.getString("control")).isEqualTo("rtn 3 bits");
    assertThat(gptq.getDouble("perplexity")).isEqualTo(30);
    assertThat(gptq.getDouble("ratio")).isCloseTo(Math.exp(-0.3), within(1e-12));
    // one draw in 27 takes the same of three windows thrice, more than 2.5 % on either side
    assertThat(gptq.getDouble("low")).isCloseTo(Math.exp(-0.4), within(1e-12));
    assertThat(gptq.getDouble("high")).isCloseTo(Math.exp(-0.2), within(1e-12));
    assertThatThrownBy(() -> AgainstControl.table(table, TrialFiles.in(folder), "magnitude"))
        .hasMessageContaining("No row of magnitude can be compared with m, rtn, news");
  }

  @Test
  void aDomainIsSetBesideTheMixtureOnTheSameWindows(@TempDir Path folder) throws IOException {
    InventedResults results = new InventedResults().metric("perplexity");
    results.add("none", "", 0, "code", 10);
    for (int set = 0; set < 2; set++) {
      results.add("gptq", "news+code", set, "code", 20).add("gptq", "code", set, "code", 15);
    }
    results.add("awq", "code", 0, "code", 12);
    Table table = results.table();
    // means over sets: of the mixture 3.1, 3.4 and 3.9; of code below by 0.2, 0.3 and 0.4
    double[][] windows = {
      {}, {3, 3.3, 3.8}, {2.8, 3.0, 3.4}, {3.2, 3.5, 4.0}, {3.0, 3.2, 3.6}, {2, 2, 2}
    };
    for (int row = 1; row < windows.length; row++) {
      windows(folder, table, row, "code", windows[row]);
    }

    Table beside = AgainstRandom.byDomain(table, TrialFiles.in(folder));

    assertThat(beside.rowCount()).as("there is no mixture for awq").isEqualTo(1);
    Row code = beside.row(0);
    assertThat(code.getString("corpus")).isEqualTo("code");
    assertThat(code.getInt("sets")).isEqualTo(2);
    assertThat(code.getDouble("perplexity")).isCloseTo(Math.exp(9.5 / 3), within(1e-12));
    assertThat(code.getDouble("ratio")).isCloseTo(Math.exp(-0.3), within(1e-12));
    assertThat(code.getDouble("low")).isCloseTo(Math.exp(-0.4), within(1e-12));
    assertThat(code.getDouble("high")).isCloseTo(Math.exp(-0.2), within(1e-12));
  }

  @Test
  void aSelectorIsSetBesideTheRandomDrawOnTheSameWindows(@TempDir Path folder) throws IOException {
    InventedResults results = new InventedResults().metric("perplexity");
    results.selector("uniform-pool");
    results.add("gptq", "news", 0, "code", 20);
    results.selector("zipcal");
    results.add("gptq", "news", 0, "code", 15).add("awq", "news", 0, "code", 15);
    Table table = results.table();
    windows(folder, table, 0, "code", 3, 3.5, 4);
    windows(folder, table, 1, "code", 2.8, 3.2, 3.6);
    windows(folder, table, 2, "code", 2.8, 3.2, 3.6);

    Table beside = AgainstRandom.bySelector(table, TrialFiles.in(folder));

    assertThat(beside.rowCount()).as("there is no random draw for awq").isEqualTo(1);
    Row zipCal = beside.row(0);
    assertThat(zipCal.getString("selector")).isEqualTo("zipcal");
    assertThat(zipCal.getDouble("ratio")).isCloseTo(Math.exp(-0.3), within(1e-12));
    assertThat(zipCal.getDouble("low")).isCloseTo(Math.exp(-0.4), within(1e-12));
    assertThat(zipCal.getDouble("high")).isCloseTo(Math.exp(-0.2), within(1e-12));

    results.add("gptq", "news", 1, "code", 99); // a set of zipcal alone
    Table more = results.table();
    windows(folder, more, 3, "code", 9, 9, 9);
    Table same = AgainstRandom.bySelector(more, TrialFiles.in(folder));
    assertThat(same.row(0).getInt("sets")).isEqualTo(1);
    assertThat(same.row(0).getDouble("ratio")).isCloseTo(Math.exp(-0.3), within(1e-12));
  }

  @Test
  void accuracyBesideTheRandomDrawIsOverTheItemsOfAllTasks(@TempDir Path folder)
      throws IOException {
    InventedResults results = new InventedResults().metric("acc");
    results.selector("uniform-pool");
    results.add("gptq", "news", 0, "a", 0.5).add("gptq", "news", 0, "b", 0);
    results.selector("zipcal");
    results.add("gptq", "news", 0, "a", 1).add("gptq", "news", 0, "b", 0.5);
    Table table = results.table();
    for (int row = 0; row < 4; row++) {
      table.stringColumn("trial").set(row, "trial" + row / 2);
    }
    items(folder, "trial0", "a,1,acc,1", "a,2,acc,0", "b,1,acc,0", "b,2,acc,0");
    items(folder, "trial1", "a,1,acc,1", "a,2,acc,1", "b,1,acc,0", "b,2,acc,1");

    Table beside = AgainstRandom.accuracyBySelector(table, TrialFiles.in(folder));

    assertThat(beside.rowCount()).isEqualTo(1);
    Row zipCal = beside.row(0);
    assertThat(zipCal.getString("task")).isEqualTo("mean of 2 tasks");
    assertThat(zipCal.getDouble("accuracy")).isEqualTo(0.75);
    assertThat(zipCal.getDouble("difference")).isEqualTo(0.5);
    // all four items alike, or all unlike: one draw in 16 each, more than 2.5 % on either side
    assertThat(zipCal.getDouble("low")).isEqualTo(0);
    assertThat(zipCal.getDouble("high")).isEqualTo(1);
  }

  @Test
  void numbersOfSamplesStandInTheOrderOfTheirSize() {
    InventedResults results = new InventedResults().add("none", "", 0, "news", 10);
    for (int samples : new int[] {16, 2, 128}) {
      results.budget(samples, 256).add("gptq", "news", 0, "news", 20);
    }
    assertThat(MeanAndSpread.table(results.table()).stringColumn("samples").asList())
        .containsExactly("2", "16", "128");
  }

  /** Makes a row that of a trial of its own, and writes what the trial's windows got. */
  private static void windows(Path folder, Table table, int row, String task, double... nll)
      throws IOException {
    String trial = "trial" + row;
    table.stringColumn("trial").set(row, trial);
    items(
        folder,
        trial,
        IntStream.range(0, nll.length)
            .mapToObj(i -> task + ",w" + i + ",nll," + nll[i])
            .toArray(String[]::new));
  }

  private static void items(Path folder, String trial, String... rows) throws IOException {
    Path file = folder.resolve("items/" + trial + ".csv.gz");
    Files.createDirectories(file.getParent());
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      String text = "task,item,metric,value\n" + String.join("\n", rows) + "\n";
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
  }

  @Test
  void theOrderOfTwoMethodsIsComparedSetBySet() {
    InventedResults results = new InventedResults().add("rtn", "", 0, "t", 2.5);
    double[] gptq = {1, 2, 3, 4};
    double[] awq = {2, 2.5, 2.9, 5};
    for (int set = 0; set < 4; set++) {
      results.add("gptq", "news", set, "t", gptq[set]).add("awq", "news", set, "t", awq[set]);
    }
    Table turns = OrderTurns.table(results.table(), "method");
    assertThat(turns.stringColumn("first").asList()).containsExactly("awq", "awq", "gptq");
    assertThat(turns.stringColumn("second").asList()).containsExactly("gptq", "rtn", "rtn");
    assertThat(turns.doubleColumn("difference").get(0)).isCloseTo(0.6, within(1e-12));
    assertThat(turns.doubleColumn("std").get(0)).isCloseTo(Math.sqrt(0.82 / 3), within(1e-12));
    assertThat(turns.doubleColumn("turned").asList())
        .as("awq - gptq is -0.1 once; awq - rtn -0.5 once and 0 once; gptq - rtn is 0 on average")
        .containsExactly(0.25, 0.375, 0.5);
    assertThat(turns.doubleColumn("sets").get(0)).as("(1.645 x 0.523 / 0.6)^2 = 2.05").isEqualTo(3);
    assertThat(turns.doubleColumn("sets").isMissing(2)).isTrue();

    Table curve = OrderTurns.curve(turns.first(1));
    assertThat(curve.intColumn("sets").asList()).containsExactly(1, 2, 4, 8, 16, 32);
    assertThat(curve.doubleColumn("wrong_order").get(0))
        .as("1 - Phi(0.6 / 0.5228)")
        .isCloseTo(0.1256, within(1e-4));
  }

  @Test
  void theOrderOfTwoSourcesIsComparedForEachPairOfTheirSets() {
    InventedResults results = new InventedResults().metric("perplexity");
    double[] news = {1, 4};
    double[] code = {2, 8};
    for (int set = 0; set < 2; set++) {
      results.add("gptq", "news", set, "t", news[set]).add("gptq", "code", set, "t", code[set]);
    }
    Table turns = OrderTurns.table(results.table(), "corpus");
    assertThat(turns.intColumn("draws").get(0)).isEqualTo(4);
    assertThat(turns.doubleColumn("difference").get(0))
        .as("ln code - ln news")
        .isCloseTo(Math.log(2), within(1e-12));
    assertThat(turns.doubleColumn("turned").get(0)).as("2 against 4").isEqualTo(0.25);
  }

  @Test
  void ofADivergenceWithoutALogarithmNoOrderIsSaid() {
    InventedResults results = new InventedResults().metric("kl_median");
    double[] gptq = {0, 0.1, 0.2};
    for (int set = 0; set < 3; set++) {
      results.add("gptq", "news", set, "t", gptq[set]).add("awq", "news", set, "t", 0.1);
    }
    Table turns = OrderTurns.table(results.table(), "method");
    assertThat(turns.intColumn("draws").get(0)).as("the set with 0 is left out").isEqualTo(2);
    assertThat(turns.doubleColumn("difference").get(0))
        .as("(ln 1 + ln 1/2) / 2")
        .isCloseTo(-Math.log(2) / 2, within(1e-12));
  }

  @Test
  void noDrawTurnsTheOrderOfTwoMethodsWithoutText() {
    InventedResults results = new InventedResults();
    results.add("rtn", "", 0, "t", 0.1).add("magnitude", "", 0, "t", 0.2);
    for (int set = 0; set < 3; set++) {
      results.add("gptq", "news", set, "t", 0.3);
    }
    assertThat(OrderTurns.table(results.table(), "method").rowCount())
        .as("the mean of three times 0.1 is not 0.1, and yet nothing varies")
        .isZero();
  }
}
