package tare.model;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tare.format.Gguf;
import tare.format.Safetensors;
import tare.format.TensorSource;
import tare.tensor.TokenGrid;

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
 * @param revision SHA-256 of the weights: of the GGUF file, or of all safetensors files in the
 *     order of their names
 * @param inputs the grid to which the inputs of the blocks' linear layers are rounded, if any
 */
public record Checkpoint(
    Path path,
    ModelConfig config,
    TensorSource tensors,
    TextTokenizer tokenizer,
    String revision,
    Optional<TokenGrid> inputs) {

  private static final Pattern PICKLE = Pattern.compile("\\.(bin|pt|pth|ckpt|pkl)$");

  /** A checkpoint whose linear layers do not round their inputs. */
  public Checkpoint(
      Path path,
      ModelConfig config,
      TensorSource tensors,
      TextTokenizer tokenizer,
      String revision) {
    this(path, config, tensors, tokenizer, revision, Optional.empty());
  }

  /**
   * Opens a GGUF file, or a folder with config.json, tokenizer.json and safetensors.
   *
   * @throws IllegalArgumentException if a part is missing, corrupt or unsupported, or the shapes of
   *     the tensors contradict the configuration; the message names file, field and remedy
   */
  public static Checkpoint open(Path path) {
    if (Files.isDirectory(path)) {
      ModelConfig config = ModelConfig.ofJson(path.resolve("config.json"));
      TensorSource tensors = Safetensors.open(path);
      new ShapeCheck(path, config, tensors).run();
      TextTokenizer tokenizer = JsonTokenizer.open(path.resolve("tokenizer.json"));
      return new Checkpoint(path, config, tensors, tokenizer, sha256(shards(path)));
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
    ModelConfig config = ModelConfig.of(gguf);
    TensorSource tensors = new GgufTensors(gguf, config);
    new ShapeCheck(path, config, tensors).run();
    TextTokenizer tokenizer = JsonTokenizer.of(GgufTokenizer.json(gguf), path.toString());
    return new Checkpoint(path, config, tensors, tokenizer, sha256(List.of(path)));
  }

  /** Returns the same model with other weights. */
  public Checkpoint withTensors(TensorSource other) {
    return new Checkpoint(path, config, other, tokenizer, revision, inputs);
  }

  /**
   * Returns the same model with the inputs of its blocks' linear layers rounded. Such a model is
   * evaluated in float32 only.
   */
  public Checkpoint withInputs(Optional<TokenGrid> rounded) {
    return new Checkpoint(path, config, tensors, tokenizer, revision, rounded);
  }

  private static List<Path> shards(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".safetensors")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(folder + " cannot be listed", e);
    }
  }

  private static String sha256(List<Path> files) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (Path file : files) {
        try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
          in.transferTo(OutputStream.nullOutputStream());
        }
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
      throw new UncheckedIOException(files + " cannot be read", e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }
}
