package tare.compress;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonTypeName;

/**
 * Wanda (Sun et al. 2024, section 3): prunes the weights with the smallest |W_ij| · ‖X_j‖₂, the
 * weight's size times the norm of its input over all calibration tokens.
 *
 * <pre>{@code
 * NDManager manager = NDManager.newBaseManager();
 * NDArray weight = manager.randomNormal(new Shape(64, 128));
 * LayerInputs inputs = LayerInputs.of(manager.randomNormal(new Shape(512, 128)));
 * Compressed pruned = new Wanda("2:4").compress(weight, inputs);
 * Compressed quantizedToo = new Wanda(0.5).then(new Gptq(4, 64)).compress(weight, inputs);
 * }</pre>
 *
 * <p>The others keep their values.
 *
 * @param pattern which weights compete; a share applies to each row
 */
@JsonTypeName("wanda")
public record Wanda(
    @JsonProperty(value = "sparsity", required = true)
        @JsonPropertyDescription("sparsity such as 0.5, or N:M such as 2:4")
        SparsityPattern pattern)
    implements Pruner {

  /** Prunes to a sparsity of each output's weights, as in the paper. */
  public Wanda(double sparsity) {
    this(SparsityPattern.share(sparsity));
  }

  /** Prunes each output's weights to a sparsity such as {@code 0.5}, or N:M such as {@code 2:4}. */
  public Wanda(String sparsity) {
    this(SparsityPattern.parse(sparsity));
  }

  @Override
  public boolean usesGram() {
    return false;
  }

  @Override
  public Compressed compress(NDArray weight, LayerInputs inputs) {
    try (NDArray norms = inputs.norms();
        NDArray sizes = weight.abs();
        NDArray scores = sizes.mul(norms)) {
      return pattern.inRows().prune(weight, scores);
    }
  }
}
