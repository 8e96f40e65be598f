package tare.compress;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.List;
import tare.grid.NumberFormat;
import tare.grid.TokenGrid;

/**
 * SmoothQuant (Xiao et al. 2023): {@link SmoothScale} moves outliers of the inputs into the
 * weights. The weights are rounded to a symmetric grid, and the inputs to a {@link TokenGrid}.
 *
 * @param alpha share of the inputs' outliers that moves into the weights, 0 to 1
 * @param bits bits per weight code, 2 to 8
 * @param groupSize columns that share a scale, or {@link Rtn#PER_CHANNEL}
 * @param inputBits bits per input code, 2 to 8, or {@link Rtn#AS_THEY_ARE}
 */
@JsonTypeName("smoothquant")
public record SmoothQuant(
    @JsonPropertyDescription("how much of the inputs' outliers moves into the weights, 0 to 1")
        double alpha,
    int bits,
    int groupSize,
    @JsonPropertyDescription("bits to which inputs are rounded when the model runs, 16 for none")
        int inputBits)
    implements Method {

  /** α for models like LLaMA. */
  static final double ALPHA = 0.8;

  /** Checks the settings. */
  public SmoothQuant {
    new SmoothScale(alpha);
    new AwqGrid(bits, groupSize).symmetric();
    Rtn.inputs(NumberFormat.INT, inputBits);
  }

  /** SmoothQuant with 8-bit weights and inputs, one scale per output and per token, and α = 0.8. */
  public SmoothQuant() {
    this(ALPHA, 8, Rtn.PER_CHANNEL, 8);
  }

  /** Returns a copy with another α. */
  public SmoothQuant alpha(double other) {
    return Method.with(this, "alpha", other);
  }

  /** Returns a copy with other bits and group size of the weights. */
  public SmoothQuant weights(int otherBits, int otherGroupSize) {
    return new SmoothQuant(alpha, otherBits, otherGroupSize, inputBits);
  }

  /** Returns a copy with other bits of the inputs. */
  public SmoothQuant inputBits(int other) {
    return Method.with(this, "inputBits", other);
  }

  @Override
  public Recipe recipe() {
    return new Recipe(
        "smoothquant",
        List.of(new SmoothScale(alpha)),
        new AwqRound(new AwqGrid(bits, groupSize).symmetric()).unclipped(),
        Rtn.inputs(NumberFormat.INT, inputBits));
  }
}
