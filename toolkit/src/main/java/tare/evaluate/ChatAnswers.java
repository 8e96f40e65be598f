package tare.evaluate;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import tare.data.ChatRecord;
import tare.data.Windows;
import tare.model.Checkpoint;
import tare.model.generation.ChatTemplate;

/**
 * Measures how well a model predicts the assistant's answers in conversations. The template of the
 * model writes all that stands before an answer; the answer itself is scored, without the mark that
 * ends it. White space that the template writes right before an answer, often a line break, is
 * scored with it, as lm-evaluation-harness does with white space before a continuation.
 *
 * <p>Each conversation has one outcome: {@code nll}, the mean over the tokens of its answers. In
 * the perplexity, which is the exponential of the mean over the conversations, each conversation
 * counts alike.
 *
 * @param name the task's name in results
 * @param revision identifies the conversations, for instance by the first digits of their SHA-256
 * @param talks the conversations, by their ids
 */
public record ChatAnswers(String name, String revision, Map<String, ChatRecord> talks)
    implements Task {

  /**
   * Keeps the order.
   *
   * @throws IllegalArgumentException if a conversation has no answer
   */
  public ChatAnswers {
    talks = Collections.unmodifiableMap(new LinkedHashMap<>(talks));
    talks.forEach(
        (id, talk) -> {
          if (answers(talk).isEmpty()) {
            throw new IllegalArgumentException(
                "%s: the conversation %s has no answer of an assistant.".formatted(name, id));
          }
        });
  }

  /** The indices of the assistant's turns that have text and follow another turn. */
  private static List<Integer> answers(ChatRecord talk) {
    List<Integer> answers = new ArrayList<>();
    for (int i = 1; i < talk.messages().size(); i++) {
      Map<String, Object> message = talk.messages().get(i);
      if (message.get("role").equals("assistant") && !ChatRecord.text(message).isBlank()) {
        answers.add(i);
      }
    }
    return answers;
  }

  /** Whether a conversation has an answer to score. */
  public static boolean isScored(ChatRecord talk) {
    return !answers(talk).isEmpty();
  }

  @Override
  public String version() {
    return String.format(
        Locale.ROOT,
        "1, answers of %d conversations in the template of the model, conversations %s",
        talks.size(),
        revision);
  }

  @Override
  public List<TestItem> items() {
    return talks.entrySet().stream()
        .map(
            talk -> {
              String said =
                  talk.getValue().messages().stream()
                      .map(ChatRecord::text)
                      .collect(Collectors.joining(Windows.JOINT));
              return (TestItem) new TestItem.TextItem(talk.getKey(), said, List.of(said), true);
            })
        .toList();
  }

  @Override
  public void requireFits(Checkpoint model) {
    if (ChatTemplate.of(model, ChatTemplate.DAY).isEmpty()) {
      throw new IllegalArgumentException(
          "The task %s scores the answers of conversations, and the model %s has no chat template."
              .formatted(name, model.path()));
    }
    talks.forEach(
        (id, talk) -> {
          for (int turn : answers(talk)) {
            EncodedRequest.requireFits(
                new Request.Continuation("", answer(talk, turn)),
                "conversation %s of %s".formatted(id, name),
                model);
          }
        });
  }

  private static String answer(ChatRecord talk, int turn) {
    return ChatRecord.text(talk.messages().get(turn)).strip();
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the model has no chat template, or the template refuses a
   *     conversation
   */
  @Override
  public List<Outcome> run(LanguageModel model) {
    List<String> ids = new ArrayList<>();
    List<Request.Continuation> requests = new ArrayList<>();
    talks.forEach(
        (id, talk) -> {
          for (int answer : answers(talk)) {
            ids.add(id);
            requests.add(
                new Request.Continuation(
                    model.chat(new ChatRecord(talk.messages().subList(0, answer), talk.tools())),
                    answer(talk, answer)));
          }
        });
    List<Score> scores = model.continuations(requests);
    List<Outcome> outcomes = new ArrayList<>();
    for (int from = 0, to; from < ids.size(); from = to) {
      String id = ids.get(from);
      double sum = 0;
      long tokens = 0;
      for (to = from; to < ids.size() && ids.get(to).equals(id); to++) {
        Score score = scores.get(to).requireNumber("an answer of conversation " + id);
        sum -= score.logLikelihood();
        tokens += score.tokens();
      }
      outcomes.add(new Outcome(name, id, "nll", sum / tokens));
    }
    return outcomes;
  }
}
