package tare.evaluate;

import java.util.List;

/** What a task scores one by one, and what calibration text must therefore not contain. */
public interface TestItem {

  /** The item's name, stable within the task. */
  String id();

  /** Its prompt with all its choices, or with its answer where there are none. */
  String shown();

  /** Its prompt with each right answer: the texts that are kept out of calibration. */
  List<String> solved();

  /**
   * Whether its texts are running text, such as the paragraphs of a newspaper. Of running text only
   * a whole paragraph counts as overlap, since paragraphs of one kind share phrases.
   */
  default boolean runningText() {
    return false;
  }

  /**
   * An item of one right answer.
   *
   * @param solved the prompt with the right answer
   */
  static TestItem of(String id, String solved) {
    return new TextItem(id, solved, List.of(solved), false);
  }

  /**
   * An item of several choices.
   *
   * @param shown the prompt with all choices
   * @param solved the prompt with each right choice
   */
  static TestItem of(String id, String shown, List<String> solved) {
    return new TextItem(id, shown, solved, false);
  }

  /** An item that is nothing but its texts. */
  record TextItem(String id, String shown, List<String> solved, boolean runningText)
      implements TestItem {

    /** Copies the list. */
    public TextItem {
      solved = List.copyOf(solved);
    }
  }
}
