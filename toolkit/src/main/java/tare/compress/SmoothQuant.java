package tare.compress;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.List;
import java.util.Optional;
import tare.tensor.TokenGrid;

/**
 * SmoothQuant (Xiao et al. 2023): {@link SmoothScale} moves outliers of the inputs into the
 * weights, which are then rounded to a symmetric grid, and inputs to a {@link TokenGrid}.
 *
 * @param alpha how much of the inputs' outliers goes into the weights, 0 to 1
 * @param bits bits of a weight's code, 2 to 8
 * @param groupSize columns that share a scale, or {@link Rtn#PER_CHANNEL}
 * @param inputBits bits of an input's code, 2 to 8, or {@link #AS_THEY_ARE}
 */
@JsonTypeName("smoothquant")
public record SmoothQuant(
    @JsonPropertyDescription("how much of the inputs' outliers goes into the weights") double alpha,
    int bits,
    int groupSize,
    @JsonPropertyDescription("bits that inputs are rounded to when the model runs, 16 for none")
        int inputBits)
    implements Method {

  /** α for models like LLaMA. */
  static final double ALPHA = 0.8;

  /** The number of bits that stands for inputs that are not rounded. */
  public static final int AS_THEY_ARE = 16;

  /** Checks the settings. */
  public SmoothQuant {
    new SmoothScale(alpha);
    new AwqGrid(bits, groupSize).symmetric();
    inputs(inputBits);
  }

  /** Weights and inputs of 8 bits, one scale per output and per token, α = 0.8. */
  public SmoothQuant() {
    this(ALPHA, 8, Rtn.PER_CHANNEL, 8);
  }

  /** The same with another α. */
  public SmoothQuant alpha(double other) {
    return Method.with(this, "alpha", other);
  }

  /** The same with weights of other bits and groups. */
  public SmoothQuant weights(int otherBits, int otherGroupSize) {
    return new SmoothQuant(alpha, otherBits, otherGroupSize, inputBits);
  }

  /** The same with inputs of other bits. */
  public SmoothQuant inputBits(int other) {
    return Method.with(this, "inputBits", other);
  }

  /** The grid of inputs of so many bits; none for 16. */
  static Optional<TokenGrid> inputs(int bits) {
    return bits == AS_THEY_ARE ? Optional.empty() : Optional.of(new TokenGrid(bits));
  }

  @Override
  public Recipe recipe() {
    return new Recipe(
        "smoothquant",
        List.of(new SmoothScale(alpha)),
        new AwqRound(new AwqGrid(bits, groupSize).symmetric()).unclipped(),
        inputs(inputBits));
  }
}
