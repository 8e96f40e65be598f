package tare.select.activation;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.random.RandomGenerator;
import tare.data.Budget;
import tare.data.CalibrationFile;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.Sample;
import tare.model.DecoderModel;
import tare.model.SpecialTokens;
import tare.model.generation.Generation;
import tare.model.generation.Generation.GeneratedTokens;
import tare.model.generation.Generation.TokenRule;
import tare.model.generation.Prompt;
import tare.model.generation.Sampling;
import tare.select.ExplainedSelector;
import tare.select.Selection;
import tare.select.Surroundings;

/**
 * Lets the model write its own calibration text (Williams, Chrysostomou and Aletras, arXiv
 * 2410.17170, NAACL 2025). The selector needs no external data and approximates the model's
 * training data.
 *
 * <p><b>Schedule, start and guard are a reconstruction</b>, because the paper's protocol is not
 * public here. Each window begins with the token that begins a document. Then x_t is drawn from
 * softmax(logits / τ_t), with all tokens allowed and no penalty, and τ_t = τ_0 + (τ_1 − τ_0) ·
 * min(t − 1, n) / n. After the end of a document, the next one begins in the same window.
 *
 * <p>Small models fall into loops. A window in which a run of 20 tokens occurs four times or more
 * is therefore written again, up to four times. The number of such windows is noted.
 *
 * @param firstTemperature τ_0
 * @param lastTemperature τ_1
 * @param overTokens n
 * @param guarded whether looping windows are written again
 */
@JsonTypeName("self")
public record SelfCalibration(
    @JsonPropertyDescription("temperature of a document's first token") double firstTemperature,
    @JsonPropertyDescription("temperature of a document's later tokens") double lastTemperature,
    @JsonPropertyDescription("number of tokens over which the temperature changes") int overTokens,
    @JsonPropertyDescription("whether looping windows are written again") boolean guarded)
    implements ExplainedSelector {

  private static final int RUN = 20;
  private static final int LOOPS = 4;
  private static final int RETRIES = 4;

  /** Checks the numbers. */
  public SelfCalibration {
    if (!(firstTemperature > 0) || !(lastTemperature > 0) || overTokens < 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Self-calibration needs temperatures above 0 and a change over 1 or more tokens; got %s to %s over %d tokens.",
              firstTemperature,
              lastTemperature,
              overTokens));
    }
  }

  /** τ falls from 2 to 1 over 16 tokens; looping windows are written again. */
  public SelfCalibration() {
    this(2, 1, 16, true);
  }

  /**
   * Returns a copy whose temperature changes from one value to another over this number of a
   * document's tokens.
   */
  public SelfCalibration temperatures(double first, double last, int over) {
    return new SelfCalibration(first, last, over, guarded);
  }

  /** Returns a copy that does not write looping windows again. */
  public SelfCalibration unguarded() {
    return new SelfCalibration(firstTemperature, lastTemperature, overTokens, false);
  }

  @Override
  public Selection choose(Corpus pool, Budget budget, Surroundings given) {
    long seed = given.seedOfSet();
    Optional<Path> kept = given.cache().written(name() + budget + seed);
    if (kept.isPresent() && Files.exists(kept.get())) {
      CalibrationSet set = read(kept.get());
      return new Selection(set, List.of(), notes(set, "taken from the cache"));
    }
    DecoderModel model = given.model().get();
    SpecialTokens special = SpecialTokens.of(model.checkpoint());
    int begin =
        special
            .beginOfText()
            .orElseGet(
                () ->
                    special.endOfText().stream()
                        .findFirst()
                        .orElseThrow(
                            () ->
                                new IllegalArgumentException(
                                    "The checkpoint names no token that begins a text, so the model"
                                        + " cannot begin to write.")));
    DocumentRule rule =
        new DocumentRule(firstTemperature, lastTemperature, overTokens, begin, special.endOfText());
    RandomGenerator random = new SplittableRandom(seed);
    int[][] windows = new int[budget.samples()][];
    List<Integer> open = new ArrayList<>();
    for (int i = 0; i < windows.length; i++) {
      open.add(i);
    }
    int again = 0;
    Generation writing = new Generation(model, Set.of());
    Prompt prompt = new Prompt(new int[] {begin}, List.of(), budget.tokensPerSample() - 1);
    for (int attempt = 0; attempt <= RETRIES && !open.isEmpty(); attempt++) {
      again += attempt == 0 ? 0 : open.size();
      List<Prompt> prompts = open.stream().map(unused -> prompt).toList();
      List<GeneratedTokens> written = writing.write(prompts, rule, random);
      for (int i = 0; i < written.size(); i++) {
        windows[open.get(i)] = joined(begin, written.get(i).tokens());
      }
      open.removeIf(i -> !guarded || !loops(windows[i]));
      given.cache().progress().at("writing windows", windows.length - open.size(), windows.length);
    }
    CalibrationSet chosen = set(windows, budget, given);
    kept.ifPresent(file -> write(file, chosen));
    String cost = String.format(Locale.ROOT, "%d looping windows were written again", again);
    return new Selection(chosen, List.of(), notes(chosen, cost));
  }

  private static int[] joined(int begin, int[] written) {
    int[] window = new int[written.length + 1];
    window[0] = begin;
    System.arraycopy(written, 0, window, 1, written.length);
    return window;
  }

  /** Whether a run of 20 tokens occurs four times or more. */
  public static boolean loops(int[] tokens) {
    Map<Long, Integer> runs = new HashMap<>();
    for (int from = 0; from + RUN <= tokens.length; from++) {
      long hash = 0;
      for (int i = from; i < from + RUN; i++) {
        hash = hash * 0x9E3779B97F4A7C15L + tokens[i] + 1;
      }
      if (runs.merge(hash, 1, Integer::sum) >= LOOPS) {
        return true;
      }
    }
    return false;
  }

  private CalibrationSet set(int[][] windows, Budget budget, Surroundings given) {
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < windows.length; i++) {
      String text = given.tokenizer().decode(windows[i]);
      samples.add(new Sample("written-" + i, "model", text, windows[i]));
    }
    return new CalibrationSet(name(), budget, samples);
  }

  /** What can be said of a set at any time, and what only this choice knows. */
  private List<String> notes(CalibrationSet set, String choosing) {
    long looping = set.samples().stream().filter(each -> loops(each.tokens())).count();
    String still =
        String.format(Locale.ROOT, "%d of %d windows loop", looping, set.samples().size());
    return List.of(still, "choosing: " + choosing);
  }

  private static CalibrationSet read(Path file) {
    try {
      return CalibrationFile.read(file);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }

  /** Writes under a name of its own first, because another selection may write the same set. */
  private static void write(Path file, CalibrationSet set) {
    Path own = file.resolveSibling(UUID.randomUUID() + ".jsonl");
    try {
      CalibrationFile.write(own, set);
      Files.move(own, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be written", e);
    }
  }

  /**
   * Draws tokens from the model's own distribution, at a temperature that falls over the first
   * tokens of each document: τ_t = τ_0 + (τ_1 − τ_0) · min(t − 1, n) / n. After a token that ends a
   * document, the next document begins; its first token is the model's begin token, if the model
   * has one of its own.
   *
   * @param first τ_0
   * @param then τ_1
   * @param over n
   * @param begin the token that begins a document
   * @param ends the tokens that end a document
   */
  record DocumentRule(double first, double then, int over, int begin, Set<Integer> ends)
      implements TokenRule {

    @Override
    public int choose(float[] logits, int[] before, RandomGenerator random) {
      int last = before.length - 1;
      boolean ended = ends.contains(before[last]) && before[last] != begin;
      if (ended && last > 0) {
        return begin;
      }
      int start = last;
      while (start > 0 && before[start] != begin && !ends.contains(before[start])) {
        start--;
      }
      int t = before.length - start; // t: number of tokens of this document so far
      double temperature = first + (then - first) * Math.min(t, over) / over;
      return Sampling.at(temperature).choose(logits, before, random);
    }
  }
}
