package tare.study;

import java.util.List;
import java.util.stream.Stream;
import tare.evaluate.LastWord;
import tare.evaluate.MultipleChoice;
import tare.evaluate.Perplexity;
import tare.evaluate.Request;
import tare.evaluate.Solutions;
import tare.evaluate.SolvedItem;
import tare.evaluate.Task;
import tare.evaluate.WholeTexts;
import tare.evaluate.Writing;

/** The texts of what a task scores, to be kept out of calibration. */
final class TestItems {

  private TestItems() {}

  /**
   * One text for each item: its prompt and its right answer.
   *
   * @throws IllegalArgumentException for a task whose items are not known here: what cannot be
   *     checked is not run
   */
  static List<String> of(Task task) {
    if (task instanceof MultipleChoice choice) {
      return choice.items().stream()
          .flatMap(item -> item.gold().stream().map(gold -> text(item.requests().get(gold))))
          .toList();
    }
    if (task instanceof LastWord last) {
      return last.items().stream().map(item -> text(item.passage())).toList();
    }
    if (task instanceof Writing writing) {
      return writing.items().stream().map(Writing.Item::solved).toList();
    }
    if (task instanceof Solutions solutions) {
      return solutions.items().stream().map(SolvedItem::text).toList();
    }
    if (task instanceof WholeTexts texts) {
      return texts.items().stream().map(WholeTexts.Item::text).toList();
    }
    if (task instanceof Perplexity perplexity) {
      return Stream.of(perplexity.text().split("\n\n")).toList();
    }
    throw new IllegalArgumentException(
        "The items of the task %s (%s) are not known, so it cannot be checked that calibration does not contain them."
            .formatted(task.name(), task.getClass().getSimpleName()));
  }

  private static String text(Request.Continuation request) {
    return request.context() + request.continuation();
  }
}
