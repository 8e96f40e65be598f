package tare.calibrate;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tare.compress.Method;
import tare.data.WholeFile;
import tare.format.Safetensors;
import tare.format.SafetensorsWriter;
import tare.format.TensorSource;
import tare.format.WritableTensors;
import tare.model.BlockReader;
import tare.model.Checkpoint;
import tare.model.ModelConfig;
import tare.tensor.StorageType;

/**
 * A folder in which a model is being compressed. It holds a copy of the weights, which is
 * overwritten block by block, and the data to continue after the last finished block: the samples'
 * hidden states and the reports.
 *
 * <p>The process may be killed at any time: a block counts as done only when its progress.json is
 * moved into place, so the folder always describes a state between two blocks.
 */
final class UnfinishedModel {

  private static final String PROGRESS = "progress.json";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Checkpoint original;
  private final Path folder;
  private final StorageType written;
  private final WritableTensors tensors;
  private final Optional<AddedFiles> added; // empty if the run continues
  private State state;

  /**
   * Content of progress.json.
   *
   * @param settings all settings that determine the result
   * @param blocks number of finished blocks
   * @param layers the reports on their layers
   */
  private record State(String settings, int blocks, List<LayerReport> layers) {}

  private UnfinishedModel(
      Checkpoint original,
      StorageType written,
      Path folder,
      State state,
      Optional<AddedFiles> added) {
    this.written = written;
    this.added = added;
    this.original = original;
    this.folder = folder;
    this.state = state;
    tensors = WritableTensors.open(folder, original.config().architecture()::fullName);
  }

  /**
   * Copies a model's weights into a folder, or opens the folder of a killed run.
   *
   * @param written number format of the weights of a GGUF file or a rotated model
   * @param settings all settings that determine the result
   * @throws IllegalArgumentException if the folder holds a checkpoint, or the unfinished work of
   *     other settings
   */
  static UnfinishedModel open(
      Path folder, Checkpoint original, StorageType written, String settings) throws IOException {
    CheckpointFolder.requireFree(folder);
    Path progress = folder.resolve(PROGRESS);
    State state = new State(settings, 0, List.of());
    if (Files.exists(progress)) {
      state = JSON.readValue(progress.toFile(), State.class);
      if (!state.settings().equals(settings)) {
        throw new IllegalArgumentException(
            "%s holds the unfinished work of another run: give another folder, or delete it.\n  there: %s\n  here: %s"
                .formatted(folder, state.settings(), settings));
      }
      UnfinishedModel found =
          new UnfinishedModel(original, written, folder, state, Optional.empty());
      Files.deleteIfExists(found.streams(state.blocks() - 1));
      return found;
    }
    AddedFiles added = AddedFiles.to(folder);
    try {
      CheckpointFolder.copyWeights(original, written, folder);
      return new UnfinishedModel(original, written, folder, state, Optional.of(added));
    } catch (IOException | RuntimeException e) {
      added.removeAfter(e);
      throw e;
    }
  }

  /** Leaves the folder as it was before this run if the run failed before its first block. */
  void failed(Throwable failure) {
    if (state.blocks() == 0) {
      added.ifPresent(files -> files.removeAfter(failure));
    }
  }

  /** Number of finished blocks. */
  int blocks() {
    return state.blocks();
  }

  /**
   * Continues after the last finished block. At least one block must be finished and at least one
   * must remain.
   *
   * @param running makes blocks run in the precision of calibration
   */
  CompressionRun resume(Method method, ModelConfig config, BlockReader running) {
    TensorSource streams = Safetensors.openFile(streams(state.blocks()));
    return new CompressionRun(
        method,
        Residual.read(CompressionRun.ORIGINAL, streams, config),
        Residual.read(CompressionRun.COMPRESSED, streams, config),
        state.layers(),
        running);
  }

  /** Writes a finished block, and then records that it is finished. */
  void add(CompressionRun run) {
    try {
      write(run);
    } catch (IOException e) {
      throw new UncheckedIOException(folder + ": a compressed block cannot be written", e);
    }
  }

  private void write(CompressionRun run) throws IOException {
    for (Map.Entry<String, float[]> changed : run.take().entrySet()) {
      tensors.write(changed.getKey(), changed.getValue());
    }
    tensors.force();
    int done = state.blocks() + 1;
    if (done < original.config().blocks()) {
      SafetensorsWriter.write(streams(done), run.streams());
    }
    state = new State(state.settings(), done, List.copyOf(run.reports()));
    WholeFile.write(folder.resolve(PROGRESS), out -> out.write(JSON.writeValueAsBytes(state)));
    Files.deleteIfExists(streams(done - 1));
  }

  /** Turns the folder into a checkpoint after all blocks are done. */
  CompressedModel finish() throws IOException {
    CheckpointFolder.finish(original, written, folder);
    Files.delete(folder.resolve(PROGRESS));
    return new CompressedModel(Checkpoint.open(folder), Map.of(), state.layers());
  }

  private Path streams(int block) {
    return folder.resolve("hidden-" + block + ".safetensors");
  }
}
