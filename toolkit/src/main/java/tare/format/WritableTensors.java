package tare.format;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.UnaryOperator;
import tare.tensor.HalfFloat;
import tare.tensor.StorageType;

/** Overwrites tensors in the safetensors files of a folder. Each tensor keeps its number format. */
public final class WritableTensors {

  private final StoredTensors stored;
  private final Set<Path> changed = new LinkedHashSet<>();

  private WritableTensors(StoredTensors stored) {
    this.stored = stored;
  }

  /**
   * Opens the weights of a checkpoint folder.
   *
   * @param naming from the name in the file to the name here
   * @throws IllegalArgumentException as {@link Safetensors#open(Path, UnaryOperator)}, or if a
   *     tensor stands twice
   */
  public static WritableTensors open(Path folder, UnaryOperator<String> naming) {
    return new WritableTensors(Safetensors.storedOnce(folder, naming));
  }

  /**
   * Overwrites a tensor. Each value is rounded to the nearest number of the tensor's format.
   *
   * @param values row-major, as many as the tensor has
   * @throws IllegalArgumentException if there is no such tensor, its number of values differs, or a
   *     value is beyond the range of its format
   * @throws IOException if the file cannot be written
   */
  public void write(String name, float[] values) throws IOException {
    StoredTensor tensor = stored.tensor(name);
    if (tensor.shape().size() != values.length) {
      throw new IllegalArgumentException(
          tensor.file()
              + ": tensor "
              + name
              + " has shape "
              + tensor.shape()
              + ", not "
              + values.length
              + " values");
    }
    if (tensor.type() == StorageType.F16) {
      requireInRange(tensor, values);
    }
    try (FileChannel channel = FileChannel.open(tensor.file(), StandardOpenOption.WRITE)) {
      channel.position(tensor.offset());
      OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel));
      TensorBytes.of(tensor.type(), tensor.shape(), () -> values).body().writeTo(out);
      out.flush();
    }
    changed.add(tensor.file());
  }

  /**
   * Has the system put all that was written on the disk, so that it outlasts a loss of power.
   *
   * @throws IOException if a file cannot be written
   */
  public void force() throws IOException {
    for (Path file : changed) {
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.force(false);
      }
    }
    changed.clear();
  }

  private static void requireInRange(StoredTensor tensor, float[] values) {
    for (float value : values) {
      if (!Float.isFinite(HalfFloat.round(value))) {
        throw new IllegalArgumentException(
            tensor.file()
                + ": tensor "
                + tensor.name()
                + " is stored as float16, which cannot hold the new value "
                + value
                + ". Convert the checkpoint to bfloat16 or float32 first.");
      }
    }
  }
}
