package tare.evaluate;

import java.util.List;
import java.util.stream.Stream;
import tare.model.Checkpoint;
import tare.model.TextTokenizer;

/**
 * A benchmark. It sends requests to a model and turns the answers into one outcome per item and
 * metric. Your own task implements its name, version, items and {@link #run}:
 *
 * <pre>{@code
 * record Sums() implements Task {
 *   public String name() { return "sums"; }
 *   public String version() { return "1"; }
 *   public List<TestItem> items() { return List.of(TestItem.of("first", "2 + 2 = 4")); }
 *   public List<Outcome> run(LanguageModel model) {
 *     Score score = model.continuations(List.of(new Request.Continuation("2 + 2 =", " 4"))).get(0);
 *     return List.of(new Outcome("sums", "first", "acc", score.greedy() ? 1 : 0));
 *   }
 * }
 * }</pre>
 */
public interface Task {

  /** The task's name in results, for instance {@code social_iqa}. */
  String name();

  /**
   * Changes whenever prompts, items or metrics change. A further metric of the same answers leaves
   * it as it is.
   */
  String version();

  /** The scored items. Calibration text is checked against them. */
  List<? extends TestItem> items();

  /** Runs every item. */
  List<Outcome> run(LanguageModel model);

  /** Number of solved examples in the prompt. */
  default int shots() {
    return 0;
  }

  /** Remarks that a reader of the scores must know, for instance that some items are not scored. */
  default List<String> notes() {
    return List.of();
  }

  /** The solved texts of all items, which calibration text must not contain. */
  default Stream<String> solvedTexts() {
    return items().stream().flatMap(item -> item.solved().stream());
  }

  /** The number of tokens that the task runs through a model. */
  default EvaluationTokens tokens(TextTokenizer tokenizer) {
    long tokens = solvedTexts().mapToLong(text -> tokenizer.encode(text).length).sum();
    return new EvaluationTokens(tokens, tokens);
  }

  /**
   * Checks that a model can run the task, before anything is computed.
   *
   * @throws IllegalArgumentException if it cannot, for instance because its context is too short
   */
  default void requireFits(Checkpoint model) {}

  /**
   * Lets the uncompressed model do what {@link #run} compares with it. Called before another model
   * is loaded, so that only one is in memory.
   */
  default void keep(Original original) {}

  /**
   * The number of tokens that a task runs through a model, on which forecasts of time rest.
   *
   * @param read tokens that the model reads; a common beginning of requests counts once
   * @param scored tokens whose probability is computed
   */
  record EvaluationTokens(long read, long scored) {}
}
