package tare.study;

/**
 * One metric of one trial: a row of {@code results.csv}, in this order of columns. What does not
 * apply is {@code null} and leaves an empty cell.
 *
 * @param study name of the study
 * @param trialId {@link Trial#id()}
 * @param model name or path as the study gives it
 * @param modelRevision SHA-256 of the uncompressed weights
 * @param method {@code none}, {@code rtn}, {@code gptq}, ...
 * @param recipe the method with all its settings
 * @param bitsPerWeight mean over the compressed weights, scales and zeros included
 * @param sparsity fraction of zero weights among the compressed ones
 * @param schedule how compression walks through the model, for instance {@code block by block}
 * @param selector what chose the calibration set, with all its settings
 * @param corpus the pool it was chosen from
 * @param corpusRevision SHA-256 of the corpus
 * @param samples samples in the calibration set
 * @param tokensPerSample tokens in a sample
 * @param calibrationSeed seed of the selection
 * @param calibrationFingerprint SHA-256 of the calibration tokens
 * @param task name of the task
 * @param taskVersion version of its protocol
 * @param metric {@code acc}, {@code acc_norm}, {@code nll}, {@code perplexity}
 * @param filter how an answer is cut out of generated text
 * @param shots examples in the prompt
 * @param value a fraction for accuracies, nats for {@code nll}
 * @param standardError of {@code value}
 * @param items items or windows
 * @param evaluationTokens predicted tokens in all
 * @param evaluationLength tokens in a window
 * @param secondsSelect time to choose the calibration set; the notes say how much of what that
 *     needs came from the cache, and the memory at its peak
 * @param secondsCompress time to compress the model
 * @param secondsEvaluate time to run this task
 * @param peakMemoryMib most resident memory of the process in the course of the trial, with what it
 *     held before
 * @param notes what a reader of the value must know; never silent about a fallback
 * @param toolkitVersion version of Tare
 * @param engine tensor engine and its version
 * @param device where it ran
 * @param evaluationPrecision number format of the evaluation
 * @param finishedUtc when the trial was done, ISO 8601
 */
public record ResultRow(
    String study,
    String trialId,
    String model,
    String modelRevision,
    String method,
    String recipe,
    Double bitsPerWeight,
    Double sparsity,
    String schedule,
    String selector,
    String corpus,
    String corpusRevision,
    Integer samples,
    Integer tokensPerSample,
    Long calibrationSeed,
    String calibrationFingerprint,
    String task,
    String taskVersion,
    String metric,
    String filter,
    Integer shots,
    Double value,
    Double standardError,
    Integer items,
    Long evaluationTokens,
    Integer evaluationLength,
    Double secondsSelect,
    Double secondsCompress,
    Double secondsEvaluate,
    Long peakMemoryMib,
    String notes,
    String toolkitVersion,
    String engine,
    String device,
    String evaluationPrecision,
    String finishedUtc) {}
