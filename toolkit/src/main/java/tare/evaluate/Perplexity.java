package tare.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tare.evaluate.Task.EvaluationTokens;
import tare.model.Checkpoint;
import tare.model.TextTokenizer;

/**
 * Measures how well a model predicts a text, in non-overlapping windows.
 *
 * <pre>{@code
 * Checkpoint checkpoint = Checkpoint.open(Path.of("data/tiny"));
 * try (DecoderModel model = DecoderModel.load(checkpoint, Device.cpu(), Precision.F32)) {
 *   Task text = new Perplexity("fox", "1", "The quick brown fox jumps. ".repeat(50), 32, 4);
 *   System.out.println(Aggregate.of(text.run(new Scorer(model))));
 * }
 * }</pre>
 *
 * <p>The first token of each window is context only, and a last, shorter window is left out. A
 * tokenizer that begins a prompt with a token of its own, such as LLaMA's {@code <s>}, begins the
 * text with it, once. No token is added to a window: this is what the words of {@link #version}
 * mean, which stay as they are because they are part of the ids of recorded trials.
 *
 * <p>Each window has one outcome: {@code nll}, the mean over its predicted tokens. The perplexity
 * of the text is the exponential of the mean over all predicted tokens. All windows are equally
 * long, so this equals the mean over the windows (see {@link Aggregate}).
 *
 * @param name the task's name in results
 * @param textRevision identifies the text, for instance by the first digits of its SHA-256
 * @param text the text, tokenized as a whole
 * @param window tokens per window, at least 2; must not exceed the model's context
 * @param windows largest number of windows, counted from the start of the text
 */
public record Perplexity(String name, String textRevision, String text, int window, int windows)
    implements Task {

  /** Checks the numbers. */
  public Perplexity {
    if (window < 2 || windows < 1) {
      throw new IllegalArgumentException(
          "Perplexity needs 1 or more windows of 2 or more tokens; got "
              + windows
              + " x "
              + window
              + ".");
    }
  }

  @Override
  public String version() {
    return String.format(
        Locale.ROOT,
        "1, windows of %d without overlap, no token added, text %s",
        window,
        textRevision);
  }

  /** {@inheritDoc} The text is one item with many paragraphs. */
  @Override
  public List<TestItem> items() {
    return List.of(new TestItem.TextItem("text", text, List.of(text.split("\n\n")), true));
  }

  @Override
  public EvaluationTokens tokens(TextTokenizer tokenizer) {
    long tokens = (long) window * Math.min(windows, tokenizer.encodePrompt(text).length / window);
    return new EvaluationTokens(tokens, tokens);
  }

  @Override
  public void requireFits(Checkpoint model) {
    model.config().requireFits(window);
    int tokens = model.tokenizer().encodePrompt(text).length;
    if (tokens < window) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "The text of %s has %d tokens, less than one window of %d.",
              name,
              tokens,
              window));
    }
  }

  /**
   * {@inheritDoc}
   *
   * @throws IllegalArgumentException if the text does not fill one window, or the model gives a
   *     log-likelihood that is not a number
   */
  @Override
  public List<Outcome> run(LanguageModel model) {
    List<Score> scores = model.windows(text, window, windows);
    if (scores.isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "The text of %s has fewer than %d tokens: give a longer text or a smaller window.",
              name,
              window));
    }
    List<Outcome> outcomes = new ArrayList<>();
    for (int i = 0; i < scores.size(); i++) {
      Score score =
          scores.get(i).requireNumber(String.format(Locale.ROOT, "window %d of %s", i, name));
      double nll = -score.logLikelihood() / score.tokens();
      outcomes.add(new Outcome(name, String.format(Locale.ROOT, "window-%05d", i), "nll", nll));
    }
    return outcomes;
  }
}
