package tare.select;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import tare.data.Progress;
import tare.data.Sha256;
import tare.data.TemporaryFolder;
import tare.model.Checkpoint;

/**
 * Keeps statistics of activations between selections: one file for each window and moment, in a
 * folder for each model and observation. A file is either complete or absent, so a killed selection
 * loses nothing, and several selections may run at once. The folder may be deleted at any time.
 *
 * @param folder the folder; empty to keep nothing beyond one selection
 * @param model identifies the model: weights and configuration
 * @param progress receives the progress of a pass
 * @param use told how many statistics came from the cache
 */
public record ActivationCache(Optional<Path> folder, String model, Progress progress, Use use) {

  /** Keeps nothing and reports nothing. */
  public static final ActivationCache NONE =
      new ActivationCache(Optional.empty(), "", Progress.NONE, Use.NONE);

  /** Keeps statistics of a model in a folder. */
  public static ActivationCache in(Path folder, Checkpoint model, Progress progress) {
    return in(folder, model.identity(), progress);
  }

  /**
   * Keeps statistics of a model in a folder.
   *
   * @param model identifies the model
   */
  public static ActivationCache in(Path folder, String model, Progress progress) {
    return new ActivationCache(Optional.of(folder), model, progress, Use.NONE);
  }

  /** Returns a cache that reports its use. */
  public ActivationCache with(Use other) {
    return new ActivationCache(folder, model, progress, other);
  }

  /**
   * The folder for one kind of observation of this model; a new temporary folder if nothing is
   * kept.
   *
   * @param observation its text names the folder
   */
  public Path place(Object observation) {
    try {
      if (folder.isEmpty()) {
        return TemporaryFolder.make("activations");
      }
      String name = Sha256.hex(model + "\n" + observation).substring(0, 16);
      return Files.createDirectories(folder.get().resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException("Statistics cannot be kept: " + e.getMessage(), e);
    }
  }

  /**
   * The file for a set that this model wrote; empty if nothing is kept.
   *
   * @param what names the set
   */
  public Optional<Path> written(String what) {
    return folder.map(
        kept -> kept.resolve("written").resolve(Sha256.hex(model + "\n" + what) + ".jsonl"));
  }

  /** The file of one statistic of one window. */
  public static Path file(Path place, String key, String ending) {
    return place.resolve(key.substring(0, 2)).resolve(key + "." + ending);
  }

  public static void write(Path file, float[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    try {
      Files.createDirectories(file.getParent());
      Path part = Files.createTempFile(file.getParent(), "part", null);
      Files.write(part, bytes.array());
      Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(
          file
              + " cannot be written: "
              + e.getMessage()
              + ". Free some space there, or use no cache.",
          e);
    }
  }

  /** The values in a file; empty if the file is missing or has another size. */
  public static Optional<float[]> read(Path file, int size) {
    try {
      byte[] bytes = Files.readAllBytes(file);
      if (bytes.length != 4 * size) {
        return Optional.empty();
      }
      float[] values = new float[size];
      ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
      return Optional.of(values);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }

  /** Told how much of a selection came from the cache, and what the rest cost. */
  @FunctionalInterface
  public interface Use {

    /** Tells nobody. */
    Use NONE = (kept, computed, seconds) -> {};

    /**
     * Windows were looked up.
     *
     * @param kept number of windows in the cache
     * @param computed number of windows that ran through the model
     * @param seconds time that these took
     */
    void looked(int kept, int computed, double seconds);
  }
}
