package tare.evaluate.benchmark;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import tare.evaluate.MultipleChoice;
import tare.evaluate.Request;
import tare.evaluate.SolvedItem;

/**
 * The multiple-choice items of a BIG-bench {@code task.json}, zero-shot.
 *
 * <p>The prompt is BIG-bench's: {@code task_prefix}, {@code example_input_prefix} (by default
 * {@code "\nQ: "}), the input, and {@code example_output_prefix} (by default {@code "\nA: "}). The
 * choices are scored as continuations. They are <em>not</em> listed in the prompt, whatever {@code
 * append_choices_to_input} says, because a small model cannot use such a list.
 *
 * <p>White space at the end of the prompt is moved in front of the choice, so that the prompt's
 * tokens do not depend on the choice. If the prompt does not end in white space, one space
 * separates it from the choice. The choices with the highest score are right.
 *
 * <p>{@link BigBenchFile} separates the two sides of the items. On each side, items have the order
 * of a hash, so that the first N are always the same random sample. Of repeated items the last
 * counts.
 *
 * @param name the task's name in results
 * @param revision SHA-256 of the file, in hexadecimal
 * @param reference items that selection may use
 * @param test items that are scored
 */
public record BigBenchTask(
    String name,
    String revision,
    List<MultipleChoice.Item> reference,
    List<MultipleChoice.Item> test)
    implements TaskSource {

  /**
   * Reads a file.
   *
   * @param file a {@code task.json}
   * @param name the task's name in results
   * @throws IllegalArgumentException if the file is missing, is not a BIG-bench task, has no
   *     multiple-choice items, or has an item without a right and a wrong choice
   */
  public static BigBenchTask read(Path file, String name) {
    return of(BigBenchFile.read(file), name);
  }

  static BigBenchTask of(BigBenchFile file, String name) {
    Map<String, MultipleChoice.Item> reference = new TreeMap<>();
    Map<String, MultipleChoice.Item> test = new TreeMap<>();
    for (int i = 0; i < file.content().examples().size(); i++) {
      BigBenchFile.Example example = file.content().examples().get(i);
      if (example.input() == null
          || example.scores() == null
          || example.scores().containsValue(null)) {
        String missing = example.input() == null ? "input" : "complete target_scores";
        throw file.wrong(i, " has no %s, so it is not a multiple-choice item.".formatted(missing));
      }
      try {
        MultipleChoice.Item item = item(file.content().prompt(example), example);
        (example.onReferenceSide() ? reference : test).put(item.id(), item);
      } catch (IllegalArgumentException e) {
        throw file.wrong(i, ".target_scores: " + e.getMessage());
      }
    }
    return new BigBenchTask(
        name, file.revision(), List.copyOf(reference.values()), List.copyOf(test.values()));
  }

  /** {@inheritDoc} The items are of the test side. */
  @Override
  public MultipleChoice first(int limit) {
    String version = "1, zero-shot, choices not listed, file " + revision.substring(0, 12);
    return new MultipleChoice(name, version, test.subList(0, Math.min(limit, test.size())));
  }

  @Override
  public List<SolvedItem> solved() {
    return reference.stream()
        .map(
            item -> {
              Request.Continuation right = item.requests().get(item.gold().get(0));
              return new SolvedItem(item.id(), right.context(), right.continuation());
            })
        .toList();
  }

  private static MultipleChoice.Item item(String prompt, BigBenchFile.Example example) {
    String context = prompt.stripTrailing();
    String trailing = prompt.substring(context.length());
    return new MultipleChoice.Item(
        example.id(),
        context,
        trailing.isEmpty() ? " " : trailing,
        List.copyOf(example.scores().keySet()),
        gold(example));
  }

  private static List<Integer> gold(BigBenchFile.Example example) {
    List<Double> values = List.copyOf(example.scores().values());
    double highest = values.stream().mapToDouble(Double::doubleValue).max().orElse(0);
    return IntStream.range(0, values.size())
        .filter(choice -> values.get(choice) == highest)
        .boxed()
        .toList();
  }
}
