package tare.study;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;
import tare.compress.Recipe;
import tare.quantize.Gptq;
import tare.quantize.Rtn;

/**
 * How a study file names a compression method, for instance {@code {"method": "gptq", "bits": 3,
 * "groupSize": 64}}.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "method")
@JsonSubTypes({
  @JsonSubTypes.Type(MethodPlan.Uncompressed.class),
  @JsonSubTypes.Type(MethodPlan.RoundToNearest.class),
  @JsonSubTypes.Type(MethodPlan.Optq.class),
  @JsonSubTypes.Type(PruningPlan.BySize.class),
  @JsonSubTypes.Type(PruningPlan.BySizeAndInput.class),
  @JsonSubTypes.Type(PruningPlan.Sparse.class)
})
public sealed interface MethodPlan {

  /** The short name that results carry in the column {@code method}. */
  String label();

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
  sealed interface Compression extends MethodPlan permits RoundToNearest, Optq, PruningPlan {

    /** The method itself. */
    Recipe recipe();

    @Override
    default String label() {
      return recipe().name();
    }

    @Override
    default boolean calibrated() {
      return recipe().compressor().calibrated();
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
   */
  @JsonTypeName("gptq")
  record Optq(
      int bits,
      int groupSize,
      boolean symmetric,
      Boolean actOrder,
      Gptq.Grids grids,
      Double damping,
      boolean mse)
      implements Compression {

    private static final Gptq DEFAULTS = new Gptq(4, 128);

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
      return new Recipe(
          "gptq",
          new Gptq(
              bits, groupSize, symmetric, actOrder, grids, damping, mse, DEFAULTS.blockSize()));
    }
  }
}
