package tare.compress;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonTypeName;

/**
 * Magnitude pruning (Han et al. 2015): removes the weights with the smallest |W|, whatever their
 * inputs are. It is the baseline that every calibrated pruner must beat.
 *
 * @param pattern which weights compete
 */
@JsonTypeName("magnitude")
public record Magnitude(
    @JsonProperty(value = "sparsity", required = true)
        @JsonPropertyDescription("sparsity such as 0.5, or N:M such as 2:4")
        SparsityPattern pattern)
    implements Pruner {

  /**
   * Prunes to a sparsity of each linear layer as a whole, as in the comparisons of SparseGPT and
   * Wanda.
   */
  public Magnitude(double sparsity) {
    this(SparsityPattern.share(sparsity));
  }

  /** Prunes to a sparsity such as {@code 0.5}, or N:M such as {@code 2:4}. */
  public Magnitude(String sparsity) {
    this(SparsityPattern.parse(sparsity));
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
