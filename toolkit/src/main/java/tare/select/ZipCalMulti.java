package tare.select;

import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.Sample;

/**
 * ZipCal for several corpora (Monaco et al., arXiv 2603.16105, the authors' slides and code).
 * {@link ZipCal} chooses a full budget from each corpus, and k-centre, farthest first, keeps the
 * budget from all of these windows. Run once on the union, ZipCal would favour the larger corpora.
 *
 * <p>Differences from the authors' code: distances are between TF-IDF vectors of the windows'
 * tokens, because a sentence encoder (all-MiniLM-L12-v2) would have to be shipped; the first centre
 * is the window with the largest vocabulary, not the one that happens to come first. A corpus with
 * fewer windows than the budget contributes all of them.
 *
 * @param pool the windows to choose from; a document's source tells its corpus
 */
@JsonTypeName("zipcal-multi")
public record ZipCalMulti(@JsonUnwrapped CandidatePool pool)
    implements ExplainedSelector, PoolSelector<ZipCalMulti> {

  /** Chooses from the default pool. */
  public ZipCalMulti() {
    this(new CandidatePool());
  }

  @Override
  public ZipCalMulti from(CandidatePool other) {
    return new ZipCalMulti(other);
  }

  @Override
  public boolean asksForModel() {
    return false;
  }

  @Override
  public Selection choose(Corpus corpus, Budget budget, Surroundings given) {
    List<Candidate> candidates = pool.draw(corpus, budget, given).atLeast(budget.samples());
    Vocabulary vocabulary = new Vocabulary(given.tokenizer());
    Map<String, List<Candidate>> bySource = new LinkedHashMap<>();
    candidates.forEach(
        each -> bySource.computeIfAbsent(each.sample().source(), s -> new ArrayList<>()).add(each));
    List<Candidate> covering = new ArrayList<>();
    bySource.values().forEach(each -> covering.addAll(cover(each, vocabulary, budget.samples())));
    List<TextVectors.Centre> centres = centres(covering, vocabulary, budget.samples());
    List<Sample> samples = new ArrayList<>();
    List<Pick> picks = new ArrayList<>();
    for (TextVectors.Centre centre : centres) {
      Sample sample = covering.get(centre.index()).sample();
      picks.add(
          new Pick(
              samples.size(),
              sample.document(),
              sample.source(),
              "farthest from the samples before it",
              centre.distance()));
      samples.add(sample);
    }
    String note =
        String.format(Locale.ROOT, "%d corpora gave %d windows", bySource.size(), covering.size());
    return new Selection(new CalibrationSet(name(), budget, samples), picks, List.of(note));
  }

  private static List<Candidate> cover(List<Candidate> corpus, Vocabulary vocabulary, int samples) {
    List<int[]> words =
        corpus.stream()
            .map(each -> vocabulary.distinct(each.sample(), Vocabulary.Unit.TOKENS))
            .toList();
    return ZipCal.cover(words, vocabulary.size(), samples).stream()
        .map(step -> corpus.get(step.index()))
        .toList();
  }

  /** k-centre among windows. The first centre is the window with the most different units. */
  static List<TextVectors.Centre> centres(
      List<Candidate> windows, Vocabulary vocabulary, int samples) {
    List<int[]> units =
        windows.stream()
            .map(each -> vocabulary.units(each.sample(), Vocabulary.Unit.TOKENS))
            .toList();
    TextVectors vectors = new TextVectors(units, vocabulary.size());
    int first = 0;
    for (int i = 1; i < windows.size(); i++) {
      if (vectors.distinct(i) > vectors.distinct(first)) {
        first = i;
      }
    }
    return vectors.farthestFirst(first, samples);
  }
}
