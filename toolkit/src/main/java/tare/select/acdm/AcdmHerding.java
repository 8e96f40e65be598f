package tare.select.acdm;

import tare.data.Budget;
import tare.data.Corpus;
import tare.select.ExplainedSelector;
import tare.select.Selection;
import tare.select.Surroundings;

/**
 * {@link Acdm} with the set matched as a whole: what a quantizer sees is the mean statistic of all
 * samples, so each task takes, of its nearest windows, the one that brings the <em>mean</em> of its
 * picks nearest to its centroid (herding, Welling 2009). Nearest windows alone can all lie on one
 * side of it. This is our extension of the reconstruction, not the paper's.
 *
 * @param settings everything but the rule
 */
public record AcdmHerding(Acdm settings) implements ExplainedSelector {

  /** All as recommended, the rule {@link SetRule#HERDING_IN_NEAREST}. */
  public AcdmHerding {
    settings = settings.with(SetRule.HERDING_IN_NEAREST);
  }

  /** All as recommended. */
  public AcdmHerding(References references) {
    this(new Acdm(references));
  }

  @Override
  public Selection choose(Corpus corpus, Budget budget, Surroundings given) {
    return settings.choose(name(), corpus, budget, given);
  }
}
