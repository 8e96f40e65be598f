package tare.compress;

import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.List;

/**
 * {@link SmoothScale} followed by {@link Gptq}. By default, inputs are not rounded.
 *
 * @param alpha share of the inputs' outliers that moves into the weights, 0 to 1
 * @param gptq rounds the weights; its settings stand beside α in study files
 */
@JsonTypeName("smoothquant-gptq")
public record SmoothQuantGptq(
    @JsonPropertyDescription("how much of the inputs' outliers moves into the weights, 0 to 1")
        double alpha,
    @JsonUnwrapped Gptq gptq)
    implements Method {

  /** Checks the settings. */
  public SmoothQuantGptq {
    new SmoothScale(alpha);
  }

  /** α = 0.8. */
  public SmoothQuantGptq(Gptq gptq) {
    this(SmoothQuant.ALPHA, gptq);
  }

  /** α = 0.8 and GPTQ as in {@link Gptq#Gptq(int, int)}. */
  public SmoothQuantGptq(int bits, int groupSize) {
    this(new Gptq(bits, groupSize));
  }

  /** Returns a copy with another α. */
  public SmoothQuantGptq alpha(double other) {
    return Method.with(this, "alpha", other);
  }

  /** Returns a copy with inputs rounded to this number of bits. */
  public SmoothQuantGptq inputBits(int other) {
    return Method.with(this, "gptq", gptq.inputBits(other));
  }

  @Override
  public Schedule schedule() {
    return gptq.schedule();
  }

  @Override
  public Recipe recipe() {
    return new Recipe("smoothquant-gptq", List.of(new SmoothScale(alpha)), gptq, gptq.inputs());
  }
}
