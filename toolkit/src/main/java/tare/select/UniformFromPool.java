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
 * Windows drawn uniformly from the pool that the other selectors choose from: what they have to
 * beat. The order of a pool is random already, so these are its first.
 *
 * @param pool the windows to choose from
 */
@JsonTypeName("uniform-pool")
public record UniformFromPool(@JsonUnwrapped CandidatePool pool)
    implements PoolSelector<UniformFromPool> {

  /** Of the usual pool. */
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
    return new CalibrationSet(name(), budget, samples);
  }
}
