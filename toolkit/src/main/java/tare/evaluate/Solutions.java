package tare.evaluate;

import java.util.ArrayList;
import java.util.List;
import tare.model.Checkpoint;

/**
 * Measures how well a model predicts given solutions of problems. Each item has one outcome: {@code
 * nll}, the mean over the solution's tokens, each given the problem and the tokens before it. The
 * perplexity is the exponential of the mean over the items (see {@link Aggregate}).
 *
 * <p>This measure detects smaller changes of a model than marking written solutions does, and it
 * takes one pass per item. lm-evaluation-harness has no such task.
 *
 * @param name the task's name in results
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

  private static Request.Continuation request(SolvedItem item) {
    return new Request.Continuation(item.prompt(), item.answer());
  }

  @Override
  public void requireFits(Checkpoint model) {
    items.forEach(
        item ->
            EncodedRequest.requireFits(
                request(item), "item %s of %s".formatted(item.id(), name), model));
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the model gives a log-likelihood that is not a number
   */
  @Override
  public List<Outcome> run(LanguageModel model) {
    List<Score> scores = model.continuations(items.stream().map(Solutions::request).toList());
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
