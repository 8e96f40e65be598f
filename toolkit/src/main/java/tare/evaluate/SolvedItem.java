package tare.evaluate;

/**
 * An item of the training side with its right answer.
 *
 * @param id stable within the task
 * @param prompt the question as the task puts it
 * @param answer the right answer with what stands before it, usually a space; empty if there is
 *     none
 */
public record SolvedItem(String id, String prompt, String answer) {

  /** The whole text. */
  public String text() {
    return prompt + answer;
  }
}
