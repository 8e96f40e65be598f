package tare.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tare.evaluate.LanguageModel.GeneratedText;
import tare.model.Checkpoint;

/**
 * A task of prompts that the model continues. Each answer is marked by a rule of its item.
 *
 * @param name the task's name in results
 * @param version changes with prompts, items or metrics
 * @param shots number of solved examples in the prompt
 * @param items at least one
 * @param notes remarks that a reader of the scores must know
 */
public record Generative(
    String name, String version, int shots, List<Item> items, List<String> notes) implements Task {

  /** Marks a written answer. */
  @FunctionalInterface
  public interface Marking {

    /**
     * Marks an answer.
     *
     * @return the value of each metric; a metric with a filter is named {@code metric,filter}
     */
    Map<String, Double> mark(String written);
  }

  /**
   * One prompt.
   *
   * @param id the same in every run, unique within the task
   * @param request the prompt and when to stop writing
   * @param shown the item with its right answer, if it has one; calibration text must not contain
   *     it
   * @param marking the rule that marks the answer
   */
  public record Item(String id, Request.Generate request, String shown, Marking marking)
      implements TestItem {

    @Override
    public List<String> solved() {
      return List.of(shown);
    }
  }

  /** A task without notes. */
  public Generative(String name, String version, int shots, List<Item> items) {
    this(name, version, shots, items, List.of());
  }

  /** Copies the lists, and checks that there are items. */
  public Generative {
    items = List.copyOf(items);
    notes = List.copyOf(notes);
    if (items.isEmpty()) {
      throw new IllegalArgumentException("The task " + name + " has no items.");
    }
  }

  @Override
  public void requireFits(Checkpoint model) {
    int most = items.stream().mapToInt(item -> item.request().maxTokens()).max().orElse(0);
    if (most >= model.config().context()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s lets a model write %d tokens, which leaves no room for a prompt in the context of %s, %d tokens. Use another model or leave the task out.",
              name,
              most,
              model.path(),
              model.config().context()));
    }
  }

  @Override
  public List<Outcome> run(LanguageModel model) {
    List<GeneratedText> written = model.generations(items.stream().map(Item::request).toList());
    List<Outcome> outcomes = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      Item item = items.get(i);
      item.marking()
          .mark(written.get(i).text())
          .forEach((metric, value) -> outcomes.add(new Outcome(name, item.id(), metric, value)));
    }
    return outcomes;
  }
}
