package tare.select.acdm;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import tare.select.Passage;
import tare.select.ReferenceItem;
import tare.select.Surroundings;
import tare.select.TaskReference;
import tare.select.activation.Observation;

/**
 * The tasks that a calibration set should resemble.
 *
 * @param tasks the order decides which task chooses first; empty if a study fills in its own
 * @param windows largest number of windows per task; the standard error of a centroid's coordinate
 *     is about one standard deviation over the root of their number
 */
public record References(
    @JsonProperty("references")
        @JsonPropertyDescription("the tasks whose training side is the reference")
        List<TaskReference> tasks,
    @JsonProperty("referenceWindows")
        @JsonPropertyDescription("the most reference windows of a task")
        int windows) {

  /** A centroid of fewer windows is called uncertain. */
  static final int FEW = 16;

  /** Copies the list and checks it. */
  public References {
    tasks = List.copyOf(tasks);
    if (windows < 1) {
      throw new IllegalArgumentException(
          "References need 1 or more windows; got " + windows + " windows.");
    }
    if (tasks.stream().map(TaskReference::task).distinct().count() < tasks.size()) {
      throw new IllegalArgumentException("A task is named twice among the references.");
    }
  }

  /** Up to 64 windows of each task. */
  public References(List<TaskReference> tasks) {
    this(tasks, 64);
  }

  /** Tasks given by name. Their items are read when a set is chosen. */
  public static References named(List<String> tasks) {
    return new References(tasks.stream().map(TaskReference::new).toList());
  }

  /** Returns a copy with at most this many windows per task. */
  public References windows(int most) {
    return new References(tasks, most);
  }

  /**
   * All tasks but one, to test whether selection helps a task that it never saw.
   *
   * @throws IllegalArgumentException if there is no such task, or no other
   */
  public References without(String task) {
    List<TaskReference> others = tasks.stream().filter(each -> !each.task().equals(task)).toList();
    if (others.size() == tasks.size()) {
      throw new IllegalArgumentException("There is no reference task " + task + ".");
    }
    return new References(others, windows);
  }

  /**
   * The same items, dealt out to the tasks at random. This is a control: what selection by these
   * references gains over a random draw does not come from telling the tasks apart.
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
      dealt.add(tasks.get(task).items(items.subList(from, to)));
      from = to;
    }
    return new References(dealt, windows);
  }

  /**
   * The words of the items without punctuation and line breaks. This is a control: if selection by
   * these references chooses other windows, the selection depended on the items' format.
   */
  public References wordsOnly() {
    return new References(
        tasks.stream()
            .map(task -> task.items(task.items().stream().map(References::wordsOnly).toList()))
            .toList(),
        windows);
  }

  private static ReferenceItem wordsOnly(ReferenceItem item) {
    return new ReferenceItem(item.id(), words(item.prompt()), " " + words(item.answer()));
  }

  private static String words(String text) {
    return text.replaceAll("[^\\p{L}\\p{N}]+", " ").strip();
  }

  /** The weights of the tasks, in order, divided by their sum. */
  List<Double> shares() {
    double sum = tasks.stream().mapToDouble(TaskReference::weight).sum();
    return tasks.stream().map(task -> task.weight() / sum).toList();
  }

  /** Names of the tasks, in order. */
  public List<String> names() {
    return tasks.stream().map(TaskReference::task).toList();
  }

  /**
   * The windows of each task that have a counted token, by the task's name, in order.
   *
   * @param given reads the items of tasks given by name
   * @param counted which tokens count
   * @throws IllegalArgumentException if there are no tasks, or one has no items, or no window with
   *     a counted token
   */
  Map<String, List<Passage>> passages(Surroundings given, int length, Observation.Counted counted) {
    if (tasks.isEmpty()) {
      throw new IllegalArgumentException(
          "There are no references: name the tasks that the calibration set should resemble.");
    }
    Map<String, List<Passage>> passages = new LinkedHashMap<>();
    for (TaskReference task : tasks) {
      TaskReference whole = given.references().apply(task).requireItems();
      List<Passage> own =
          whole.packed(given.tokenizer(), length, windows).stream().filter(counted::any).toList();
      if (own.isEmpty()) {
        throw new IllegalArgumentException(
            "No reference window of %s has a counted token (%s). Take longer windows, or count other tokens."
                .formatted(task.task(), counted));
      }
      passages.put(task.task(), own);
    }
    return passages;
  }
}
