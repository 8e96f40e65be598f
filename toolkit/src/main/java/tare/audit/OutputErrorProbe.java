package tare.audit;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import tare.compress.Compressor;
import tare.compress.LayerInputs;
import tare.model.DecoderBlock;
import tare.model.DecoderModel;
import tare.model.Linear;
import tare.model.LinearGroup;
import tare.model.Positions;

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
   * Computes Gram matrices of text, by block and group.
   *
   * @param windows token ids, all of equal length
   * @param scope owns the matrices
   */
  public Map<String, LayerInputs> observe(List<int[]> windows, NDManager scope) {
    Map<String, NDArray> grams = new LinkedHashMap<>();
    long tokens = 0;
    int length = windows.get(0).length;
    int batch = Math.max(1, BATCH_TOKENS / length);
    for (int from = 0; from < windows.size(); from += batch) {
      int[][] part =
          windows.subList(from, Math.min(windows.size(), from + batch)).toArray(int[][]::new);
      tokens += (long) part.length * length;
      try (NDManager inner = scope.newSubManager()) {
        Positions positions = Positions.causal(length, model.checkpoint().config(), inner);
        run(model.embed(part, positions, inner), positions, grams, inner, scope);
      }
    }
    Map<String, LayerInputs> inputs = new LinkedHashMap<>();
    for (Map.Entry<String, NDArray> each : grams.entrySet()) {
      inputs.put(each.getKey(), new LayerInputs(tokens, each.getValue()));
    }
    return inputs;
  }

  private void run(
      NDArray embedded,
      Positions positions,
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
                    add(grams, index + "." + group.name(), x, scope);
                  }
                });
        hidden.attach(inner);
      }
    }
  }

  private static void add(Map<String, NDArray> grams, String key, NDArray x, NDManager scope) {
    NDArray rows = x.reshape(-1, x.getShape().getLastDimension());
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
      NDArray change = scope.create(dense, linear.weight().getShape()).sub(linear.weight());
      change.attach(scope);
      NDArray weight = linear.weight().duplicate();
      weight.attach(scope);
      return on.energy(change) / on.energy(weight);
    }
  }
}
