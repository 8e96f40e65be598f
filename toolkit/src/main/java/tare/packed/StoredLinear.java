package tare.packed;

import ai.djl.ndarray.types.Shape;
import java.util.Set;

/** How a layout stores the weight of a linear layer. */
sealed interface StoredLinear
    permits GptqLinear, AwqLinear, PackQuantizedLinear, ScaledLinear, Fp4Linear {

  /** The ending of the tensor by which a layer of this layout is recognised. */
  String mark();

  /** The endings of all tensors that together are the weight. */
  Set<String> parts();

  /**
   * The shape of the weight, {@code [outputs, inputs]}.
   *
   * @throws IllegalArgumentException if the parts contradict each other; the message names the
   *     tensor
   */
  Shape shape(LinearParts parts);

  /**
   * The weight in float32, row-major.
   *
   * @throws IllegalArgumentException if the parts contradict each other; the message names the
   *     tensor
   */
  float[] values(LinearParts parts);
}
