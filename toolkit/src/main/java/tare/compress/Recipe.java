package tare.compress;

import java.util.List;
import java.util.Optional;
import tare.tensor.TokenGrid;

/**
 * The parts of a way to compress a whole model, as it is carried out.
 *
 * @param name what results and plots call it, for instance {@code gptq}
 * @param rescalers applied one after the other to each set of linears with a common input
 * @param compressor applied to each linear of each block
 * @param inputs the grid that the compressed linears' inputs are rounded to when the model runs, if
 *     any; the inputs that the compressor is shown are not rounded
 */
public record Recipe(
    String name, List<Rescaler> rescalers, Compressor compressor, Optional<TokenGrid> inputs)
    implements Method {

  /** Takes a copy of the list. */
  public Recipe {
    rescalers = List.copyOf(rescalers);
  }

  /** Inputs stay as they are. */
  public Recipe(String name, List<Rescaler> rescalers, Compressor compressor) {
    this(name, rescalers, compressor, Optional.empty());
  }

  /** Without rescaling; inputs stay as they are. */
  public Recipe(String name, Compressor compressor) {
    this(name, List.of(), compressor);
  }

  @Override
  public Recipe recipe() {
    return this;
  }

  /** That of the compressor. */
  @Override
  public Schedule schedule() {
    return compressor.schedule();
  }

  @Override
  public boolean calibrated() {
    return !rescalers.isEmpty() || compressor.calibrated();
  }

  /** The names of its parts: {@code SmoothScale[alpha=0.5] + Gptq[bits=4, …]}. */
  public String parts() {
    StringBuilder parts = new StringBuilder();
    rescalers.forEach(rescaler -> parts.append(rescaler.name()).append(" + "));
    parts.append(compressor.name());
    inputs.ifPresent(grid -> parts.append(" + ").append(grid));
    return parts.toString();
  }
}
