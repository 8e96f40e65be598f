package tare.evaluate.benchmark;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The official parts of a benchmark. */
public enum TaskSide {
  /** Items to learn from: the only ones that a selector or a prompt's examples may use. */
  TRAIN("train|reference"),
  /** Items to choose settings by; scored where the answers of the test side are not published. */
  VALIDATION("validation|valid|val|dev"),
  /** Items to score. */
  TEST("test"),
  /** Solved examples for prompts, where they are published as a side of their own (MBPP). */
  PROMPT("prompt");

  private final String words;

  TaskSide(String words) {
    this.words = words;
  }

  /**
   * The side in a file's name: that of the last word that names one. {@code ARC-Easy-Test.jsonl},
   * {@code hellaswag_val.jsonl}, {@code dev_rand_split.jsonl} and {@code
   * test-00000-of-00001.parquet} are understood.
   */
  static Optional<TaskSide> of(String fileName) {
    List<String> parts = List.of(fileName.toLowerCase(Locale.ROOT).split("[^a-z]+", -1));
    for (int i = parts.size() - 1; i >= 0; i--) {
      for (TaskSide side : values()) {
        if (parts.get(i).matches(side.words)) {
          return Optional.of(side);
        }
      }
    }
    return Optional.empty();
  }

  /** The side's name in messages: {@code test}. */
  public String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
