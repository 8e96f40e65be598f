package tare.evaluate;

import java.util.ArrayList;
import java.util.List;

/**
 * Measures how well a model predicts whole texts, as lm-evaluation-harness does. The outcomes are
 * nats, words and bytes; the latter two do not depend on the model's tokenizer. {@link Aggregate}
 * computes {@code word_perplexity}, {@code byte_perplexity} and {@code bits_per_byte} from them.
 *
 * @param name the task's name in results
 * @param version changes with items or metrics
 * @param items at least one
 */
public record WholeTexts(String name, String version, List<Item> items) implements Task {

  /**
   * One text.
   *
   * @param id the same in every run, unique within the task
   * @param text the scored text
   * @param words number of words in the published text
   * @param bytes number of UTF-8 bytes in the published text
   */
  public record Item(String id, String text, int words, int bytes) implements TestItem {

    @Override
    public String shown() {
      return text;
    }

    @Override
    public List<String> solved() {
      return List.of(text);
    }
  }

  /** Copies the list, and checks that it is not empty. */
  public WholeTexts {
    items = List.copyOf(items);
    if (items.isEmpty()) {
      throw new IllegalArgumentException("The task " + name + " has no texts.");
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the model gives a log-likelihood that is not a number
   */
  @Override
  public List<Outcome> run(LanguageModel model) {
    List<Score> scores =
        model.texts(items.stream().map(item -> new Request.WholeText(item.text())).toList());
    List<Outcome> outcomes = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      String id = items.get(i).id();
      Score score = scores.get(i).requireNumber("text %s of %s".formatted(id, name));
      outcomes.add(new Outcome(name, id, "nats", -score.logLikelihood()));
      outcomes.add(new Outcome(name, id, "words", items.get(i).words()));
      outcomes.add(new Outcome(name, id, "bytes", items.get(i).bytes()));
    }
    return outcomes;
  }
}
