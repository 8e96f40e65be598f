package tare.adapt;

import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import tare.data.Budget;
import tare.data.Corpus;
import tare.data.Document;
import tare.data.JoinedCorpus;
import tare.data.Windows;
import tare.model.TextTokenizer;
import tare.select.CandidatePool;
import tare.select.ExplainedSelector;
import tare.select.Selection;
import tare.select.Surroundings;
import tare.select.TaskGuidedSelector;
import tare.select.TaskReference;
import tare.select.UniformDraw;
import tare.select.acdm.MixtureSearch;
import tare.select.acdm.References;

/**
 * Draws at random from the corpora of a pool, by the shares that {@link MixtureSearch} finds. Each
 * corpus is seen through as many windows as the set has samples; corpora with less text are left
 * out.
 *
 * @param tasks what the mixture should resemble
 * @param robust whether the farthest task counts, and not the mean of the tasks
 */
@JsonTypeName("mixture")
public record BestMixture(List<TaskReference> tasks, boolean robust)
    implements TaskGuidedSelector, ExplainedSelector {

  /** Copies the list. */
  public BestMixture {
    tasks = List.copyOf(tasks);
  }

  @Override
  public BestMixture tasks(List<TaskReference> others) {
    return new BestMixture(others, robust);
  }

  /**
   * {@inheritDoc}
   *
   * @param pool a {@link JoinedCorpus}, whose parts are mixed
   * @throws IllegalArgumentException if fewer than two corpora have enough text
   */
  @Override
  public Selection choose(Corpus pool, Budget budget, Surroundings given) {
    List<Corpus> all = pool instanceof JoinedCorpus joined ? joined.parts() : List.of(pool);
    List<Corpus> enough = requireFits(all, budget, given.tokenizer());
    MixtureSearch search =
        new MixtureSearch(new References(tasks)).from(new CandidatePool(1, true));
    MixtureSearch.Found found = (robust ? search.robustly() : search).search(enough, budget, given);
    Selection drawn = Selection.by(new UniformDraw(), found.mixture(enough), budget, given);
    List<String> notes = new ArrayList<>();
    notes.add(
        String.format(
            Locale.ROOT,
            "shares %s, at a distance of %.3f from the purpose",
            found.pool(),
            found.distance()));
    String left =
        all.stream()
            .filter(corpus -> !enough.contains(corpus))
            .map(Corpus::name)
            .collect(Collectors.joining(", "));
    if (!left.isEmpty()) {
      notes.add("left out, as they have too little text: " + left);
    }
    notes.addAll(drawn.notes());
    return new Selection(drawn.set(), drawn.picks(), notes);
  }

  /** The corpora with enough text for a mixture. */
  static List<Corpus> enough(List<Corpus> all, Budget budget, TextTokenizer tokenizer) {
    return all.stream().filter(corpus -> isEnough(corpus, budget, tokenizer)).toList();
  }

  /**
   * Checks that a mixture has something to mix.
   *
   * @throws IllegalArgumentException if fewer than two corpora have enough text
   */
  static List<Corpus> requireFits(List<Corpus> all, Budget budget, TextTokenizer tokenizer) {
    List<Corpus> enough = enough(all, budget, tokenizer);
    if (enough.size() < 2) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "A mixture needs two corpora with %d windows of %d tokens each, and the pool has %d: leave mixture out of --try, or give more text.",
              budget.samples(),
              budget.tokensPerSample(),
              enough.size()));
    }
    return enough;
  }

  private static boolean isEnough(Corpus corpus, Budget budget, TextTokenizer tokenizer) {
    long tokens = 0;
    try (var documents = corpus.documents()) {
      for (Iterator<Document> all = documents.iterator();
          all.hasNext() && tokens < budget.tokens(); ) {
        tokens += tokenizer.encode(all.next().text() + Windows.JOINT).length;
      }
    }
    return tokens >= budget.tokens();
  }
}
