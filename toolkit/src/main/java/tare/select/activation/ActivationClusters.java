package tare.select.activation;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
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

/**
 * Clusters windows by their mean activations, with as many clusters as samples, and takes the
 * window nearest to each cluster's centre. This is the third stage of COLA (He et al., arXiv
 * 2510.10618, NeurIPS 2025). It needs no references, which makes it the natural rival of ACDM.
 *
 * <p>h_l is the mean of a block's output over the tokens of a window. The vectors h_l/‖h_l‖ of all
 * blocks are joined and projected by a Gaussian matrix to 64 dimensions; k-means++ runs from ten
 * starts. Differences from the published code: windows have no padding, over which the code
 * averages; the projection has a seed; the first token is not counted.
 *
 * @param pool the windows to choose from
 * @param zScores whether joined vectors are scaled to z-scores over the pool before they are
 *     projected, which keeps a few massive channels from deciding
 */
@JsonTypeName("clusters")
public record ActivationClusters(
    @JsonUnwrapped CandidatePool pool,
    @JsonPropertyDescription(
            "scale activations to z-scores over the pool before they are projected")
        boolean zScores)
    implements ExplainedSelector, PoolSelector<ActivationClusters> {

  private static final int DIMENSIONS = 64;
  private static final int STARTS = 10;

  /** The published rule, without z-scores. */
  public ActivationClusters(CandidatePool pool) {
    this(pool, false);
  }

  /** The published rule, with the default pool. */
  public ActivationClusters() {
    this(new CandidatePool());
  }

  @Override
  public ActivationClusters from(CandidatePool other) {
    return new ActivationClusters(other, zScores);
  }

  /** Returns a copy that scales activations to z-scores. */
  public ActivationClusters scaled() {
    return new ActivationClusters(pool, true);
  }

  @Override
  public Selection choose(Corpus corpus, Budget budget, Surroundings given) {
    List<Candidate> candidates = pool.draw(corpus, budget, given).atLeast(budget.samples());
    RandomGenerator random = new SplittableRandom(given.random().nextLong());
    List<float[]> vectors = vectors(candidates, given, random);
    KMeans clusters = KMeans.of(vectors, budget.samples(), STARTS, random);
    List<Sample> samples = new ArrayList<>();
    List<Pick> picks = new ArrayList<>();
    Set<Integer> used = new HashSet<>();
    for (int c = 0; c < budget.samples(); c++) {
      int cluster = c;
      float[] centre = clusters.centres().get(c);
      long size = IntStream.of(clusters.assignment()).filter(a -> a == cluster).count();
      int nearest =
          IntStream.range(0, vectors.size())
              .filter(i -> !used.contains(i) && (size == 0 || clusters.assignment()[i] == cluster))
              .boxed()
              .min(
                  (a, b) ->
                      Double.compare(
                          Euclidean.squared(vectors.get(a), centre),
                          Euclidean.squared(vectors.get(b), centre)))
              .orElseThrow();
      used.add(nearest);
      Sample sample = candidates.get(nearest).sample();
      picks.add(
          new Pick(
              c,
              sample.document(),
              sample.source(),
              "centre of a cluster of " + size,
              Math.sqrt(Euclidean.squared(vectors.get(nearest), centre))));
      samples.add(sample);
    }
    return new Selection(new CalibrationSet(name(), budget, samples), picks, List.of());
  }

  private List<float[]> vectors(
      List<Candidate> candidates, Surroundings given, RandomGenerator random) {
    try (ActivationStatistics statistics =
        new ActivationStatistics(Observation.OUTPUTS, EnumSet.of(Moment.MEAN), given)) {
      statistics.add(
          candidates.stream().map(each -> Passage.of(each.sample())).iterator(), candidates.size());
      PointLayout layout = statistics.layout();
      FittedScaling.Rows joined =
          new FittedScaling.Rows(
              candidates.size(), i -> normed(statistics.of(Moment.MEAN, i), layout));
      FittedScaling scale =
          FittedScaling.fit(
              zScores ? StatisticScaling.Z_SCORE : StatisticScaling.NONE, layout, joined);
      float[][] projection = gaussian(layout.size(), random);
      return IntStream.range(0, joined.count())
          .parallel()
          .mapToObj(i -> project(scale.of(joined.row().apply(i)), projection))
          .toList();
    }
  }

  private static float[] normed(float[] means, PointLayout layout) {
    for (PointLayout.Point point : layout.points()) {
      double square = 0;
      for (int c = 0; c < point.width(); c++) {
        square += (double) means[point.offset() + c] * means[point.offset() + c];
      }
      float norm = (float) Math.sqrt(Math.max(square, 1e-30));
      for (int c = 0; c < point.width(); c++) {
        means[point.offset() + c] /= norm;
      }
    }
    return means;
  }

  private static float[][] gaussian(int size, RandomGenerator random) {
    float[][] rows = new float[DIMENSIONS][size];
    for (float[] row : rows) {
      for (int c = 0; c < size; c++) {
        row[c] = (float) (random.nextGaussian() / Math.sqrt(DIMENSIONS));
      }
    }
    return rows;
  }

  private static float[] project(float[] vector, float[][] projection) {
    float[] projected = new float[projection.length];
    for (int d = 0; d < projected.length; d++) {
      projected[d] = (float) Euclidean.dot(projection[d], vector);
    }
    return projected;
  }
}
