package tare.calibrate;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tare.compress.LayerReport;
import tare.compress.Recipe;
import tare.data.WholeFile;
import tare.format.Safetensors;
import tare.format.SafetensorsWriter;
import tare.format.TensorSource;
import tare.format.WritableTensors;
import tare.model.Checkpoint;
import tare.model.ModelConfig;

/**
 * A folder in which a model is being compressed: a copy of its weights that is overwritten block by
 * block, and what it takes to go on after the last block that is done: the samples' hidden states
 * and the reports. Whenever the process is killed, the folder holds a state between two blocks: a
 * block counts as done from the moment that progress.json is moved into place.
 */
final class UnfinishedModel {

  private static final String PROGRESS = "progress.json";
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Checkpoint original;
  private final Path folder;
  private final WritableTensors tensors;
  private State state;

  /**
   * What progress.json holds.
   *
   * @param settings all that determines the result
   * @param blocks how many blocks are done
   * @param layers the reports on them
   */
  private record State(String settings, int blocks, List<LayerReport> layers) {}

  private UnfinishedModel(Checkpoint original, Path folder, State state) {
    this.original = original;
    this.folder = folder;
    this.state = state;
    tensors = WritableTensors.open(folder);
  }

  /**
   * Copies a model's weights into a folder, or finds the folder as a killed run left it.
   *
   * @param settings all that determines the result
   * @throws IllegalArgumentException if the folder holds a checkpoint, or the unfinished work of
   *     other settings
   */
  static UnfinishedModel in(Path folder, Checkpoint original, String settings) throws IOException {
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
      UnfinishedModel found = new UnfinishedModel(original, folder, state);
      Files.deleteIfExists(found.streams(state.blocks() - 1));
      return found;
    }
    CheckpointFolder.copyWeights(original, folder);
    return new UnfinishedModel(original, folder, state);
  }

  /** How many blocks are done. */
  int blocks() {
    return state.blocks();
  }

  /** Goes on after the last block that is done; there must be one, and one to come. */
  CompressionRun resume(Recipe recipe, Schedule schedule, ModelConfig config) {
    TensorSource streams = Safetensors.openFile(streams(state.blocks()));
    return new CompressionRun(
        recipe,
        schedule,
        Residual.read(CompressionRun.ORIGINAL, streams, config),
        Residual.read(CompressionRun.COMPRESSED, streams, config),
        state.layers());
  }

  /** Writes a block that is done, and then that it is. */
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
    int done = state.blocks() + 1;
    if (done < original.config().blocks()) {
      SafetensorsWriter.write(streams(done), run.streams());
    }
    state = new State(state.settings(), done, List.copyOf(run.reports()));
    WholeFile.write(folder.resolve(PROGRESS), out -> out.write(JSON.writeValueAsBytes(state)));
    Files.deleteIfExists(streams(done - 1));
  }

  /** Makes the folder a checkpoint, when all blocks are done. */
  CompressedModel finish() throws IOException {
    CheckpointFolder.finish(original, folder);
    Files.delete(folder.resolve(PROGRESS));
    return new CompressedModel(Checkpoint.open(folder), Map.of(), state.layers());
  }

  private Path streams(int block) {
    return folder.resolve("hidden-" + block + ".safetensors");
  }
}
