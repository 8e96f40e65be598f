package tare.compress;

import ai.djl.ndarray.NDArray;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * One compressor after another: the second works on what the first has left, and keeps its zeros.
 *
 * @param first usually a pruner
 * @param second usually a quantizer
 */
public record InSequence(Compressor first, MaskedCompressor second) implements Compressor {

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
  public Compressor forLinear(String linear) {
    return new InSequence(first.forLinear(linear), second.forLinear(linear));
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
    try (NDArray rest = weight.getManager().create(left, weight.getShape())) {
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
