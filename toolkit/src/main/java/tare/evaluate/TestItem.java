package tare.evaluate;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * An item that a task scores.
 *
 * @param id stable within the task
 * @param shown its prompt with all its choices, or with its answer where there are none
 * @param solved its prompt with each right answer, to be kept out of calibration
 */
public record TestItem(String id, String shown, List<String> solved) {

  /** One whose only text is its solved form. */
  private TestItem(String id, String text) {
    this(id, text, List.of(text));
  }

  /**
   * The items of a task; a text that is scored in windows is one item of many paragraphs.
   *
   * @throws IllegalArgumentException for a task whose items are not known here: what cannot be
   *     checked is not run
   */
  public static List<TestItem> of(Task task) {
    if (task instanceof MultipleChoice choice) {
      return choice.items().stream().map(TestItem::of).toList();
    }
    if (task instanceof LastWord last) {
      return last.items().stream().map(i -> new TestItem(i.id(), text(i.passage()))).toList();
    }
    if (task instanceof Generative writing) {
      return writing.items().stream().map(i -> new TestItem(i.id(), i.solved())).toList();
    }
    if (task instanceof Solutions solutions) {
      return solutions.items().stream().map(i -> new TestItem(i.id(), i.text())).toList();
    }
    if (task instanceof WholeTexts texts) {
      return IntStream.range(0, texts.items().size())
          .mapToObj(i -> new TestItem("%05d".formatted(i), texts.items().get(i).text()))
          .toList();
    }
    if (task instanceof Perplexity perplexity) {
      String text = perplexity.text();
      return List.of(new TestItem("text", text, List.of(text.split("\n\n"))));
    }
    throw new IllegalArgumentException(
        "The items of the task %s (%s) are not known, so it cannot be checked that calibration does not contain them."
            .formatted(task.name(), task.getClass().getSimpleName()));
  }

  /** The solved texts of all items of a task. */
  public static Stream<String> solved(Task task) {
    return of(task).stream().flatMap(item -> item.solved().stream());
  }

  private static TestItem of(MultipleChoice.Item item) {
    List<String> texts = item.requests().stream().map(TestItem::text).toList();
    return new TestItem(
        item.id(),
        texts.stream().collect(Collectors.joining("\n")),
        item.gold().stream().map(texts::get).toList());
  }

  private static String text(Request.Continuation request) {
    return request.context() + request.continuation();
  }
}
