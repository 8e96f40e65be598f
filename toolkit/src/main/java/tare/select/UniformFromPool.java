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
 * Draws windows uniformly from the pool that other selectors choose from. It is the baseline that
 * these selectors must beat. A pool is already in random order, so its first windows are taken.
 *
 * @param pool the windows to choose from
 */
@JsonTypeName("uniform-pool")
public record UniformFromPool(@JsonUnwrapped CandidatePool pool)
    implements PoolSelector<UniformFromPool> {

  /** Draws from the default pool. */
  public UniformFromPool() {
    this(new CandidatePool());
  }

  @Override
  public UniformFromPool from(CandidatePool other) {
    return new UniformFromPool(other);
  }

  @Override
  public boolean asksForModel() {
    return false;
  }

  @Override
  public CalibrationSet select(Corpus corpus, Budget budget, Surroundings given) {
    List<Sample> samples = new ArrayList<>();
    for (Candidate candidate : pool.draw(corpus, budget, given)) {
      samples.add(candidate.sample());
      if (samples.size() == budget.samples()) {
        break;
      }
    }
    if (samples.size() < budget.samples()) { // a pool of all windows may be too small
      throw Selection.tooFew(name(), samples.size(), budget, corpus.name());
    }
    return new CalibrationSet(name(), budget, samples);
  }
}
