package tare.evaluate;

import java.util.List;

/**
 * An item with its right answer. Items of the training side serve as references.
 *
 * @param id the same in every run, unique within the task
 * @param prompt the question as the task asks it
 * @param answer the right answer with its delimiter, usually a space; empty if there is none
 */
public record SolvedItem(String id, String prompt, String answer) implements TestItem {

  /** Prompt and answer as one text. */
  public String text() {
    return prompt + answer;
  }

  @Override
  public String shown() {
    return text();
  }

  @Override
  public List<String> solved() {
    return List.of(text());
  }
}
