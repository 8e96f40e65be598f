package tare.study;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import tare.evaluate.LanguageModel;
import tare.evaluate.Outcome;
import tare.evaluate.Task;
import tare.evaluate.TestItem;

/**
 * A task as a study file names it: {@code {"kind": "choice", "task": "social_iqa", "limit": 200}},
 * {@code {"kind": "perplexity", "corpus": "news", "window": 256, "windows": 32}}, {@code {"kind":
 * "text", "text": "wikitext2", "window": 2048, "windows": 32}}, {@code {"kind": "divergence",
 * "corpus": "news", "window": 256, "windows": 32}}, {@code {"kind": "solved", "task": "piqa",
 * "window": 256, "windows": 8}} or {@code {"kind": "answers", "corpus": "chat", "conversations":
 * 32}}.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(TaskPlan.Choice.class),
  @JsonSubTypes.Type(TaskPlan.HeldBack.class),
  @JsonSubTypes.Type(TaskPlan.Published.class),
  @JsonSubTypes.Type(TaskPlan.Solved.class),
  @JsonSubTypes.Type(TaskPlan.Divergence.class),
  @JsonSubTypes.Type(TaskPlan.Answers.class),
  @JsonSubTypes.Type(TaskPlan.Own.class)
})
public sealed interface TaskPlan {

  /** Rough number of tokens in an item's prompt and answers. */
  int ROUGH_TOKENS_PER_ITEM = 80;

  /** The name under which the task's scores stand in results. */
  String name();

  /**
   * A rough guess at the number of tokens that the task runs through a model, without reading a
   * file.
   */
  @JsonIgnore
  long roughTokens();

  /**
   * A task by name: a published benchmark or a multiple-choice task of BIG-bench.
   *
   * @param task its name, see {@code tare evaluate --list}
   * @param limit largest number of items; applies to each part of a benchmark of several parts
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

    @Override
    public String name() {
      return task;
    }

    @Override
    public long roughTokens() {
      return (long) ROUGH_TOKENS_PER_ITEM * limit;
    }
  }

  /** A text that is scored in windows. */
  sealed interface InWindows extends TaskPlan {

    /** The corpus whose held-out side is scored; empty for a published text. */
    @JsonIgnore
    Optional<String> heldBack();

    /** Number of tokens per window. */
    int window();

    /** Largest number of windows. */
    int windows();

    @Override
    default long roughTokens() {
      return (long) window() * windows();
    }
  }

  /**
   * Perplexity on the held-out side of a corpus, which calibration never sees.
   *
   * @param corpus name of the corpus
   * @param window tokens per window
   * @param windows largest number of windows
   */
  @JsonTypeName("perplexity")
  record HeldBack(String corpus, int window, int windows) implements InWindows {

    /** Checks that nothing is missing. */
    public HeldBack {
      requireText("perplexity", "corpus", corpus);
      requireWindows(window, windows);
    }

    @Override
    public String name() {
      return corpus;
    }

    @Override
    public Optional<String> heldBack() {
      return Optional.of(corpus);
    }
  }

  /**
   * Perplexity on a published text, see {@link tare.evaluate.benchmark.WindowText}.
   *
   * @param text {@code wikitext2}, {@code ptb} or {@code c4}
   * @param window tokens per window
   * @param windows largest number of windows
   */
  @JsonTypeName("text")
  record Published(String text, int window, int windows) implements InWindows {

    /** Checks that nothing is missing. */
    public Published {
      requireText("text", "text", text);
      requireWindows(window, windows);
    }

    @Override
    public String name() {
      return text;
    }

    @Override
    public Optional<String> heldBack() {
      return Optional.empty();
    }
  }

  /**
   * Perplexity on the solved items of a task's scored side, one after another.
   *
   * @param task its name, as for {@link Choice}
   * @param window tokens per window
   * @param windows largest number of windows
   */
  @JsonTypeName("solved")
  record Solved(String task, int window, int windows) implements InWindows {

    /** What the name of a task's solved items has behind the name of the task. */
    public static final String ENDING = "/solved";

    /** Checks that nothing is missing. */
    public Solved {
      requireText("solved", "task", task);
      requireWindows(window, windows);
    }

    /** The task of a text with this name; empty if the text is not that of solved items. */
    public static Optional<String> task(String name) {
      return name.endsWith(ENDING)
          ? Optional.of(name.substring(0, name.length() - ENDING.length()))
          : Optional.empty();
    }

    @Override
    public String name() {
      return task + ENDING;
    }

    @Override
    public Optional<String> heldBack() {
      return Optional.empty();
    }
  }

  /**
   * Divergence from the uncompressed model, see {@link tare.evaluate.Divergence}. The text is the
   * held-out side of a corpus, a published text, or the solved items of a task.
   *
   * @param corpus name of the corpus; {@code null} if another text is named
   * @param text {@code wikitext2}, {@code ptb} or {@code c4}; {@code null} if another is named
   * @param task name of the task; {@code null} if another text is named
   * @param window tokens per window
   * @param windows largest number of windows
   */
  @JsonTypeName("divergence")
  record Divergence(String corpus, String text, String task, int window, int windows)
      implements InWindows {

    /** Checks that one text is named. */
    public Divergence {
      List<String> named = Stream.of(corpus, text, task).filter(Objects::nonNull).toList();
      if (named.size() != 1 || named.get(0).isBlank()) {
        throw new IllegalArgumentException(
            "a task of kind divergence needs one of the fields corpus, text and task");
      }
      requireWindows(window, windows);
    }

    @Override
    public String name() {
      return perplexity().name() + tare.evaluate.Divergence.ENDING;
    }

    @Override
    public Optional<String> heldBack() {
      return perplexity().heldBack();
    }

    /** The plan that measures the perplexity of the same windows. */
    public InWindows perplexity() {
      if (task != null) {
        return new Solved(task, window, windows);
      }
      return corpus == null
          ? new Published(text, window, windows)
          : new HeldBack(corpus, window, windows);
    }
  }

  /**
   * Perplexity of the answers in held-back conversations, see {@link tare.evaluate.ChatAnswers}.
   *
   * @param corpus name of a corpus of conversations
   * @param conversations largest number of conversations
   */
  @JsonTypeName("answers")
  record Answers(String corpus, int conversations) implements TaskPlan {

    private static final int ROUGH_TOKENS = 400;

    /** Checks that nothing is missing. */
    public Answers {
      requireText("answers", "corpus", corpus);
      if (conversations < 1) {
        throw new IllegalArgumentException("conversations must be 1 or more; got " + conversations);
      }
    }

    @Override
    public String name() {
      return corpus;
    }

    @Override
    public long roughTokens() {
      return (long) ROUGH_TOKENS * conversations;
    }
  }

  /**
   * Your own task, from a notebook cell or a program. It runs in this process only, because a
   * cluster does not have its code.
   *
   * @param task the task
   */
  @JsonTypeName("own")
  record Own(@JsonIgnore Task task) implements TaskPlan {

    @JsonCreator
    static Own recorded(
        @JsonProperty("name") String name, @JsonProperty("version") String version) {
      return new Own(new Recorded(name, version));
    }

    @Override
    @JsonProperty("name")
    public String name() {
      return task.name();
    }

    /** The task's version. */
    @JsonProperty("version")
    public String version() {
      return task.version();
    }

    @Override
    public long roughTokens() {
      return (long) ROUGH_TOKENS_PER_ITEM * task.items().size();
    }

    /**
     * The name and version of a task that a program defines, as read from a file. It can be shown
     * but not run.
     */
    private record Recorded(String name, String version) implements Task {

      @Override
      public List<TestItem> items() {
        throw new IllegalArgumentException(
            "The task %s is defined in a program, so a study file cannot run it. Run the study from that program or notebook, as new TaskPlan.Own(task)."
                .formatted(name));
      }

      @Override
      public List<Outcome> run(LanguageModel model) {
        throw new IllegalStateException("its items come first: " + items());
      }
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
          String.format(
              Locale.ROOT,
              "a text needs 1 or more windows of 2 or more tokens; got %d x %d",
              windows,
              window));
    }
  }
}
