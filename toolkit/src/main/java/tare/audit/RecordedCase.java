package tare.audit;

/**
 * What was known of a recorded trial before compression, and its score on one text after it.
 *
 * @param study the study that recorded it
 * @param model name of the model
 * @param method name of the method
 * @param settings what else tells two settings of the method apart, for instance {@code 3 bits}
 * @param task the text on which the model was scored: a corpus, or the solved items of a task
 * @param metric {@link #PERPLEXITY} or {@link #KL}
 * @param samples samples of the set
 * @param tokensPerSample tokens of a sample
 * @param set fingerprint of the set
 * @param numbers what was known of the set before compression
 * @param lnScore ln perplexity on the text, minus the uncompressed model's; or ln of the mean
 *     divergence from that model
 */
public record RecordedCase(
    String study,
    String model,
    String method,
    String settings,
    String task,
    String metric,
    int samples,
    int tokensPerSample,
    String set,
    SetNumbers numbers,
    double lnScore) {

  /** The score that is compared on texts of corpora, and on solved items that have it. */
  public static final String PERPLEXITY = "perplexity";

  /** The score that is compared on solved items of tasks. */
  public static final String KL = "kl";

  /** The method with its settings. */
  String named() {
    return (method + " " + settings).strip();
  }
}
