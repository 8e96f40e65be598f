package tare.compress;

import java.util.List;

/**
 * A way to compress a whole model.
 *
 * @param name what results and plots call it, for instance {@code gptq}
 * @param rescalers applied one after the other to each set of linears with a common input
 * @param compressor applied to each linear of each block
 */
public record Recipe(String name, List<Rescaler> rescalers, Compressor compressor) {

  /** Takes a copy of the list. */
  public Recipe {
    rescalers = List.copyOf(rescalers);
  }

  /** Without rescaling. */
  public Recipe(String name, Compressor compressor) {
    this(name, List.of(), compressor);
  }

  /** Whether the result depends on the calibration set. */
  public boolean calibrated() {
    return !rescalers.isEmpty() || compressor.calibrated();
  }

  /** The names of its parts: {@code SmoothScale[alpha=0.5] + Gptq[bits=4, …]}. */
  public String parts() {
    StringBuilder parts = new StringBuilder();
    rescalers.forEach(rescaler -> parts.append(rescaler.name()).append(" + "));
    return parts.append(compressor.name()).toString();
  }
}
