package tare.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tare.NumericFixture;
import tare.data.Sha256;
import tare.evaluate.LanguageModel.GeneratedText;
import tare.model.Checkpoint;
import tare.study.ScoredItem;

/** Multiple choice: requests, metrics, and what is kept out of calibration. */
class MultipleChoiceTest {

  /** Answers from a table of log-likelihoods, and keeps what it was asked. */
  private record Table(Map<String, Double> logLikelihoods, List<List<Request.Continuation>> calls)
      implements LanguageModel {

    Table(Map<String, Double> logLikelihoods) {
      this(logLikelihoods, new ArrayList<>());
    }

    @Override
    public List<Score> continuations(List<Request.Continuation> requests) {
      calls.add(requests);
      return requests.stream()
          .map(request -> new Score(logLikelihoods.get(request.continuation()), false, 1))
          .toList();
    }

    @Override
    public List<Score> texts(List<Request.WholeText> requests) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<GeneratedText> generations(List<Request.Generate> requests) {
      throw new UnsupportedOperationException();
    }

    @Override
    public List<Score> windows(String text, int window, int windows) {
      throw new UnsupportedOperationException();
    }
  }

  private static MultipleChoice task(MultipleChoice.Item... items) {
    return new MultipleChoice("birds", "1", List.of(items));
  }

  /** The tiny model reads 512 tokens. */
  @Test
  void anAnswerThatIsLongerThanTheContextIsRefusedBeforeTheWork() {
    Checkpoint tiny = Checkpoint.open(Path.of("../data/tiny"));
    String words = "one two three four five six seven eight nine ten ".repeat(60);
    task(item("easy", List.of("a wren", "a robin"), 0)).requireFits(tiny);
    assertThatThrownBy(() -> task(item("long", List.of("a wren", words), 0)).requireFits(tiny))
        .hasMessageContaining("item long of birds")
        .hasMessageContaining("512 tokens");
    SolvedItem solved = new SolvedItem("p1", "Count.", " " + words);
    assertThatThrownBy(() -> new Solutions("sums", "1", List.of(solved)).requireFits(tiny))
        .hasMessageContaining("item p1 of sums");
  }

  private static MultipleChoice.Item item(String id, List<String> choices, Integer... gold) {
    return new MultipleChoice.Item(id, "Which?", " ", choices, List.of(gold));
  }

  /** Whether the answer is right, by log-likelihood and by log-likelihood per character. */
  private static List<Double> values(List<Outcome> outcomes) {
    return outcomes.stream()
        .filter(outcome -> !MultipleChoice.LATER.contains(outcome.metric()))
        .map(Outcome::value)
        .toList();
  }

  @Test
  void marginsEqualTheReference() throws IOException {
    for (JsonNode each : NumericFixture.read("kl.json").json().get("choices")) {
      double[] scores = NumericFixture.vector(each.get("logprobs"));
      double[] lengths = NumericFixture.vector(each.get("lengths"));
      int right = each.get("right").asInt();
      Map<String, Double> answers = new HashMap<>();
      List<String> choices = new ArrayList<>();
      for (int i = 0; i < scores.length; i++) {
        choices.add(Character.toString('a' + i).repeat((int) lengths[i]));
        answers.put(" " + choices.get(i), scores[i]);
      }
      List<Outcome> outcomes = task(item("a", choices, right)).run(new Table(answers));

      assertThat(outcomes)
          .extracting(Outcome::metric)
          .containsExactly("acc", "acc_norm", "margin", "margin_norm");
      assertThat(outcomes.get(0).value()).isEqualTo(each.get("chosen").asInt() == right ? 1 : 0);
      assertThat(outcomes.get(1).value())
          .isEqualTo(each.get("chosen_per_length").asInt() == right ? 1 : 0);
      assertThat(outcomes.get(2).value()).isCloseTo(each.get("margin").asDouble(), within(1e-9));
      assertThat(outcomes.get(3).value())
          .isCloseTo(each.get("margin_per_length").asDouble(), within(1e-9));
    }
  }

  @Test
  void theDivergenceOfTheAnswersIsThatOfTheProbabilitiesOfTheChoices() {
    // 0.8 and 0.2 of the sum, against 0.5 and 0.5: 0.8 ln 1.6 + 0.2 ln 0.4
    double[] original = {Math.log(0.08), Math.log(0.02)};
    double[] model = {Math.log(0.3), Math.log(0.3)};

    assertThat(MultipleChoice.divergence(original, model)).isCloseTo(0.192745, within(1e-6));
    assertThat(MultipleChoice.divergence(original, original)).isZero();
    assertThat(
            MultipleChoice.divergence(original, new double[] {-1 + original[0], -1 + original[1]}))
        .isCloseTo(0, within(1e-12));
  }

  @Test
  void theLikelihoodsOfSeveralRightChoicesAreSummed() {
    double[] scores = {Math.log(0.2), Math.log(0.3), Math.log(0.1)};
    assertThat(MultipleChoice.margin(List.of(0, 2), scores)).isCloseTo(0, within(1e-12));
  }

  @Test
  void accuracyTakesTheMostProbableChoiceAndNormalizedAccuracyDividesByItsCharacters() {
    // owl: -3 (-1 a character), kingfisher: -5 (-0.5 a character)
    Table model = new Table(Map.of(" owl", -3.0, " kingfisher", -5.0));
    List<String> choices = List.of("owl", "kingfisher");

    assertThat(values(task(item("a", choices, 0)).run(model))).containsExactly(1.0, 0.0);
    assertThat(values(task(item("a", choices, 1)).run(model))).containsExactly(0.0, 1.0);
  }

  @Test
  void theDelimiterIsScoredButNotCounted() {
    // with the space counted: -4/4 = -1 against -5/6 = -0.83; without: -4/3 = -1.33 and -5/5 = -1;
    // now the other way round: "a" -1.1 and "bbb" -3.2: with the space -0.55 and -0.8, without -1.1
    // and -1.07
    Table model = new Table(Map.of(" a", -1.1, " bbb", -3.2));

    assertThat(values(task(item("a", List.of("a", "bbb"), 1)).run(model)))
        .containsExactly(0.0, 1.0);
  }

  @Test
  void charactersAreCodePointsAsInPython() {
    // the emoji is one character (two UTF-16 units): -2/1 = -2 loses against "ab" -3/2 = -1.5;
    // counted as two units it would win with -1
    Table model = new Table(Map.of(" \uD83E\uDD89", -2.0, " ab", -3.0));

    assertThat(values(task(item("a", List.of("\uD83E\uDD89", "ab"), 1)).run(model)))
        .containsExactly(0.0, 1.0);
  }

  @Test
  void theFirstOfEqualChoicesIsTheAnswer() {
    Table model = new Table(Map.of(" x", -1.0, " y", -1.0));

    assertThat(values(task(item("a", List.of("x", "y"), 0)).run(model))).containsExactly(1.0, 1.0);
    assertThat(values(task(item("a", List.of("x", "y"), 1)).run(model))).containsExactly(0.0, 0.0);
  }

  @Test
  void anyOfSeveralRightChoicesCounts() {
    Table model = new Table(Map.of(" x", -2.0, " y", -1.0, " z", -3.0));

    assertThat(values(task(item("a", List.of("x", "y", "z"), 1, 2)).run(model)))
        .containsExactly(1.0, 1.0);
  }

  @Test
  void asksForTheChoicesOfAnItemSideBySideAndForManyItemsAtOnce() {
    Table model = new Table(Map.of(" x", -2.0, " y", -1.0));
    task(item("a", List.of("x", "y"), 0), item("b", List.of("y", "x"), 0)).run(model);

    assertThat(model.calls()).hasSize(1);
    assertThat(model.calls().get(0))
        .extracting(Request.Continuation::continuation)
        .containsExactly(" x", " y", " y", " x");
  }

  @Test
  void outcomesKeepTaskItemAndMetricAcrossBatches() {
    Table model = new Table(Map.of(" x", -2.0, " y", -1.0));
    List<MultipleChoice.Item> items = new ArrayList<>();
    for (int i = 0; i < 150; i++) {
      items.add(item("item" + i, List.of("x", "y"), i % 2));
    }
    List<Outcome> outcomes = new MultipleChoice("birds", "1", items).run(model);

    assertThat(outcomes).hasSize(600);
    assertThat(outcomes.get(596)).isEqualTo(new Outcome("birds", "item149", "acc", 1));
    assertThat(outcomes.get(592)).isEqualTo(new Outcome("birds", "item148", "acc", 0));
  }

  @Test
  void chanceIsTheMeanSuccessOfABlindGuess() {
    assertThat(
            task(item("a", List.of("x", "y"), 0), item("b", List.of("x", "y", "z", "w"), 1, 2))
                .chance())
        .isEqualTo(0.5);
    assertThat(task(item("a", List.of("x", "y", "z", "w"), 1)).chance()).isEqualTo(0.25);
  }

  @Test
  void oneAnswerForAllItemsIsNoSkill() {
    List<String> choices = List.of("yes", "no");
    MultipleChoice task =
        task(item("a", choices, 0), item("b", List.of("no", "yes"), 1), item("c", choices, 1));
    Table alwaysYes = new Table(Map.of(" yes", -1.0, " no", -9.0));
    TaskScore score = TaskScore.of(task, task.run(alwaysYes), "model", "revision", "f32");

    assertThat(task.chance()).isEqualTo(0.5);
    assertThat(task.sameAnswer()).isEqualTo(2.0 / 3);
    assertThat(score.acc()).isEqualTo(2.0 / 3);
    assertThat(score.aboveChance()).isFalse();
  }

  @Test
  void aboveChanceIsMoreThanTwoStandardErrorsAbove() {
    List<MultipleChoice.Item> items = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      items.add(item("item" + i, List.of("right" + i, "wrong" + i), 0));
    }
    Map<String, Double> scores = new HashMap<>();
    for (int i = 0; i < 20; i++) {
      scores.put(" right" + i, i < 14 ? -1.0 : -9.0);
      scores.put(" wrong" + i, -5.0);
    }
    MultipleChoice task = new MultipleChoice("birds", "1", items);

    // 14 of 20: 0.7 - 2 * sqrt(0.7 * 0.3 / 19) = 0.49; 15 of 20: 0.75 - 2 * 0.0993 = 0.55
    assertThat(score(task, scores).aboveChance()).isFalse();
    scores.put(" right14", -1.0);
    assertThat(score(task, scores).aboveChance()).isTrue();
  }

  private static TaskScore score(MultipleChoice task, Map<String, Double> logLikelihoods) {
    return TaskScore.of(task, task.run(new Table(logLikelihoods)), "model", "revision", "f32");
  }

  @Test
  void aModelThatGivesNoNumberIsAnError() {
    Table model = new Table(Map.of(" x", Double.NaN, " y", -1.0));

    assertThatThrownBy(() -> task(item("a7", List.of("x", "y"), 0)).run(model))
        .hasMessageContaining("a7")
        .hasMessageContaining("birds");
  }

  @Test
  void anItemThatCannotBeAnsweredWronglyIsRefused() {
    assertThatThrownBy(() -> item("a7", List.of("x", "y"), 0, 1)).hasMessageContaining("a7");
    assertThatThrownBy(() -> item("a7", List.of("x", ""), 0)).hasMessageContaining("none empty");
    assertThatThrownBy(() -> item("a7", List.of("x", "y"), 2)).hasMessageContaining("[2]");
  }

  private static MultipleChoice sky(String wrong) {
    return new MultipleChoice(
        "colours",
        "1",
        0,
        List.of(
            new MultipleChoice.Item("sky", "The sky is", " ", List.of(wrong, "blue"), List.of(1))));
  }

  @Test
  void aChoiceIsKeptOutOfCalibrationWithItsRightAnswerOnly() {
    assertThat(sky("green").solvedTexts()).containsExactly("The sky is blue");
  }

  @Test
  void aHashIsOfAllChoices() {
    ScoredItem item = ScoredItem.of("colours", "1", sky("green").items().get(0));
    assertThat(item.item()).isEqualTo("sky");
    assertThat(item.sha256()).isEqualTo(Sha256.hex("The sky is green\nThe sky is blue"));
    assertThat(ScoredItem.of("colours", "1", sky("red").items().get(0)).sha256())
        .isNotEqualTo(item.sha256());
  }

  @Test
  void aTextIsOneItemOfParagraphs() {
    List<TestItem> items = new Perplexity("news", "1", "One.\n\nTwo.", 4, 1).items();
    assertThat(items).hasSize(1);
    assertThat(items.get(0).solved()).containsExactly("One.", "Two.");
  }
}
