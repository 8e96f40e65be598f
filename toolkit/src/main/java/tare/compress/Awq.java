package tare.compress;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.List;
import tare.grid.NumberFormat;

/**
 * AWQ (Lin et al. 2024): {@link AwqScale} magnifies the channels with large inputs, then {@link
 * AwqRound} clips and rounds the weights.
 *
 * <pre>{@code
 * Lab lab = Lab.open();
 * CalibrationSet set =
 *     new UniformDraw().select(lab.corpus("news"), new Budget(8, 64), lab.given());
 * CompressedModel model = lab.compress(new Awq(3, 64).unclipped(), set);
 * System.out.println(lab.perplexity(model.checkpoint(), "news"));
 * }</pre>
 *
 * @param bits bits per code, 2 to 8
 * @param groupSize columns that share a scale, or {@link Rtn#PER_CHANNEL}; must divide the number
 *     of columns
 * @param isSymmetric whether the grid is symmetric about zero
 * @param duo whether scales also depend on the sizes of the weights
 * @param clip whether clipping bounds are searched
 * @param numbers as in {@link Rtn#numbers}
 */
@JsonTypeName("awq")
public record Awq(
    @JsonProperty(required = true) int bits,
    @JsonProperty(required = true) int groupSize,
    @JsonProperty("symmetric") boolean isSymmetric,
    @JsonPropertyDescription("let scales also depend on the sizes of the weights") boolean duo,
    @JsonPropertyDescription("search for the bound to which each group is clipped") boolean clip,
    NumberFormat numbers)
    implements Method {

  /** Checks the settings. */
  public Awq {
    new AwqGrid(bits, groupSize).numbers(numbers);
    isSymmetric |= numbers.areFloats();
  }

  /** AWQ with an asymmetric grid and clipping. */
  public Awq(int bits, int groupSize) {
    this(bits, groupSize, false, false, true, NumberFormat.INT);
  }

  /** AWQ with the numbers of a floating-point format, and its bits and groups. */
  public static Awq of(NumberFormat numbers) {
    Awq whole = new Awq(numbers.kind().bits(), numbers.kind().group());
    return Method.with(whole, "numbers", numbers);
  }

  /** Returns a copy with a grid that is symmetric about zero. */
  public Awq symmetric() {
    return Method.with(this, "isSymmetric", true);
  }

  /** Returns a copy whose scales also depend on the sizes of the weights. */
  public Awq duoScaling() {
    return Method.with(this, "duo", true);
  }

  /** Returns a copy without clipping. */
  public Awq unclipped() {
    return Method.with(this, "clip", false);
  }

  private AwqGrid grid() {
    AwqGrid grid = new AwqGrid(bits, groupSize).numbers(numbers);
    return isSymmetric ? grid.symmetric() : grid;
  }

  @Override
  public Recipe recipe() {
    AwqScale scale = new AwqScale(grid());
    return new Recipe(
        clip ? "awq" : "awq-unclipped",
        List.of(duo ? scale.duoScaling() : scale),
        new AwqRound(grid(), clip));
  }
}
