package tare.select;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import tare.data.Sha256;
import tare.data.Windows;
import tare.model.TextTokenizer;

/**
 * What a task looks like: items of its training side, never of its test side.
 *
 * @param task name of the task
 * @param items in the order in which they are used; none for a task that is only named, whose items
 *     {@link Surroundings#references} gives
 */
public record TaskReference(String task, List<ReferenceItem> items) {

  /** Copies the list. */
  public TaskReference {
    items = List.copyOf(items);
  }

  /** A task by its name alone. */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public TaskReference(String task) {
    this(task, List.of());
  }

  /**
   * This task.
   *
   * @throws IllegalArgumentException if it has no items
   */
  public TaskReference requireItems() {
    if (items.isEmpty()) {
      throw new IllegalArgumentException(
          "The task %s has no reference items. Give them, or say where they are read: Surroundings.references(...)."
              .formatted(task));
    }
    return this;
  }

  /**
   * Items joined by a blank line and cut into windows of one length. Length changes the statistics
   * of activations, so references have to be as long as the candidates they are compared with.
   *
   * @param most the most windows
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
          "The %d reference items of %s have %d tokens, fewer than one window of %d. Lower the length, or leave the task out."
              .formatted(items.size(), task, filled, length));
    }
    return windows;
  }

  /** The task; where items are given, how many and the first digits of their SHA-256: no text. */
  @Override
  @JsonValue
  public String toString() {
    if (items.isEmpty()) {
      return task;
    }
    String texts = items.stream().map(ReferenceItem::text).collect(Collectors.joining("\n"));
    return task + "(" + items.size() + " items " + Sha256.hex(texts).substring(0, 8) + ")";
  }
}
