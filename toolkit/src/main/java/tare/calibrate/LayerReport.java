package tare.calibrate;

/**
 * What compression did to one linear.
 *
 * @param linear name of the weight
 * @param rows outputs
 * @param columns inputs
 * @param error mean squared change of the outputs per token, by the tokens' weights w: tr((W − Ŵ)
 *     Xᵀ diag(w) X (W − Ŵ)ᵀ) / Σw; NaN without calibration
 * @param relativeError the same, divided by the outputs' own mean square; NaN without calibration
 * @param bitsPerWeight bits that a weight takes
 * @param sparsity share of weights that are exactly zero
 * @param note what did not go as asked; empty otherwise
 * @param seconds time the compressor took
 */
public record LayerReport(
    String linear,
    long rows,
    long columns,
    double error,
    double relativeError,
    double bitsPerWeight,
    double sparsity,
    String note,
    double seconds) {}
