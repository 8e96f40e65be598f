package tare.model;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import ai.djl.util.Utils;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.Supplier;
import tare.format.FilesHash;
import tare.format.JsonTree;

/** Runs the tokenizer that a {@code tokenizer.json} describes, with Hugging Face's own library. */
public final class JsonTokenizer implements TextTokenizer {

  private static final Map<String, String> OPTIONS =
      Map.of("addSpecialTokens", "false", "truncation", "false", "padding", "false");

  static {
    // With a GPU, the library would fetch a build for CUDA, which tokenizers do not use.
    if (Utils.getEnvOrSystemProperty("RUST_FLAVOR") == null) {
      System.setProperty("RUST_FLAVOR", "cpu");
    }
  }

  private final String origin;
  private final String revision;
  private final HuggingFaceTokenizer tokenizer;

  private JsonTokenizer(String origin, String revision, HuggingFaceTokenizer tokenizer) {
    this.origin = origin;
    this.revision = revision;
    this.tokenizer = tokenizer;
  }

  /**
   * Opens a {@code tokenizer.json}.
   *
   * @throws IllegalArgumentException if the file is missing or invalid
   */
  public static JsonTokenizer open(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(file + " is missing" + remedy(file));
    }
    try {
      return read(Files.readAllBytes(file), file.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }

  private static String remedy(Path file) {
    return Files.isRegularFile(file.resolveSibling("tokenizer.model"))
        ? ": there is only a SentencePiece tokenizer.model, which Tare does not read. Convert it"
            + " with transformers: AutoTokenizer.from_pretrained(FOLDER).save_pretrained(FOLDER)"
        : ": a checkpoint needs its tokenizer.json beside its weights";
  }

  /**
   * Reads the content of a {@code tokenizer.json}.
   *
   * @param json the content
   * @param origin name of the source for error messages
   */
  static JsonTokenizer of(String json, String origin) {
    return read(json.getBytes(StandardCharsets.UTF_8), origin);
  }

  /** Parses and writes the file anew, because the library ends the process on invalid JSON. */
  private static JsonTokenizer read(byte[] json, String origin) {
    JsonNode tree = JsonTree.parse(json, origin);
    requireMergesFit(tree.path("model"), origin);
    try {
      byte[] valid = new ObjectMapper().writeValueAsBytes(tree);
      return new JsonTokenizer(
          origin,
          HexFormat.of().formatHex(FilesHash.sha256().digest(valid)),
          HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(valid), OPTIONS));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          origin + ": the file holds text that is not valid Unicode: " + e.getOriginalMessage(), e);
    } catch (IOException | RuntimeException e) {
      throw new IllegalArgumentException(
          origin + ": the tokenizer cannot be built: " + e.getMessage(), e);
    }
  }

  /**
   * Checks merges, because the library ends the process if the second part of a merge lacks the
   * prefix.
   */
  private static void requireMergesFit(JsonNode model, String origin) {
    String prefix = model.path("continuing_subword_prefix").asText("");
    if (!prefix.isEmpty() && !model.path("continuing_subword_prefix").isNull()) {
      for (JsonNode merge : model.path("merges")) {
        String second =
            merge.isArray()
                ? merge.path(1).asText()
                : merge.asText().substring(merge.asText().indexOf(' ') + 1);
        if (!second.startsWith(prefix)) {
          throw new IllegalArgumentException(
              origin
                  + ": field model.merges: the second part of "
                  + merge
                  + " does not begin with continuing_subword_prefix \""
                  + prefix
                  + "\"");
        }
      }
    }
  }

  @Override
  public int[] encode(String text) {
    return encode(text, false);
  }

  /** {@inheritDoc} If a text already begins with such a token, the token is not added again. */
  @Override
  public int[] encodePrompt(String text) {
    int[] tokens = encode(text, true);
    return tokens.length > 1 && tokens[0] == tokens[1] && isAdded(tokens[0], text)
        ? encode(text, false)
        : tokens;
  }

  private boolean isAdded(int first, String text) {
    int[] plain = encode(text, false);
    return plain.length > 0 && plain[0] == first && encode("", true).length > 0;
  }

  /**
   * Encodes a text. Half of a surrogate pair becomes U+FFFD; the library would lose every character
   * beyond the first 65,536 in the whole text.
   */
  private int[] encode(String text, boolean withSpecialTokens) {
    return Arrays.stream(encoding(wellFormed(text), withSpecialTokens).getIds())
        .mapToInt(id -> (int) id)
        .toArray();
  }

  private static String wellFormed(String text) {
    return new String(text.getBytes(StandardCharsets.UTF_16BE), StandardCharsets.UTF_16BE);
  }

  private Encoding encoding(String wellFormed, boolean withSpecialTokens) {
    return tried("encode a text", () -> tokenizer.encode(wellFormed, withSpecialTokens, false));
  }

  /** {@inheritDoc} The library counts code points; a character beyond U+FFFF is one of them. */
  @Override
  public int[][] places(String text) {
    String wellFormed = wellFormed(text);
    int[] starts = new int[wellFormed.codePointCount(0, wellFormed.length()) + 1];
    for (int i = 1; i < starts.length; i++) {
      starts[i] = wellFormed.offsetByCodePoints(starts[i - 1], 1);
    }
    return Arrays.stream(encoding(wellFormed, false).getCharTokenSpans())
        .map(span -> new int[] {starts[span.getStart()], starts[span.getEnd()]})
        .toArray(int[][]::new);
  }

  @Override
  public String decode(int[] tokens) {
    long[] ids = Arrays.stream(tokens).asLongStream().toArray();
    return tried("decode tokens", () -> tokenizer.decode(ids, false));
  }

  /** The SHA-256 of its description without white space between the values, in hexadecimal. */
  @Override
  public String revision() {
    return revision;
  }

  private <T> T tried(String what, Supplier<T> call) {
    try {
      return call.get();
    } catch (RuntimeException e) {
      throw new IllegalArgumentException(
          origin + ": the tokenizer cannot " + what + ": " + e.getMessage(), e);
    }
  }
}
