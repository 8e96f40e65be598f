package tare.model;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import tare.format.FilesHash;
import tare.format.Safetensors;
import tare.format.SafetensorsWriter;
import tare.format.TensorBytes;
import tare.format.TensorSource;

/** Tiny random checkpoints of src/test/python/make_model_fixtures.py, as they are and changed. */
public final class ModelFixture {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String HEAD = "lm_head.weight";

  private ModelFixture() {}

  /** The folder of a checkpoint, or another test resource, for instance {@code llama/tied}. */
  public static Path folder(String name) throws URISyntaxException {
    return Path.of(Objects.requireNonNull(ModelFixture.class.getResource("/" + name)).toURI());
  }

  /** A checkpoint; it has no tokenizer, so that of bytes stands in. */
  public static Checkpoint checkpoint(String name) throws URISyntaxException {
    Path folder = folder(name);
    return new Checkpoint(
        folder,
        ModelConfig.ofJson(folder.resolve("config.json")),
        Safetensors.open(folder),
        new ByteTokenizer(),
        FilesHash.of(List.of()));
  }

  /**
   * Writes the checkpoint of one entry of {@code fixtures/variants.json}, with a tokenizer that is
   * never asked.
   */
  public static Path variant(JsonNode entry, Path scratch) throws IOException, URISyntaxException {
    Path from = folder(entry.get("folder").asText());
    ObjectNode config = (ObjectNode) JSON.readTree(from.resolve("config.json").toFile());
    entry.get("config").properties().forEach(field -> config.set(field.getKey(), field.getValue()));
    return variant(from, config, entry.get("tensors").asText(), scratch);
  }

  /**
   * Writes a changed checkpoint.
   *
   * @param how the change of the tensors, as src/test/python/make_variant_fixture.py names it
   */
  public static Path variant(Path from, ObjectNode config, String how, Path scratch)
      throws IOException {
    Path folder = Files.createDirectories(scratch.resolve("model"));
    JSON.writeValue(folder.resolve("config.json").toFile(), config);
    Files.copy(
        Path.of("../data/tiny/tokenizer.json"),
        folder.resolve("tokenizer.json"),
        StandardCopyOption.REPLACE_EXISTING);
    Map<String, TensorBytes> tensors = new LinkedHashMap<>();
    TensorSource source = Safetensors.open(from);
    for (String name : source.names()) {
      boolean embedding = name.endsWith("embed_tokens.weight");
      TensorBytes stored = bytes(source.shape(name), source.values(name));
      switch (how) {
        case "bare" -> tensors.put(name.replaceFirst("^model\\.", ""), stored);
        case "head alone" -> tensors.put(embedding ? HEAD : name, stored);
        default -> tensors.put(name, stored);
      }
      if (embedding && how.equals("same head")) {
        tensors.put(HEAD, stored);
      } else if (embedding && how.equals("other head")) {
        tensors.put(HEAD, bytes(source.shape(name), upsideDown(source, name)));
      }
    }
    if (how.equals("inv_freq")) {
      tensors.put(
          "model.layers.0.self_attn.rotary_emb.inv_freq",
          bytes(new Shape(4), new float[] {1, 1, 1, 1}));
    } else if (how.equals("stale index")) {
      addStaleIndex(source, folder);
    }
    SafetensorsWriter.write(folder.resolve("model.safetensors"), tensors);
    return folder;
  }

  private static void addStaleIndex(TensorSource source, Path folder) throws IOException {
    String shard = "model-00001-of-00001.safetensors";
    ObjectNode index = JSON.createObjectNode();
    Map<String, TensorBytes> old = new LinkedHashMap<>();
    for (String name : source.names()) {
      index.withObject("/weight_map").put(name, shard);
      float[] values = source.values(name);
      old.put(
          name,
          bytes(source.shape(name), name.contains("norm") ? new float[values.length] : values));
    }
    SafetensorsWriter.write(folder.resolve(shard), old);
    JSON.writeValue(folder.resolve("model.safetensors.index.json").toFile(), index);
  }

  private static TensorBytes bytes(Shape shape, float[] values) {
    return TensorBytes.float32(shape, () -> values);
  }

  private static float[] upsideDown(TensorSource source, String name) {
    int rows = (int) source.shape(name).get(0);
    int[] order = new int[rows];
    for (int i = 0; i < rows; i++) {
      order[i] = rows - 1 - i;
    }
    return source.rows(name, order);
  }
}
