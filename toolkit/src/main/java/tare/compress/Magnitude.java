package tare.compress;

import ai.djl.ndarray.NDArray;

/**
 * Magnitude pruning (Han et al. 2015): the smallest |W| fall, whatever their inputs are. The floor
 * that every calibrated pruner must beat.
 *
 * @param pattern which weights compete
 */
public record Magnitude(SparsityPattern pattern) implements Compressor {

  /** A share of each linear as a whole, as in the comparisons of SparseGPT and Wanda. */
  public Magnitude(double sparsity) {
    this(SparsityPattern.matrix(sparsity));
  }

  @Override
  public boolean calibrated() {
    return false;
  }

  @Override
  public Compressed compress(NDArray weight, LayerInputs inputs) {
    try (NDArray scores = weight.abs()) {
      return pattern.prune(weight, scores);
    }
  }
}
