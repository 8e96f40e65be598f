package tare.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tare.model.TextTokenizer;

/**
 * A task of items with given choices: the model answers with the choice that it finds most
 * probable. Two outcomes per item, as lm-evaluation-harness 0.4 defines them: {@code acc}, by the
 * log-likelihood of the choice, and {@code acc_norm}, by the log-likelihood divided by the number
 * of characters of the choice (the delimiter before it is scored but not counted). Of equal choices
 * the first counts as the answer.
 *
 * @param name the name that results carry
 * @param version changes with prompts, items or metrics
 * @param shots how many solved examples stand in the prompt
 * @param items at least one
 */
public record MultipleChoice(String name, String version, int shots, List<Item> items)
    implements Task {

  /** Items that are asked for in one call: enough to sort by length, few enough to interrupt. */
  private static final int ITEMS_PER_CALL = 256;

  /**
   * One question.
   *
   * @param id stable within the task
   * @param requests one for each choice: what the model is asked. The choices stand in the
   *     continuations after one context, or, where the blank of a sentence is filled, in the
   *     contexts before one continuation (partial scoring)
   * @param choices at least two, none empty; what {@code acc_norm} counts the characters of
   * @param gold indices of the right choices
   */
  public record Item(
      String id, List<Request.Continuation> requests, List<String> choices, List<Integer> gold)
      implements TestItem {

    /**
     * Choices after one context.
     *
     * @param context the prompt, without trailing white space
     * @param delimiter what stands between prompt and choice, usually one space
     */
    public Item(
        String id, String context, String delimiter, List<String> choices, List<Integer> gold) {
      this(
          id,
          choices.stream()
              .map(choice -> new Request.Continuation(context, delimiter + choice))
              .toList(),
          choices,
          gold);
    }

    /** Checks that the item can be answered rightly and wrongly. */
    public Item {
      requests = List.copyOf(requests);
      choices = List.copyOf(choices);
      gold = List.copyOf(gold);
      int count = choices.size();
      if (count < 2
          || requests.size() != count
          || choices.contains("")
          || gold.isEmpty()
          || gold.size() == count
          || gold.stream().anyMatch(index -> index < 0 || index >= count)) {
        throw new IllegalArgumentException(
            "Item %s needs two or more choices, none empty, some right and some wrong; its choices are %s, the right ones %s."
                .formatted(id, choices, gold));
      }
    }

    @Override
    public String shown() {
      return texts().collect(Collectors.joining("\n"));
    }

    @Override
    public List<String> solved() {
      List<String> texts = texts().toList();
      return gold.stream().map(texts::get).toList();
    }

    private Stream<String> texts() {
      return requests.stream().map(Request.Continuation::text);
    }

    /** How often a blind guess is right. */
    public double chance() {
      return (double) gold.size() / choices.size();
    }
  }

  /** Copies the list, and checks that it is not empty. */
  public MultipleChoice {
    items = List.copyOf(items);
    if (items.isEmpty()) {
      throw new IllegalArgumentException("The task " + name + " has no items.");
    }
  }

  /** Without solved examples in the prompt. */
  public MultipleChoice(String name, String version, List<Item> items) {
    this(name, version, 0, items);
  }

  @Override
  public EvaluationTokens tokens(TextTokenizer tokenizer) {
    long read = 0;
    long scored = 0;
    for (Item item : items) {
      Set<String> contexts = new HashSet<>();
      for (Request.Continuation request : item.requests()) {
        if (contexts.add(request.context())) {
          read += tokenizer.encode(request.context()).length;
        }
        scored += tokenizer.encode(request.continuation()).length;
      }
    }
    return new EvaluationTokens(read + scored, scored);
  }

  /** The mean over the items of a blind guess's success. */
  public double chance() {
    return items.stream().mapToDouble(Item::chance).average().orElseThrow();
  }

  /** The success of giving always the same answer, the best one for this: a bias, no skill. */
  public double sameAnswer() {
    Map<String, Integer> right = new HashMap<>();
    for (Item item : items) {
      item.gold().stream()
          .map(item.choices()::get)
          .distinct()
          .forEach(answer -> right.merge(answer, 1, Integer::sum));
    }
    return (double) Collections.max(right.values()) / items.size();
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if the model gives something that is not a number, as a broken
   *     compression may
   */
  @Override
  public List<Outcome> run(LanguageModel model) {
    List<Outcome> outcomes = new ArrayList<>(2 * items.size());
    for (int start = 0; start < items.size(); start += ITEMS_PER_CALL) {
      List<Item> batch = items.subList(start, Math.min(items.size(), start + ITEMS_PER_CALL));
      List<Score> scores =
          model.continuations(batch.stream().flatMap(item -> item.requests().stream()).toList());
      int first = 0;
      for (Item item : batch) {
        int end = first + item.choices().size();
        double[] logLikelihoods =
            scores.subList(first, end).stream().mapToDouble(Score::logLikelihood).toArray();
        outcomes.addAll(outcomes(item, logLikelihoods));
        first = end;
      }
    }
    return outcomes;
  }

  private List<Outcome> outcomes(Item item, double[] logLikelihoods) {
    if (Arrays.stream(logLikelihoods).anyMatch(Double::isNaN)) {
      throw new IllegalStateException(
          "The model's log-likelihoods for item %s of %s are not numbers: %s."
              .formatted(item.id(), name, Arrays.toString(logLikelihoods)));
    }
    int chosen = argmax(item, index -> logLikelihoods[index]);
    int chosenByLength =
        argmax(item, index -> logLikelihoods[index] / PythonText.length(item.choices().get(index)));
    return List.of(
        new Outcome(name, item.id(), "acc", item.gold().contains(chosen) ? 1 : 0),
        new Outcome(name, item.id(), "acc_norm", item.gold().contains(chosenByLength) ? 1 : 0));
  }

  private static int argmax(Item item, IntToDoubleFunction score) {
    int best = 0;
    for (int index = 1; index < item.choices().size(); index++) {
      if (score.applyAsDouble(index) > score.applyAsDouble(best)) {
        best = index;
      }
    }
    return best;
  }
}
