package tare.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tare.evaluate.Outcome;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

class VerdictTest {

  private static Table interval(double low, double high) {
    return Table.create(
        DoubleColumn.create("low", new double[] {low}),
        DoubleColumn.create("high", new double[] {high}));
  }

  @Test
  void aLowerPerplexityIsBetter() {
    assertThat(Verdict.ratio(0.5624, 0.5346, 0.5971))
        .hasToString("better (−44 %, 95 % interval −47 to −40 %)");
    assertThat(Verdict.ratio(1.0803, 1.0571, 1.1085).word()).isEqualTo("worse");
    assertThat(Verdict.nats(Math.log(2), Math.log(1.5), Math.log(3)))
        .hasToString("worse (+100 %, 95 % interval +50 to +200 %)");
  }

  @Test
  void aHigherAccuracyIsBetter() {
    assertThat(Verdict.points(0.0213, 0.0018, 0.0409))
        .hasToString("better (+2.1 points, 95 % interval +0.2 to +4.1 points)");
    assertThat(Verdict.points(0, -0.1, 0.1))
        .hasToString("cannot be told (0 points, 95 % interval −10 to +10 points)");
    assertThat(Verdict.points(-0.02, -0.03, -0.01).word()).isEqualTo("worse");
  }

  @Test
  void anIntervalThatHoldsZeroTellsNothing() {
    assertThat(Verdict.ratio(0.9757, 0.9445, 1.0088).word()).isEqualTo("cannot be told");
    assertThat(Verdict.gain(2, 0, 4).word()).as("zero at its end").isEqualTo("cannot be told");
  }

  @Test
  void withoutAnIntervalThereIsNoVerdict() {
    assertThat(Verdict.gain(49.4, Double.NaN, Double.NaN)).hasToString("no interval (+49 %)");
  }

  @Test
  void theColumnsSayWhatIsCompared() {
    Table gains =
        interval(0.01, 0.02)
            .addColumns(DoubleColumn.create("mean_difference", new double[] {0.015}));
    assertThat(of(gains, "metric", "nll").word()).isEqualTo("worse");
    assertThat(of(gains, "metric", "acc").word()).isEqualTo("better");
    assertThat(of(gains, "metric", "kl").word()).isEqualTo("worse");
    assertThatThrownBy(() -> Verdict.judged(gains)).hasMessageContaining("mean_difference");
  }

  private static Verdict of(Table table, String column, String value) {
    return Verdict.of(table.copy().addColumns(StringColumn.create(column, value)).row(0));
  }

  private static List<Outcome> windows(String metric, double... values) {
    return IntStream.range(0, values.length)
        .mapToObj(i -> new Outcome("news", "" + i, metric, values[i]))
        .toList();
  }

  @Test
  void twoModelsAreComparedOnTheSameItems() {
    List<Outcome> ours = windows("nll", 1.1, 2.1, 3.1);
    List<Outcome> theirs = windows("nll", 1, 2, 3);

    assertThat(Verdict.of(ours, theirs, "news", "nll"))
        .as("exp(0.1) - 1; the windows differ, the difference does not")
        .hasToString("worse (+11 %, 95 % interval +11 to +11 %)");
    assertThat(Verdict.of(windows("acc", 1, 0, 1, 0), windows("acc", 0, 1, 1, 0), "news", "acc"))
        .extracting(Verdict::word)
        .isEqualTo("cannot be told");
    assertThatThrownBy(() -> Verdict.of(ours, windows("nll", 1, 2), "news", "nll"))
        .hasMessageContaining("same items of news, nll: 3 and 2");
  }

  @Test
  void verdictsOfATableAreCounted() {
    Table ratios =
        Table.create(
            "against rtn",
            DoubleColumn.create("ratio", new double[] {0.9, 1.1, 1.0, 0.8}),
            DoubleColumn.create("low", new double[] {0.8, 1.05, 0.9, 0.7}),
            DoubleColumn.create("high", new double[] {0.95, 1.2, 1.1, 0.9}));

    Table judged = Verdict.judged(ratios);

    assertThat(judged.stringColumn("shows").asList())
        .containsExactly("better", "worse", "cannot be told", "better");
    assertThat(Verdict.counts(judged))
        .isEqualTo("better in 2 of 4, worse in 1, cannot be told in 1");
    assertThat(ratios.columnNames()).as("the table itself stays").doesNotContain("shows");
    assertThat(judged.name()).isEqualTo("against rtn");
  }
}
