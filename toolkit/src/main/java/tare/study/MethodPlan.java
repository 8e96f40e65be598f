package tare.study;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.List;
import tare.calibrate.Schedule;
import tare.compress.AwqGrid;
import tare.compress.AwqRound;
import tare.compress.AwqScale;
import tare.compress.Gptq;
import tare.compress.Recipe;
import tare.compress.Rtn;
import tare.compress.Spqr;

/**
 * How a study file names a compression method, for instance {@code {"method": "gptq", "bits": 3,
 * "groupSize": 64}}.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "method")
@JsonSubTypes({
  @JsonSubTypes.Type(MethodPlan.Uncompressed.class),
  @JsonSubTypes.Type(MethodPlan.RoundToNearest.class),
  @JsonSubTypes.Type(MethodPlan.Optq.class),
  @JsonSubTypes.Type(MethodPlan.ActivationAware.class),
  @JsonSubTypes.Type(SmoothPlan.Rounded.class),
  @JsonSubTypes.Type(SmoothPlan.ThenOptq.class),
  @JsonSubTypes.Type(MethodPlan.SparseOutliers.class),
  @JsonSubTypes.Type(PruningPlan.BySize.class),
  @JsonSubTypes.Type(PruningPlan.BySizeAndInput.class),
  @JsonSubTypes.Type(PruningPlan.Sparse.class)
})
public sealed interface MethodPlan {

  /** The short name that results carry in the column {@code method}. */
  String label();

  /** The name with the settings that studies vary: {@code gptq, 3 bits, groups of 64}. */
  default String described() {
    return StudyFile.described(this);
  }

  /** Whether the compressed weights depend on the calibration text. */
  boolean calibrated();

  /** The model as it is: the baseline that every other result is compared with. */
  @JsonTypeName("none")
  record Uncompressed() implements MethodPlan {

    @Override
    public String label() {
      return "none";
    }

    @Override
    public boolean calibrated() {
      return false;
    }
  }

  /** A method that changes the model. */
  sealed interface Compression extends MethodPlan
      permits RoundToNearest, Optq, ActivationAware, SmoothPlan, SparseOutliers, PruningPlan {

    /** The method itself. */
    Recipe recipe();

    @Override
    default String label() {
      return recipe().name();
    }

    @Override
    default boolean calibrated() {
      return recipe().calibrated();
    }

    /** In which steps a block's linears are compressed. */
    default Schedule schedule() {
      return Schedule.BLOCK;
    }
  }

  /**
   * {@link Rtn}.
   *
   * @param bits 2 to 8
   * @param groupSize weights of a row that share a scale, -1 for all; the last group may be shorter
   * @param symmetric whether the grid is symmetric about zero
   */
  @JsonTypeName("rtn")
  record RoundToNearest(int bits, int groupSize, boolean symmetric) implements Compression {

    /** Checks the numbers. */
    public RoundToNearest {
      new Rtn(bits, groupSize, symmetric);
    }

    @Override
    public Recipe recipe() {
      return new Recipe("rtn", new Rtn(bits, groupSize, symmetric));
    }
  }

  /**
   * {@link Gptq}.
   *
   * @param bits 2 to 8
   * @param groupSize weights of a row that share a scale, -1 for all; the last group may be shorter
   * @param symmetric whether the grid is symmetric about zero
   * @param actOrder whether the channels with the largest inputs come first; if the file does not
   *     say, as in {@link Gptq#Gptq(int, int)}
   * @param grids which weights a grid is fitted to; if the file does not say, {@code STATIC} with
   *     act-order and {@code UPDATED} without
   * @param damping fraction of the Gram matrix's mean diagonal that is added to its diagonal; 0.01
   *     if the file does not say
   * @param mse whether grids are shrunk to the least squared error
   * @param trueSequential whether a block's groups of linears are compressed one after the other
   */
  @JsonTypeName("gptq")
  record Optq(
      int bits,
      int groupSize,
      boolean symmetric,
      Boolean actOrder,
      Gptq.Grids grids,
      Double damping,
      boolean mse,
      @JsonInclude(JsonInclude.Include.NON_DEFAULT) boolean trueSequential)
      implements Compression {

    private static final Gptq DEFAULTS = new Gptq(4, 128);

    /** All linears of a block at once. */
    public Optq(
        int bits,
        int groupSize,
        boolean symmetric,
        Boolean actOrder,
        Gptq.Grids grids,
        Double damping,
        boolean mse) {
      this(bits, groupSize, symmetric, actOrder, grids, damping, mse, false);
    }

    /** Fills in what the file does not say, and checks the numbers. */
    public Optq {
      actOrder = actOrder == null ? DEFAULTS.actOrder() : actOrder;
      if (grids == null) {
        grids = actOrder ? Gptq.Grids.STATIC : Gptq.Grids.UPDATED;
      }
      damping = damping == null ? DEFAULTS.damping() : damping;
      new Gptq(bits, groupSize, symmetric, actOrder, grids, damping, mse, DEFAULTS.blockSize());
    }

    @Override
    public Recipe recipe() {
      return new Recipe("gptq", method());
    }

    Gptq method() {
      return new Gptq(
          bits, groupSize, symmetric, actOrder, grids, damping, mse, DEFAULTS.blockSize());
    }

    @Override
    public Schedule schedule() {
      return trueSequential ? Schedule.TRUE_SEQUENTIAL : Schedule.BLOCK;
    }
  }

  /**
   * {@link AwqScale} and {@link AwqRound}.
   *
   * @param bits 2 to 8
   * @param groupSize weights of a row that share a scale, -1 for all; it must divide the inputs
   * @param symmetric whether the grid is symmetric about zero
   * @param duo whether scales depend on the weights' own sizes too
   * @param clip whether bounds are searched; yes if the file does not say
   */
  @JsonTypeName("awq")
  record ActivationAware(int bits, int groupSize, boolean symmetric, boolean duo, Boolean clip)
      implements Compression {

    /** Fills in what the file does not say, and checks the numbers. */
    public ActivationAware {
      clip = clip == null || clip;
      new AwqGrid(bits, groupSize, symmetric, true);
    }

    @Override
    public Recipe recipe() {
      AwqGrid grid = new AwqGrid(bits, groupSize, symmetric, true);
      String name = clip ? "awq" : "awq-unclipped";
      return new Recipe(name, List.of(new AwqScale(grid, 20, duo)), new AwqRound(grid, clip));
    }
  }

  /**
   * {@link Spqr}; what the file does not say is as in {@link Spqr#Spqr(int, int)}.
   *
   * @param bits 2 to 8
   * @param groupSize weights of a row that share a scale
   * @param scaleBits bits of a scale and of a zero point, 16 if they are left as they are
   * @param runLength rows whose scales are quantized together
   * @param threshold the smaller, the more weights are kept as outliers
   * @param leaveOneOut whether likely outliers are kept out when a grid is fitted
   * @param actOrder whether the channels with the largest inputs come first
   * @param damping fraction of the Gram matrix's mean diagonal that is added to its diagonal
   */
  @JsonTypeName("spqr")
  record SparseOutliers(
      int bits,
      int groupSize,
      Integer scaleBits,
      Integer runLength,
      Double threshold,
      Boolean leaveOneOut,
      Boolean actOrder,
      Double damping)
      implements Compression {

    /** Fills in what the file does not say, and checks the numbers. */
    public SparseOutliers {
      Spqr defaults = new Spqr(bits, groupSize);
      scaleBits = scaleBits == null ? defaults.scaleBits() : scaleBits;
      runLength = runLength == null ? defaults.runLength() : runLength;
      threshold = threshold == null ? defaults.threshold() : threshold;
      leaveOneOut = leaveOneOut == null ? defaults.leaveOneOut() : leaveOneOut;
      actOrder = actOrder == null ? defaults.actOrder() : actOrder;
      damping = damping == null ? defaults.damping() : damping;
      new Spqr(bits, groupSize, scaleBits, runLength, threshold, leaveOneOut, actOrder, damping);
    }

    @Override
    public Recipe recipe() {
      return new Recipe(
          "spqr",
          new Spqr(
              bits, groupSize, scaleBits, runLength, threshold, leaveOneOut, actOrder, damping));
    }
  }
}
