package tare.study;

import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.List;
import java.util.Optional;
import tare.compress.AwqGrid;
import tare.compress.AwqRound;
import tare.compress.Gptq;
import tare.compress.Recipe;
import tare.compress.Rtn;
import tare.compress.SmoothScale;
import tare.tensor.TokenGrid;

/** A method that first evens out inputs and weights. */
public sealed interface SmoothPlan extends MethodPlan.Compression {

  /** α, if the file does not say. */
  double ALPHA = 0.8;

  /** Bits of inputs that are not rounded. */
  int AS_THEY_ARE = 16;

  /** The grid of inputs of so many bits; none for 16 or null. */
  private static Optional<TokenGrid> inputs(Integer bits) {
    return bits == null || bits == AS_THEY_ARE
        ? Optional.empty()
        : Optional.of(new TokenGrid(bits));
  }

  /**
   * SmoothQuant: {@link SmoothScale}, then weights rounded to a symmetric grid and inputs to a
   * {@link TokenGrid}; if the file says no more than the method, W8A8.
   *
   * @param alpha how much of the inputs' outliers goes into the weights, 0 to 1; 0.8 if the file
   *     does not say
   * @param bits of weights, 2 to 8; 8 if the file does not say
   * @param groupSize weights of a row that share a scale, -1 (if the file does not say) for all
   * @param inputBits of inputs, 2 to 8, or 16 if they stay as they are; 8 if the file does not say
   */
  @JsonTypeName("smoothquant")
  record Rounded(Double alpha, Integer bits, Integer groupSize, Integer inputBits)
      implements SmoothPlan {

    /** Fills in what the file does not say, and checks the numbers. */
    public Rounded {
      alpha = alpha == null ? ALPHA : alpha;
      bits = bits == null ? 8 : bits;
      groupSize = groupSize == null ? Rtn.PER_CHANNEL : groupSize;
      inputBits = inputBits == null ? 8 : inputBits;
      new SmoothScale(alpha);
      new AwqGrid(bits, groupSize, true, true);
      inputs(inputBits);
    }

    @Override
    public Recipe recipe() {
      return new Recipe(
          "smoothquant",
          List.of(new SmoothScale(alpha)),
          new AwqRound(new AwqGrid(bits, groupSize, true, true), false),
          inputs(inputBits));
    }
  }

  /**
   * {@link SmoothScale}, then {@link Gptq}.
   *
   * @param alpha how much of the inputs' outliers goes into the weights, 0 to 1; 0.8 if the file
   *     does not say
   * @param bits as in {@link MethodPlan.Optq}, like all that follows but the last
   * @param inputBits of inputs, as in {@link Rounded}; if the file does not say they stay as they
   *     are
   */
  @JsonTypeName("smoothquant-gptq")
  record ThenOptq(
      Double alpha,
      int bits,
      int groupSize,
      boolean symmetric,
      Boolean actOrder,
      Gptq.Grids grids,
      Double damping,
      boolean mse,
      Integer inputBits)
      implements SmoothPlan {

    /** Inputs stay as they are. */
    public ThenOptq(
        Double alpha,
        int bits,
        int groupSize,
        boolean symmetric,
        Boolean actOrder,
        Gptq.Grids grids,
        Double damping,
        boolean mse) {
      this(alpha, bits, groupSize, symmetric, actOrder, grids, damping, mse, null);
    }

    /** Fills in what the file does not say, and checks the numbers. */
    public ThenOptq {
      alpha = alpha == null ? ALPHA : alpha;
      new SmoothScale(alpha);
      SmoothPlan.inputs(inputBits);
      MethodPlan.Optq gptq =
          new MethodPlan.Optq(bits, groupSize, symmetric, actOrder, grids, damping, mse);
      actOrder = gptq.actOrder();
      grids = gptq.grids();
      damping = gptq.damping();
    }

    @Override
    public Recipe recipe() {
      MethodPlan.Optq gptq =
          new MethodPlan.Optq(bits, groupSize, symmetric, actOrder, grids, damping, mse);
      return new Recipe(
          "smoothquant-gptq",
          List.of(new SmoothScale(alpha)),
          gptq.method(),
          SmoothPlan.inputs(inputBits));
    }
  }
}
