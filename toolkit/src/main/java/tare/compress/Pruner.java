package tare.compress;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tare.grid.Storage;
import tare.grid.TokenGrid;
import tare.tensor.FromHeap;

/** A compressor that sets weights to zero. A quantizer that follows it keeps them at zero. */
public interface Pruner extends Compressor {

  /**
   * Combines this pruner with a quantizer of the remaining weights: {@code new Wanda(0.5).then(new
   * Gptq(4, 64))}. Pruned weights stay exactly zero.
   */
  default Compressor then(MaskedCompressor next) {
    return new InSequence(this, next);
  }

  /**
   * A pruner followed by a quantizer, which compresses the remaining weights and keeps the zeros.
   *
   * @param first the pruner
   * @param second the quantizer
   */
  record InSequence(Pruner first, MaskedCompressor second) implements Compressor {

    @Override
    public Recipe recipe() {
      return new Recipe(first.label() + "+" + second.label(), List.of(), this, inputs());
    }

    @Override
    public Schedule schedule() {
      return second.schedule();
    }

    @Override
    public boolean calibrated() {
      return first.calibrated() || second.calibrated();
    }

    @Override
    public Set<Observed> needs() {
      return Stream.of(first, second)
          .flatMap(each -> each.needs().stream())
          .collect(Collectors.toSet());
    }

    @Override
    public boolean usesGram() {
      return first.usesGram() || second.usesGram();
    }

    @Override
    public Compressor forLinear(String linear) {
      return new InSequence(first.forLinear(linear), second.forLinear(linear));
    }

    @Override
    public Compressor sharing(DoubleSupplier largest) {
      return new InSequence(first, second.sharing(largest));
    }

    @Override
    public Optional<TokenGrid> inputs() {
      return second.inputs();
    }

    @Override
    public boolean leavesCodes() {
      return second.leavesCodes();
    }

    @Override
    public boolean hasNaturalGroups() {
      return second.hasNaturalGroups();
    }

    @Override
    public boolean propagates() {
      return first.propagates() && second.propagates();
    }

    @Override
    public Compressed compress(NDArray weight, LayerInputs inputs) {
      Compressed one = first.compress(weight, inputs);
      float[] left = one.storage().dense();
      boolean[] pruned =
          one.storage() instanceof Storage.Sparse sparse ? sparse.pruned() : zeros(left);
      try (NDArray rest = FromHeap.copy(left, weight.getShape(), weight.getManager())) {
        Compressed two = second.compress(rest, inputs, pruned);
        String notes =
            Stream.of(one.note(), two.note())
                .filter(note -> !note.isEmpty())
                .distinct()
                .collect(Collectors.joining("; "));
        return new Compressed(two.storage(), notes);
      }
    }

    private static boolean[] zeros(float[] values) {
      boolean[] zeros = new boolean[values.length];
      for (int i = 0; i < zeros.length; i++) {
        zeros[i] = values[i] == 0;
      }
      return zeros;
    }

    @Override
    public String toString() {
      return first.name() + " then " + second.name();
    }
  }

  @Override
  default Pruner forLinear(String linear) {
    return this;
  }
}
