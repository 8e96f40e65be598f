package tare.format;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** Overwrites tensors in the safetensors files of a folder. Each tensor keeps its number format. */
public final class WritableTensors {

  private final StoredTensors stored;

  private WritableTensors(StoredTensors stored) {
    this.stored = stored;
  }

  /**
   * Opens the weights of a checkpoint folder.
   *
   * @throws IllegalArgumentException as {@link Safetensors#open}
   */
  public static WritableTensors open(Path folder) {
    return new WritableTensors(Safetensors.stored(folder));
  }

  /**
   * Overwrites a tensor. Each value is rounded to the nearest number of the tensor's format.
   *
   * @param values row-major, as many as the tensor has
   * @throws IllegalArgumentException if there is no such tensor or its number of values differs
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
    try (FileChannel channel = FileChannel.open(tensor.file(), StandardOpenOption.WRITE)) {
      channel.position(tensor.offset());
      OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel));
      TensorBytes.of(tensor.type(), tensor.shape(), () -> values).body().writeTo(out);
      out.flush();
      channel.force(false);
    }
  }
}
