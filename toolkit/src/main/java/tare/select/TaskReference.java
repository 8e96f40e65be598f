package tare.select;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import tare.data.Sha256;
import tare.data.Windows;
import tare.model.TextTokenizer;

/**
 * Reference items of a task, from its training side and never from its test side.
 *
 * @param task name of the task
 * @param items in the order in which they are used; empty for a task given by name only, whose
 *     items {@link Surroundings#references} reads
 * @param weight how much the task counts beside others, above 0
 */
public record TaskReference(String task, List<ReferenceItem> items, double weight) {

  /** Copies the list and checks the weight. */
  public TaskReference {
    items = List.copyOf(items);
    if (!(weight > 0 && Double.isFinite(weight))) {
      throw new IllegalArgumentException(
          "The weight of the task %s must be a number above 0; got %s.".formatted(task, weight));
    }
  }

  /** A task that counts as much as others. */
  public TaskReference(String task, List<ReferenceItem> items) {
    this(task, items, 1);
  }

  /** A task given by its name only. */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public TaskReference(String task) {
    this(task, List.of());
  }

  /**
   * Returns this task if it has items.
   *
   * @throws IllegalArgumentException if it has none
   */
  public TaskReference requireItems() {
    if (items.isEmpty()) {
      throw new IllegalArgumentException(
          "The task %s has no reference items. Give items, or a way to read them: Surroundings.references(...)."
              .formatted(task));
    }
    return this;
  }

  /**
   * Joins items by a blank line and cuts them into windows of equal length. The length changes the
   * statistics of activations, so references must be as long as the candidates.
   *
   * @param most largest number of windows
   * @throws IllegalArgumentException if the items do not fill one window
   */
  public List<Passage> packed(TextTokenizer tokenizer, int length, int most) {
    List<Passage> windows = new ArrayList<>();
    int[] tokens = new int[length];
    boolean[] answers = new boolean[length];
    int filled = 0;
    for (ReferenceItem item : items) {
      int[] prompt = tokenizer.encode(item.prompt());
      int[] answer = tokenizer.encode(item.answer());
      int[] joint = tokenizer.encode(Windows.JOINT);
      int[] all = Arrays.copyOf(prompt, prompt.length + answer.length + joint.length);
      System.arraycopy(answer, 0, all, prompt.length, answer.length);
      System.arraycopy(joint, 0, all, prompt.length + answer.length, joint.length);
      for (int i = 0; i < all.length && windows.size() < most; i++) {
        tokens[filled] = all[i];
        answers[filled] = i >= prompt.length && i < prompt.length + answer.length;
        if (++filled == length) {
          windows.add(new Passage(tokens.clone(), answers.clone()));
          filled = 0;
        }
      }
    }
    if (windows.isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "The %d reference items of %s have %d tokens, fewer than one window of %d tokens. Lower the length, or leave the task out.",
              items.size(),
              task,
              filled,
              length));
    }
    return windows;
  }

  /** Returns a copy with other items. */
  public TaskReference items(List<ReferenceItem> others) {
    return new TaskReference(task, others, weight);
  }

  /**
   * The task, and if items are given their number and the first digits of their SHA-256, without
   * the text. A weight other than 1 comes last.
   */
  @Override
  @JsonValue
  public String toString() {
    String counted = weight == 1 ? "" : " of weight " + weight;
    if (items.isEmpty()) {
      return task + counted;
    }
    String texts = items.stream().map(ReferenceItem::text).collect(Collectors.joining("\n"));
    String digits = Sha256.hex(texts).substring(0, 8);
    return task + "(" + items.size() + " items " + digits + ")" + counted;
  }
}
