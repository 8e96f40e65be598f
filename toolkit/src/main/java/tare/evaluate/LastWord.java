package tare.evaluate;

import java.util.ArrayList;
import java.util.List;

/**
 * A task in which the model guesses the last word of a passage. Each item has two outcomes, as in
 * lm-evaluation-harness. {@code acc} is whether each token of the word is the most probable one.
 * {@code nll} is the negative log-likelihood of the word; the perplexity is the exponential of its
 * mean (see {@link Aggregate}).
 *
 * @param name the task's name in results
 * @param version changes with prompts, items or metrics
 * @param items at least one
 */
public record LastWord(String name, String version, List<Item> items) implements Task {

  /**
   * One passage.
   *
   * @param id the same in every run, unique within the task
   * @param passage the passage without its last word, and the last word with the space before it
   */
  public record Item(String id, Request.Continuation passage) implements TestItem {

    @Override
    public String shown() {
      return passage.text();
    }

    @Override
    public List<String> solved() {
      return List.of(shown());
    }
  }

  /** Copies the list, and checks that it is not empty. */
  public LastWord {
    items = List.copyOf(items);
    if (items.isEmpty()) {
      throw new IllegalArgumentException("The task " + name + " has no items.");
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the model gives a log-likelihood that is not a number
   */
  @Override
  public List<Outcome> run(LanguageModel model) {
    List<Score> scores = model.continuations(items.stream().map(Item::passage).toList());
    List<Outcome> outcomes = new ArrayList<>(2 * items.size());
    for (int i = 0; i < items.size(); i++) {
      String id = items.get(i).id();
      Score score = scores.get(i).requireNumber("item %s of %s".formatted(id, name));
      outcomes.add(new Outcome(name, id, "acc", score.greedy() ? 1 : 0));
      outcomes.add(new Outcome(name, id, "nll", -score.logLikelihood()));
    }
    return outcomes;
  }
}
