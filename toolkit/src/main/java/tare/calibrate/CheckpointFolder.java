package tare.calibrate;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tare.format.Gguf;
import tare.format.Safetensors;
import tare.format.SafetensorsWriter;
import tare.format.TensorBytes;
import tare.format.TensorSource;
import tare.model.Checkpoint;
import tare.model.GgufTokenizer;
import tare.model.ModelConfig;
import tare.model.Rotary;
import tare.model.SpecialTokens;
import tare.model.generation.ChatTemplate;
import tare.tensor.HalfFloat;
import tare.tensor.StorageType;

/**
 * Writes a checkpoint as a folder in Hugging Face's layout: {@code model.safetensors}, {@code
 * config.json} and {@code tokenizer.json}.
 */
public final class CheckpointFolder {

  private static final String CONFIG = "config.json";
  private static final String TOKENIZER = "tokenizer.json";
  private static final String TIED = "tie_word_embeddings";
  private static final String WEIGHTS = "model.safetensors";
  private static final ObjectMapper JSON = new ObjectMapper();

  private CheckpointFolder() {}

  /**
   * Writes a checkpoint with dense float32 weights. Configuration and tokenizer come from the place
   * that the checkpoint was opened from.
   *
   * @param folder made if it is missing
   * @throws IllegalArgumentException if the folder already holds a checkpoint
   * @throws IOException if the folder cannot be written
   */
  public static void write(Checkpoint checkpoint, Path folder) throws IOException {
    Map<String, TensorBytes> tensors = new LinkedHashMap<>();
    TensorSource source = checkpoint.tensors();
    for (String name : source.names()) {
      tensors.put(name, TensorBytes.float32(source.shape(name), () -> source.values(name)));
    }
    write(checkpoint, tensors, "float32", Optional.empty(), folder);
  }

  /**
   * Writes a checkpoint with other tensors than its own.
   *
   * @param tensors all tensors of the file
   * @param type the number format for readers, as {@code torch_dtype}
   * @param quantization the section {@code quantization_config}, if there is one
   * @param folder made if it is missing
   * @throws IllegalArgumentException if the folder already holds a checkpoint
   * @throws IOException if the folder cannot be written
   */
  public static void write(
      Checkpoint checkpoint,
      Map<String, TensorBytes> tensors,
      String type,
      Optional<ObjectNode> quantization,
      Path folder)
      throws IOException {
    requireFree(folder);
    AddedFiles added = AddedFiles.to(folder);
    try {
      SafetensorsWriter.write(folder.resolve(WEIGHTS), tensors);
      ObjectNode config = besides(checkpoint, folder);
      config.remove("dtype");
      config.put("torch_dtype", type);
      quantization.ifPresent(section -> config.set("quantization_config", section));
      Files.writeString(folder.resolve(CONFIG), config.toPrettyString() + "\n");
    } catch (IOException | RuntimeException e) {
      added.removeAfter(e);
      throw e;
    }
  }

  /**
   * Copies a checkpoint's weights. Files of a folder are copied unchanged, with their number
   * formats and shards, but not their modes; a GGUF file and a rotated model become one file. The
   * folder is not a checkpoint before {@link #finish}.
   *
   * @param format number format of that one file: F32, BF16 or F16
   * @param folder an existing folder
   * @throws IllegalArgumentException if the folder already holds a checkpoint, another format than
   *     float32 is given for files that keep their own, or a weight is NaN, infinite or beyond the
   *     range of its format. A GGUF file's or a rotated model's weights are checked as they are
   *     written.
   * @throws IOException if the folder cannot be written
   */
  public static void copyWeights(Checkpoint checkpoint, StorageType format, Path folder)
      throws IOException {
    requireFree(folder);
    if (isAsStored(checkpoint)) {
      if (format != StorageType.F32) {
        throw new IllegalArgumentException(
            checkpoint.path()
                + " keeps its own number formats: only the weights of a GGUF file or a rotated model"
                + " can be written as "
                + format);
      }
      checkpoint.requireFinite();
      for (Path file : Safetensors.files(checkpoint.path())) {
        BesideWeights.copyContent(file, folder.resolve(file.getFileName()));
      }
    } else {
      TensorSource source = checkpoint.tensors();
      Map<String, TensorBytes> tensors = new LinkedHashMap<>();
      for (String name : source.names()) {
        tensors.put(
            name, TensorBytes.of(format, source.shape(name), () -> inRange(name, format, source)));
      }
      SafetensorsWriter.write(folder.resolve(WEIGHTS), tensors);
    }
  }

  private static float[] inRange(String name, StorageType format, TensorSource source) {
    float[] values = source.values(name);
    for (float value : values) {
      if (format == StorageType.F16 && !Float.isFinite(HalfFloat.round(value))) {
        throw new IllegalArgumentException(
            name + " holds " + value + ", which float16 cannot hold: write bf16 or f32");
      }
    }
    return values;
  }

  /**
   * Turns a folder with copied weights into a checkpoint.
   *
   * @param format number format of the weights, unless they keep their own
   * @throws IOException if the folder cannot be written
   */
  public static void finish(Checkpoint checkpoint, StorageType format, Path folder)
      throws IOException {
    ObjectNode config = besides(checkpoint, folder);
    Path unfinished = folder.resolve(CONFIG + ".unfinished");
    if (isAsStored(checkpoint) && saysWhatIsFound(checkpoint)) {
      BesideWeights.copyContent(checkpoint.path().resolve(CONFIG), unfinished);
    } else {
      if (!isAsStored(checkpoint)) {
        config.remove("dtype");
        config.put("torch_dtype", torchType(format));
      }
      Files.writeString(unfinished, config.toPrettyString() + "\n");
    }
    Files.move(unfinished, folder.resolve(CONFIG), StandardCopyOption.ATOMIC_MOVE);
  }

  private static String torchType(StorageType format) {
    return switch (format) {
      case BF16 -> "bfloat16";
      case F16 -> "float16";
      default -> "float32";
    };
  }

  /** Whether the weights are those of the files of a folder. */
  private static boolean isAsStored(Checkpoint checkpoint) {
    return Files.isDirectory(checkpoint.path())
        && !(checkpoint.tensors() instanceof RotatedTensors);
  }

  /**
   * The configuration of a folder. It says of the output matrix what was found in the tensors, so
   * that every reader of the copy finds the same.
   */
  private static ObjectNode configuration(Checkpoint checkpoint) throws IOException {
    ObjectNode config = (ObjectNode) JSON.readTree(checkpoint.path().resolve(CONFIG).toFile());
    if (!saysWhatIsFound(checkpoint)) {
      config.put(TIED, checkpoint.config().tiedHead());
    }
    return config;
  }

  private static boolean saysWhatIsFound(Checkpoint checkpoint) {
    ModelConfig stated = ModelConfig.ofJson(checkpoint.path().resolve(CONFIG));
    return stated.tiedHead() == checkpoint.config().tiedHead();
  }

  /**
   * What lies beside a checkpoint's weights and is not copied with it: files that are too large,
   * weights of other programs, and sub-folders that hold a model of their own.
   *
   * @return paths relative to the checkpoint; none for a GGUF file
   * @throws IOException if the folder cannot be listed
   */
  public static List<Path> notCopied(Checkpoint checkpoint) throws IOException {
    return Files.isDirectory(checkpoint.path())
        ? BesideWeights.stayBehind(checkpoint.path())
        : List.of();
  }

  /** Writes the tokenizer and the other files beside the weights. Returns the configuration. */
  private static ObjectNode besides(Checkpoint checkpoint, Path folder) throws IOException {
    if (Files.isDirectory(checkpoint.path())) {
      BesideWeights.copy(checkpoint.path(), folder);
      return configuration(checkpoint);
    }
    Files.writeString(folder.resolve(TOKENIZER), GgufTokenizer.json(Gguf.open(checkpoint.path())));
    ObjectNode config = config(checkpoint.config());
    SpecialTokens special = SpecialTokens.of(checkpoint);
    special.beginOfText().ifPresent(id -> config.put("bos_token_id", id));
    if (special.endOfText().size() > 1) {
      special.endOfText().forEach(config.putArray("eos_token_id")::add);
    } else {
      special.endOfText().forEach(id -> config.put("eos_token_id", id));
    }
    // The template of a GGUF file is in its metadata. A folder has it in a file of its own.
    Optional<ChatTemplate> chat = ChatTemplate.of(checkpoint, LocalDate.EPOCH);
    if (chat.isPresent()) {
      Files.writeString(folder.resolve("chat_template.jinja"), chat.get().template());
      ObjectNode tokens = JSON.createObjectNode();
      tokens.put("tokenizer_class", "PreTrainedTokenizerFast");
      tokens.put("bos_token", chat.get().beginOfText());
      tokens.put("eos_token", chat.get().endOfText());
      Files.writeString(folder.resolve("tokenizer_config.json"), tokens.toPrettyString() + "\n");
    }
    return config;
  }

  /**
   * Refuses a folder in which a checkpoint would be overwritten.
   *
   * @throws IllegalArgumentException if the folder already holds a checkpoint, or is a file
   */
  public static void requireFree(Path folder) {
    if (Files.exists(folder) && !Files.isDirectory(folder)) {
      throw new IllegalArgumentException(folder + " is a file: give a folder.");
    }
    if (Files.exists(folder.resolve(CONFIG))) {
      throw new IllegalArgumentException(
          folder + " already holds a checkpoint: give another folder, or delete it.");
    }
  }

  /** One of the two scalings that a GGUF file may have. */
  private static ObjectNode scaling(Rotary.Scaling scaling) {
    ObjectNode json = JSON.createObjectNode();
    if (scaling instanceof Rotary.Linear linear) {
      return json.put("rope_type", "linear").put("factor", linear.factor());
    }
    Rotary.Llama3 smooth = (Rotary.Llama3) scaling;
    return json.put("rope_type", "llama3")
        .put("factor", smooth.factor())
        .put("low_freq_factor", smooth.lowFactor())
        .put("high_freq_factor", smooth.highFactor())
        .put("original_max_position_embeddings", (int) smooth.originalContext());
  }

  private static ObjectNode config(ModelConfig config) {
    ObjectNode json = JSON.createObjectNode();
    String family = config.architecture().family();
    json.putArray("architectures")
        .add(
            Map.of("qwen2", "Qwen2", "qwen3", "Qwen3").getOrDefault(family, "Llama")
                + "ForCausalLM");
    json.put("model_type", family);
    json.put("vocab_size", config.vocabulary());
    json.put("hidden_size", config.width());
    json.put("num_hidden_layers", config.blocks());
    json.put("num_attention_heads", config.heads());
    json.put("num_key_value_heads", config.keyValueHeads());
    json.put("head_dim", config.headWidth());
    json.put("intermediate_size", config.hidden());
    json.put("hidden_act", "silu");
    json.put("max_position_embeddings", config.context());
    Rotary rotary = config.rotary().orElseThrow();
    json.put("rope_theta", rotary.base());
    rotary.scaling().ifPresent(scaling -> json.set("rope_scaling", scaling(scaling)));
    json.put("rms_norm_eps", config.normEpsilon());
    json.put(TIED, config.tiedHead());
    return json;
  }
}
