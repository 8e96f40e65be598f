package tare.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.Precision;

/**
 * Scores of a tiny random model: however requests are batched, each must score what it scores
 * alone.
 */
class ScorerTest {

  private static DecoderModel model;
  private static Scorer scorer;

  @BeforeAll
  static void load() throws URISyntaxException {
    Path file = Path.of(ScorerTest.class.getResource("/tokenizer/smollm.gguf").toURI());
    model = DecoderModel.load(Checkpoint.open(file), Device.cpu(), Precision.F32);
    scorer = new Scorer(model);
  }

  @AfterAll
  static void free() {
    model.close();
  }

  private static Request.Continuation request(String context, String continuation) {
    return new Request.Continuation(context, continuation);
  }

  @Test
  void sharingAContextAndABatchChangesNoScore() {
    List<Request.Continuation> requests = new ArrayList<>();
    for (String context : List.of("The miller", "Why did the girl laugh? She", "A")) {
      for (String continuation : List.of(" slept", " counted the sacks.", " 42 times")) {
        requests.add(request(context, continuation));
      }
    }
    List<Score> together = scorer.continuations(requests);
    for (int i = 0; i < requests.size(); i++) {
      Score alone = scorer.continuations(List.of(requests.get(i))).get(0);
      assertThat(together.get(i).logLikelihood()).isCloseTo(alone.logLikelihood(), within(1e-4));
      assertThat(together.get(i).tokens()).isEqualTo(alone.tokens());
      assertThat(together.get(i).greedy()).isEqualTo(alone.greedy());
    }
  }

  @Test
  void requestsThatAreCutAreCounted() {
    Scorer counting = new Scorer(model);
    String longer = "The miller slept. ".repeat(model.checkpoint().config().context());
    counting.continuations(List.of(request("The miller", " slept"), request(longer, " He woke.")));
    assertThat(counting.truncated()).isEqualTo(1);
    counting.generations(List.of(new Request.Generate(longer, List.of(), 2)));
    assertThat(counting.truncated()).isEqualTo(2);
  }

  @Test
  void requestsThatBeginAlikeScoreAsAloneWhereverTheyPart() {
    String examples = "Why did the girl laugh? She laughed. ".repeat(3);
    List<Request.Continuation> requests = new ArrayList<>();
    for (String question : List.of("Who slept?", "Who slept in the mill?", "Who?")) {
      for (String continuation : List.of(" A", " B", " the miller", " the miller's daughter")) {
        requests.add(request(examples + question, continuation));
      }
    }
    requests.add(request(examples, " Who slept"));
    requests.add(requests.get(3));
    Collections.shuffle(requests, new java.util.Random(7));
    List<Score> together = scorer.continuations(requests);
    for (int i = 0; i < requests.size(); i++) {
      Score alone = scorer.continuations(List.of(requests.get(i))).get(0);
      assertThat(together.get(i).logLikelihood()).isCloseTo(alone.logLikelihood(), within(1e-4));
      assertThat(together.get(i).tokens()).isEqualTo(alone.tokens());
      assertThat(together.get(i).greedy()).isEqualTo(alone.greedy());
    }
  }

  /** Twenty questions after the same examples, and two texts that share nothing with them. */
  @Test
  void aBeginningThatRunsOnceChangesNoScore() {
    String examples = "Why did the girl laugh? She laughed. ".repeat(12);
    List<Request.Continuation> requests = new ArrayList<>();
    for (int question = 0; question < 20; question++) {
      String asked = examples + "Who counted " + question * 37 + " sacks in the mill?";
      requests.add(request(asked, " the miller"));
      requests.add(request(asked, " 42"));
    }
    requests.add(request("The miller", " slept"));
    requests.add(request("A", " B"));
    List<Score> together = scorer.continuations(requests);
    for (int i = 0; i < requests.size(); i++) {
      Score alone = scorer.continuations(List.of(requests.get(i))).get(0);
      assertThat(together.get(i).logLikelihood()).isCloseTo(alone.logLikelihood(), within(1e-4));
      assertThat(together.get(i).greedy()).isEqualTo(alone.greedy());
    }
  }

  /**
   * 20 requests share 300 tokens, of which 10 share 400 more. Rows hold 1,000 tokens, so a long
   * request fills a row of its own: the longer beginning saves 9 · 700 tokens, the shorter one 19 ·
   * 300.
   */
  @Test
  void aFamilyIsDividedWhereMostIsSaved() {
    List<EncodedRequest> requests = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      int[] tokens = new int[902];
      Arrays.fill(tokens, 0, 300, 7);
      Arrays.fill(tokens, 300, 700, i < 10 ? 8 : 100 + i);
      Arrays.fill(tokens, 700, 902, 200 + i);
      requests.add(new EncodedRequest(i, tokens, 901, 0));
    }
    Collections.sort(requests);
    List<Family> families = Family.of(requests, 1000, 64);
    assertThat(families).extracting(family -> family.beginning().length).containsExactly(700, 0);
    assertThat(families.get(0).rows()).hasSize(10).allMatch(row -> row.length() == 201);
    assertThat(families.get(1).rows()).hasSize(10).allMatch(row -> row.length() == 901);

    assertThat(Family.of(requests.subList(0, 2), 1000, 64))
        .as("two rows save too little")
        .extracting(family -> family.beginning().length)
        .containsExactly(0);
  }

  @Test
  void whatIsSharedStandsOnceInARow() {
    EncodedRequest first = new EncodedRequest(0, new int[] {7, 7, 7, 7, 1}, 4, 0);
    EncodedRequest second = new EncodedRequest(1, new int[] {7, 7, 7, 7, 2}, 4, 0);
    EncodedRequest third = new EncodedRequest(2, new int[] {7, 7, 7, 9, 3, 4}, 4, 0);
    EncodedRequest other = new EncodedRequest(3, new int[] {8, 8, 8, 8, 8}, 4, 0);
    PackedRow row = new PackedRow(first, 2048, 64);
    assertThat(row.takes(second)).isTrue();
    assertThat(row.length()).as("one-token choices need no token more").isEqualTo(4);
    assertThat(row.isBranched()).isFalse();
    assertThat(row.takes(third)).isTrue();
    assertThat(row.length()).isEqualTo(6);
    assertThat(row.isBranched()).isTrue();
    assertThat(row.takes(other)).as("shares nothing").isFalse();
    assertThat(new PackedRow(first, 5, 64).takes(third)).as("would be too long").isFalse();
  }

  @Test
  void whiteSpaceAtTheEndOfAContextBelongsToTheContinuation() {
    Score inContext = scorer.continuations(List.of(request("The miller ", "slept"))).get(0);
    Score inContinuation = scorer.continuations(List.of(request("The miller", " slept"))).get(0);
    assertThat(inContext).isEqualTo(inContinuation);
  }

  @Test
  void aContinuationIsTheSumOfItsParts() {
    double whole =
        scorer.continuations(List.of(request("The miller", " slept well"))).get(0).logLikelihood();
    double first =
        scorer.continuations(List.of(request("The miller", " slept"))).get(0).logLikelihood();
    double second =
        scorer.continuations(List.of(request("The miller slept", " well"))).get(0).logLikelihood();
    assertThat(whole).isCloseTo(first + second, within(1e-4));
  }

  @Test
  void aWindowScoresAllItsTokensButTheFirst() {
    String text = "The miller's daughter counted the sacks, and then she counted them again.";
    int[] tokens = model.checkpoint().tokenizer().encode(text);
    List<Score> windows = scorer.windows(text, 8, 100);
    assertThat(windows).hasSize(tokens.length / 8);
    assertThat(windows).allMatch(score -> score.tokens() == 7);
    List<Score> two = scorer.windows(text, 8, 2);
    assertThat(two).hasSize(2);
    for (int i = 0; i < 2; i++) {
      assertThat(two.get(i).logLikelihood())
          .isCloseTo(windows.get(i).logLikelihood(), within(1e-4));
    }
  }

  @Test
  void aTextShorterThanAWindowIsRefused() {
    assertThatThrownBy(() -> scorer.windows("short", 64, 1))
        .hasMessageContaining("less than one window of 64");
  }

  @Test
  void emptyPartsAreRefused() {
    assertThatThrownBy(() -> scorer.continuations(List.of(request("The miller", ""))))
        .hasMessageContaining("at least one token");
  }
}
