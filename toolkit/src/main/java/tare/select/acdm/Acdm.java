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
 * ACDM, Activation Centroid Distance Metric: chooses windows whose activation statistics are near
 * those of reference tasks.
 *
 * <pre>{@code
 * Lab lab = Lab.open();
 * Acdm acdm = new Acdm(List.of("social_iqa")).statistic(Statistic.RMS);
 * CalibrationSet set = acdm.select(lab.corpus("news"), new Budget(4, 32), lab.given());
 * }</pre>
 *
 * <p>The centroid of samples from a task's training side represents the task. The metric comes from
 * <em>Understanding and Selecting Calibration Data for LLM Quantization: From Sensitivity Analysis
 * to Activation-Based Curation</em>, ACL-SELVA 2026.
 *
 * <p><b>This is a reconstruction.</b> Of the paper, only the abstract is public. It says that
 * samples are chosen whose per-layer activation statistics are aligned with task-reference
 * centroids, estimated from held-out samples of the training side. Statistic, distance,
 * normalization and the rule for a set are ours. The settings are those of our ablation; {@link
 * #Acdm(List)} has the recommended ones. Each setting has a method that changes it: {@code new
 * Acdm(List.of("social_iqa")).statistic(RMS).rule(FARTHEST)}.
 *
 * <p>For each window i and observation point l, s_il is E|x| of each channel over the counted
 * tokens. z_il is its z-score over the pool, clipped and weighted so that all layers count equally.
 * c_k is the mean of z over the references of task k, and D_ik = ‖z_i − c_k‖. With N samples and K
 * tasks, each task has a quota of N/K, or by the tasks' weights if they differ. In each round, the
 * task whose picks are farthest so far chooses first. Each task takes its nearest window that is
 * unused and not too similar to a chosen one (ties: the smaller document id).
 *
 * @param references the reference items of the tasks, never test items
 * @param pool the windows to choose from
 * @param observation the observed activations
 * @param statistic the compared statistic of activations
 * @param scaling how the statistic is made comparable
 * @param sharing how tasks share the set
 * @param rule how the set is built from distances
 * @param share share of the set that is chosen by distance; the rest is drawn uniformly from the
 *     pool
 */
@JsonTypeName("acdm")
public record Acdm(
    @JsonUnwrapped References references,
    @JsonUnwrapped CandidatePool pool,
    @JsonUnwrapped @JsonIgnoreProperties("points") Observation observation,
    @JsonPropertyDescription("the compared statistic of activations") Statistic statistic,
    @JsonPropertyDescription("how statistics are made comparable") StatisticScaling scaling,
    @JsonPropertyDescription("how several tasks share the set") TaskSharing sharing,
    @JsonPropertyDescription("how the set is built from distances") SetRule rule,
    @JsonPropertyDescription(
            "share of the set that is chosen by distance; the rest is drawn at random")
        double share)
    implements ExplainedSelector, PoolSelector<Acdm>, TaskGuidedSelector {

  /** Checks that the parts fit together. */
  public Acdm {
    if (!(share > 0 && share <= 1)) {
      throw new IllegalArgumentException(
          "share is the part of the set that is chosen by distance, above 0 and up to 1; got "
              + share
              + ".");
    }
    if (sharing != TaskSharing.QUOTA && rule == SetRule.HERDING_IN_NEAREST) {
      throw new IllegalArgumentException(
          "The rule " + rule + " builds the share of one task, so it needs the sharing QUOTA.");
    }
  }

  /**
   * ACDM with the recommended settings: E|x|, z-scores, equal quotas, the nearest windows.
   *
   * @param references the reference items of the tasks
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
   * ACDM with the recommended settings.
   *
   * @param tasks names of tasks; empty for the tasks of the study
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

  /** Returns a copy with other references. */
  public Acdm references(References other) {
    return new Acdm(other, pool, observation, statistic, scaling, sharing, rule, share);
  }

  /** Returns a copy with at most this many reference windows per task. */
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

  /** Returns a copy that counts other tokens. */
  public Acdm counted(Observation.Counted tokens) {
    return observing(observation.counted(tokens));
  }

  /** Returns a copy that observes the first blocks only; 0 for all. */
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

  /**
   * Returns a copy that chooses only a share of the set by distance. The rest is drawn at random.
   */
  public Acdm share(double other) {
    return new Acdm(references, pool, observation, statistic, scaling, sharing, rule, other);
  }

  /**
   * Computes the pool, the references and their distances, on which {@link #choose} rests. The
   * caller closes the result.
   */
  public Alignment align(Corpus corpus, Budget budget, Surroundings given) {
    return Alignment.of(this, corpus, budget, given);
  }

  @Override
  public Selection choose(Corpus corpus, Budget budget, Surroundings given) {
    return choose(name(), corpus, budget, given);
  }

  /** Chooses as {@link #choose} does, under another name. */
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
