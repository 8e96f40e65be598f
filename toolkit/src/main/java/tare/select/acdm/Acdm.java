package tare.select.acdm;

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
import tare.select.Selection;
import tare.select.Surroundings;
import tare.select.activation.Distance;
import tare.select.activation.Observation;
import tare.select.activation.Scaling;

/**
 * ACDM, Activation Centroid Distance Metric (<em>Understanding and Selecting Calibration Data for
 * LLM Quantization: From Sensitivity Analysis to Activation-Based Curation</em>, ACL-SELVA 2026):
 * windows whose activation statistics are near to those of the tasks that matter, each task
 * represented by the centroid of samples of its training side.
 *
 * <p><b>This is a reconstruction.</b> Of the paper, only the abstract is public. It says that
 * samples are chosen whose per-layer activation statistics are aligned with task-reference
 * centroids, estimated from held-out samples of the training side; statistic, distance,
 * normalization and the rule for a set are ours. What each could have been is a parameter here; the
 * defaults of {@link #Acdm(References)} are what we recommend.
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
 * @param geometry how a distance is made of them
 * @param composition how a set is made of distances
 */
public record Acdm(
    References references,
    CandidatePool pool,
    Observation observation,
    Geometry geometry,
    Composition composition)
    implements ExplainedSelector {

  /** Checks that the parts fit together. */
  public Acdm {
    if (geometry.distance() == Distance.OUTPUT_WEIGHTED && !observation.points().inGroups()) {
      throw new IllegalArgumentException(
          "OUTPUT_WEIGHTED needs the inputs of linears: observe GROUP_INPUTS or NORMED_INPUTS.");
    }
  }

  /** All as recommended. */
  public Acdm(References references) {
    this(references, new CandidatePool(), new Observation(), new Geometry(), new Composition());
  }

  /** The same with another pool. */
  public Acdm with(CandidatePool other) {
    return new Acdm(references, other, observation, geometry, composition);
  }

  /** The same with other activations. */
  public Acdm with(Observation other) {
    return new Acdm(references, pool, other, geometry, composition);
  }

  /** The same with another distance. */
  public Acdm with(Geometry other) {
    return new Acdm(references, pool, observation, other, composition);
  }

  /** The same with another rule for the set. */
  public Acdm with(Composition other) {
    return new Acdm(references, pool, observation, geometry, other);
  }

  /** The same with another statistic. */
  public Acdm with(Statistic other) {
    Geometry g = geometry;
    return with(new Geometry(other, g.scaling(), g.distance(), g.centroid()));
  }

  /** The same with another scaling. */
  public Acdm with(Scaling other) {
    Geometry g = geometry;
    return with(new Geometry(g.statistic(), other, g.distance(), g.centroid()));
  }

  /** The same with another distance to centroids. */
  public Acdm with(Distance other) {
    Geometry g = geometry;
    return with(new Geometry(g.statistic(), g.scaling(), other, g.centroid()));
  }

  /** The same with other centroids. */
  public Acdm with(Centroid other) {
    Geometry g = geometry;
    return with(new Geometry(g.statistic(), g.scaling(), g.distance(), other));
  }

  /** The same with another way to share the set. */
  public Acdm with(Sharing other) {
    Composition c = composition;
    return with(new Composition(other, c.rule(), c.diversity(), c.share()));
  }

  /** The same with another way to build the set. */
  public Acdm with(SetRule other) {
    Composition c = composition;
    return with(new Composition(c.sharing(), other, c.diversity(), c.share()));
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
      List<SetChoice.Taken> taken = SetChoice.of(alignment, composition, budget.samples());
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
