package tare.select.acdm;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import tare.model.TextTokenizer;
import tare.select.Passage;

/**
 * The tasks that calibration is to resemble.
 *
 * @param tasks at least one; the order decides who chooses first
 * @param form how items become windows
 * @param windows the most windows of each task: the standard error of a centroid's coordinate is
 *     about one standard deviation over the root of their number
 */
public record References(List<TaskReference> tasks, Form form, int windows) {

  /** How items become windows. */
  public enum Form {
    /** Joined by a blank line and cut to the length of the candidates. */
    PACKED,
    /** Each alone; usually shorter than the candidates. */
    SINGLE
  }

  /** Below this many windows a centroid is called uncertain. */
  static final int FEW = 16;

  /** Copies the list and checks it. */
  public References {
    tasks = List.copyOf(tasks);
    if (tasks.isEmpty() || windows < 1) {
      throw new IllegalArgumentException(
          "References need 1 or more tasks and windows; got %d tasks, %d windows."
              .formatted(tasks.size(), windows));
    }
    if (tasks.stream().map(TaskReference::task).distinct().count() < tasks.size()) {
      throw new IllegalArgumentException("A task is named twice among the references.");
    }
  }

  /** Up to 64 packed windows of each task. */
  public References(List<TaskReference> tasks) {
    this(tasks, Form.PACKED, 64);
  }

  /**
   * All tasks but one: does selection help a task that it never saw?
   *
   * @throws IllegalArgumentException if there is no such task, or no other
   */
  public References without(String task) {
    List<TaskReference> others = tasks.stream().filter(each -> !each.task().equals(task)).toList();
    if (others.size() == tasks.size()) {
      throw new IllegalArgumentException("There is no reference task " + task + ".");
    }
    return new References(others, form, windows);
  }

  /**
   * The same items dealt out to the tasks anew: a control. What selection by these gains over a
   * random draw, it does not owe to telling the tasks apart.
   */
  public References shuffled(RandomGenerator random) {
    List<ReferenceItem> items = new ArrayList<>();
    tasks.forEach(task -> items.addAll(task.items()));
    for (int i = items.size() - 1; i > 0; i--) {
      Collections.swap(items, i, random.nextInt(i + 1));
    }
    List<TaskReference> dealt = new ArrayList<>();
    for (int task = 0, from = 0; task < tasks.size(); task++) {
      int to = from + tasks.get(task).items().size();
      dealt.add(new TaskReference(tasks.get(task).task(), items.subList(from, to)));
      from = to;
    }
    return new References(dealt, form, windows);
  }

  /**
   * The words of the items without the punctuation and the line breaks of their format: a control.
   * If selection by these chooses other windows, it went by the format.
   */
  public References wordsOnly() {
    return new References(
        tasks.stream()
            .map(
                task ->
                    new TaskReference(
                        task.task(), task.items().stream().map(References::wordsOnly).toList()))
            .toList(),
        form,
        windows);
  }

  private static ReferenceItem wordsOnly(ReferenceItem item) {
    return new ReferenceItem(item.id(), words(item.prompt()), " " + words(item.answer()));
  }

  private static String words(String text) {
    return text.replaceAll("[^\\p{L}\\p{N}]+", " ").strip();
  }

  /** Names of the tasks, in order. */
  public List<String> names() {
    return tasks.stream().map(TaskReference::task).toList();
  }

  /** The windows of each task, by its name, in order. */
  Map<String, List<Passage>> passages(TextTokenizer tokenizer, int length) {
    Map<String, List<Passage>> passages = new LinkedHashMap<>();
    for (TaskReference task : tasks) {
      passages.put(
          task.task(),
          form == Form.PACKED
              ? task.packed(tokenizer, length, windows)
              : task.single(tokenizer, length, windows));
    }
    return passages;
  }
}
