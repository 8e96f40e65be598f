package tare.evaluate;

import java.util.ArrayList;
import java.util.List;

/**
 * A task of problems whose solution is given: how well a model predicts it. One outcome per item:
 * {@code nll}, the mean over the solution's tokens, each given the problem and the tokens before;
 * the perplexity is the exponential of the mean over the items (see {@link Aggregate}). It tells
 * smaller changes of a model than whether the solution that it writes is right, and one pass over
 * each item is enough. lm-evaluation-harness has no such task.
 *
 * @param name the name that results carry
 * @param version changes with prompts, items or metrics
 * @param items problems with their solutions, at least one
 */
public record Solutions(String name, String version, List<SolvedItem> items) implements Task {

  /** Copies the list, and checks that it is not empty. */
  public Solutions {
    items = List.copyOf(items);
    if (items.isEmpty()) {
      throw new IllegalArgumentException("The task " + name + " has no items.");
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalStateException if the model gives something that is not a number
   */
  @Override
  public List<Outcome> run(LanguageModel model) {
    List<Score> scores =
        model.continuations(
            items.stream()
                .map(item -> new Request.Continuation(item.prompt(), item.answer()))
                .toList());
    List<Outcome> outcomes = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      String id = items.get(i).id();
      Score score = scores.get(i).requireNumber("item %s of %s".formatted(id, name));
      double nll = -score.logLikelihood() / score.tokens();
      outcomes.add(new Outcome(name, id, "nll", nll));
    }
    return outcomes;
  }
}
