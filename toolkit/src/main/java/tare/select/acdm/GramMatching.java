package tare.select.acdm;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.Sample;
import tare.select.Candidate;
import tare.select.CandidatePool;
import tare.select.ExplainedSelector;
import tare.select.Passage;
import tare.select.Pick;
import tare.select.PoolSelector;
import tare.select.Selection;
import tare.select.Surroundings;
import tare.select.TaskGuidedSelector;
import tare.select.TaskReference;
import tare.select.activation.Observation;

/**
 * Gram matching: chooses windows whose Gram matrices together are nearest to those of reference
 * tasks. This selector is ours.
 *
 * <pre>{@code
 * Lab lab = Lab.open();
 * References references = lab.references(List.of("social_iqa"));
 * Budget budget = new Budget(4, 32);
 * CalibrationSet set = new GramMatching(references).select(lab.corpus("news"), budget, lab.given());
 * try (GramTarget target = GramTarget.of(references, new Observation(), 32, lab.given())) {
 *   show(target.distance(set));
 * }
 * }</pre>
 *
 * <p>GPTQ and SparseGPT see a text only through XᵀX of the inputs of each linear layer. {@link
 * Acdm} compares E|x| of single channels, and windows one by one. Gram matching compares what the
 * compressor will see: the matrices of the whole set, with all products of channels, per token.
 *
 * <p>The distance D, and how all linear layers count equally in it, are described at {@link
 * GramTarget}. The set grows by one window at a time: in each step, the window that brings D of the
 * set nearest to 0 (herding, Welling 2009), if its text differs enough from those taken (ties: the
 * first in the pool). The set is matched to the mean of the tasks by their weights.
 *
 * <p>Matrices are compared in the sketch of {@link tare.select.activation.GramSketch}: the
 * diagonal, and the rest in 32 random directions that are the same in all runs. The statistics of
 * windows lie on disk; a pool of n windows needs 4 n² bytes of memory for their inner products.
 *
 * @param references the reference items of the tasks, never test items
 * @param pool the windows to choose from
 * @param observation the observed activations
 */
@JsonTypeName("gram-matching")
public record GramMatching(
    @JsonUnwrapped References references,
    @JsonUnwrapped CandidatePool pool,
    @JsonUnwrapped @JsonIgnoreProperties("points") Observation observation)
    implements ExplainedSelector, PoolSelector<GramMatching>, TaskGuidedSelector {

  /** Chooses from the default pool, and observes the inputs of all linear layers. */
  public GramMatching(References references) {
    this(references, new CandidatePool(), new Observation());
  }

  /**
   * Chooses from the default pool.
   *
   * @param tasks names of tasks; empty for the tasks of the study
   */
  public GramMatching(List<String> tasks) {
    this(References.named(tasks));
  }

  @Override
  public List<TaskReference> tasks() {
    return references.tasks();
  }

  @Override
  public GramMatching tasks(List<TaskReference> others) {
    return new GramMatching(new References(others, references.windows()), pool, observation);
  }

  @Override
  public GramMatching from(CandidatePool other) {
    return new GramMatching(references, other, observation);
  }

  /** Returns a copy with at most this many reference windows per task. */
  public GramMatching referenceWindows(int most) {
    return new GramMatching(references.windows(most), pool, observation);
  }

  /** Returns a copy that observes the first blocks only; 0 for all. */
  public GramMatching firstBlocks(int count) {
    return new GramMatching(references, pool, observation.firstBlocks(count));
  }

  /** Returns a copy that counts other tokens. */
  public GramMatching counted(Observation.Counted tokens) {
    return new GramMatching(references, pool, observation.counted(tokens));
  }

  @Override
  public Selection choose(Corpus corpus, Budget budget, Surroundings given) {
    List<Candidate> candidates = pool.draw(corpus, budget, given).atLeast(budget.samples());
    try (GramTarget target =
        GramTarget.of(references, observation, budget.tokensPerSample(), given)) {
      GramTarget.Windows windows =
          target.observe(
              candidates.stream().map(each -> Passage.of(each.sample())).iterator(),
              candidates.size());
      InnerProducts products =
          InnerProducts.of(target.all().of(windows.vectors()), target.all().scale().shift().length);
      GreedyMean mean = new GreedyMean(products, windows.weights());
      DifferentTexts texts = new DifferentTexts(Diversity.of(pool));
      List<Pick> picks = new ArrayList<>();
      List<Sample> samples = new ArrayList<>();
      while (samples.size() < budget.samples()) {
        OptionalInt next = mean.next(i -> texts.admit(candidates.get(i)));
        if (next.isEmpty()) {
          throw texts.tooFew(candidates.size(), budget.samples());
        }
        Candidate candidate = candidates.get(next.getAsInt());
        Sample sample = candidate.sample();
        mean.take(next.getAsInt());
        texts.take(candidate);
        picks.add(
            new Pick(
                samples.size(),
                sample.document(),
                sample.source(),
                reason(target, samples.size()),
                mean.length()));
        samples.add(sample);
      }
      CalibrationSet set = new CalibrationSet(name(), budget, samples);
      return new Selection(set, picks, notes(target, set, mean, products, windows, candidates));
    }
  }

  private static String reason(GramTarget target, int before) {
    String tasks = String.join(" and ", target.names());
    return before == 0
        ? "the nearest window to " + tasks
        : "brings the set so far nearest to " + tasks;
  }

  private static List<String> notes(
      GramTarget target,
      CalibrationSet set,
      GreedyMean mean,
      InnerProducts products,
      GramTarget.Windows windows,
      List<Candidate> candidates) {
    int samples = set.samples().size();
    double[] random =
        IntStream.range(0, candidates.size() / samples)
            .mapToDouble(
                draw ->
                    GreedyMean.length(
                        products,
                        windows.weights(),
                        IntStream.range(draw * samples, (draw + 1) * samples)))
            .sorted()
            .toArray();
    List<String> notes = new ArrayList<>();
    notes.add(
        String.format(
            Locale.ROOT,
            "distance of the Gram matrices to the tasks': %.3f (%s);"
                + " of %d random draws from this pool %.3f to %.3f",
            mean.length(),
            Double.isNaN(target.error())
                ? "±unknown, as a task has one reference window"
                : String.format(Locale.ROOT, "±%.3f by the reference windows", target.error()),
            random.length,
            random[0],
            random[random.length - 1]));
    List<Double> distances = target.distances(set);
    for (int task = 0; task < target.tasks().size(); task++) {
      GramTarget.Task own = target.tasks().get(task);
      notes.add(
          String.format(
              Locale.ROOT,
              "%s: distance %.3f, by %d reference windows",
              own.name(),
              distances.get(task),
              own.windows()));
      AlignmentNotes.few(own.name(), own.windows()).ifPresent(notes::add);
    }
    notes.addAll(
        AlignmentNotes.texts(
            mean.taken().stream().map(candidates::get).toList(),
            candidates.stream().mapToInt(Candidate::documents).average().orElseThrow()));
    return notes;
  }
}
