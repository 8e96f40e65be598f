package tare.select.activation;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.Sample;
import tare.data.Windows;
import tare.model.DecoderModel;
import tare.model.SpecialTokens;
import tare.model.generation.Generation;
import tare.model.generation.Generation.GeneratedTokens;
import tare.model.generation.Prompt;
import tare.model.generation.Sampling;
import tare.select.Candidate;
import tare.select.CandidatePool;
import tare.select.ExplainedSelector;
import tare.select.Passage;
import tare.select.PoolSelector;
import tare.select.Selection;
import tare.select.Surroundings;

/**
 * Lets the model continue real text, and filters the result (Ji et al., <em>Beware of Calibration
 * Data for Pruning Large Language Models</em>, arXiv 2410.17711, ICLR 2025). The model continues
 * the first tokens of real documents. The fifth of the texts with the highest perplexity is
 * dropped; the others are joined by spaces, tokenized and cut into windows. The numbers are those
 * of the authors' code. Here windows do not overlap, while the authors cut theirs at random places.
 *
 * @param pool the pool whose documents give the first tokens
 * @param prefix number of tokens of a document that begin a text
 * @param sampling how the model writes
 */
@JsonTypeName("self-generated")
public record SelfGenerated(
    @JsonUnwrapped CandidatePool pool,
    @JsonPropertyDescription("number of a document's tokens that begin a text") int prefix,
    @JsonUnwrapped Sampling sampling)
    implements ExplainedSelector, PoolSelector<SelfGenerated> {

  private static final double KEPT = 0.8;
  private static final int ROUNDS = 8;

  /** Checks the prefix. */
  public SelfGenerated {
    if (prefix < 1) {
      throw new IllegalArgumentException(
          "prefix is the number of tokens that begin a text, 1 or more; got " + prefix);
    }
  }

  /** Two tokens of prefix; temperature 0.6, top-k 50, top-p 0.95, repetition penalty 1.2. */
  public SelfGenerated(CandidatePool pool) {
    this(pool, 2, new Sampling(0.6, 50, 0.95, 1.2));
  }

  /** Takes documents from the default pool. */
  public SelfGenerated() {
    this(new CandidatePool());
  }

  @Override
  public SelfGenerated from(CandidatePool other) {
    return new SelfGenerated(other, prefix, sampling);
  }

  /** Returns a copy whose texts begin with this number of a document's tokens. */
  public SelfGenerated prefix(int tokens) {
    return new SelfGenerated(pool, tokens, sampling);
  }

  /** Returns a copy with another sampling rule. */
  public SelfGenerated sampling(Sampling other) {
    return new SelfGenerated(pool, prefix, other);
  }

  /** A text and the model's perplexity on it. */
  private record Text(String text, double perplexity) {}

  @Override
  public Selection choose(Corpus corpus, Budget budget, Surroundings given) {
    if (prefix >= budget.tokensPerSample()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "A prefix of %d tokens leaves the model nothing to write in samples of %d tokens. Lower the prefix.",
              prefix,
              budget.tokensPerSample()));
    }
    List<Candidate> candidates = pool.draw(corpus, budget, given).atLeast(budget.samples());
    RandomGenerator random = new SplittableRandom(given.random().nextLong());
    DecoderModel model = given.model().get();
    Set<Integer> ends = SpecialTokens.of(model.checkpoint()).endOfText();
    Generation writing = new Generation(model, ends);
    List<Text> texts = new ArrayList<>();
    List<int[]> cut = List.of();
    int next = 0;
    for (int round = 0; round < ROUNDS && cut.size() < budget.samples(); round++) {
      List<Prompt> prompts = new ArrayList<>();
      for (int i = 0; i < budget.samples(); i++, next++) {
        int[] window = candidates.get(next % candidates.size()).sample().tokens();
        int[] begin = Arrays.copyOf(window, Math.min(prefix, window.length));
        prompts.add(new Prompt(begin, List.of(), budget.tokensPerSample() - begin.length));
      }
      List<GeneratedTokens> written = writing.write(prompts, sampling, random);
      for (int i = 0; i < written.size(); i++) {
        texts.add(text(prompts.get(i).tokens(), written.get(i), given));
      }
      cut = cut(texts, budget, given);
      given.cache().progress().at("writing windows", cut.size(), budget.samples());
    }
    if (cut.size() < budget.samples()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "The model wrote %d texts that fill only %d samples of %d, because it ends them too soon. Lower the number or length of the samples.",
              texts.size(),
              cut.size(),
              budget.samples()));
    }
    List<Sample> samples = new ArrayList<>();
    for (int[] tokens : cut) {
      String text = given.tokenizer().decode(tokens);
      samples.add(new Sample("written-" + samples.size(), "model", text, tokens));
    }
    String note =
        String.format(
            Locale.ROOT, "%d texts written, the fifth of highest perplexity dropped", texts.size());
    return new Selection(new CalibrationSet(name(), budget, samples), List.of(), List.of(note));
  }

  private static Text text(int[] begin, GeneratedTokens written, Surroundings given) {
    int[] all = Arrays.copyOf(begin, begin.length + written.tokens().length);
    System.arraycopy(written.tokens(), 0, all, begin.length, written.tokens().length);
    double perplexity =
        all.length < 2
            ? Double.POSITIVE_INFINITY
            : WindowPerplexities.perplexities(List.of(new Passage(all)), given)[0];
    return new Text(given.tokenizer().decode(all), perplexity);
  }

  /** Cuts the texts below the 80th percentile into windows, in the order of writing. */
  private static List<int[]> cut(List<Text> texts, Budget budget, Surroundings given) {
    List<Text> rising =
        texts.stream().sorted(Comparator.comparingDouble(Text::perplexity)).toList();
    Set<Text> kept = Set.copyOf(rising.subList(0, (int) Math.ceil(KEPT * rising.size())));
    String joined =
        texts.stream().filter(kept::contains).map(Text::text).collect(Collectors.joining(" "));
    return Windows.cut(
        given.tokenizer().encode(joined), budget.tokensPerSample(), budget.samples());
  }
}
