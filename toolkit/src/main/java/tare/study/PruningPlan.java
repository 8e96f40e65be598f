package tare.study;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.Optional;
import tare.compress.Compressor;
import tare.compress.Magnitude;
import tare.compress.MaskedCompressor;
import tare.compress.Recipe;
import tare.compress.Rtn;
import tare.compress.SparseGpt;
import tare.compress.SparsityPattern;
import tare.compress.Wanda;

/** A method that sets weights to zero, and another that may follow and keeps them at zero. */
public sealed interface PruningPlan extends MethodPlan.Compression {

  /** The pruner alone. */
  Compressor pruner();

  /** What is done to the weights that are left; null for nothing. */
  MethodPlan.Compression then();

  @Override
  default Recipe recipe() {
    String name = getClass().getAnnotation(JsonTypeName.class).value();
    if (then() == null) {
      return new Recipe(name, pruner());
    }
    Recipe next = then().recipe();
    return new Recipe(
        name + "+" + next.name(), pruner().then((MaskedCompressor) next.compressor()));
  }

  /**
   * Checks that a method may follow a pruner.
   *
   * @throws IllegalArgumentException if it would move zeros
   */
  private static void requireKeepsZeros(MethodPlan.Compression then) {
    if (then == null) {
      return;
    }
    Recipe next = then.recipe();
    if (!next.rescalers().isEmpty() || !(next.compressor() instanceof MaskedCompressor)) {
      throw new IllegalArgumentException(
          then.label() + " cannot follow a pruner, as it moves zeros; rtn and gptq keep them");
    }
  }

  /**
   * {@link Magnitude}.
   *
   * @param sparsity share of each linear, such as 0.5, or N:M such as 2:4
   * @param then what quantizes the weights that are left; null for nothing
   */
  @JsonTypeName("magnitude")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record BySize(String sparsity, MethodPlan.Compression then) implements PruningPlan {

    /** Checks the settings. */
    public BySize {
      SparsityPattern.parse(sparsity, SparsityPattern::matrix);
      PruningPlan.requireKeepsZeros(then);
    }

    @Override
    public Compressor pruner() {
      return new Magnitude(SparsityPattern.parse(sparsity, SparsityPattern::matrix));
    }
  }

  /**
   * {@link Wanda}.
   *
   * @param sparsity share of each row, such as 0.5, or N:M such as 2:4
   * @param then what quantizes the weights that are left; null for nothing
   */
  @JsonTypeName("wanda")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record BySizeAndInput(String sparsity, MethodPlan.Compression then) implements PruningPlan {

    /** Checks the settings. */
    public BySizeAndInput {
      SparsityPattern.parse(sparsity, SparsityPattern::rows);
      PruningPlan.requireKeepsZeros(then);
    }

    @Override
    public Compressor pruner() {
      return new Wanda(SparsityPattern.parse(sparsity, SparsityPattern::rows));
    }
  }

  /**
   * {@link SparseGpt}.
   *
   * @param sparsity share of each block of columns, such as 0.5, or N:M such as 2:4
   * @param damping fraction of the Gram matrix's mean diagonal that is added to its diagonal; 0.01
   *     if the file does not say
   * @param rounding what rounds the weights that are left in the same loop; null for nothing
   * @param then what quantizes the weights that are left afterwards; null for nothing
   */
  @JsonTypeName("sparsegpt")
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Sparse(
      String sparsity,
      Double damping,
      MethodPlan.RoundToNearest rounding,
      MethodPlan.Compression then)
      implements PruningPlan {

    /** Fills in what the file does not say, and checks the settings. */
    public Sparse {
      damping = damping == null ? new SparseGpt(0.5).damping() : damping;
      SparsityPattern.parse(sparsity, SparsityPattern::matrix);
      PruningPlan.requireKeepsZeros(then);
      if (rounding != null && then != null) {
        throw new IllegalArgumentException("sparsegpt takes rounding or then, not both");
      }
    }

    @Override
    public Recipe recipe() {
      Recipe recipe = PruningPlan.super.recipe();
      return rounding == null ? recipe : new Recipe(recipe.name() + "-rtn", recipe.compressor());
    }

    @Override
    public SparseGpt pruner() {
      SparseGpt defaults = new SparseGpt(SparsityPattern.parse(sparsity, SparsityPattern::matrix));
      return new SparseGpt(
          defaults.pattern(),
          damping,
          defaults.blockSize(),
          Optional.ofNullable(rounding)
              .map(grid -> new Rtn(grid.bits(), grid.groupSize(), grid.symmetric())));
    }
  }
}
