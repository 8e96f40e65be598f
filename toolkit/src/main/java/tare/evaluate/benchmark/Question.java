package tare.evaluate.benchmark;

import java.util.List;
import tare.evaluate.MultipleChoice;
import tare.evaluate.Request;

/**
 * One record of a multiple-choice benchmark as it reads in a prompt.
 *
 * @param group the part of the benchmark that it belongs to, for instance a subject; empty if there
 *     are none
 * @param requests what the model is asked, one for each choice
 * @param choices what {@code acc_norm} counts the characters of
 * @param gold index of the right choice
 */
public record Question(
    String group, List<Request.Continuation> requests, List<String> choices, int gold) {

  /** The choices of a prompt, each after one space. */
  public static Question asking(String prompt, List<String> choices, int gold) {
    return asking("", prompt, choices, gold);
  }

  /** The choices of a prompt, each after one space, in a group. */
  public static Question asking(String group, String prompt, List<String> choices, int gold) {
    return new Question(
        group,
        choices.stream().map(choice -> new Request.Continuation(prompt, " " + choice)).toList(),
        choices,
        gold);
  }

  /**
   * A sentence whose blank the choices fill: what follows the blank is scored, after each beginning
   * (partial scoring, Trinh and Le 2018).
   *
   * @param beginnings the sentence up to and with each choice
   * @param rest what follows, scored after one space
   */
  public static Question filling(List<String> beginnings, String rest, int gold) {
    return new Question(
        "",
        beginnings.stream().map(each -> new Request.Continuation(each, " " + rest)).toList(),
        beginnings,
        gold);
  }

  /** Prompt and right answer. */
  public String solved() {
    return requests.get(gold).context() + requests.get(gold).continuation();
  }

  /**
   * The item to score.
   *
   * @param id its id
   * @param before what stands before the prompt: instruction and solved examples
   */
  MultipleChoice.Item item(String id, String before) {
    return new MultipleChoice.Item(
        id,
        requests.stream()
            .map(
                request ->
                    new Request.Continuation(before + request.context(), request.continuation()))
            .toList(),
        choices,
        List.of(gold));
  }
}
