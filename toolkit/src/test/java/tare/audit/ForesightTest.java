package tare.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Sample;
import tare.study.RecordCsv;

/** Every number here can be worked out by hand. */
class ForesightTest {

  private static CalibrationSet set(int[]... samples) {
    List<Sample> all = new ArrayList<>();
    for (int[] tokens : samples) {
      all.add(new Sample("d" + all.size(), "news", "", tokens));
    }
    return new CalibrationSet("uniform", new Budget(samples.length, samples[0].length), all);
  }

  @Test
  void numbersAreCountedFromTokensAlone() {
    SetNumbers numbers =
        SetNumbers.of(set(new int[] {1, 1, 2, 3}), List.of(new int[] {1, 2, 4, 4}), 2, 3.5);

    assertThat(numbers.tokensPerWidth()).isEqualTo(2);
    assertThat(numbers.diversity()).isEqualTo(0.75);
    assertThat(numbers.unseen()).as("4 is half of the target").isEqualTo(0.5);
    // (0.5 log2(4/3) + 0.25 log2 2)/2 + (0.25 log2(2/3) + 0.5 log2 2)/2 = 0.4056
    assertThat(numbers.distance()).isCloseTo(Math.sqrt(0.40564), within(1e-5));
    assertThat(numbers.surprise()).isEqualTo(3.5);
  }

  @Test
  void theSameTextTwiceIsARepeatAndAtNoDistance() {
    int[] text = {1, 2, 3, 4, 5};
    SetNumbers numbers = SetNumbers.of(set(text, text), List.of(text), 10, Double.NaN);
    assertThat(numbers.repeats()).as("the second of two runs of five").isEqualTo(0.5);
    assertThat(numbers.distance()).isCloseTo(0, within(1e-7));
    assertThat(SetNumbers.of(set(text), List.of(new int[] {7}), 10, 0).distance())
        .isCloseTo(1, within(1e-12));
  }

  private static List<Foresight.Case> study(String name, double... scores) {
    List<Foresight.Case> cases = new ArrayList<>();
    for (int set = 0; set < scores.length; set++) {
      cases.add(
          new Foresight.Case(
              name,
              "m",
              "gptq",
              "3 bits",
              "code",
              8,
              256,
              name + set,
              1,
              0.1,
              0,
              set + 1,
              0.2,
              Double.NaN,
              scores[set]));
    }
    return cases;
  }

  private static List<Foresight.Case> twoStudies() {
    List<Foresight.Case> cases = new ArrayList<>(study("a", 2, 4, 6, 8, 10, 12));
    cases.addAll(study("b", 1, 2, 4, 3, 5, 6));
    return cases;
  }

  @Test
  void aNumberIsCheckedOnStudiesThatWereLeftOut() {
    List<Foresight.Relation> relations = new Foresight(twoStudies()).relations();

    assertThat(relations).as("all other numbers are equal in all sets").hasSize(1);
    Foresight.Relation distance = relations.get(0);
    assertThat(distance.method()).isEqualTo("gptq 3 bits");
    assertThat(distance.number()).isEqualTo("distance");
    assertThat(distance.studies()).isEqualTo(2);
    assertThat(distance.sets()).isEqualTo(12);
    assertThat(distance.correlation()).as("1 and 16.5/17.5").isCloseTo(34 / 35.0, within(1e-12));
    assertThat(distance.low()).isPositive();
    assertThat(distance.slope())
        .as("(35 + 16.5) / (17.5 + 17.5)")
        .isCloseTo(51.5 / 35, within(1e-12));
    assertThat(distance.confirmed()).isEqualTo(2);
    // a by the slope of b, 33/35; b by the slope of a, 2: 17.5 - 4 x 16.5 + 4 x 17.5
    double left = 17.5 * Math.pow(2 - 33 / 35.0, 2) + 21.5;
    assertThat(distance.explained()).as("of 70 + 17.5").isCloseTo(1 - left / 87.5, within(1e-12));
    assertThat(distance.residual()).as("2 x 5 free").isCloseTo(Math.sqrt(left / 10), within(1e-12));
    assertThat(distance.holds()).isTrue();
  }

  @Test
  void whatOneStudyShowsAndAnotherDeniesDoesNotHold() {
    List<Foresight.Case> cases = new ArrayList<>(study("a", 2, 4, 6, 8));
    cases.addAll(study("b", 4, 3, 2, 1));
    Foresight.Relation relation = new Foresight(cases).relations().get(0);
    assertThat(relation.confirmed()).isZero();
    assertThat(relation.holds()).isFalse();

    Foresight.Relation alone = new Foresight(study("a", 2, 4, 6, 8)).relations().get(0);
    assertThat(alone.correlation()).isEqualTo(1);
    assertThat(alone.holds()).as("nothing was left out to check it").isFalse();
  }

  @Test
  void aPredictionIsAgainstRandomDrawsAndHasAnInterval() {
    List<Foresight.Relation> relations = new Foresight(twoStudies()).relations();
    SetNumbers yours = new SetNumbers(1, 0.1, 0, 0.5, 0.2, Double.NaN);
    SetNumbers random = new SetNumbers(1, 0.1, 0, 0.4, 0.2, Double.NaN);

    // 1.4714 x 0.1 = 0.147, e^0.147 = 1.158; half: 1.96 x 2.026 x sqrt(2) = 5.616
    assertThat(Foresight.predictions(relations, yours, List.of(random)))
        .singleElement()
        .asString()
        .startsWith("gptq 3 bits: distance 0.500, of random draws 0.400: perplexity +16 % against")
        .contains("(95 of 100 sets: -100 to +31")
        .contains("rank correlation 0.97");
    assertThat(
            Foresight.predictions(
                new Foresight(study("a", 2, 4, 6, 8)).relations(), yours, List.of(random)))
        .singleElement()
        .asString()
        .contains("no number that can be had before compression foretold perplexity");
  }

  @Test
  void whatIsWrittenIsReadAgain() throws IOException {
    List<Foresight.Relation> relations = new Foresight(twoStudies()).relations();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new RecordCsv<>(Foresight.Relation.class, relations).write(out);
    assertThat(
            RecordCsv.records(
                Foresight.Relation.class, new ByteArrayInputStream(out.toByteArray())))
        .isEqualTo(relations);

    byte[] bad = "method,number\ngptq,distance\n".getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(
            () -> RecordCsv.records(Foresight.Relation.class, new ByteArrayInputStream(bad)))
        .hasMessageContaining("Line 2 is no Relation");
  }

  @Test
  void theRegressionIsSeenInFifthsAroundTheMean() {
    List<Foresight.Fifth> fifths =
        new Foresight(study("a", 2, 4, 6, 8, 10)).fifths("gptq 3 bits", "distance");
    assertThat(fifths)
        .extracting(Foresight.Fifth::number)
        .containsExactly(-2.0, -1.0, 0.0, 1.0, 2.0);
    assertThat(fifths)
        .extracting(Foresight.Fifth::lnPerplexity)
        .containsExactly(-4.0, -2.0, 0.0, 2.0, 4.0);
  }
}
