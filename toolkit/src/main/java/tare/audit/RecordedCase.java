package tare.audit;

import tare.evaluate.Divergence;

/**
 * What was known of a recorded trial before compression, and its score on one text after it.
 *
 * @param study the study that recorded it
 * @param model name of the model
 * @param method name of the method
 * @param settings what else tells two settings of the method apart, for instance {@code 3 bits}
 * @param task the text on which the model was scored: a corpus, or the divergence on the solved
 *     items of a task
 * @param samples samples of the set
 * @param tokensPerSample tokens of a sample
 * @param set fingerprint of the set
 * @param numbers what was known of the set before compression
 * @param lnScore ln perplexity on the text, minus the uncompressed model's; or ln of the divergence
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
    double lnScore) {

  /** The method with its settings, and the score if it is a divergence. */
  String named() {
    String outcome = task.endsWith(Divergence.ENDING) ? " by KL" : "";
    return (method + " " + settings).strip() + outcome;
  }
}
