package tare.audit;

/**
 * What was known of a recorded trial before compression, and ln perplexity on one text after it.
 *
 * @param study the study that recorded it
 * @param model name of the model
 * @param method name of the method
 * @param settings what else tells two settings of the method apart, for instance {@code 3 bits}
 * @param task the text on which the model was scored
 * @param samples samples of the set
 * @param tokensPerSample tokens of a sample
 * @param set fingerprint of the set
 * @param numbers what was known of the set before compression
 * @param lnPerplexity ln perplexity on the text, minus the uncompressed model's
 */
public record RecordedCase(
    String study,
    String model,
    String method,
    String settings,
    String task,
    int samples,
    int tokensPerSample,
    String set,
    SetNumbers numbers,
    double lnPerplexity) {

  /** The method with its settings. */
  String named() {
    return (method + " " + settings).strip();
  }
}
