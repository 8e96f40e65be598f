package tare.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tare.model.Checkpoint;

/**
 * A task of prompts that the model goes on with; what it writes is marked.
 *
 * @param name the name that results carry
 * @param version changes with prompts, items or metrics
 * @param shots how many solved examples stand in the prompt
 * @param items at least one
 * @param notes what a reader of its scores must know
 */
public record Generative(
    String name, String version, int shots, List<Item> items, List<String> notes) implements Task {

  /** Tells what a text is worth. */
  @FunctionalInterface
  public interface Marking {

    /**
     * Marks a text.
     *
     * @return the value of each metric; a metric with a filter is named {@code metric,filter}
     */
    Map<String, Double> mark(String written);
  }

  /**
   * One prompt.
   *
   * @param id stable within the task
   * @param request what the model is asked to write
   * @param shown the item alone, with its right answer if it has one: what calibration must not
   *     contain
   * @param marking how it is marked
   */
  public record Item(String id, Request.Generate request, String shown, Marking marking)
      implements TestItem {

    @Override
    public List<String> solved() {
      return List.of(shown);
    }
  }

  /** Without notes. */
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
          "%s lets a model write %d tokens, which leaves no room for a prompt in the context of %s, %d tokens. Take another model or leave the task out."
              .formatted(name, most, model.path(), model.config().context()));
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
