package tare.compress;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleSupplier;
import tare.data.Named;
import tare.grid.TokenGrid;

/**
 * Quantizes or prunes one linear layer. It is also a {@link Method}, which compresses each linear
 * layer of a model.
 */
public interface Compressor extends Method, Named {

  /**
   * Compresses a weight.
   *
   * @param weight W, {@code [out, in]}, float32; not changed
   * @param inputs statistics of the layer's inputs; a compressor that {@linkplain #calibrated needs
   *     none} ignores them
   * @throws IllegalArgumentException if the shape does not suit the method, or the inputs are not
   *     finite
   */
  Compressed compress(NDArray weight, LayerInputs inputs);

  /** The recipe that compresses each linear layer, without rescaling. */
  @Override
  default Recipe recipe() {
    return new Recipe(Method.nameOf(getClass()), List.of(), this, inputs());
  }

  @Override
  default boolean calibrated() {
    return true;
  }

  /** The statistics that {@link #compress} needs beside the Gram matrix. */
  default Set<Observed> needs() {
    return Set.of();
  }

  /**
   * Whether the Gram matrix must be there. If not, it is collected only where the errors of the
   * report are found faster with it.
   */
  default boolean usesGram() {
    return true;
  }

  /**
   * The compressor for the linear layer with this name, for methods that treat some layers
   * differently (AWQ leaves queries and keys unclipped).
   *
   * @param linear name in the checkpoint: {@code model.layers.3.self_attn.q_proj.weight}
   */
  default Compressor forLinear(String linear) {
    return this;
  }

  /**
   * The compressor for linear layers that other programs join into one, such as queries, keys and
   * values. The numbers NVFP4 have one scale for all of them.
   *
   * @param largest the largest size of a weight in these layers
   */
  default Compressor sharing(DoubleSupplier largest) {
    return this;
  }

  /** The largest size of a weight. */
  static double largest(NDArray weight) {
    try (NDArray low = weight.min();
        NDArray high = weight.max()) {
      return Math.max(-low.getFloat(), high.getFloat());
    }
  }

  /** The grid to which inputs are rounded when the model runs, if any. */
  default Optional<TokenGrid> inputs() {
    return Optional.empty();
  }

  /**
   * Whether the result consists of codes on a grid of scales and whole zero points, which packed
   * formats can hold.
   */
  default boolean leavesCodes() {
    return false;
  }

  /**
   * Whether column j shares its scale with its neighbours: it belongs to group j / groupSize.
   * Otherwise the groups follow the order in which the columns were processed, and readers need the
   * group of each column.
   */
  default boolean hasNaturalGroups() {
    return true;
  }

  /**
   * Whether a block is calibrated on the outputs of the compressed blocks before it, which it will
   * get as inputs later. Otherwise it is calibrated on the outputs of the original blocks.
   */
  default boolean propagates() {
    return true;
  }
}
