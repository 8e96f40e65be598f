package tare.cli;

import ai.djl.Device;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tare.calibrate.BlockByBlock;
import tare.calibrate.CheckpointFolder;
import tare.calibrate.CompressedModel;
import tare.compress.Method;
import tare.compress.Recipe;
import tare.data.CalibrationFile;
import tare.data.CalibrationSet;
import tare.data.Sample;
import tare.data.fetch.ModelNames;
import tare.export.AwqLayout;
import tare.export.CompressedTensorsLayout;
import tare.export.FloatLayout;
import tare.export.GptqLayout;
import tare.export.IntQuantizedLayout;
import tare.export.PackedFolder;
import tare.export.PackedLayout;
import tare.grid.NumberFormat;
import tare.model.Checkpoint;
import tare.model.Precision;
import tare.study.Methods;
import tare.tensor.StorageType;

/** {@code tare compress}: compresses a model and writes it as a checkpoint folder. */
@Command(
    name = "compress",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description =
        "Compresses a model block by block and writes a folder that other tools can open."
            + " It holds packed codes (--format), or dense weights on the method's grid, in the"
            + " number formats and shards of the original (float32 for a GGUF file and after a"
            + " rotation). Dense"
            + " blocks are written as they are done: if the command is killed, the same command"
            + " continues after the last finished block.")
final class CompressCommand implements Callable<Integer> {

  /** How the compressed weights are written. */
  private enum Format {
    DENSE,
    GPTQ,
    GPTQ_V2,
    AWQ,
    COMPRESSED_TENSORS;

    /** The layout of packed weights; empty for dense weights. */
    Optional<PackedLayout> layout(Recipe recipe, NumberFormat.Kind numbers) {
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

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  @Option(
      names = "--model",
      required = true,
      paramLabel = "PATH|NAME",
      description = "the model to compress")
  private String model;

  @Option(
      names = "--format",
      paramLabel = "F",
      description = "format of the weights: ${COMPLETION-CANDIDATES}")
  private Format format = Format.DENSE;

  @Option(
      names = "--calibration",
      paramLabel = "FILE",
      description =
          "a calibration file of 'tare select', or rows of input_ids of another tool; rtn and hqq"
              + " need none")
  private Path calibration;

  @Option(
      names = "--calibration-precision",
      paramLabel = "P",
      description =
          "number format in which the calibration samples run through the model: f32, bf16, f16."
              + " Weights and sums are float32 with each")
  private String calibrationPrecision = "f32";

  @Option(
      names = "--dense-type",
      paramLabel = "T",
      description =
          "number format of the dense weights that are written of a GGUF file or a rotated model:"
              + " f32 (equal to the method's numbers), bf16 or f16 (half the size, rounded)")
  private String denseType = "f32";

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "the folder to write")
  private Path out;

  @Mixin private DataOption data;

  @Mixin private DeviceOption device;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Method method = new MethodOptions(spec).method();
    Recipe recipe = method.recipe();
    if (recipe.calibrated() && calibration == null) {
      throw new ParameterException(
          spec.commandLine(),
          recipe.name() + " needs --calibration FILE (make it with tare select)");
    }
    CheckpointFolder.requireFree(out);
    CalibrationSet set = calibration == null ? null : CalibrationFile.read(calibration);
    Device device = this.device.device();
    Checkpoint checkpoint = Checkpoint.open(ModelNames.path(model, data.folder()));
    checkpoint.requireDense();
    PrintWriter print = spec.commandLine().getOut();
    if (set != null) {
      CalibrationFile.doubts(
              calibration, set, checkpoint.revision(), checkpoint.tokenizer()::decode)
          .forEach(doubt -> print.println("note: " + doubt));
      if (set.isWeighted()) {
        print.printf(
            Locale.ROOT,
            "note: %d of the %d tokens in %s count%n",
            set.samples().stream().mapToLong(Sample::counted).sum(),
            set.samples().stream().mapToLong(sample -> sample.tokens().length).sum(),
            calibration);
      }
      print.flush();
    }
    Optional<PackedLayout> layout = format.layout(recipe, numbers(method));
    layout.ifPresent(packed -> requireFits(method, checkpoint, packed));
    CompressedModel compressed;
    BlockByBlock blocks =
        new BlockByBlock(Precision.named(calibrationPrecision))
            .writing(StorageType.valueOf(dense().name()));
    try (BarProgress progress = new BarProgress()) {
      compressed =
          format == Format.DENSE
              ? blocks.compressInto(
                  out, checkpoint, Optional.ofNullable(set), method, device, progress)
              : set == null
                  ? blocks.compress(checkpoint, method, device, progress)
                  : blocks.compress(checkpoint, set, method, device, progress);
    }
    if (format != Format.DENSE) {
      PackedFolder.write(compressed, layout.orElseThrow(), out);
    }
    print.printf(
        Locale.ROOT,
        "%s: %s, %.3f bits per weight in the %d compressed linear layers%n",
        out,
        recipe.parts(),
        compressed.bitsPerWeight(),
        compressed.layers().size());
    passedOver("tensors that the model does not use, left as they are", checkpoint.unused());
    passedOver(
        "not copied (too large, or weights of another program)",
        CheckpointFolder.notCopied(checkpoint));
    return 0;
  }

  private Precision dense() {
    Precision type = Precision.named(denseType);
    if (type == Precision.AUTO || (type != Precision.F32 && format != Format.DENSE)) {
      throw new ParameterException(
          spec.commandLine(),
          "--dense-type is f32, bf16 or f16, for --format dense only: a packed folder has a number"
              + " format of its own");
    }
    return type;
  }

  /** The numbers that the codes of a method stand for. */
  private static NumberFormat.Kind numbers(Method method) {
    return method.recipe().compressor().leavesCodes()
        ? NumberFormat.parse(Methods.grid(method).path("numbers").asText("int")).kind()
        : NumberFormat.Kind.INT;
  }

  private void passedOver(String why, List<?> names) {
    if (!names.isEmpty()) {
      spec.commandLine()
          .getOut()
          .printf(
              "%s: %s%n",
              why, names.stream().map(Object::toString).collect(Collectors.joining(", ")));
    }
  }

  /** Refuses layers that the layout cannot hold, before the long work starts. */
  private void requireFits(Method method, Checkpoint checkpoint, PackedLayout layout) {
    if (!method.recipe().compressor().leavesCodes()) {
      throw new ParameterException(
          spec.commandLine(),
          "%s leaves no codes on a grid of whole zero points, so --format %s cannot hold its weights: use --format dense"
              .formatted(method.label(), format));
    }
    if (!layout.inputs().equals(method.recipe().inputs())) {
      throw new ParameterException(
          spec.commandLine(),
          "--format %s cannot record that inputs are rounded to %s. compressed-tensors holds 8 bits (with --bits 8 --group -1 --symmetric), FP8 and MXFP4. Otherwise leave --input-bits out, or score the method in a study, which needs no folder."
              .formatted(format, method.recipe().inputs().orElseThrow()));
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
}
