package tare.evaluate;

import java.util.List;

/** An item that a task scores. Calibration text must not contain it. */
public interface TestItem {

  /** The item's name: the same in every run, unique within the task. */
  String id();

  /** The prompt with all choices, or with its answer if it has no choices. */
  String shown();

  /** The prompt with each right answer. These texts are kept out of calibration. */
  List<String> solved();

  /**
   * Whether the texts are running text, such as the paragraphs of a newspaper. Only a whole
   * paragraph of running text counts as overlap, because paragraphs of one kind share phrases.
   */
  default boolean runningText() {
    return false;
  }

  /**
   * An item with one right answer.
   *
   * @param solved the prompt with the right answer
   */
  static TestItem of(String id, String solved) {
    return new TextItem(id, solved, List.of(solved), false);
  }

  /**
   * An item with several choices.
   *
   * @param shown the prompt with all choices
   * @param solved the prompt with each right choice
   */
  static TestItem of(String id, String shown, List<String> solved) {
    return new TextItem(id, shown, solved, false);
  }

  /** An item that consists of its texts. */
  record TextItem(String id, String shown, List<String> solved, boolean runningText)
      implements TestItem {

    /** Copies the list. */
    public TextItem {
      solved = List.copyOf(solved);
    }
  }
}
