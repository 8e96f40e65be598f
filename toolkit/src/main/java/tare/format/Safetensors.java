package tare.format;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tare.tensor.StorageType;

/**
 * Reads safetensors files. A file holds the length of its header in eight bytes, a JSON header
 * (type, shape and byte range of each tensor), and the bytes of the tensors.
 */
public final class Safetensors {

  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";

  private static final Pattern PICKLE = Pattern.compile("\\.(bin|pt|pth|ckpt|pkl)$");

  private Safetensors() {}

  /**
   * Opens {@code model.safetensors}, or all shards that {@code model.safetensors.index.json} names.
   * The whole file wins if both are there, as in {@code transformers}: the index is of an earlier
   * save.
   *
   * @throws IllegalArgumentException if neither file exists, a shard is missing or lies outside the
   *     folder, two shards hold different tensors of one name, or a header is corrupt or claims
   *     more than its file holds; the message names file and field
   */
  public static TensorSource open(Path folder) {
    return open(folder, UnaryOperator.identity());
  }

  /**
   * Opens the weights of a folder under other names.
   *
   * @param naming from the name in the file to the name here
   * @throws IllegalArgumentException as {@link #open(Path)}; also if two tensors get one name
   */
  public static TensorSource open(Path folder, UnaryOperator<String> naming) {
    return stored(folder, naming);
  }

  /**
   * Opens one file.
   *
   * @throws IllegalArgumentException if the header is corrupt or claims more than the file holds
   */
  public static TensorSource openFile(Path file) {
    return new StoredTensors(file, header(file));
  }

  /**
   * Lists the files with a folder's weights: {@code model.safetensors}, or the index and its
   * shards.
   *
   * @throws IllegalArgumentException if neither file exists, or a shard is missing or lies outside
   *     the folder
   */
  public static Set<Path> files(Path folder) {
    if (Files.isRegularFile(folder.resolve(SINGLE))) {
      return Set.of(folder.resolve(SINGLE));
    }
    Set<Path> files = new TreeSet<>(shards(folder));
    files.add(folder.resolve(INDEX));
    return files;
  }

  /** Opens a folder in which each part of the model stands once, so that it can be overwritten. */
  static StoredTensors storedOnce(Path folder, UnaryOperator<String> naming) {
    StoredTensors all = stored(folder, naming);
    List<Path> files = files(folder).stream().filter(file -> !file.endsWith(INDEX)).toList();
    long stored = files.stream().mapToLong(file -> header(file).size()).sum();
    if (stored > all.names().size()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: %d tensors stand in the files, but the model has %d: some stand twice, and only one copy would be compressed. Save the checkpoint again.",
              folder,
              stored,
              all.names().size()));
    }
    return all;
  }

  static StoredTensors stored(Path folder, UnaryOperator<String> naming) {
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    if (Files.isRegularFile(folder.resolve(SINGLE))) {
      add(header(folder.resolve(SINGLE)), naming, tensors);
      return new StoredTensors(folder, tensors);
    }
    for (Path shard : shards(folder)) {
      add(header(shard), naming, tensors);
    }
    weightMap(folder)
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (!tensors.containsKey(naming.apply(name))) {
                throw new IllegalArgumentException(
                    folder.resolve(INDEX) + ": tensor " + name + " is in none of the shards");
              }
            });
    return new StoredTensors(folder, tensors);
  }

  private static void add(
      Map<String, StoredTensor> found,
      UnaryOperator<String> naming,
      Map<String, StoredTensor> tensors) {
    found.forEach(
        (stored, tensor) -> {
          String name = naming.apply(stored);
          StoredTensor before = tensors.put(name, tensor);
          if (before != null && !before.sameBytes(tensor)) {
            throw new IllegalArgumentException(
                "%s: tensor %s differs from tensor %s of %s, which is the same part of the model:"
                        .formatted(tensor.file(), tensor.name(), before.name(), before.file())
                    + " one of the two is of another save. Fetch the checkpoint again.");
          }
        });
  }

  private static JsonNode weightMap(Path folder) {
    Path index = folder.resolve(INDEX);
    if (!Files.isRegularFile(index)) {
      throw new IllegalArgumentException(
          folder + ": there is no " + SINGLE + " and no " + INDEX + pickles(folder));
    }
    JsonNode weightMap = JsonTree.read(index).path("weight_map");
    if (!weightMap.isObject() || weightMap.isEmpty()) {
      throw new IllegalArgumentException(index + ": field weight_map is missing or empty");
    }
    return weightMap;
  }

  /** The files that the index names, in the order of their names. */
  private static Set<Path> shards(Path folder) {
    Path index = folder.resolve(INDEX);
    Set<String> names = new TreeSet<>();
    weightMap(folder).forEach(shard -> names.add(shard.asText()));
    Set<Path> files = new LinkedHashSet<>();
    for (String name : names) {
      Path file = shard(folder, name, index);
      if (!isInside(folder, file) || !Files.isRegularFile(file)) {
        throw new IllegalArgumentException(
            index + ": shard " + name + " is not in " + folder + ". Fetch it again.");
      }
      files.add(file);
    }
    return files;
  }

  /** Whether a file lies below a folder. Full paths tell, as the folder {@code .} has no name. */
  static boolean isInside(Path folder, Path file) {
    return file.toAbsolutePath().normalize().startsWith(folder.toAbsolutePath().normalize());
  }

  private static Path shard(Path folder, String name, Path index) {
    try {
      return folder.resolve(name).normalize();
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(
          index + ": field weight_map: the name of a shard is not a path: " + e.getReason(), e);
    }
  }

  /**
   * Says how to convert a checkpoint stored as pickles. Tare never reads pickles, because reading a
   * pickle runs the code in it.
   */
  private static String pickles(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> PICKLE.matcher(name).find())
          .sorted()
          .findFirst()
          .map(
              name ->
                  "; "
                      + name
                      + " is a Python pickle, which is never read. Convert the checkpoint with"
                      + " transformers:"
                      + " AutoModelForCausalLM.from_pretrained(...).save_pretrained(...)")
          .orElse("");
    } catch (IOException e) {
      throw new UncheckedIOException(folder + " cannot be listed", e);
    }
  }

  private static Map<String, StoredTensor> header(Path file) {
    try (FileChannel channel = FileChannel.open(file)) {
      long size = channel.size();
      long length = size < 8 ? -1 : read(channel, 0, 8).getLong();
      if (length < 2 || length > size - 8 || length > 100_000_000) {
        throw new IllegalArgumentException(
            file
                + ": the header claims "
                + length
                + " bytes, but the file has "
                + size
                + ". The file is cut off, corrupt, or not a safetensors file.");
      }
      JsonNode header =
          JsonTree.parse(read(channel, 8, (int) length).array(), file + ": the header");
      Map<String, StoredTensor> tensors = new LinkedHashMap<>();
      for (Map.Entry<String, JsonNode> entry : header.properties()) {
        if (!entry.getKey().equals("__metadata__")) {
          tensors.put(
              entry.getKey(),
              tensor(file, entry.getKey(), entry.getValue(), 8 + length).checked(size));
        }
      }
      return tensors;
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }

  private static StoredTensor tensor(Path file, String name, JsonNode entry, long data) {
    JsonNode shape = entry.path("shape");
    JsonNode range = entry.path("data_offsets");
    if (!shape.isArray()
        || range.size() != 2
        || !range.path(0).canConvertToLong()
        || !range.path(1).canConvertToLong()) {
      throw new IllegalArgumentException(
          file + ": tensor " + name + ": shape or data_offsets is missing");
    }
    long[] sizes = new long[shape.size()];
    for (int i = 0; i < sizes.length; i++) {
      sizes[i] = shape.get(i).asLong(-1);
      if (sizes[i] < 0) {
        throw new IllegalArgumentException(
            file + ": tensor " + name + ": shape " + shape + " does not consist of whole numbers");
      }
    }
    StorageType type;
    try {
      type = StorageType.ofSafetensors(entry.path("dtype").asText());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          file + ": tensor " + name + ": unknown " + e.getMessage(), e);
    }
    StoredTensor tensor =
        new StoredTensor(file, name, type, new Shape(sizes), data + range.get(0).asLong());
    long bytes = range.get(1).asLong() - range.get(0).asLong();
    if (range.get(0).asLong() < 0 || bytes != tensor.byteCount()) {
      throw new IllegalArgumentException(
          file
              + ": tensor "
              + name
              + " has data_offsets "
              + range
              + ", which do not fit shape "
              + shape
              + " of "
              + type);
    }
    return tensor;
  }

  private static ByteBuffer read(FileChannel channel, long offset, int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining() && channel.read(bytes, offset + bytes.position()) > 0) {}
    return bytes.flip();
  }
}
