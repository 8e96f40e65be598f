package tare.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import tare.compress.Method;
import tare.compress.Recipe;
import tare.export.AwqLayout;
import tare.export.CompressedTensorsLayout;
import tare.export.FloatLayout;
import tare.export.GptqLayout;
import tare.export.IntQuantizedLayout;
import tare.export.PackedFolder;
import tare.export.PackedLayout;
import tare.grid.NumberFormat;
import tare.model.Checkpoint;
import tare.study.Methods;

/** How compressed weights are written: the option {@code --format}. */
enum WeightFormat {
  DENSE,
  GPTQ,
  GPTQ_V2,
  AWQ,
  COMPRESSED_TENSORS;

  /**
   * The layout of packed weights; empty for dense weights.
   *
   * @throws ParameterException if the layout cannot hold what the method leaves
   * @throws IllegalArgumentException if it cannot hold the model's layers
   */
  Optional<PackedLayout> layout(Method method, Checkpoint checkpoint, CommandLine command) {
    Optional<PackedLayout> layout = layout(method.recipe(), numbers(method));
    layout.ifPresent(packed -> requireFits(method, checkpoint, packed, command));
    return layout;
  }

  private Optional<PackedLayout> layout(Recipe recipe, NumberFormat.Kind numbers) {
    return switch (this) {
      case DENSE -> Optional.empty();
      case GPTQ -> Optional.of(new GptqLayout(1));
      case GPTQ_V2 -> Optional.of(new GptqLayout(2));
      case AWQ -> Optional.of(new AwqLayout());
      case COMPRESSED_TENSORS ->
          Optional.of(
              numbers != NumberFormat.Kind.INT
                  ? new FloatLayout(numbers, recipe.inputs())
                  : recipe.inputs().isPresent()
                      ? new IntQuantizedLayout()
                      : new CompressedTensorsLayout());
    };
  }

  /** The numbers that the codes of a method stand for. */
  private static NumberFormat.Kind numbers(Method method) {
    return method.recipe().compressor().leavesCodes()
        ? NumberFormat.parse(Methods.grid(method).path("numbers").asText("int")).kind()
        : NumberFormat.Kind.INT;
  }

  /** Refuses layers that the layout cannot hold, before the long work starts. */
  private void requireFits(
      Method method, Checkpoint checkpoint, PackedLayout layout, CommandLine command) {
    if (!method.recipe().compressor().leavesCodes()) {
      throw new ParameterException(
          command,
          "%s leaves no codes on a grid of whole zero points, so --format %s cannot hold its weights: use --format dense"
              .formatted(method.label(), this));
    }
    if (!layout.inputs().equals(method.recipe().inputs())) {
      throw new ParameterException(
          command,
          "--format %s cannot record that inputs are rounded to %s. compressed-tensors holds 8 bits (with --bits 8 --group -1 --symmetric), FP8 and MXFP4. Otherwise leave --input-bits out, or score the method in a study, which needs no folder."
              .formatted(this, method.recipe().inputs().orElseThrow()));
    }
    JsonNode grid = Methods.grid(method);
    PackedLayout.Settings settings =
        new PackedLayout.Settings(
            grid.get("bits").asInt(),
            grid.get("groupSize").asInt(),
            grid.path("symmetric").asBoolean(layout instanceof IntQuantizedLayout),
            method.recipe().compressor().hasNaturalGroups(),
            numbers(method));
    checkpoint
        .config()
        .blockShapes(0)
        .forEach(
            (name, shape) -> {
              if (shape.dimension() == 2) {
                layout.require(name, (int) shape.get(0), (int) shape.get(1), settings);
              }
            });
    PackedFolder.requireFits(checkpoint, layout);
    if (method.recipe().rescalers().isEmpty() && method.recipe().rotation().isEmpty()) {
      PackedFolder.requireScales(checkpoint, settings);
    }
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
