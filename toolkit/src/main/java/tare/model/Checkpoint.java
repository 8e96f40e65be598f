package tare.model;

import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tare.format.FilesHash;
import tare.format.Gguf;
import tare.format.Safetensors;
import tare.format.TensorSource;
import tare.grid.TokenGrid;
import tare.packed.PackedTensors;
import tare.packed.Packing;

/**
 * A model on disk: its sizes, its weights, which are read when they are needed, and its tokenizer.
 *
 * <pre>{@code
 * Checkpoint model = Checkpoint.open(Path.of("data/tiny"));
 * System.out.println(model.config().blocks() + " blocks of width " + model.config().width());
 * float[] embedding = model.tensors().values("model.embed_tokens.weight");
 * }</pre>
 *
 * @param path the GGUF file or the folder
 * @param config sizes and constants
 * @param tensors weights under their Hugging Face names
 * @param tokenizer its tokenizer
 * @param hash of the GGUF file, or of the safetensors files that are read, in the order of their
 *     names
 * @param inputs the grid to which the inputs of the blocks' linear layers are rounded, if any
 */
public record Checkpoint(
    Path path,
    ModelConfig config,
    TensorSource tensors,
    TextTokenizer tokenizer,
    FilesHash hash,
    Optional<TokenGrid> inputs) {

  private static final Pattern BUFFER =
      Pattern.compile("rotary_emb\\.inv_freq$|(^|\\.)position_ids$|^rope_freqs\\.weight$");

  private static final Pattern PICKLE = Pattern.compile("\\.(bin|pt|pth|ckpt|pkl)$");

  /** A checkpoint whose linear layers do not round their inputs. */
  public Checkpoint(
      Path path,
      ModelConfig config,
      TensorSource tensors,
      TextTokenizer tokenizer,
      FilesHash hash) {
    this(path, config, tensors, tokenizer, hash, Optional.empty());
  }

  /**
   * Opens a GGUF file, or a folder with config.json, tokenizer.json and safetensors. Where the
   * files of a folder contradict each other, they are read as {@code transformers} reads them.
   * Weights that another tool packed (GPTQ, AWQ, compressed-tensors) are decoded when they are
   * read.
   *
   * @throws IllegalArgumentException if a part is missing, corrupt or unsupported, the shapes of
   *     the tensors contradict the configuration, or the GGUF file is a part of a split one; the
   *     message names file, field and remedy
   */
  public static Checkpoint open(Path path) {
    if (Files.isDirectory(path)) {
      ModelConfig stated = ModelConfig.ofJson(path.resolve("config.json"));
      Packing packing = Packing.of(path);
      Optional<TokenGrid> inputs = packing.inputs();
      TensorSource tensors = packing.over(folder(path, stated));
      ModelConfig config = stated.withTiedHead(stated.tiedHead() && !hasOwnHead(stated, tensors));
      new ShapeCheck(path, config, tensors).run();
      if (inputs.isPresent()) {
        requireAllPacked(path, config, tensors);
      }
      TextTokenizer tokenizer = JsonTokenizer.open(path.resolve("tokenizer.json"));
      return new Checkpoint(path, config, tensors, tokenizer, FilesHash.of(weights(path)), inputs);
    }
    if (!Files.isRegularFile(path)) {
      throw new IllegalArgumentException(
          path
              + " does not exist. Give a GGUF file, a checkpoint folder, or a model's name (fetch"
              + " it first: tare fetch NAME).");
    }
    if (PICKLE.matcher(path.toString()).find()) {
      throw new IllegalArgumentException(
          path
              + " is a Python pickle, which Tare never reads: give a safetensors folder or a GGUF"
              + " file");
    }
    Gguf gguf = Gguf.open(path);
    requireWhole(gguf);
    ModelConfig config = ModelConfig.of(gguf);
    TensorSource tensors = new GgufTensors(gguf, config);
    new ShapeCheck(path, config, tensors).run();
    TextTokenizer tokenizer = JsonTokenizer.of(GgufTokenizer.json(gguf), path.toString());
    return new Checkpoint(path, config, tensors, tokenizer, FilesHash.of(List.of(path)));
  }

  /** Refuses a part of a split file, which lacks the tensors of the other parts. */
  private static void requireWhole(Gguf gguf) {
    if (gguf.metadata().get("split.count") instanceof Long parts && parts > 1) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s is one of %d parts of a model, and Tare reads whole files. Join the parts with llama.cpp (llama-gguf-split --merge FIRST-PART WHOLE.gguf), and give the joined file.",
              gguf.file(),
              parts));
    }
  }

  /** Refuses a model that rounds the inputs of some of its linear layers only. */
  private static void requireAllPacked(Path path, ModelConfig config, TensorSource tensors) {
    Set<String> packed = tensors instanceof PackedTensors some ? some.packed() : Set.<String>of();
    for (int block = 0; block < config.blocks(); block++) {
      config
          .blockShapes(block)
          .forEach(
              (name, shape) -> {
                if (shape.dimension() == 2 && !packed.contains(name)) {
                  throw new IllegalArgumentException(
                      path
                          + ": "
                          + name
                          + " is not packed, but others are, and their inputs are rounded. Tare"
                          + " rounds the inputs of all linear layers or of none: take a folder whose"
                          + " linear layers are all packed, or one without input_activations");
                }
              });
    }
  }

  /**
   * The tensors of a folder under their full names. If the two ends are tied and only the output
   * matrix is stored, it is the embedding.
   */
  private static TensorSource folder(Path path, ModelConfig stated) {
    Architecture architecture = stated.architecture();
    TensorSource tensors = Safetensors.open(path, architecture::fullName);
    String embedding = architecture.weight(ModelPart.EMBEDDING);
    String head = architecture.weight(ModelPart.HEAD);
    boolean headAlone =
        stated.tiedHead() && tensors.names().contains(head) && !tensors.names().contains(embedding);
    return headAlone
        ? Safetensors.open(
            path, name -> name.equals(head) ? embedding : architecture.fullName(name))
        : tensors;
  }

  /**
   * Whether an output matrix is stored that differs from the embedding. {@code transformers} then
   * uses both matrices, even if the configuration says that they are tied.
   */
  private static boolean hasOwnHead(ModelConfig stated, TensorSource tensors) {
    String embedding = stated.architecture().weight(ModelPart.EMBEDDING);
    String head = stated.architecture().weight(ModelPart.HEAD);
    return tensors.names().containsAll(Set.of(embedding, head))
        && !tensors.sameValues(embedding, head);
  }

  /**
   * Reads all weights of the model once, as a check before long work.
   *
   * @throws IllegalArgumentException if a value is NaN or infinite; the message names the tensor
   */
  public void requireFinite() {
    config.endShapes().keySet().forEach(tensors::requireReadable);
    for (int block = 0; block < config.blocks(); block++) {
      config.blockShapes(block).keySet().forEach(tensors::requireReadable);
    }
  }

  /**
   * Checks that the model can be compressed.
   *
   * @throws IllegalArgumentException if its weights are packed already
   */
  public void requireDense() {
    if (!packed().isEmpty()) {
      throw new IllegalArgumentException(
          path
              + ": "
              + packed().size()
              + " linear layers are packed already, for instance "
              + packed().iterator().next()
              + ". Give the dense model.");
    }
  }

  /** The names of the weights that another tool packed; none of a dense model. */
  public Set<String> packed() {
    return tensors instanceof PackedTensors read ? read.packed() : Set.of();
  }

  /**
   * Names of the stored tensors that the model does not use, sorted. Rotary buffers and position
   * numbers of older files are not among them.
   */
  public List<String> unused() {
    Set<String> unused = new TreeSet<>(tensors.names());
    unused.removeIf(name -> BUFFER.matcher(name).find());
    unused.removeAll(config.endShapes().keySet());
    if (config.tiedHead()) {
      unused.remove(config.architecture().weight(ModelPart.HEAD)); // equal to the embedding
    }
    for (int block = 0; block < config.blocks(); block++) {
      unused.removeAll(config.blockShapes(block).keySet());
    }
    return List.copyOf(unused);
  }

  /** Returns the same model with other weights. */
  public Checkpoint withTensors(TensorSource other) {
    return new Checkpoint(path, config, other, tokenizer, hash, inputs);
  }

  /**
   * Returns the same model with the inputs of its blocks' linear layers rounded. Such a model is
   * evaluated in float32 only.
   */
  public Checkpoint withInputs(Optional<TokenGrid> rounded) {
    return new Checkpoint(path, config, tensors, tokenizer, hash, rounded);
  }

  private static List<Path> weights(Path folder) {
    return Safetensors.files(folder).stream()
        .filter(file -> file.toString().endsWith(".safetensors"))
        .toList();
  }

  /**
   * The SHA-256 of the weights, in hexadecimal.
   *
   * @throws UncheckedIOException if a file cannot be read
   */
  public String revision() {
    return hash.hex();
  }

  /**
   * Identifies what the model computes of a text: the SHA-256 of revision, configuration, rounding
   * of inputs, what the folder says of packed weights, and tokenizer, in hexadecimal.
   */
  public String identity() {
    String all =
        String.join(
            "\n",
            revision(),
            config.toString(),
            inputs.toString(),
            packing(),
            tokenizer.revision());
    byte[] digest = FilesHash.sha256().digest(all.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(digest);
  }

  /** The SHA-256 of the files that say how weights are packed; empty for a dense model. */
  private String packing() {
    List<Path> files =
        Stream.of("config.json", "quantize_config.json", "quant_config.json")
            .map(path::resolve)
            .filter(Files::isRegularFile)
            .toList();
    return packed().isEmpty() ? "" : FilesHash.of(files).hex();
  }
}
