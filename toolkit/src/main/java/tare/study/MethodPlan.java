package tare.study;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonTypeName;

/**
 * How a study file names a compression method, for instance {@code {"method": "gptq", "bits": 3,
 * "groupSize": 64}}.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "method")
@JsonSubTypes({
  @JsonSubTypes.Type(MethodPlan.Uncompressed.class),
  @JsonSubTypes.Type(MethodPlan.RoundToNearest.class),
  @JsonSubTypes.Type(MethodPlan.Optq.class)
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

  /**
   * Rounding of each weight on its own.
   *
   * @param bits 2 to 8
   * @param groupSize weights of a row that share a scale; the last group of a row may be shorter
   * @param symmetric whether the grid is centred on zero
   */
  @JsonTypeName("rtn")
  record RoundToNearest(int bits, int groupSize, boolean symmetric) implements MethodPlan {

    /** Checks the numbers. */
    public RoundToNearest {
      check(bits, groupSize);
    }

    @Override
    public String label() {
      return "rtn";
    }

    @Override
    public boolean calibrated() {
      return false;
    }
  }

  /**
   * GPTQ.
   *
   * @param bits 2 to 8
   * @param groupSize weights of a row that share a scale; the last group of a row may be shorter
   * @param symmetric whether the grid is centred on zero
   * @param actOrder whether the columns with the largest inputs come first
   * @param damping fraction of the Gram matrix's mean diagonal that is added to its diagonal; 0.01
   *     if the file does not say
   */
  @JsonTypeName("gptq")
  record Optq(int bits, int groupSize, boolean symmetric, boolean actOrder, Double damping)
      implements MethodPlan {

    /** Checks the numbers. */
    public Optq {
      check(bits, groupSize);
      damping = damping == null ? 0.01 : damping;
      if (!(damping > 0 && damping <= 1)) {
        throw new IllegalArgumentException("damping must be above 0 and at most 1; got " + damping);
      }
    }

    @Override
    public String label() {
      return "gptq";
    }

    @Override
    public boolean calibrated() {
      return true;
    }
  }

  private static void check(int bits, int groupSize) {
    if (bits < 2 || bits > 8) {
      throw new IllegalArgumentException("bits must be 2 to 8; got " + bits);
    }
    if (groupSize < 1) {
      throw new IllegalArgumentException("groupSize must be 1 or more; got " + groupSize);
    }
  }
}
