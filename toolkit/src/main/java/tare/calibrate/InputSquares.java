package tare.calibrate;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CancellationException;
import tare.compress.LayerInputs;
import tare.compress.Observed;
import tare.data.CalibrationSet;
import tare.data.Progress;
import tare.data.Sample;
import tare.model.BlockReader;
import tare.model.Checkpoint;
import tare.model.DecoderBlock;
import tare.model.Linear;
import tare.model.LinearGroup;
import tare.model.ModelConfig;
import tare.model.Precision;

/**
 * How large the inputs of each linear layer are in the original model: sums of squares over the
 * tokens of a calibration set. Their roots are the norms by which Wanda ranks weights. llama.cpp
 * calls them an importance matrix.
 *
 * @param sums Σ w x² of each input channel, by the name of the linear layer's weight
 * @param weight sum of the tokens' weights w: the number of tokens, if each counts once
 */
public record InputSquares(Map<String, float[]> sums, double weight) {

  private static final int BATCH_TOKENS = 4096;

  /**
   * Runs a set through a model, block by block and in float32.
   *
   * @param progress told after each block
   * @throws IllegalArgumentException if a sample is longer than the model's context, or inputs are
   *     not finite; the message names the linear layer
   * @throws CancellationException if the thread is interrupted
   */
  public static InputSquares of(
      Checkpoint checkpoint, CalibrationSet set, Device device, Progress progress) {
    ModelConfig config = checkpoint.config();
    set.samples().forEach(sample -> config.requireFits(sample.tokens().length));
    Map<String, float[]> sums = new LinkedHashMap<>();
    BlockReader blocks = BlockReader.open(checkpoint, Precision.F32, device);
    try (NDManager manager = NDManager.newBaseManager(device)) {
      Residual stream = Residual.embed(set.samples(), BATCH_TOKENS, config, blocks, manager);
      for (int index = 0; index < config.blocks(); index++) {
        try (NDManager scope = manager.newSubManager()) {
          DecoderBlock block = blocks.block(index, scope);
          boolean last = index == config.blocks() - 1;
          Residual.Watch all = Residual.Watch.all(Set.of(Observed.SQUARES));
          Residual.Pass pass = stream.pass(block, all, last, scope);
          block.groups().forEach(group -> put(sums, group, pass.inputs().get(group.name())));
          stream = pass.after();
        }
        progress.at("summing inputs of blocks", index + 1, config.blocks());
        if (Thread.currentThread().isInterrupted()) {
          throw new CancellationException("interrupted after block " + index);
        }
      }
    }
    return new InputSquares(sums, set.samples().stream().mapToDouble(Sample::weight).sum());
  }

  private static void put(Map<String, float[]> sums, LinearGroup group, LayerInputs inputs) {
    float[] squares = inputs.squares().toFloatArray();
    for (Linear linear : group.linears()) {
      sums.put(linear.name(), squares);
    }
  }
}
