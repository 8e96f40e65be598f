package tare.study;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;

/**
 * How a study file names a task: {@code {"kind": "choice", "task": "social_iqa", "limit": 200}},
 * {@code {"kind": "perplexity", "corpus": "news", "window": 256, "windows": 32}} or {@code {"kind":
 * "text", "text": "wikitext2", "window": 2048, "windows": 32}}.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(TaskPlan.Choice.class),
  @JsonSubTypes.Type(TaskPlan.HeldBack.class),
  @JsonSubTypes.Type(TaskPlan.Published.class)
})
public sealed interface TaskPlan {

  /**
   * A task by name: a published benchmark or a multiple-choice task of BIG-bench.
   *
   * @param task its name, see {@code tare evaluate --list}
   * @param limit the most items; of a benchmark of several parts, of each part
   */
  @JsonTypeName("choice")
  record Choice(String task, int limit) implements TaskPlan {

    /** Checks that nothing is missing. */
    public Choice {
      requireText("choice", "task", task);
      if (limit < 1) {
        throw new IllegalArgumentException("limit must be 1 or more; got " + limit);
      }
    }
  }

  /** A text whose perplexity is measured in windows. */
  sealed interface InWindows extends TaskPlan {

    /** Tokens in a window. */
    int window();

    /** The most windows. */
    int windows();
  }

  /**
   * Perplexity of the side of a corpus that calibration never sees.
   *
   * @param corpus name of the corpus
   * @param window tokens in a window
   * @param windows the most windows
   */
  @JsonTypeName("perplexity")
  record HeldBack(String corpus, int window, int windows) implements InWindows {

    /** Checks that nothing is missing. */
    public HeldBack {
      requireText("perplexity", "corpus", corpus);
      requireWindows(window, windows);
    }
  }

  /**
   * Perplexity of a published text, see {@link tare.evaluate.benchmark.WindowText}.
   *
   * @param text {@code wikitext2}, {@code ptb} or {@code c4}
   * @param window tokens in a window
   * @param windows the most windows
   */
  @JsonTypeName("text")
  record Published(String text, int window, int windows) implements InWindows {

    /** Checks that nothing is missing. */
    public Published {
      requireText("text", "text", text);
      requireWindows(window, windows);
    }
  }

  private static void requireText(String kind, String field, String value) {
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException(
          "a task of kind %s needs the field %s".formatted(kind, field));
    }
  }

  private static void requireWindows(int window, int windows) {
    if (window < 2 || windows < 1) {
      throw new IllegalArgumentException(
          "perplexity needs 1 or more windows of 2 or more tokens; got %d x %d"
              .formatted(windows, window));
    }
  }
}
