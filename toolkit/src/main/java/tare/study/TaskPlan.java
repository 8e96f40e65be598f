package tare.study;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;

/**
 * How a study file names a task: {@code {"kind": "choice", "task": "social_iqa", "limit": 200}} or
 * {@code {"kind": "perplexity", "corpus": "news", "window": 256, "windows": 32}}.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(TaskPlan.Choice.class),
  @JsonSubTypes.Type(TaskPlan.HeldBack.class)
})
public sealed interface TaskPlan {

  /**
   * A multiple-choice task.
   *
   * @param task its name, see {@code tare evaluate --list}
   * @param limit the most items
   */
  @JsonTypeName("choice")
  record Choice(String task, int limit) implements TaskPlan {

    /** Checks that nothing is missing. */
    public Choice {
      if (task == null || task.isBlank()) {
        throw new IllegalArgumentException("a task of kind choice needs the field task");
      }
      if (limit < 1) {
        throw new IllegalArgumentException("limit must be 1 or more; got " + limit);
      }
    }
  }

  /**
   * Perplexity of the side of a corpus that calibration never sees.
   *
   * @param corpus name of the corpus
   * @param window tokens in a window
   * @param windows the most windows
   */
  @JsonTypeName("perplexity")
  record HeldBack(String corpus, int window, int windows) implements TaskPlan {

    /** Checks that nothing is missing. */
    public HeldBack {
      if (corpus == null || corpus.isBlank()) {
        throw new IllegalArgumentException("a task of kind perplexity needs the field corpus");
      }
      if (window < 2 || windows < 1) {
        throw new IllegalArgumentException(
            "perplexity needs 1 or more windows of 2 or more tokens; got %d x %d"
                .formatted(windows, window));
      }
    }
  }
}
