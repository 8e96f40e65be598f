package tare.audit;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import tare.compress.Compressor;
import tare.compress.LayerInputs;
import tare.compress.Observed;
import tare.data.Sample;
import tare.model.DecoderBlock;
import tare.model.DecoderModel;
import tare.model.Linear;
import tare.model.LinearGroup;
import tare.model.Positions;
import tare.tensor.FromHeap;

/**
 * Estimates, from a few blocks, how much error a calibration set would cause. Their linear layers
 * are compressed with the set's inputs, and the change of their outputs is measured on other text.
 * The blocks see the uncompressed model's activations.
 *
 * @param model the uncompressed model, in float32
 * @param blocks numbers of the blocks
 */
public record OutputErrorProbe(DecoderModel model, List<Integer> blocks) {

  private static final int BATCH_TOKENS = 4096;

  /** The first, the middle and the last block. */
  public static OutputErrorProbe of(DecoderModel model) {
    int last = model.blocks().size() - 1;
    return new OutputErrorProbe(model, IntStream.of(0, last / 2, last).distinct().boxed().toList());
  }

  /**
   * Computes Gram matrices of text, by block and group. Tokens count by their weights.
   *
   * @param samples of which neighbours of equal length run together
   * @param scope owns the matrices
   */
  public Map<String, LayerInputs> observe(List<Sample> samples, NDManager scope) {
    Map<String, NDArray> grams = new LinkedHashMap<>();
    for (int from = 0, to; from < samples.size(); from = to) {
      int length = samples.get(from).tokens().length;
      to = from + 1;
      while (to < samples.size()
          && samples.get(to).tokens().length == length
          && (to - from + 1) * length <= BATCH_TOKENS) {
        to++;
      }
      List<Sample> part = samples.subList(from, to);
      int[][] tokens = part.stream().map(Sample::tokens).toArray(int[][]::new);
      try (NDManager inner = scope.newSubManager()) {
        Positions positions = Positions.causal(length, model.checkpoint().config(), inner);
        Optional<NDArray> roots = roots(part, inner);
        run(model.embed(tokens, positions, inner), positions, roots, grams, inner, scope);
      }
    }
    long tokens = samples.stream().mapToLong(Sample::counted).sum();
    double weight = samples.stream().mapToDouble(Sample::weight).sum();
    Map<String, LayerInputs> inputs = new LinkedHashMap<>();
    grams.forEach(
        (key, gram) ->
            inputs.put(key, new LayerInputs(tokens, weight, Map.of(Observed.GRAM, gram))));
    return inputs;
  }

  /** The roots of the tokens' weights, {@code [tokens, 1]}; empty if each counts once. */
  private static Optional<NDArray> roots(List<Sample> samples, NDManager manager) {
    if (samples.stream().noneMatch(Sample::isWeighted)) {
      return Optional.empty();
    }
    double[] roots =
        samples.stream()
            .flatMapToDouble(s -> IntStream.range(0, s.tokens().length).mapToDouble(s::weight))
            .map(Math::sqrt)
            .toArray();
    return Optional.of(
        manager.create(roots).toType(DataType.FLOAT32, false).reshape(roots.length, 1));
  }

  private void run(
      NDArray embedded,
      Positions positions,
      Optional<NDArray> roots,
      Map<String, NDArray> grams,
      NDManager inner,
      NDManager scope) {
    NDArray hidden = embedded;
    for (int b = 0; b <= blocks.get(blocks.size() - 1); b++) {
      int index = b;
      DecoderBlock block = model.blocks().get(b);
      try (NDManager own = inner.newSubManager()) {
        hidden.attach(own);
        hidden =
            block.forward(
                hidden,
                positions,
                (group, x) -> {
                  if (blocks.contains(index)) {
                    NDArray rows = x.reshape(-1, x.getShape().getLastDimension());
                    NDArray counted = roots.isPresent() ? rows.mul(roots.get()) : rows;
                    add(grams, index + "." + group.name(), counted, scope);
                  }
                });
        hidden.attach(inner);
      }
    }
  }

  private static void add(Map<String, NDArray> grams, String key, NDArray rows, NDManager scope) {
    NDArray gram = rows.transpose().matMul(rows);
    NDArray before = grams.get(key);
    NDArray sum = before == null ? gram : before.add(gram);
    sum.attach(scope);
    if (before != null) {
      before.close();
    }
    grams.put(key, sum);
  }

  /**
   * The relative squared change of each linear layer's outputs.
   *
   * @param calibration inputs that the compressor sees
   * @param on inputs on which the change is measured
   */
  public List<Double> errors(
      Compressor compressor, Map<String, LayerInputs> calibration, Map<String, LayerInputs> on) {
    List<Double> errors = new ArrayList<>();
    for (int b : blocks) {
      for (LinearGroup group : model.blocks().get(b).groups()) {
        String key = b + "." + group.name();
        for (Linear linear : group.linears()) {
          errors.add(error(compressor, linear, calibration.get(key), on.get(key)));
        }
      }
    }
    return errors;
  }

  private double error(Compressor compressor, Linear linear, LayerInputs seen, LayerInputs on) {
    try (NDManager scope = model.manager().newSubManager()) {
      float[] dense = compressor.compress(linear.weight(), seen).storage().dense();
      NDArray change = FromHeap.copy(dense, linear.weight().getShape(), scope).sub(linear.weight());
      change.attach(scope);
      NDArray weight = linear.weight().duplicate();
      weight.attach(scope);
      return on.energy(change) / on.energy(weight);
    }
  }
}
