package tare.select;

/**
 * A question with its right answer, from the side of a task that a selector may learn from.
 *
 * @param id stable within the task
 * @param prompt the question exactly as the task puts it, without trailing white space
 * @param answer the right answer with what stands before it, usually a space
 */
public record ReferenceItem(String id, String prompt, String answer) {

  /** The whole text. */
  public String text() {
    return prompt + answer;
  }
}
