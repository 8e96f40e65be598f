package tare.evaluate.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tare.NumericFixture;
import tare.evaluate.Aggregate;
import tare.evaluate.EncodedRequest;
import tare.evaluate.LanguageModel;
import tare.evaluate.LanguageModel.GeneratedText;
import tare.evaluate.MultipleChoice;
import tare.evaluate.Outcome;
import tare.evaluate.Request;
import tare.evaluate.Score;
import tare.evaluate.Scorer;
import tare.evaluate.Task;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.Precision;

/**
 * Invented items in the published layouts, against what lm-evaluation-harness makes of them with
 * the tiny model ({@code src/test/python/make_task_fixture.py}): requests, tokens, scores, metrics.
 */
class HarnessTest {

  private static DecoderModel model;

  @BeforeAll
  static void load() {
    model =
        DecoderModel.load(
            Checkpoint.open(Path.of("..", "data", "tiny")), Device.cpu(), Precision.F32);
  }

  @AfterAll
  static void free() {
    model.close();
  }

  /** Passes requests on and keeps them with their answers. */
  private static final class Recorder implements LanguageModel {
    final Scorer scorer = new Scorer(model);
    final List<Request.Continuation> requests = new ArrayList<>();
    final List<Request.WholeText> texts = new ArrayList<>();
    final List<Request.Generate> prompts = new ArrayList<>();
    final List<String> written = new ArrayList<>();
    final List<Score> scores = new ArrayList<>();

    @Override
    public List<Score> continuations(List<Request.Continuation> asked) {
      List<Score> answers = scorer.continuations(asked);
      requests.addAll(asked);
      scores.addAll(answers);
      return answers;
    }

    @Override
    public List<Score> texts(List<Request.WholeText> asked) {
      List<Score> answers = scorer.texts(asked);
      texts.addAll(asked);
      scores.addAll(answers);
      return answers;
    }

    @Override
    public List<GeneratedText> generations(List<Request.Generate> asked) {
      List<GeneratedText> answers = scorer.generations(asked);
      prompts.addAll(asked);
      answers.forEach(answer -> written.add(answer.text()));
      return answers;
    }

    @Override
    public List<Score> windows(String text, int window, int windows) {
      return scorer.windows(text, window, windows);
    }
  }

  private static JsonNode fixture(String task) throws IOException {
    return NumericFixture.read("harness.json").json().get(task);
  }

  private static Task task(String name) throws URISyntaxException {
    Path folder = Path.of(HarnessTest.class.getResource("/tasks/" + name).toURI());
    return Benchmarks.ALL.stream()
        .filter(benchmark -> benchmark.name().equals(name))
        .findFirst()
        .orElseThrow()
        .read(folder)
        .first(Integer.MAX_VALUE);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "arc_easy",
        "arc_challenge",
        "boolq",
        "hellaswag",
        "lambada_openai",
        "openbookqa",
        "piqa",
        "rte",
        "storycloze_2016",
        "winogrande",
        "commonsense_qa",
        "sciq"
      })
  void requestsTokensScoresAndMetricsAreThoseOfTheHarness(String name)
      throws IOException, URISyntaxException {
    check(task(name), fixture(name));
  }

  @ParameterizedTest
  @ValueSource(strings = {"astronomy", "world_religions"})
  void aSubjectOfMmluIsThatOfTheHarness(String subject) throws IOException, URISyntaxException {
    MultipleChoice all = (MultipleChoice) task("mmlu");
    List<MultipleChoice.Item> items =
        all.items().stream().filter(item -> item.id().startsWith(subject + "/")).toList();
    check(new MultipleChoice(subject, "1", items), fixture("mmlu_" + subject));
  }

  @ParameterizedTest
  @ValueSource(strings = {"wikitext", "c4"})
  void wholeTextsAreThoseOfTheHarness(String name) throws IOException, URISyntaxException {
    Recorder recorder = new Recorder();
    List<Aggregate> scores = Aggregate.of(task(name).run(recorder));
    JsonNode fixture = fixture(name);
    for (int i = 0; i < recorder.texts.size(); i++) {
      JsonNode item = fixture.get("items").get(i);
      assertThat(recorder.texts.get(i).text())
          .isEqualTo(item.get("requests").get(0).get(0).asText());
      double expected = item.get("log_likelihoods").get(0).asDouble();
      assertThat(recorder.scores.get(i).logLikelihood())
          .isCloseTo(expected, within(1e-4 * recorder.scores.get(i).tokens() / 10));
    }
    assertThat(recorder.texts).hasSize(fixture.get("items").size());
    assertThat(scores)
        .extracting(Aggregate::metric)
        .containsExactly("word_perplexity", "byte_perplexity", "bits_per_byte");
    for (Aggregate score : scores) {
      assertThat(score.value() / fixture.get("scores").get(score.metric()).get(0).asDouble())
          .isCloseTo(1, within(1e-5));
    }
  }

  @Test
  void promptsAndWhatIsWrittenAreThoseOfTheHarness() throws IOException, URISyntaxException {
    Recorder recorder = new Recorder();
    Map<String, Aggregate> scores =
        Aggregate.of(task("gsm8k").run(recorder)).stream()
            .collect(Collectors.toMap(Aggregate::metric, Function.identity()));
    JsonNode fixture = fixture("gsm8k");
    for (int i = 0; i < recorder.prompts.size(); i++) {
      JsonNode item = fixture.get("items").get(i);
      assertThat(recorder.prompts.get(i).context())
          .isEqualTo(item.get("requests").get(0).get(0).asText());
      assertThat(recorder.written.get(i)).isEqualTo(item.get("written").get(0).asText());
    }
    assertThat(recorder.prompts).hasSize(3);
    fixture
        .get("scores")
        .properties()
        .forEach(
            each ->
                assertThat(scores.get(each.getKey()).value())
                    .isEqualTo(each.getValue().get(0).asDouble()));
  }

  @Test
  void aContinuationOfNothingFollowsTheTokenThatBeginsATextOnce() throws IOException {
    for (JsonNode each : NumericFixture.read("harness_marks.json").json().get("empty_contexts")) {
      Request.Continuation request = new Request.Continuation("", each.get(0).asText());
      Score score = new Scorer(model).continuations(List.of(request)).get(0);
      assertThat(score.logLikelihood())
          .as(request.toString())
          .isCloseTo(each.get(1).asDouble(), within(1e-4));
      assertThat(score.greedy()).isEqualTo(each.get(2).asBoolean());
    }
  }

  private static void check(Task task, JsonNode fixture) {
    Recorder recorder = new Recorder();
    List<Outcome> outcomes = task.run(recorder);
    int at = 0;
    int cut = 0;
    for (JsonNode item : fixture.get("items")) {
      for (int i = 0; i < item.get("requests").size(); i++, at++) {
        Request.Continuation request = recorder.requests.get(at);
        JsonNode expected = item.get("requests").get(i);
        assertThat(request.context()).isEqualTo(expected.get(0).asText());
        assertThat(request.continuation()).isEqualTo(expected.get(1).asText());
        if (item.has("tokens")) {
          checkTokens(request, item.get("tokens").get(i));
        } else {
          cut++;
        }
        Score score = recorder.scores.get(at);
        assertThat(score.logLikelihood())
            .as(request.toString())
            .isCloseTo(item.get("log_likelihoods").get(i).asDouble(), within(1e-4));
        assertThat(score.greedy()).isEqualTo(item.get("greedy").get(i).asBoolean());
      }
    }
    assertThat(recorder.requests).hasSize(at);
    assertThat(recorder.scores.stream().filter(score -> score.cut() > 0)).hasSize(cut);
    checkMetrics(outcomes, fixture);
  }

  private static void checkTokens(Request.Continuation request, JsonNode expected) {
    EncodedRequest encoded =
        EncodedRequest.of(
            0,
            request,
            model.checkpoint().tokenizer(),
            model.checkpoint().config().context(),
            () -> 0);
    assertThat(encoded.scoredFrom()).isEqualTo(expected.get(0).size());
    List<Integer> tokens = new ArrayList<>();
    expected.forEach(part -> part.forEach(token -> tokens.add(token.asInt())));
    assertThat(encoded.tokens())
        .containsExactly(tokens.stream().mapToInt(Integer::intValue).toArray());
  }

  private static void checkMetrics(List<Outcome> outcomes, JsonNode fixture) {
    Map<String, Aggregate> scores =
        Aggregate.of(outcomes).stream()
            .collect(Collectors.toMap(Aggregate::metric, Function.identity()));
    fixture
        .get("scores")
        .properties()
        .forEach(
            expected -> {
              Aggregate score = scores.get(expected.getKey());
              assertThat(score.value())
                  .isCloseTo(
                      expected.getValue().get(0).asDouble(),
                      within(expected.getKey().equals("perplexity") ? score.value() * 1e-4 : 1e-9));
              // the harness estimates the perplexity's standard error by chance (bootstrap)
              if (!expected.getKey().equals("perplexity")) {
                assertThat(score.standardError())
                    .isCloseTo(expected.getValue().get(1).asDouble(), within(1e-9));
              }
            });
    JsonNode items = fixture.get("items");
    for (String metric : List.of("acc", "acc_norm")) {
      List<Double> ours =
          outcomes.stream()
              .filter(outcome -> outcome.metric().equals(metric))
              .map(Outcome::value)
              .toList();
      for (int i = 0; i < items.size(); i++) {
        Optional<JsonNode> theirs = Optional.ofNullable(items.get(i).get("metrics").get(metric));
        if (theirs.isPresent()) {
          assertThat(ours.get(i)).isEqualTo(theirs.get().asDouble());
        }
      }
    }
  }
}
