package tare.select;

/**
 * A question with its right answer, from the side of a task that a selector may learn from.
 *
 * @param id the same in every run, unique within the task
 * @param prompt the question exactly as the task asks it, without trailing white space
 * @param answer the right answer with its delimiter, usually a space
 */
public record ReferenceItem(String id, String prompt, String answer) {

  /** Prompt and answer as one text. */
  public String text() {
    return prompt + answer;
  }
}
