package tare.select.acdm;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.List;
import tare.data.Budget;
import tare.data.Corpus;
import tare.select.CandidatePool;
import tare.select.ExplainedSelector;
import tare.select.PoolSelector;
import tare.select.Selection;
import tare.select.Surroundings;
import tare.select.TaskGuidedSelector;
import tare.select.TaskReference;

/**
 * {@link Acdm} with the set matched as a whole. A quantizer sees the mean statistic of all samples.
 * Each task therefore takes, of its nearest windows, the one that brings the <em>mean</em> of its
 * picks nearest to its centroid (herding, Welling 2009); the nearest windows alone can all lie on
 * one side of it. This is our extension of the reconstruction, not the paper's.
 *
 * @param settings all settings but the rule
 */
@JsonTypeName("acdm-herding")
public record AcdmHerding(@JsonUnwrapped @JsonIgnoreProperties({"rule", "sharing"}) Acdm settings)
    implements ExplainedSelector, PoolSelector<AcdmHerding>, TaskGuidedSelector {

  /** Sets the rule {@link SetRule#HERDING_IN_NEAREST}. */
  public AcdmHerding {
    settings = settings.rule(SetRule.HERDING_IN_NEAREST);
  }

  /** Herding with the recommended settings, for tasks given by name. */
  public AcdmHerding(List<String> tasks) {
    this(new Acdm(tasks));
  }

  /** Herding with the recommended settings. */
  public AcdmHerding(References references) {
    this(new Acdm(references));
  }

  @Override
  public CandidatePool pool() {
    return settings.pool();
  }

  @Override
  public AcdmHerding from(CandidatePool other) {
    return new AcdmHerding(settings.from(other));
  }

  @Override
  public List<TaskReference> tasks() {
    return settings.tasks();
  }

  @Override
  public AcdmHerding tasks(List<TaskReference> others) {
    return new AcdmHerding(settings.tasks(others));
  }

  @Override
  public Selection choose(Corpus corpus, Budget budget, Surroundings given) {
    return settings.choose(name(), corpus, budget, given);
  }
}
