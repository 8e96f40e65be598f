package tare.select;

import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.ArrayList;
import java.util.List;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.Sample;

/**
 * Chooses windows that are far from one another: k-centre, farthest first (Gonzalez 1985), between
 * TF-IDF vectors of their tokens. The first window is the one with the largest vocabulary. The rule
 * spreads over the pool and therefore prefers unusual text.
 *
 * @param pool the windows to choose from
 */
@JsonTypeName("k-centre")
public record KCentre(@JsonUnwrapped CandidatePool pool)
    implements ExplainedSelector, PoolSelector<KCentre> {

  /** Chooses from the default pool. */
  public KCentre() {
    this(new CandidatePool());
  }

  @Override
  public KCentre from(CandidatePool other) {
    return new KCentre(other);
  }

  @Override
  public boolean asksForModel() {
    return false;
  }

  @Override
  public Selection choose(Corpus corpus, Budget budget, Surroundings given) {
    List<Candidate> candidates = pool.draw(corpus, budget, given).atLeast(budget.samples());
    List<Sample> samples = new ArrayList<>();
    List<Pick> picks = new ArrayList<>();
    for (TextVectors.Centre centre :
        ZipCalMulti.centres(candidates, new Vocabulary(given.tokenizer()), budget.samples())) {
      Sample sample = candidates.get(centre.index()).sample();
      picks.add(
          new Pick(
              samples.size(),
              sample.document(),
              sample.source(),
              "farthest from the samples before it",
              centre.distance()));
      samples.add(sample);
    }
    return new Selection(new CalibrationSet(name(), budget, samples), picks, List.of());
  }
}
