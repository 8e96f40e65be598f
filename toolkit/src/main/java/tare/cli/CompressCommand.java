package tare.cli;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tare.calibrate.BlockByBlock;
import tare.calibrate.CheckpointFolder;
import tare.calibrate.CompressedModel;
import tare.compress.Recipe;
import tare.data.CalibrationFile;
import tare.data.CalibrationSet;
import tare.data.fetch.ModelNames;
import tare.export.AwqLayout;
import tare.export.CompressedTensorsLayout;
import tare.export.GptqLayout;
import tare.export.IntQuantizedLayout;
import tare.export.PackedFolder;
import tare.export.PackedLayout;
import tare.model.Checkpoint;
import tare.study.MethodPlan;
import tare.study.PruningPlan;
import tare.study.SmoothPlan;

/** {@code tare compress}: a compressed model, written as a checkpoint folder. */
@Command(
    name = "compress",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description = {
      "Compresses a model block by block and writes a folder that other tools open: packed codes",
      "(--format), or dense weights on the method's grid, in the number formats and shards of the",
      "original (float32 for a GGUF file). Dense blocks are written when they are done: if it is",
      "killed, the same command goes on after the last of them."
    })
final class CompressCommand implements Callable<Integer> {

  /** The methods by name. */
  private enum Method {
    RTN,
    GPTQ,
    AWQ,
    SMOOTHQUANT,
    SMOOTHQUANT_GPTQ,
    SPQR,
    MAGNITUDE,
    WANDA,
    SPARSEGPT;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Whether what it leaves are codes on a grid of scales and whole zero points. */
    boolean leavesCodes() {
      return switch (this) {
        case RTN, GPTQ, AWQ, SMOOTHQUANT, SMOOTHQUANT_GPTQ -> true;
        case SPQR, MAGNITUDE, WANDA, SPARSEGPT -> false;
      };
    }
  }

  /** How the result is written. */
  private enum Format {
    DENSE,
    GPTQ,
    GPTQ_V2,
    AWQ,
    COMPRESSED_TENSORS;

    /** Where weights are packed, in which layout. */
    Optional<PackedLayout> layout(Method method) {
      return switch (this) {
        case DENSE -> Optional.empty();
        case GPTQ -> Optional.of(new GptqLayout(1));
        case GPTQ_V2 -> Optional.of(new GptqLayout(2));
        case AWQ -> Optional.of(new AwqLayout());
        case COMPRESSED_TENSORS ->
            Optional.of(
                method == Method.SMOOTHQUANT
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
      names = "--recipe",
      required = true,
      paramLabel = "NAME",
      description = "the method: ${COMPLETION-CANDIDATES}")
  private Method method;

  @Option(
      names = "--bits",
      paramLabel = "B",
      description = "quantizers, --then and --joint: bits, 2 to 8")
  private Integer bits;

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
      description = "gptq, spqr: channels with the largest inputs first (default: as is best)")
  private Boolean actOrder;

  @Option(
      names = "--damping",
      paramLabel = "D",
      description =
          "gptq, spqr: share of the mean diagonal added to the diagonal (default: 0.01; spqr: 1)")
  private Double damping;

  @Option(
      names = "--true-sequential",
      description = "gptq: observe each group of a block when those before it are compressed")
  private boolean trueSequential;

  @Option(
      names = "--alpha",
      paramLabel = "A",
      description =
          "smoothquant, smoothquant-gptq: how much of the inputs' outliers goes into the weights (default: 0.8)")
  private Double alpha;

  @Option(
      names = "--clip",
      negatable = true,
      defaultValue = "true",
      fallbackValue = "true",
      description = "awq: search for the bound that each group is clipped to")
  private boolean clip;

  @Option(
      names = "--threshold",
      paramLabel = "T",
      description = "spqr: the smaller, the more weights are kept as outliers (default: 0.2)")
  private Double threshold;

  @Option(
      names = "--sparsity",
      paramLabel = "S",
      description = "pruners: share of zeros such as 0.5, or N:M such as 2:4")
  private String sparsity;

  @Option(
      names = "--then",
      paramLabel = "NAME",
      description = "pruners: what quantizes the weights that are left, RTN or GPTQ")
  private Method then;

  @Option(
      names = "--joint",
      description = "sparsegpt: round the weights that are left in the same loop")
  private boolean joint;

  @Option(
      names = "--format",
      paramLabel = "F",
      description = "how weights are written: ${COMPLETION-CANDIDATES}")
  private Format format = Format.DENSE;

  @Option(
      names = "--calibration",
      paramLabel = "FILE",
      description = "calibration samples that 'tare select' wrote; rtn needs none")
  private Path calibration;

  @Option(names = "--out", required = true, paramLabel = "DIR", description = "the folder to write")
  private Path out;

  @Mixin private DataOption data;

  @Mixin private DeviceOption device;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    MethodPlan.Compression plan = plan();
    Recipe recipe = plan.recipe();
    if (recipe.calibrated() && calibration == null) {
      throw new ParameterException(
          spec.commandLine(), recipe.name() + " needs --calibration FILE (make it by tare select)");
    }
    CheckpointFolder.requireFree(out);
    CalibrationSet set = calibration == null ? null : CalibrationFile.read(calibration);
    Device device = this.device.device();
    Checkpoint checkpoint = Checkpoint.open(ModelNames.path(model, data.folder()));
    Optional<PackedLayout> layout = format.layout(method);
    layout.ifPresent(packed -> requireFits(checkpoint, packed));
    CompressedModel compressed;
    BlockByBlock blocks = new BlockByBlock().with(plan.schedule());
    try (BarProgress progress = new BarProgress()) {
      compressed =
          format == Format.DENSE
              ? blocks.compressInto(
                  out, checkpoint, Optional.ofNullable(set), recipe, device, progress)
              : set == null
                  ? blocks.compress(checkpoint, recipe, device, progress)
                  : blocks.compress(checkpoint, set, recipe, device, progress);
    }
    if (format != Format.DENSE) {
      PackedFolder.write(compressed, layout.orElseThrow(), out);
    }
    spec.commandLine()
        .getOut()
        .printf(
            "%s: %s, %.3f bits a weight in the %d compressed linears%n",
            out, recipe.parts(), compressed.bitsPerWeight(), compressed.layers().size());
    return 0;
  }

  /** Refuses what the layout has no room for before the long work starts. */
  private void requireFits(Checkpoint checkpoint, PackedLayout layout) {
    if (then == null && !joint && !method.leavesCodes()) {
      throw new ParameterException(
          spec.commandLine(),
          "%s leaves no codes on a grid, so --format %s cannot hold its weights: use --format dense"
              .formatted(method, format));
    }
    if (layout instanceof IntQuantizedLayout) {
      return; // one scale a row fits every linear
    }
    PackedLayout.Settings settings =
        new PackedLayout.Settings(requiredBits(), groupSize, symmetric, true);
    checkpoint
        .config()
        .blockShapes(0)
        .forEach(
            (name, shape) -> {
              if (shape.dimension() == 2) {
                layout.require(name, (int) shape.get(0), (int) shape.get(1), settings);
              }
            });
  }

  private MethodPlan.Compression plan() {
    return plan(method);
  }

  private MethodPlan.Compression plan(Method named) {
    return switch (named) {
      case RTN -> rounding();
      case GPTQ ->
          new MethodPlan.Optq(
              requiredBits(), groupSize, symmetric, actOrder, null, damping, false, trueSequential);
      case AWQ -> new MethodPlan.ActivationAware(requiredBits(), groupSize, symmetric, false, clip);
      case SMOOTHQUANT -> new SmoothPlan.Rounded(alpha, null, null, null);
      case SMOOTHQUANT_GPTQ ->
          new SmoothPlan.ThenOptq(
              alpha, requiredBits(), groupSize, symmetric, actOrder, null, damping, false);
      case SPQR ->
          new MethodPlan.SparseOutliers(
              requiredBits(), groupSize, null, null, threshold, null, actOrder, damping);
      case MAGNITUDE -> new PruningPlan.BySize(sparsity, next());
      case WANDA -> new PruningPlan.BySizeAndInput(sparsity, next());
      case SPARSEGPT ->
          new PruningPlan.Sparse(sparsity, damping, joint ? rounding() : null, next());
    };
  }

  private MethodPlan.RoundToNearest rounding() {
    return new MethodPlan.RoundToNearest(requiredBits(), groupSize, symmetric);
  }

  private MethodPlan.Compression next() {
    return then == null ? null : plan(then);
  }

  private int requiredBits() {
    if (bits == null) {
      throw new ParameterException(spec.commandLine(), "Missing required option: '--bits=B'");
    }
    return bits;
  }
}
