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
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.study.TrialFiles;
import tech.tablesaw.api.Row;
import tech.tablesaw.api.Table;

/** Every number here can be worked out by hand. */
class ResolutionTest {

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
