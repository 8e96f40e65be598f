package tare.compress;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleSupplier;
import tare.grid.TokenGrid;

/**
 * GPTAQ (Li et al. 2025, arXiv 2504.02692): {@link Gptq} whose target is the output of the original
 * model, ‖X̃Wᵀ − XŴᵀ‖². X are the layer's inputs in the compressed model, X̃ those of the same
 * tokens in the original model. The columns to come also make up for the drift X̃ − X.
 *
 * <pre>{@code
 * NDManager manager = NDManager.newBaseManager();
 * NDArray weight = manager.randomNormal(new Shape(64, 128)); // outputs, inputs
 * NDArray original = manager.randomNormal(new Shape(512, 128)); // tokens, inputs
 * NDArray drifted = original.add(manager.randomNormal(new Shape(512, 128)).mul(0.1));
 * Compressed compressed = new Gptaq(3, 64).compress(weight, LayerInputs.of(drifted, original));
 * System.out.println(compressed.storage().bitsPerWeight() + " bits per weight");
 * }</pre>
 *
 * <p>D = (X̃ − X)ᵀX is observed while the original model runs beside the compressed one. So the
 * hidden states of the samples are kept twice, {@code 2 · tokens · width · 4} bytes. With X̃ = X it
 * is GPTQ, bit for bit.
 *
 * @param gptq grid, order and damping; its settings stand beside α in study files
 * @param alpha share α of the correction, 0 to 1; 0 is GPTQ
 * @param target the inputs that count as the original model's
 */
@JsonTypeName("gptaq")
public record Gptaq(
    @JsonUnwrapped Gptq gptq,
    @JsonPropertyDescription("share of the correction for the drift of the inputs, 0 to 1")
        double alpha,
    @JsonPropertyDescription("which columns count with the original model's inputs") Target target)
    implements MaskedCompressor {

  /** Which columns count with the inputs of the original model. */
  public enum Target {
    /**
     * Only the column at hand, when it is rounded. Columns to come count with the compressed
     * model's inputs. It is the step of the paper and of the authors' program: w_F becomes w_F +
     * w_j P_jF − E_j U_jF, with P = α·(D Uᵀ right of the diagonal) U.
     */
    COLUMN,
    /**
     * All columns: the whole least-squares problem. W* = W + α·W D H⁻¹ is the best weight for the
     * inputs X, and GPTQ rounds it.
     */
    LAYER
  }

  /** Checks the settings. */
  public Gptaq {
    if (!(alpha >= 0 && alpha <= 1)) {
      throw new IllegalArgumentException("GPTAQ needs an α from 0 to 1; got " + alpha);
    }
  }

  /** The step of the paper, with α = 0.25 as in the authors' program. */
  public Gptaq(Gptq gptq) {
    this(gptq, 0.25, Target.COLUMN);
  }

  /** As {@link #Gptaq(Gptq)}, on the grid of {@link Gptq#Gptq(int, int)}. */
  public Gptaq(int bits, int groupSize) {
    this(new Gptq(bits, groupSize));
  }

  /** Returns a copy with another α. */
  public Gptaq alpha(double other) {
    return Method.with(this, "alpha", other);
  }

  /** Returns a copy in which other columns count with the original model's inputs. */
  public Gptaq target(Target other) {
    return Method.with(this, "target", other);
  }

  @Override
  public Set<Observed> needs() {
    return Set.of(Observed.DRIFT);
  }

  @Override
  public boolean hasNaturalGroups() {
    return gptq.hasNaturalGroups();
  }

  @Override
  public Gptaq sharing(DoubleSupplier largest) {
    return Method.with(this, "gptq", gptq.sharing(largest));
  }

  @Override
  public Optional<TokenGrid> inputs() {
    return gptq.inputs();
  }

  @Override
  public Schedule schedule() {
    return gptq.schedule();
  }

  @Override
  public Compressed compress(NDArray weight, LayerInputs inputs) {
    return compress(weight, inputs, Gptq.Rounding.NOTHING_PRUNED);
  }

  @Override
  public Compressed compress(NDArray weight, LayerInputs inputs, boolean[] pruned) {
    GramFactor factor = inputs.factor(gptq.damping(), gptq.actOrder()); // R = U⁻¹, UᵀU = H⁻¹
    NDArray drift = inputs.driftFactor(gptq.damping(), gptq.actOrder()); // D Uᵀ
    if (target == Target.LAYER) {
      try (NDArray best = best(weight, factor, drift)) {
        return gptq.compress(best, inputs, pruned);
      }
    }
    ColumnWalk.Pull pull = new ColumnWalk.Pull(drift, alpha); // P = α·(D Uᵀ right of diagonal) U
    if (weight.getDevice().isGpu()) {
      return DeviceColumns.gptq(gptq, weight, factor, pruned, Optional.of(pull));
    }
    Gptq.Rounding rounding = new Gptq.Rounding(gptq, weight, factor, pruned);
    ColumnWalk.blocks(
        weight,
        factor,
        pull,
        Gptq.Groups.of(gptq, factor.order()).wholeIn(gptq.blockSize()),
        block ->
            block.bands(
                band -> {
                  for (int j = 0; j < block.width(); j++) {
                    rounding.fitGroup(band, j); // if column j is the first of a group
                    rounding.round(band, j); // ŵ = nearest point of the grid
                    band.spread(j); // + w_j P_j − E_j U_j over the columns to come
                  }
                }));
    return new Compressed(rounding.storage(), factor.notes());
  }

  /**
   * W* = W + α·W D H⁻¹ = W + α·(W D Uᵀ) U, whose outputs for X are nearest to those of W for X̃.
   * Dead channels become zero.
   */
  private NDArray best(NDArray weight, GramFactor factor, NDArray drift) {
    try (NDManager scope = weight.getManager().newSubManager()) {
      int[] order = factor.order();
      int[] place = new int[order.length];
      float[] alive = new float[order.length];
      for (int k = 0; k < order.length; k++) {
        place[order[k]] = k;
        alive[k] = factor.dead()[k] ? 0 : 1;
      }
      NDArray ordered = weight.get(scope, new NDIndex(":, {}", scope.create(order)));
      NDArray typed = ordered.toType(drift.getDataType(), false);
      typed.attach(scope);
      NDArray shift = factor.times(typed.matMul(drift));
      shift.attach(scope);
      NDArray natural = shift.get(scope, new NDIndex(":, {}", scope.create(place)));
      NDArray best =
          natural
              .mul(alpha)
              .toType(weight.getDataType(), false)
              .add(weight)
              .mul(scope.create(alive));
      best.attach(weight.getManager());
      return best;
    }
  }
}
