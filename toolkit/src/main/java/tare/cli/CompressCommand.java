package tare.cli;

import ai.djl.Device;
import ai.djl.engine.Engine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tare.calibrate.BlockByBlock;
import tare.calibrate.CompressedModel;
import tare.compress.Recipe;
import tare.data.CalibrationFile;
import tare.data.CalibrationSet;
import tare.data.ModelNames;
import tare.model.Checkpoint;
import tare.model.CheckpointFolder;
import tare.study.MethodPlan;

/** {@code tare compress}: a compressed model, written as a checkpoint folder. */
@Command(
    name = "compress",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description = {
      "Compresses a model block by block and writes a folder that other tools open: dense weights",
      "on the method's grid, in the number formats and shards of the original (float32 for a GGUF",
      "file). If it is killed, the same command goes on after the last block that was done."
    })
final class CompressCommand implements Callable<Integer> {

  /** The methods by name. */
  private enum Method {
    RTN,
    GPTQ
  }

  @Option(
      names = "--model",
      required = true,
      paramLabel = "PATH|NAME",
      description = "the model to compress")
  private String model;

  @Option(
      names = "--recipe",
      required = true,
      paramLabel = "NAME",
      description = "the method: ${COMPLETION-CANDIDATES}")
  private Method method;

  @Option(names = "--bits", required = true, paramLabel = "B", description = "bits, 2 to 8")
  private int bits;

  @Option(
      names = "--group",
      paramLabel = "G",
      description = "weights of a row that share a scale, -1 for the whole row")
  private int groupSize = 64;

  @Option(names = "--symmetric", description = "a grid that is symmetric about zero")
  private boolean symmetric;

  @Option(
      names = "--act-order",
      negatable = true,
      description = "gptq: channels with the largest inputs first (default: as is best)")
  private Boolean actOrder;

  @Option(
      names = "--damping",
      paramLabel = "D",
      description = "gptq: share of the mean diagonal added to the diagonal (default: 0.01)")
  private Double damping;

  @Option(
      names = "--calibration",
      paramLabel = "FILE",
      description = "calibration samples that 'tare select' wrote; rtn needs none")
  private Path calibration;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "the folder to write")
  private Path out;

  @Option(names = "--data", paramLabel = "DIR", description = "the data folder")
  private Path data = Path.of("data");

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    Recipe recipe = plan().recipe();
    if (recipe.compressor().calibrated() && calibration == null) {
      throw new ParameterException(
          spec.commandLine(), recipe.name() + " needs --calibration FILE (make it by tare select)");
    }
    CheckpointFolder.requireFree(out);
    CalibrationSet set = calibration == null ? null : CalibrationFile.read(calibration);
    Checkpoint checkpoint = Checkpoint.open(ModelNames.path(model, data));
    Device device = Engine.getInstance().defaultDevice();
    CompressedModel compressed;
    try (BarProgress progress = new BarProgress()) {
      compressed =
          new BlockByBlock()
              .compressInto(out, checkpoint, Optional.ofNullable(set), recipe, device, progress);
    }
    spec.commandLine()
        .getOut()
        .printf(
            "%s: %s, %.3f bits a weight in the %d compressed linears%n",
            out,
            recipe.compressor().name(),
            compressed.bitsPerWeight(),
            compressed.layers().size());
    return 0;
  }

  private MethodPlan.Compression plan() {
    return switch (method) {
      case RTN -> new MethodPlan.RoundToNearest(bits, groupSize, symmetric);
      case GPTQ -> new MethodPlan.Optq(bits, groupSize, symmetric, actOrder, null, damping, false);
    };
  }
}
