package tare.evaluate.benchmark;

import java.util.List;
import tare.evaluate.MultipleChoice;
import tare.evaluate.Request;

/**
 * One record of a multiple-choice benchmark, as a prompt with choices.
 *
 * @param group the part of the benchmark, for instance a subject; empty if there are no parts
 * @param requests one request for each choice
 * @param choices texts whose characters {@code acc_norm} counts
 * @param gold index of the right choice
 */
public record ChoiceQuestion(
    String group, List<Request.Continuation> requests, List<String> choices, int gold) {

  /** A prompt followed by each choice, with one space between. */
  public static ChoiceQuestion asking(String prompt, List<String> choices, int gold) {
    return asking("", prompt, choices, gold);
  }

  /** A prompt of a group, followed by each choice, with one space between. */
  public static ChoiceQuestion asking(String group, String prompt, List<String> choices, int gold) {
    return new ChoiceQuestion(
        group,
        choices.stream().map(choice -> new Request.Continuation(prompt, " " + choice)).toList(),
        choices,
        gold);
  }

  /**
   * A sentence with a blank that each choice fills. The text after the blank is scored, once after
   * each beginning (partial scoring, Trinh and Le 2018).
   *
   * @param beginnings the sentence up to the end of each choice
   * @param rest the text after the blank, scored after one space
   */
  public static ChoiceQuestion filling(List<String> beginnings, String rest, int gold) {
    return new ChoiceQuestion(
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
   * @param before text before the prompt: instruction and solved examples
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
