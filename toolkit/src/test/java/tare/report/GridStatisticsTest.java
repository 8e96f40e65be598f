package tare.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.Table;

/** Tables of grids: scores side by side, matched domains, number against length. */
class GridStatisticsTest {

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
      results.add("awq", "news", set, "t", Math.exp(1 - gains[set][1]));
    }
    Table table = DomainMatching.contrast(results.table(), Map.of("t", "news"), "gptq", "awq");

    assertThat(table.doubleColumn("contrast").get(0)).isEqualTo(20, within(1e-9));
    double half = 4.302652729911275 * 10 / Math.sqrt(3); // t(2), and the deviation of 20, 30, 10
    assertThat(table.doubleColumn("low").get(0)).isEqualTo(20 - half, within(1e-6));
    assertThat(table.doubleColumn("high").get(0)).isEqualTo(20 + half, within(1e-6));
    assertThat(table.intColumn("sets").get(0)).isEqualTo(3);
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
}
