package tare.calibrate;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CancellationException;
import java.util.function.Supplier;
import tare.calibrate.CompressionRun.Change;
import tare.compress.Method;
import tare.data.CalibrationSet;
import tare.data.Progress;
import tare.data.Sample;
import tare.data.WholeFile;
import tare.format.Overlay;
import tare.format.Safetensors;
import tare.format.SafetensorsWriter;
import tare.format.TensorBytes;
import tare.format.TensorSource;
import tare.model.BlockReader;
import tare.model.Checkpoint;
import tare.model.Linear;
import tare.model.LinearGroup;
import tare.model.Precision;
import tare.tensor.FreedMemory;

/**
 * A model whose first blocks are compressed, in a folder. It can be scored as it is, and compressed
 * further from there. It also measures what each compressed linear layer changes on target text,
 * whose hidden states run through the original blocks beside the calibration samples.
 *
 * <p>The folder holds the changed tensors of each finished block, the hidden states before the next
 * block, and the reports. The process may be killed at any time: a block counts as done only when
 * its progress.json is moved into place.
 */
public final class PartialCompression {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PROGRESS = "progress.json";
  private static final String TARGET = "target";

  private final Path folder;
  private final Checkpoint original;
  private final CalibrationSet set;
  private final List<Sample> target;
  private final Method method;
  private State state;

  /**
   * Content of progress.json.
   *
   * @param settings all settings that determine the result
   * @param blocks number of finished blocks
   * @param layers the reports on their layers
   * @param losses what each of their layers changes on the target text
   */
  private record State(
      String settings, int blocks, List<LayerReport> layers, List<TargetLoss> losses) {}

  private PartialCompression(
      Path folder,
      Checkpoint original,
      CalibrationSet set,
      List<Sample> target,
      Method method,
      State state) {
    this.folder = folder;
    this.original = original;
    this.set = set;
    this.target = target;
    this.method = method;
    this.state = state;
  }

  /**
   * Opens a folder: the one of a stopped run goes on after its last finished block.
   *
   * @param folder made at the first block
   * @param target windows of equal length on which the change of the outputs is measured
   * @throws IllegalArgumentException if the set or the target does not fit the model, or the folder
   *     holds the work of other settings
   * @throws IOException if the folder cannot be read
   */
  public static PartialCompression open(
      Path folder, Checkpoint checkpoint, CalibrationSet set, List<Sample> target, Method method)
      throws IOException {
    checkpoint.requireDense();
    BlockByBlock.requireFits(checkpoint, set.samples(), method.recipe());
    BlockByBlock.requireFits(checkpoint, target, method.recipe());
    String settings =
        String.join(
            " ",
            checkpoint.identity(),
            method.recipe().parts(),
            method.schedule().label(),
            set.fingerprint(),
            new CalibrationSet(TARGET, set.budget(), target).fingerprint());
    State state = new State(settings, 0, List.of(), List.of());
    Path progress = folder.resolve(PROGRESS);
    if (Files.exists(progress)) {
      state = JSON.readValue(progress.toFile(), State.class);
      if (!state.settings().equals(settings)) {
        throw new IllegalArgumentException(
            "%s holds the unfinished work of another run: give another folder, or delete it.\n  there: %s\n  here: %s"
                .formatted(folder, state.settings(), settings));
      }
    }
    Checkpoint original = BlockByBlock.rotated(checkpoint, method);
    return new PartialCompression(folder, original, set, target, method, state);
  }

  /** Number of compressed blocks. */
  public int blocks() {
    return state.blocks();
  }

  /** A report on each compressed layer, in the order of the model. */
  public List<LayerReport> layers() {
    return state.layers();
  }

  /** What each compressed layer changes on the target text, in the order of the model. */
  public List<TargetLoss> losses() {
    return state.losses();
  }

  /** The model with its first blocks compressed, as it is now. Tensors are read when needed. */
  public Checkpoint checkpoint() {
    Map<String, Supplier<float[]>> replaced = new LinkedHashMap<>();
    for (int block = 0; block < state.blocks(); block++) {
      TensorSource changed = Safetensors.openFile(changed(block));
      changed.names().forEach(name -> replaced.put(name, () -> changed.values(name)));
    }
    return original
        .withTensors(new Overlay(original.tensors(), replaced))
        .withInputs(method.recipe().inputs());
  }

  /**
   * Compresses further.
   *
   * @param end number of blocks that are compressed afterwards
   * @param progress told after each block
   * @throws IllegalArgumentException if a linear layer cannot be compressed (the message names it)
   * @throws IOException if the folder cannot be written
   * @throws CancellationException if the thread is interrupted
   */
  public void advance(int end, Device device, Progress progress) throws IOException {
    if (state.blocks() >= end) {
      return;
    }
    int all = original.config().blocks();
    BlockReader blocks = BlockReader.open(original, Precision.F32, device);
    try (NDManager manager = NDManager.newBaseManager(device)) {
      int batch = new BlockByBlock().batchTokens();
      Residual seen;
      CompressionRun run;
      if (state.blocks() == 0) {
        seen = Residual.embed(target, batch, original.config(), blocks, manager);
        run =
            new CompressionRun(
                method,
                Residual.embed(set.samples(), batch, original.config(), blocks, manager),
                blocks);
      } else {
        TensorSource streams = Safetensors.openFile(streams(state.blocks()));
        seen = Residual.read(TARGET, streams, original.config());
        run =
            new CompressionRun(
                method,
                Residual.read(CompressionRun.ORIGINAL, streams, original.config()),
                Residual.read(CompressionRun.COMPRESSED, streams, original.config()),
                state.layers(),
                blocks);
      }
      for (int index = state.blocks(); index < end; index++) {
        List<TargetLoss> losses = new ArrayList<>(state.losses());
        try (NDManager scope = manager.newSubManager()) {
          Change change = run.block(blocks.block(index, scope), index == all - 1, scope);
          seen = losses(change, seen, losses, scope);
        }
        save(index + 1, run, seen, losses);
        progress.at("compressing blocks", index + 1, all);
        if (Thread.currentThread().isInterrupted()) {
          throw new CancellationException("interrupted after block " + index);
        }
      }
    } finally {
      FreedMemory.giveBack();
    }
  }

  /** Measures a block's layers on the target text. */
  private Residual losses(Change change, Residual seen, List<TargetLoss> losses, NDManager scope) {
    Map<String, NDArray> deltas = new LinkedHashMap<>();
    for (LinearGroup group : change.before().groups()) {
      List<Linear> after = change.after().group(group.name()).linears();
      for (int i = 0; i < after.size(); i++) {
        Linear linear = group.linears().get(i);
        deltas.put(linear.name(), after.get(i).weight().sub(linear.weight()));
      }
    }
    Map<String, Double[]> changed = new LinkedHashMap<>();
    Map<String, Double> outputs = new LinkedHashMap<>();
    deltas.keySet().forEach(name -> changed.put(name, new Double[target.size()]));
    Residual after =
        seen.forward(
            change.before(),
            (group, x, first) -> {
              for (Linear linear : group.linears()) {
                float[] ofWindows = squares(x, deltas.get(linear.name()));
                for (int w = 0; w < ofWindows.length; w++) {
                  changed.get(linear.name())[first + w] = (double) ofWindows[w];
                }
                for (float each : squares(x, linear.weight())) {
                  outputs.merge(linear.name(), (double) each, Double::sum);
                }
              }
            },
            scope);
    changed.forEach(
        (name, values) ->
            losses.add(new TargetLoss(name, Arrays.asList(values), outputs.get(name))));
    return after;
  }

  /** ‖X_w Dᵀ‖² of each window of {@code [windows, tokens, channels]}. */
  private static float[] squares(NDArray x, NDArray weight) {
    try (NDManager scope = x.getManager().newSubManager()) {
      NDArray across = weight.transpose();
      across.attach(scope);
      NDArray out = x.matMul(across);
      out.attach(scope);
      NDArray squared = out.square();
      squared.attach(scope);
      NDArray sum = squared.sum(new int[] {1, 2});
      sum.attach(scope);
      return sum.toFloatArray();
    }
  }

  private void save(int done, CompressionRun run, Residual seen, List<TargetLoss> losses)
      throws IOException {
    Files.createDirectories(folder);
    Map<String, TensorBytes> tensors = new LinkedHashMap<>();
    run.take()
        .forEach(
            (name, values) ->
                tensors.put(
                    name, TensorBytes.float32(original.tensors().shape(name), () -> values)));
    SafetensorsWriter.write(changed(done - 1), tensors);
    if (done < original.config().blocks()) {
      Map<String, TensorBytes> streams = new LinkedHashMap<>(run.streams());
      streams.putAll(seen.tensors(TARGET));
      SafetensorsWriter.write(streams(done), streams);
    }
    state = new State(state.settings(), done, List.copyOf(run.reports()), List.copyOf(losses));
    WholeFile.write(folder.resolve(PROGRESS), out -> out.write(JSON.writeValueAsBytes(state)));
    Files.deleteIfExists(streams(done - 1));
  }

  private Path changed(int block) {
    return folder.resolve("block-" + block + ".safetensors");
  }

  private Path streams(int block) {
    return folder.resolve("hidden-" + block + ".safetensors");
  }
}
