package tare.select.acdm;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import tare.data.Budget;
import tare.data.Corpus;
import tare.select.CandidatePool;
import tare.select.Candidates;
import tare.select.Mixture;
import tare.select.Passage;
import tare.select.Surroundings;
import tare.select.activation.FittedScaling;
import tare.select.activation.Observation;

/**
 * Finds the shares of some corpora with which a random draw comes nearest to the Gram matrices of
 * reference tasks. Gram matrices add. So each corpus runs through the model once, and all mixtures
 * follow without a further pass.
 *
 * <pre>{@code
 * Lab lab = Lab.open();
 * References references = lab.references(List.of("social_iqa"));
 * List<Corpus> sources = List.of(lab.corpus("news"), lab.corpus("dialogue"));
 * MixtureSearch.Found found =
 *     new MixtureSearch(references).pressure(2).search(sources, new Budget(8, 32), lab.given());
 * show(found.pool() + " is " + found.distance() + " from the tasks");
 * }</pre>
 *
 * <p>With shares a, the mean matrices H_i of the corpora, and N samples, the mean of D² ({@link
 * GramTarget}) over random draws is
 *
 * <p>‖Σ a_i H_i − T‖² + Σ a_i v_i / N
 *
 * <p>where v_i is the mean squared distance of a window of corpus i to H_i. So a corpus whose
 * windows differ much must bring H nearer to T before it pays. H_i is estimated from the windows
 * that ran through the model, and the error that this adds to ‖H_i − T‖² is subtracted. If the
 * windows of the corpora have different numbers of counted tokens, the corpora count by their
 * tokens.
 *
 * <p>The prediction holds for draws at random, and for the inputs of the uncompressed model. A
 * compressor that goes block by block sees inputs that depend on the blocks that it compressed
 * before.
 *
 * @param references the reference items of the tasks, never test items
 * @param pool which windows stand for a corpus: as many for each sample as the pool has, or as many
 *     as the corpus gives, if they are fewer
 * @param observation the observed activations
 * @param robust whether the distance to the farthest task is made least, and not the distance to
 *     the mean of the tasks
 */
public record MixtureSearch(
    References references, CandidatePool pool, Observation observation, boolean robust) {

  /**
   * The shares that were found.
   *
   * @param sources the corpora, in the order in which they were given
   * @param distance the root of the mean D² of random draws with these shares: to the mean of the
   *     tasks, or if the search was robust to the farthest task
   * @param tasks the same for each task alone
   */
  public record Found(List<Source> sources, double distance, List<OfTask> tasks) {

    /** Copies the lists. */
    public Found {
      sources = List.copyOf(sources);
      tasks = List.copyOf(tasks);
    }

    /**
     * The pool as study files name it, without corpora that give nothing: {@code
     * code:0.25+chat:0.75}.
     */
    public String pool() {
      return sources.stream()
          .filter(source -> source.samples > 0)
          .map(source -> source.corpus + ":" + BigDecimal.valueOf(source.share).toPlainString())
          .collect(Collectors.joining("+"));
    }

    /**
     * The mixture of the corpora, to draw from.
     *
     * @param corpora the corpora of the search, in the same order
     */
    public Mixture mixture(List<? extends Corpus> corpora) {
      return new Mixture(
          IntStream.range(0, sources.size())
              .filter(i -> sources.get(i).samples > 0)
              .mapToObj(i -> new Mixture.Part(corpora.get(i), sources.get(i).share))
              .toList());
    }
  }

  /**
   * A corpus of a mixture.
   *
   * @param corpus its name
   * @param windows number of its windows that ran through the model
   * @param samples number of samples that it gives
   * @param share its share of the samples, 0 to 1
   * @param alone the distance of random draws from this corpus alone
   */
  public record Source(String corpus, int windows, int samples, double share, double alone) {}

  /**
   * A task and its distance.
   *
   * @param task its name
   * @param distance the root of the mean D² of random draws
   */
  public record OfTask(String task, double distance) {}

  /** Searches by the mean of the tasks, with eight windows of a corpus for each sample. */
  public MixtureSearch(References references) {
    this(references, new CandidatePool(), new Observation(), false);
  }

  /** Returns a copy that makes the distance to the farthest task least. */
  public MixtureSearch robustly() {
    return new MixtureSearch(references, pool, observation, true);
  }

  /** Returns a copy with other windows. */
  public MixtureSearch from(CandidatePool other) {
    return new MixtureSearch(references, other, observation, robust);
  }

  /** Returns a copy with this number of windows of each corpus for each sample; 0 for all. */
  public MixtureSearch pressure(int windows) {
    return from(pool.pressure(windows));
  }

  /**
   * Searches shares, each of which is a whole number of samples.
   *
   * @param sources corpora with different names
   * @param budget number and length of the samples of the mixture
   * @param given its generator gives one number; its set does not matter
   * @throws IllegalArgumentException if there are no sources, two have the same name, or one gives
   *     fewer windows than the budget has samples; or as {@link GramTarget#of} does
   */
  public Found search(List<? extends Corpus> sources, Budget budget, Surroundings given) {
    requireDifferent(sources);
    long seed = given.random().nextLong();
    List<GramTarget.Windows> windows = new ArrayList<>();
    try (GramTarget target =
        GramTarget.of(references, observation, budget.tokensPerSample(), given)) {
      for (Corpus source : sources) {
        windows.add(
            observe(source, budget, given.set(0).random(new SplittableRandom(seed)), target));
      }
      double[] tokens =
          windows.stream()
              .mapToDouble(each -> Arrays.stream(each.weights()).average().orElseThrow())
              .toArray();
      Distances all = Distances.of(windows, tokens, target.all());
      List<Distances> ofTasks =
          target.tasks().stream().map(task -> Distances.of(windows, tokens, task.space())).toList();
      List<Distances> searched = robust ? ofTasks : List.of(all);
      int[] samples = samples(searched, budget.samples());
      return new Found(
          IntStream.range(0, samples.length)
              .mapToObj(
                  i ->
                      new Source(
                          sources.get(i).name(),
                          windows.get(i).weights().length,
                          samples[i],
                          (double) samples[i] / budget.samples(),
                          worst(searched, alone(i, samples.length, budget.samples()))))
              .toList(),
          worst(searched, samples),
          IntStream.range(0, ofTasks.size())
              .mapToObj(
                  k -> new OfTask(target.names().get(k), Math.sqrt(ofTasks.get(k).square(samples))))
              .toList());
    }
  }

  private static int[] alone(int source, int sources, int samples) {
    int[] alone = new int[sources];
    alone[source] = samples;
    return alone;
  }

  private static double worst(List<Distances> distances, int[] samples) {
    return Math.sqrt(
        distances.stream().mapToDouble(each -> each.square(samples)).max().orElseThrow());
  }

  private static void requireDifferent(List<? extends Corpus> sources) {
    if (sources.isEmpty()) {
      throw new IllegalArgumentException("A mixture needs corpora: give at least one.");
    }
    Set<String> names = new HashSet<>();
    for (Corpus source : sources) {
      if (!names.add(source.name())) {
        throw new IllegalArgumentException(
            "The corpus %s is given twice. Give each corpus of a mixture once."
                .formatted(source.name()));
      }
    }
  }

  private GramTarget.Windows observe(
      Corpus source, Budget budget, Surroundings given, GramTarget target) {
    Candidates all = pool.pressure(0).draw(source, budget, given);
    long most = pool.pressure() == 0 ? Long.MAX_VALUE : (long) pool.pressure() * budget.samples();
    List<Passage> passages =
        StreamSupport.stream(all.spliterator(), false)
            .limit(most)
            .map(each -> Passage.of(each.sample()))
            .toList();
    if (passages.size() < budget.samples()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "The corpus %s gives %d windows of %d tokens%s, fewer than the %d samples of the budget. Lower the number of samples or their length, or leave the corpus out.",
              source.name(),
              passages.size(),
              budget.tokensPerSample(),
              pool.packed() ? "" : ", one from each document that is long enough",
              budget.samples()));
    }
    return target.observe(passages.iterator(), passages.size());
  }

  /**
   * The mean D² of random draws as a function of the number of samples from each corpus.
   *
   * @param products (H_i − T) · (H_j − T), scaled, without bias
   * @param spread v_i, without bias
   * @param tokens mean number of counted tokens in a window of each corpus
   */
  record Distances(double[][] products, double[] spread, double[] tokens) {

    static Distances of(List<GramTarget.Windows> windows, double[] tokens, GramTarget.Space space) {
      List<float[]> means = windows.stream().map(each -> space.scale().of(each.mean())).toList();
      int n = means.size();
      float[][] products =
          InnerProducts.of(new FittedScaling.Rows(n, means::get), means.get(0).length).values();
      double[][] unbiased = new double[n][n];
      double[] spread = new double[n];
      for (int i = 0; i < n; i++) {
        int seen = windows.get(i).weights().length;
        spread[i] =
            seen == 1 ? 0 : GramTarget.dispersion(windows.get(i), space) * seen / (seen - 1);
        for (int j = 0; j < n; j++) {
          unbiased[i][j] = products[i][j] - (i == j ? spread[i] / seen : 0);
        }
      }
      return new Distances(unbiased, spread, tokens);
    }

    /** The mean D² of draws of so many samples. */
    double square(int[] samples) {
      double all = 0;
      for (int i = 0; i < samples.length; i++) {
        all += samples[i] * tokens[i];
      }
      double[] shares = new double[samples.length];
      double noise = 0;
      for (int i = 0; i < samples.length; i++) {
        shares[i] = samples[i] * tokens[i] / all;
        noise += samples[i] == 0 ? 0 : shares[i] * shares[i] * spread[i] / samples[i];
      }
      double mean = new SimplexMinimum.Form(products, new double[samples.length]).value(shares);
      return Math.max(0, mean + noise);
    }

    /** The same as a function of shares of the tokens, for windows with equally many of them. */
    private SimplexMinimum.Form form(int samples) {
      return new SimplexMinimum.Form(
          products, Arrays.stream(spread).map(each -> each / samples).toArray());
    }
  }

  /**
   * The numbers of samples whose largest mean D² is least: the best real shares, rounded, and then
   * improved by moving one sample at a time.
   */
  static int[] samples(List<Distances> distances, int samples) {
    double[] tokens = distances.get(0).tokens();
    double[] shares =
        SimplexMinimum.of(distances.stream().map(each -> each.form(samples)).toList());
    for (int i = 0; i < shares.length; i++) {
      shares[i] /= tokens[i];
    }
    double sum = Arrays.stream(shares).sum();
    int[] best =
        Mixture.samples(Arrays.stream(shares).mapToObj(share -> share / sum).toList(), samples)
            .stream()
            .mapToInt(count -> count)
            .toArray();
    while (true) {
      int[] better = best;
      for (int from = 0; from < best.length; from++) {
        for (int to = 0; to < best.length; to++) {
          if (from != to && best[from] > 0) {
            int[] moved = best.clone();
            moved[from]--;
            moved[to]++;
            if (worst(distances, moved) < worst(distances, better)) {
              better = moved;
            }
          }
        }
      }
      if (better == best) {
        return best;
      }
      best = better;
    }
  }
}
