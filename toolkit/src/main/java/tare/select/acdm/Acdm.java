package tare.select.acdm;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.ArrayList;
import java.util.List;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.Sample;
import tare.select.Candidate;
import tare.select.CandidatePool;
import tare.select.ExplainedSelector;
import tare.select.Pick;
import tare.select.PoolSelector;
import tare.select.Selection;
import tare.select.Surroundings;
import tare.select.TaskGuidedSelector;
import tare.select.TaskReference;
import tare.select.activation.Observation;
import tare.select.activation.StatisticScaling;

/**
 * ACDM, Activation Centroid Distance Metric (<em>Understanding and Selecting Calibration Data for
 * LLM Quantization: From Sensitivity Analysis to Activation-Based Curation</em>, ACL-SELVA 2026):
 * windows whose activation statistics are near to those of the tasks that matter, each task
 * represented by the centroid of samples of its training side.
 *
 * <p><b>This is a reconstruction.</b> Of the paper, only the abstract is public. It says that
 * samples are chosen whose per-layer activation statistics are aligned with task-reference
 * centroids, estimated from held-out samples of the training side; statistic, distance,
 * normalization and the rule for a set are ours. What an ablation changes is a setting here; {@link
 * #Acdm(List)} has what we recommend, and the methods that are named like a setting change it:
 * {@code new Acdm(List.of("social_iqa")).statistic(RMS).rule(FARTHEST)}.
 *
 * <p>For each window i and observation point l, s_il is E|x| of each channel over the counted
 * tokens; z_il its z-score over the pool, clipped and weighted so that all layers count equally;
 * c_k the mean of z over the references of task k; D_ik = ‖z_i − c_k‖. With N samples and K tasks,
 * each task has a quota of N/K. In rounds, the task whose picks are farthest so far first, each
 * takes its nearest window that is not used and not too similar to one that is (ties: the smaller
 * document id).
 *
 * @param references what the tasks look like; never test items
 * @param pool the windows to choose from
 * @param observation which activations
 * @param statistic what of the activations is compared
 * @param scaling how it is made comparable
 * @param sharing how the tasks share the set
 * @param rule how the set is built from distances
 * @param share how much of the set is chosen so; the rest is drawn uniformly from the pool
 */
@JsonTypeName("acdm")
public record Acdm(
    @JsonUnwrapped References references,
    @JsonUnwrapped CandidatePool pool,
    @JsonUnwrapped @JsonIgnoreProperties("points") Observation observation,
    @JsonPropertyDescription("what of the activations is compared") Statistic statistic,
    @JsonPropertyDescription("how statistics are made comparable") StatisticScaling scaling,
    @JsonPropertyDescription("how several tasks share the set") TaskSharing sharing,
    @JsonPropertyDescription("how the set is built from distances") SetRule rule,
    @JsonPropertyDescription("how much of the set it chooses; the rest is drawn") double share)
    implements ExplainedSelector, PoolSelector<Acdm>, TaskGuidedSelector {

  /** Checks that the parts fit together. */
  public Acdm {
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException(
          "share is how much of the set is chosen by distance, above 0 and up to 1; got "
              + share
              + ".");
    }
    if (sharing != TaskSharing.QUOTA && rule == SetRule.HERDING_IN_NEAREST) {
      throw new IllegalArgumentException(
          "The rule " + rule + " builds the share of one task: it needs the sharing QUOTA.");
    }
  }

  /**
   * All as recommended: E|x|, z-scores, equal quotas, the nearest windows.
   *
   * @param references what the tasks look like
   */
  public Acdm(References references) {
    this(
        references,
        new CandidatePool(),
        new Observation(),
        Statistic.MEAN_ABS,
        StatisticScaling.Z_SCORE,
        TaskSharing.QUOTA,
        SetRule.NEAREST,
        1);
  }

  /**
   * All as recommended.
   *
   * @param tasks names of tasks; none for those of the study
   */
  public Acdm(List<String> tasks) {
    this(References.named(tasks));
  }

  @Override
  public List<TaskReference> tasks() {
    return references.tasks();
  }

  @Override
  public Acdm tasks(List<TaskReference> others) {
    return references(new References(others, references.windows()));
  }

  /** The same with other references. */
  public Acdm references(References other) {
    return new Acdm(other, pool, observation, statistic, scaling, sharing, rule, share);
  }

  /** The same with at most so many reference windows of each task. */
  public Acdm referenceWindows(int most) {
    return references(references.windows(most));
  }

  @Override
  public Acdm from(CandidatePool other) {
    return new Acdm(references, other, observation, statistic, scaling, sharing, rule, share);
  }

  private Acdm observing(Observation other) {
    return new Acdm(references, pool, other, statistic, scaling, sharing, rule, share);
  }

  /** The same with other tokens counted. */
  public Acdm counted(Observation.Counted tokens) {
    return observing(observation.counted(tokens));
  }

  /** The same, looking at the first blocks only; 0 for all. */
  public Acdm firstBlocks(int count) {
    return observing(observation.firstBlocks(count));
  }

  /** The same with another statistic. */
  public Acdm statistic(Statistic other) {
    return new Acdm(references, pool, observation, other, scaling, sharing, rule, share);
  }

  /** The same with another scaling. */
  public Acdm scaling(StatisticScaling other) {
    return new Acdm(references, pool, observation, statistic, other, sharing, rule, share);
  }

  /** The same with another way to share the set. */
  public Acdm sharing(TaskSharing other) {
    return new Acdm(references, pool, observation, statistic, scaling, other, rule, share);
  }

  /** The same with another way to build the set. */
  public Acdm rule(SetRule other) {
    return new Acdm(references, pool, observation, statistic, scaling, sharing, other, share);
  }

  /** The same, choosing only a share of the set; the rest is drawn. */
  public Acdm share(double other) {
    return new Acdm(references, pool, observation, statistic, scaling, sharing, rule, other);
  }

  /** Pool, references and their distances; what {@link #choose} chooses by. To be closed. */
  public Alignment align(Corpus corpus, Budget budget, Surroundings given) {
    return Alignment.of(this, corpus, budget, given);
  }

  @Override
  public Selection choose(Corpus corpus, Budget budget, Surroundings given) {
    return choose(name(), corpus, budget, given);
  }

  /** As {@link #choose}, under a name of its own. */
  Selection choose(String name, Corpus corpus, Budget budget, Surroundings given) {
    try (Alignment alignment = align(corpus, budget, given)) {
      List<SetChoice.Taken> taken =
          SetChoice.of(alignment, SetChoice.Rules.of(this), budget.samples());
      List<Integer> indices = taken.stream().map(SetChoice.Taken::window).toList();
      List<Candidate> chosen = alignment.candidates().pick(indices);
      List<Sample> samples = new ArrayList<>();
      List<Pick> picks = new ArrayList<>();
      for (int rank = 0; rank < chosen.size(); rank++) {
        Sample sample = chosen.get(rank).sample();
        samples.add(sample);
        picks.add(
            new Pick(
                rank,
                sample.document(),
                sample.source(),
                taken.get(rank).reason(),
                taken.get(rank).distance()));
      }
      return new Selection(
          new CalibrationSet(name, budget, samples),
          picks,
          AlignmentNotes.notes(alignment, taken, chosen));
    }
  }
}
