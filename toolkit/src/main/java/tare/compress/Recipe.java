package tare.compress;

import java.util.List;
import java.util.Optional;
import tare.grid.TokenGrid;

/**
 * The parts of a method that compresses a whole model.
 *
 * <pre>{@code
 * Lab lab = Lab.open();
 * CalibrationSet set =
 *     new UniformDraw().select(lab.corpus("news"), new Budget(8, 64), lab.given());
 * Recipe recipe = new Recipe("smooth-gptq", List.of(new SmoothScale(0.8)), new Gptq(3, 64));
 * CompressedModel model = lab.compress(recipe, set);
 * }</pre>
 *
 * @param name name in results and figures, for instance {@code gptq}
 * @param rescalers applied one after the other to each set of linear layers with a common input
 * @param compressor applied to each linear layer of each block
 * @param inputs the grid to which the compressed layers' inputs are rounded when the model runs, if
 *     any; the compressor sees inputs that are not rounded
 * @param rotation turns the whole model before it is rescaled and compressed, if there is one
 */
public record Recipe(
    String name,
    List<Rescaler> rescalers,
    Compressor compressor,
    Optional<TokenGrid> inputs,
    Optional<Rotation> rotation)
    implements Method {

  /** Takes a copy of the list. */
  public Recipe {
    rescalers = List.copyOf(rescalers);
  }

  /** A recipe that does not rotate the model. */
  public Recipe(
      String name, List<Rescaler> rescalers, Compressor compressor, Optional<TokenGrid> inputs) {
    this(name, rescalers, compressor, inputs, Optional.empty());
  }

  /** A recipe that does not round inputs. */
  public Recipe(String name, List<Rescaler> rescalers, Compressor compressor) {
    this(name, rescalers, compressor, Optional.empty());
  }

  /** A recipe that neither rescales nor rounds inputs. */
  public Recipe(String name, Compressor compressor) {
    this(name, List.of(), compressor);
  }

  @Override
  public Recipe recipe() {
    return this;
  }

  /** The compressor's schedule. */
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
    rotation.ifPresent(each -> parts.append(each).append(" + "));
    rescalers.forEach(rescaler -> parts.append(rescaler.name()).append(" + "));
    parts.append(compressor.name());
    inputs.ifPresent(grid -> parts.append(" + ").append(grid));
    return parts.toString();
  }
}
