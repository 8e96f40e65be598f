package tare.model;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/** The tokenizer that a {@code tokenizer.json} describes, run by Hugging Face's own library. */
public final class JsonTokenizer implements TextTokenizer {

  private static final Map<String, String> OPTIONS =
      Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");

  private final HuggingFaceTokenizer tokenizer;

  private JsonTokenizer(HuggingFaceTokenizer tokenizer) {
    this.tokenizer = tokenizer;
  }

  /**
   * Opens a {@code tokenizer.json}.
   *
   * @throws IllegalArgumentException if it is missing or cannot be understood
   */
  public static JsonTokenizer open(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(file + " is missing" + remedy(file));
    }
    try (InputStream json = Files.newInputStream(file)) {
      return read(json, file.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }

  private static String remedy(Path file) {
    return Files.isRegularFile(file.resolveSibling("tokenizer.model"))
        ? ": there is only a SentencePiece tokenizer.model, which is not read. Make the other with"
            + " transformers: AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)"
        : ": a checkpoint needs its tokenizer.json beside its weights";
  }

  /**
   * Reads the content of a {@code tokenizer.json}.
   *
   * @param json the content
   * @param origin what an error message names
   */
  static JsonTokenizer of(String json, String origin) {
    return read(new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)), origin);
  }

  private static JsonTokenizer read(InputStream json, String origin) {
    try {
      return new JsonTokenizer(HuggingFaceTokenizer.newInstance(json, OPTIONS));
    } catch (IOException | RuntimeException e) {
      throw new IllegalArgumentException(
          origin + ": the tokenizer cannot be built: " + e.getMessage(), e);
    }
  }

  @Override
  public int[] encode(String text) {
    return encode(text, false);
  }

  @Override
  public int[] encodePrompt(String text) {
    return encode(text, true);
  }

  private int[] encode(String text, boolean withSpecialTokens) {
    return Arrays.stream(tokenizer.encode(text, withSpecialTokens, false).getIds())
        .mapToInt(id -> (int) id)
        .toArray();
  }

  @Override
  public String decode(int[] tokens) {
    return tokenizer.decode(Arrays.stream(tokens).asLongStream().toArray(), false);
  }
}
