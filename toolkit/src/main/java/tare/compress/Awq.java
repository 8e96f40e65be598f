package tare.compress;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.List;

/**
 * AWQ (Lin et al. 2024): {@link AwqScale} magnifies the channels with large inputs, then {@link
 * AwqRound} clips and rounds.
 *
 * @param bits bits of a code, 2 to 8
 * @param groupSize columns that share a scale, or {@link Rtn#PER_CHANNEL}; it must divide the
 *     number of columns
 * @param isSymmetric whether the grid is symmetric about zero
 * @param duo whether scales depend on the weights' own sizes too
 * @param clip whether bounds are searched
 */
@JsonTypeName("awq")
public record Awq(
    @JsonProperty(required = true) int bits,
    @JsonProperty(required = true) int groupSize,
    @JsonProperty("symmetric") boolean isSymmetric,
    @JsonPropertyDescription("let scales depend on the sizes of the weights too") boolean duo,
    @JsonPropertyDescription("search for the bound that each group is clipped to") boolean clip)
    implements Method {

  /** Checks the settings. */
  public Awq {
    new AwqGrid(bits, groupSize);
  }

  /** An asymmetric grid, clipped. */
  public Awq(int bits, int groupSize) {
    this(bits, groupSize, false, false, true);
  }

  /** The same on a grid that is symmetric about zero. */
  public Awq symmetric() {
    return Method.with(this, "isSymmetric", true);
  }

  /** The same with scales that depend on the weights' own sizes too. */
  public Awq duoScaling() {
    return Method.with(this, "duo", true);
  }

  /** The same without a search for bounds. */
  public Awq unclipped() {
    return Method.with(this, "clip", false);
  }

  private AwqGrid grid() {
    AwqGrid grid = new AwqGrid(bits, groupSize);
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
