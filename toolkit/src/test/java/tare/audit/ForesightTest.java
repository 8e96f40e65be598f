package tare.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Sample;
import tare.study.RecordCsv;
import tare.study.TrialFiles;

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
        SetNumbers.of(set(new int[] {1, 1, 2, 3}), List.of(new int[] {1, 2, 4, 4}), 2);

    assertThat(numbers.tokensPerWidth()).isEqualTo(2);
    assertThat(numbers.diversity()).isEqualTo(0.75);
    assertThat(numbers.unseen()).as("4 is half of the target").isEqualTo(0.5);
    // (0.5 log2(4/3) + 0.25 log2 2)/2 + (0.25 log2(2/3) + 0.5 log2 2)/2 = 0.4056
    assertThat(numbers.distance()).isCloseTo(Math.sqrt(0.40564), within(1e-5));
    assertThat(numbers.surprise()).as("needs the model").isNaN();
    assertThat(numbers.read(new SetActivations.Measured(3.5, 0.2, 43, 0.7, 0.3)).byName())
        .containsEntry("diversity", 0.75)
        .containsEntry("surprise", 3.5)
        .containsEntry("Gram distance", 0.2)
        .containsEntry("effective rank", 43.0)
        .containsEntry("outlier coverage", 0.7)
        .containsEntry("ACDM's distance", 0.3);
  }

  @Test
  void theSameTextTwiceIsARepeatAndAtNoDistance() {
    int[] text = {1, 2, 3, 4, 5};
    SetNumbers numbers = SetNumbers.of(set(text, text), List.of(text), 10);
    assertThat(numbers.repeats()).as("the second of two runs of five").isEqualTo(0.5);
    assertThat(numbers.distance()).isCloseTo(0, within(1e-7));
    assertThat(SetNumbers.of(set(text), List.of(new int[] {7}), 10).distance())
        .isCloseTo(1, within(1e-12));
  }

  /** Nothing but the distance differs. */
  private static SetNumbers numbers(double distance) {
    return new SetNumbers(1, 0.1, 0, distance, 0.2, Double.NaN, Double.NaN, 40, 1, Double.NaN);
  }

  private static List<RecordedCase> study(String name, double... scores) {
    List<RecordedCase> cases = new ArrayList<>();
    for (int set = 0; set < scores.length; set++) {
      cases.add(
          new RecordedCase(
              name,
              "m",
              "gptq",
              "3 bits",
              "code",
              RecordedCase.PERPLEXITY,
              8,
              256,
              name + set,
              numbers(set + 1),
              scores[set]));
    }
    return cases;
  }

  private static List<RecordedCase> threeStudies() {
    List<RecordedCase> cases = new ArrayList<>(study("a", 2, 4, 6, 8, 10, 12));
    cases.addAll(study("b", 1, 2, 4, 3, 5, 6));
    cases.addAll(study("c", 2, 4, 6, 8, 10, 12));
    return cases;
  }

  @Test
  void aNumberIsCheckedOnStudiesThatWereLeftOut() {
    List<Relation> relations = new Foresight(threeStudies()).relations();

    assertThat(relations).as("all other numbers are equal in all sets").hasSize(1);
    Relation distance = relations.get(0);
    assertThat(distance.method()).isEqualTo("gptq 3 bits");
    assertThat(distance.number()).isEqualTo("distance");
    assertThat(distance.studies()).isEqualTo(3);
    assertThat(distance.sets()).isEqualTo(18);
    assertThat(distance.correlation())
        .as("1, 16.5/17.5 and 1")
        .isCloseTo(103 / 105.0, within(1e-12));
    assertThat(distance.low()).isPositive();
    assertThat(distance.slope())
        .as("(35 + 16.5 + 35) / (3 x 17.5)")
        .isCloseTo(86.5 / 52.5, within(1e-12));
    assertThat(distance.confirmed()).isEqualTo(3);
    // a and c by the slope of the others, 51.5/35; b by that of a and c, 2: 17.5 - 4 x 16.5 + 4 x
    // 17.5
    double left = 2 * 17.5 * Math.pow(2 - 51.5 / 35, 2) + 21.5;
    assertThat(distance.explained())
        .as("of 2 x 70 + 17.5")
        .isCloseTo(1 - left / 157.5, within(1e-12));
    assertThat(distance.residual()).as("3 x 5 free").isCloseTo(Math.sqrt(left / 15), within(1e-12));
    assertThat(distance.holds()).isTrue();
  }

  @Test
  void whatOneStudyShowsAndAnotherDeniesDoesNotHold() {
    List<RecordedCase> cases = new ArrayList<>(study("a", 2, 4, 6, 8));
    cases.addAll(study("b", 4, 3, 2, 1));
    cases.addAll(study("c", 2, 4, 6, 8));
    Relation relation = new Foresight(cases).relations().get(0);
    assertThat(relation.confirmed()).as("b against a and c; of a, b and c are undecided").isZero();
    assertThat(relation.holds()).isFalse();

    Relation alone = new Foresight(study("a", 2, 4, 6, 8)).relations().get(0);
    assertThat(alone.correlation()).isEqualTo(1);
    assertThat(alone.holds()).as("nothing was left out to check it").isFalse();
  }

  @Test
  void aPredictionIsAgainstRandomDrawsAndHasAnInterval() {
    List<Relation> relations = new Foresight(threeStudies()).relations();
    SetNumbers yours = numbers(0.5);
    SetNumbers random = numbers(0.4);

    // 1.6476 x 0.1 = 0.165, e^0.165 = 1.179; half: 1.96 x 1.444 x sqrt(2) = 4.003
    assertThat(Predictions.of(relations, yours, List.of(random)))
        .singleElement()
        .asString()
        .startsWith("gptq 3 bits: higher perplexity than after a random draw, by the number")
        .contains("'distance': 0.500, random draws 0.400 (rank correlation 0.98, 95 % interval")
        .contains("by +18 % (95 of 100 sets: -98 to +63");
  }

  @Test
  void whereOnlyTheOrderHoldsNoAmountIsForetold() {
    List<RecordedCase> cases = new ArrayList<>(study("a", 2, 4, 6, 8, 10, 12));
    cases.addAll(study("b", 0.1, 0.2, 0.3, 0.4, 0.5, 0.6));
    cases.addAll(study("c", 0.1, 0.2, 0.3, 0.4, 0.5, 0.6));
    SetNumbers yours = numbers(0.3);
    SetNumbers random = numbers(0.4);
    assertThat(Predictions.of(new Foresight(cases).relations(), yours, List.of(random)))
        .singleElement()
        .asString()
        .startsWith("gptq 3 bits: lower perplexity than after a random draw")
        .endsWith("; by how much differs from study to study");

    List<RecordedCase> denied = new ArrayList<>(study("a", 2, 4, 6, 8));
    denied.addAll(study("b", 4, 3, 2, 1));
    denied.addAll(study("c", 2, 4, 6, 8));
    assertThat(Predictions.of(new Foresight(denied).relations(), yours, List.of(random)))
        .containsExactly("gptq 3 bits: no number foretold the order of sets in all studies");
    assertThat(
            Predictions.of(
                new Foresight(study("a", 2, 4, 6, 8)).relations(), yours, List.of(random)))
        .isEmpty();
  }

  /** The same set with another study, text and score. */
  private static RecordedCase of(RecordedCase each, String study, String task, String metric) {
    return new RecordedCase(
        study,
        each.model(),
        each.method(),
        each.settings(),
        task,
        metric,
        each.samples(),
        each.tokensPerSample(),
        each.set(),
        each.numbers(),
        each.lnScore());
  }

  @Test
  void aTrialOfTwoStudiesIsNoCheckOfItself() {
    List<RecordedCase> cases = new ArrayList<>(study("a", 2, 4, 6, 8));
    study("a", 2, 4, 6, 8).forEach(each -> cases.add(of(each, "b", each.task(), each.metric())));
    assertThat(new Foresight(cases).relations().get(0).studies()).isEqualTo(1);
  }

  @Test
  void aDivergenceIsARelationOfItsOwn() {
    List<RecordedCase> cases = new ArrayList<>(study("a", 2, 4, 6, 8));
    study("d", 8, 6, 4, 2)
        .forEach(each -> cases.add(of(each, each.study(), "stones/solved", RecordedCase.KL)));
    assertThat(new Foresight(cases).relations())
        .filteredOn(each -> each.number().equals("distance"))
        .extracting(each -> each.metric() + " " + each.correlation())
        .containsExactly("kl -1.0", "perplexity 1.0");
  }

  @Test
  void whatIsWrittenIsReadAgain() throws IOException {
    List<Relation> relations = new Foresight(threeStudies()).relations();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    new RecordCsv<>(Relation.class, relations).write(out);
    assertThat(RecordCsv.records(Relation.class, new ByteArrayInputStream(out.toByteArray())))
        .isEqualTo(relations);

    List<RecordedCase> cases = study("a", 2, 4, 6, 8);
    ByteArrayOutputStream nested = new ByteArrayOutputStream();
    new RecordCsv<>(RecordedCase.class, cases).write(nested);
    assertThat(nested.toString(StandardCharsets.UTF_8))
        .startsWith(
            "study,model,method,settings,task,metric,samples,tokens_per_sample,set,tokens_per_width,")
        .contains(
            "\na,m,gptq,3 bits,code,perplexity,8,256,a0,1.0,0.1,0.0,1.0,0.2,,,40.0,1.0,,2.0\n");
    assertThat(
            RecordCsv.records(RecordedCase.class, new ByteArrayInputStream(nested.toByteArray())))
        .isEqualTo(cases);

    byte[] bad = "method,number\ngptq,distance\n".getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> RecordCsv.records(Relation.class, new ByteArrayInputStream(bad)))
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

  @Test
  void theRecordedRelationsAreThoseOfTheFindings() {
    assertThat(Foresight.recorded().relations())
        .filteredOn(Relation::holds)
        .extracting(relation -> relation.method() + ", " + relation.number())
        .containsExactly(
            "awq 3 bits, distance",
            "awq 3 bits, unseen",
            "awq 3 bits, Gram distance",
            "awq 3 bits, outlier coverage",
            "awq 3 bits, ACDM's distance",
            "gptq 3 bits, tokens per width",
            "gptq 3 bits, distance",
            "gptq 3 bits, unseen",
            "gptq 3 bits, Gram distance",
            "gptq 3 bits, effective rank",
            "gptq 3 bits, ACDM's distance",
            "smoothquant-gptq 3 bits, distance",
            "smoothquant-gptq 3 bits, unseen",
            "smoothquant-gptq 3 bits, Gram distance",
            "smoothquant-gptq 3 bits, effective rank",
            "smoothquant-gptq 3 bits, ACDM's distance",
            "sparsegpt 2:4, Gram distance",
            "sparsegpt 2:4, ACDM's distance",
            "spqr 3 bits, Gram distance",
            "spqr 3 bits, ACDM's distance",
            "wanda 2:4, unseen");
  }

  @Test
  void anAmountIsForetoldOnlyByANumberThatExplainsSome() {
    assertThat(Foresight.recorded().relations())
        .filteredOn(Relation::foretellsAmount)
        .extracting(relation -> relation.method() + ", " + relation.number())
        .containsExactly(
            "gptq 3 bits, tokens per width", "gptq 3 bits, unseen", "wanda 2:4, unseen");
  }

  @Test
  void theRecordedCasesAreThoseOfThePublishedResults() {
    TrialFiles files = TrialFiles.in(Path.of("../data/results/quality-small"));
    List<Map<String, String>> rows =
        files.finished().stream()
            .flatMap(id -> files.rows(id).stream())
            .filter(row -> row.get("metric").equals("perplexity"))
            .toList();
    double original =
        rows.stream()
            .filter(row -> row.get("method").equals("none"))
            .filter(row -> row.get("task").equals("encyclopedia"))
            .mapToDouble(row -> Double.parseDouble(row.get("value")))
            .findFirst()
            .orElseThrow();
    List<RecordedCase> cases =
        Foresight.recorded().cases().stream()
            .filter(each -> each.study().equals("quality-small"))
            .toList();
    assertThat(cases)
        .hasSize(27)
        .allMatch(each -> each.task().equals("encyclopedia"))
        .allMatch(
            each ->
                rows.stream()
                    .filter(row -> row.get("method").equals(each.method()))
                    .filter(row -> row.get("calibration_fingerprint").startsWith(each.set()))
                    .mapToDouble(row -> Math.log(Double.parseDouble(row.get("value")) / original))
                    .anyMatch(score -> Math.abs(score - each.lnScore()) < 1e-9));
  }
}
