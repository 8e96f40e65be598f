package tare.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import tare.evaluate.LanguageModel.GeneratedText;

class AggregateTest {

  /** A model that gives these scores, whatever it is asked. */
  record Answers(List<Score> scores) implements LanguageModel {
    @Override
    public List<Score> continuations(List<Request.Continuation> requests) {
      return scores;
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
      return scores;
    }
  }

  @Test
  void accuracyHasTheMeanAndItsStandardErrorPerTaskAndMetric() {
    List<Aggregate> aggregates =
        Aggregate.of(
            List.of(
                new Outcome("t", "1", "acc", 1),
                new Outcome("t", "1", "acc_norm", 0),
                new Outcome("t", "2", "acc", 0),
                new Outcome("t", "2", "acc_norm", 0),
                new Outcome("t", "3", "acc", 1),
                new Outcome("t", "3", "acc_norm", 0),
                new Outcome("t", "4", "acc", 1),
                new Outcome("t", "4", "acc_norm", 0)));

    assertThat(aggregates).extracting(Aggregate::metric).containsExactly("acc", "acc_norm");
    assertThat(aggregates.get(0).value()).isEqualTo(0.75);
    // sample variance 0.25, over 4 items: sqrt(0.0625) = 0.25
    assertThat(aggregates.get(0).standardError()).isCloseTo(0.25, within(1e-12));
    assertThat(aggregates.get(1).standardError()).isZero();
    assertThat(aggregates.get(0).items()).isEqualTo(4);
  }

  @Test
  void perplexityIsTheExponentialOfTheMeanOverAllPredictedTokens() {
    Perplexity task = new Perplexity("news", "abc", "text", 4, 2);
    List<Outcome> outcomes =
        task.run(new Answers(List.of(new Score(-3, false, 3), new Score(-9, false, 3))));
    List<Aggregate> aggregates = Aggregate.of(outcomes);

    assertThat(outcomes).extracting(Outcome::value).containsExactly(1.0, 3.0);
    assertThat(aggregates).extracting(Aggregate::metric).containsExactly("nll", "perplexity");
    assertThat(aggregates.get(1).value()).isCloseTo(Math.exp(12.0 / 6), within(1e-12));
    // nll: sample variance 2, standard error sqrt(2/2) = 1; perplexity's: exp(2) * 1
    assertThat(aggregates.get(0).standardError()).isCloseTo(1, within(1e-12));
    assertThat(aggregates.get(1).standardError()).isCloseTo(Math.exp(2), within(1e-12));
  }

  @Test
  void oneItemHasNoStandardError() {
    assertThat(Aggregate.of(List.of(new Outcome("t", "1", "acc", 1))).get(0).standardError())
        .isNaN();
  }

  @Test
  void aTextThatFillsNoWindowIsAnError() {
    assertThatThrownBy(
            () -> new Perplexity("news", "abc", "short", 256, 2).run(new Answers(List.of())))
        .hasMessageContaining("news")
        .hasMessageContaining("256");
  }

  @Test
  void aWindowThatIsNoNumberIsAnError() {
    assertThatThrownBy(
            () ->
                new Perplexity("news", "abc", "text", 4, 2)
                    .run(new Answers(List.of(new Score(Double.NaN, false, 3)))))
        .hasMessageContaining("not a number");
  }

  @Test
  void wholeTextsAreScoredByTheRatioOfAllNatsToAllWordsOrBytes() {
    List<Outcome> outcomes = new ArrayList<>();
    double[][] texts = {{60, 10, 50}, {20, 5, 30}, {70, 15, 70}};
    for (int i = 0; i < texts.length; i++) {
      outcomes.add(new Outcome("t", "" + i, "nats", texts[i][0]));
      outcomes.add(new Outcome("t", "" + i, "words", texts[i][1]));
      outcomes.add(new Outcome("t", "" + i, "bytes", texts[i][2]));
    }
    List<Aggregate> scores = Aggregate.of(outcomes);

    assertThat(scores)
        .extracting(Aggregate::metric)
        .containsExactly("word_perplexity", "byte_perplexity", "bits_per_byte");
    // 150 nats, 30 words, 150 bytes; x - 5 w = 10, -5, -5: sqrt(150 / 2 / 3) / 10 = 0.5
    assertThat(scores.get(0).value()).isCloseTo(Math.exp(5), within(1e-9));
    assertThat(scores.get(0).standardError()).isCloseTo(Math.exp(5) * 0.5, within(1e-9));
    assertThat(scores.get(1).value()).isCloseTo(Math.exp(1), within(1e-12));
    assertThat(scores.get(2).value()).isCloseTo(1 / Math.log(2), within(1e-12));
    // x - w = 10, -10, 0: sqrt(200 / 2 / 3) / 50
    assertThat(scores.get(2).standardError())
        .isCloseTo(Math.sqrt(100.0 / 3) / 50 / Math.log(2), within(1e-12));
  }

  @Test
  void deviationsAreFromTheMeanOfAPart() {
    List<Outcome> outcomes = new ArrayList<>();
    int[] astronomy = {1, 1, 1, 0};
    int[] religions = {0, 0, 0, 1, 0, 0};
    for (int i = 0; i < astronomy.length; i++) {
      outcomes.add(new Outcome("mmlu", "astronomy/" + i, "acc", astronomy[i]));
    }
    for (int i = 0; i < religions.length; i++) {
      outcomes.add(new Outcome("mmlu", "religions/" + i, "acc", religions[i]));
    }
    Aggregate score = Aggregate.of(outcomes).get(0);
    assertThat(score.value()).isCloseTo(0.4, within(1e-12));
    // standard errors of the parts: sqrt(3/4 / 3 / 4) and sqrt(5/6 / 5 / 6); the harness pools
    // them: sum of (n - 1) n se^2 = 3/4 + 5/6, over 10 items less 2 parts, over 10 items
    assertThat(score.standardError())
        .isCloseTo(Math.sqrt((3.0 / 4 + 5.0 / 6) / 8 / 10), within(1e-12));
  }
}
