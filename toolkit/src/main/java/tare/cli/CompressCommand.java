package tare.cli;

import ai.djl.Device;
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
import tare.compress.Gptq;
import tare.compress.Method;
import tare.compress.Recipe;
import tare.data.CalibrationFile;
import tare.data.CalibrationSet;
import tare.data.Sample;
import tare.data.fetch.ModelNames;
import tare.export.PackedFolder;
import tare.export.PackedLayout;
import tare.model.Checkpoint;
import tare.model.Precision;
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
  private WeightFormat format = WeightFormat.DENSE;

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
          "number format in which the calibration samples run through the model: f32, bf16, f16 or"
              + " auto, which is bf16 for gptq alone where the device has it, and f32 otherwise. Weights"
              + " and sums are float32 with each")
  private String calibrationPrecision = "auto";

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
    Optional<PackedLayout> layout = format.layout(method, checkpoint, spec.commandLine());
    CompressedModel compressed;
    Precision precision = precision(recipe, device);
    BlockByBlock blocks = new BlockByBlock(precision).writing(StorageType.valueOf(dense().name()));
    try (BarProgress progress = new BarProgress()) {
      compressed =
          format == WeightFormat.DENSE
              ? blocks.compressInto(
                  out, checkpoint, Optional.ofNullable(set), method, device, progress)
              : set == null
                  ? blocks.compress(checkpoint, method, device, progress)
                  : blocks.compress(checkpoint, set, method, device, progress);
    }
    if (format != WeightFormat.DENSE) {
      PackedFolder.write(compressed, layout.orElseThrow(), out);
    }
    print.printf(
        Locale.ROOT,
        "%s: %s, %.3f bits per weight in the %d compressed linear layers%n",
        out,
        recipe.parts(),
        compressed.bitsPerWeight(),
        compressed.layers().size());
    if (set != null) {
      print.println("the samples ran through the model in " + precision.label());
    }
    compressed.notes().forEach(note -> print.println("note: " + note));
    passedOver("tensors that the model does not use, left as they are", checkpoint.unused());
    passedOver(
        "not copied (too large, or weights of another program)",
        CheckpointFolder.notCopied(checkpoint));
    return 0;
  }

  /** The precision of the samples. That bfloat16 loses nothing was recorded for GPTQ alone. */
  private Precision precision(Recipe recipe, Device on) {
    Precision asked = Precision.named(calibrationPrecision);
    boolean isGptqAlone =
        recipe.compressor() instanceof Gptq
            && recipe.rescalers().isEmpty()
            && recipe.rotation().isEmpty();
    return asked == Precision.AUTO && !isGptqAlone ? Precision.F32 : asked.resolvedOn(on);
  }

  private Precision dense() {
    Precision type = Precision.named(denseType);
    if (type == Precision.AUTO || (type != Precision.F32 && format != WeightFormat.DENSE)) {
      throw new ParameterException(
          spec.commandLine(),
          "--dense-type is f32, bf16 or f16, for --format dense only: a packed folder has a number"
              + " format of its own");
    }
    return type;
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
}
