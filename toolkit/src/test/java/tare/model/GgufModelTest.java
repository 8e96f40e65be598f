package tare.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tare.format.Gguf;
import tare.format.GgufWriter;
import tare.format.TensorSource;

/**
 * Models and tokenizers from GGUF files, against {@code transformers} and {@code tokenizers}
 * (src/test/python/make_tokenizer_fixture.py).
 */
class GgufModelTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static Path file(String name) throws URISyntaxException {
    return Path.of(GgufModelTest.class.getResource("/tokenizer/" + name).toURI());
  }

  /** Digits, code, line ends, many scripts, special tokens: ids, their places in the text, back. */
  @ParameterizedTest
  @ValueSource(strings = {"smollm", "qwen2", "llama"})
  void tokenizesAsTheReferenceDoes(String kind) throws IOException, URISyntaxException {
    JsonNode texts = JSON.readTree(file("expected.json").toFile()).get(kind);
    Gguf gguf = Gguf.open(file(kind + ".gguf"));
    TextTokenizer tokenizer = JsonTokenizer.of(GgufTokenizer.json(gguf), kind);
    assertThat(texts.size()).isGreaterThan(15);
    for (JsonNode one : texts) {
      int[] ids = JSON.convertValue(one.get("ids"), int[].class);
      assertThat(tokenizer.encode(one.get("text").asText()))
          .as(one.get("text").asText())
          .isEqualTo(ids);
      assertThat(Stream.of(tokenizer.places(one.get("text").asText())).flatMapToInt(IntStream::of))
          .as(one.get("text").asText())
          .containsExactly(JSON.convertValue(one.get("places"), Integer[].class));
      assertThat(tokenizer.decode(ids)).isEqualTo(one.get("decoded").asText());
    }
  }

  /** The one byte of the file that asks for the token that begins a text. */
  @Test
  void aFileMayAskForTheTokenThatBeginsAText(@TempDir Path folder)
      throws IOException, URISyntaxException {
    byte[] bytes = Files.readAllBytes(file("smollm.gguf"));
    String text = new String(bytes, StandardCharsets.ISO_8859_1);
    String key = "tokenizer.ggml.add_bos_token";
    int value = text.indexOf(key) + key.length() + Integer.BYTES;
    assertThat(bytes[value]).isZero();
    bytes[value] = 1;
    Path asking = Files.write(folder.resolve("asking.gguf"), bytes);
    TextTokenizer tokenizer = JsonTokenizer.of(GgufTokenizer.json(Gguf.open(asking)), "asking");
    int[] plain = tokenizer.encode("The mill");
    int[] prompt = tokenizer.encodePrompt("The mill");
    assertThat(prompt).hasSize(plain.length + 1).startsWith(0).endsWith(plain);
    assertThat(tokenizer.encodePrompt("<|endoftext|>The mill")).isEqualTo(prompt);
    TextTokenizer other =
        JsonTokenizer.of(GgufTokenizer.json(Gguf.open(file("smollm.gguf"))), "other");
    assertThat(other.encodePrompt("The mill")).isEqualTo(plain);
  }

  @Test
  void aPartOfASplitFileIsRefusedWithTheRemedy(@TempDir Path folder) throws IOException {
    Path part = folder.resolve("model-00002-of-00003.gguf");
    GgufWriter.write(part, Map.of("split.no", 1, "split.count", 3), Map.of());
    assertThatThrownBy(() -> Checkpoint.open(part))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(part.toString())
        .hasMessageContaining("one of 3 parts")
        .hasMessageContaining("llama-gguf-split --merge");
  }

  /** A byte-level BPE file: bytes, a few longer tokens, and a token that may begin texts. */
  private static Gguf bytePair(String pre, List<String> longer, List<String> merges) {
    List<String> tokens = new ArrayList<>();
    for (int letter = 33; letter < 33 + 400; letter++) { // more letters than bytes need
      tokens.add(Character.toString(letter));
    }
    tokens.addAll(longer);
    tokens.add("<b>");
    Map<String, Object> metadata = new HashMap<>();
    metadata.put("tokenizer.ggml.model", "gpt2");
    metadata.put("tokenizer.ggml.pre", pre);
    metadata.put("tokenizer.ggml.tokens", tokens);
    metadata.put("tokenizer.ggml.merges", merges);
    metadata.put("tokenizer.ggml.bos_token_id", (long) tokens.size() - 1);
    return new Gguf(Path.of("made.gguf"), metadata, null);
  }

  private static TextTokenizer built(Gguf gguf) {
    return JsonTokenizer.of(GgufTokenizer.json(gguf), "made");
  }

  /** What a file leaves out is as in llama.cpp (llama-vocab.cpp), by the kind of pre-tokenizer. */
  @ParameterizedTest
  @CsvSource({
    "llama-bpe, true, true",
    "tekken, true, true",
    "qwen2, false, false",
    "smollm, false, false",
    "gpt-2, false, false",
    "default, false, false",
    "smaug-bpe, false, false"
  })
  void whatAFileLeavesOutIsAsInLlamaCpp(String pre, boolean begins, boolean wholeWords) {
    Gguf gguf = bytePair(pre, List.of("mi", "mill"), List.of("m i")); // no merge makes "mill"
    int[] plain = built(gguf).encode("mill");
    assertThat(plain).hasSize(wholeWords ? 1 : 3);
    assertThat(built(gguf).encodePrompt("mill")).hasSize(plain.length + (begins ? 1 : 0));
    gguf.metadata().put("tokenizer.ggml.add_bos_token", !begins);
    assertThat(built(gguf).encodePrompt("mill")).hasSize(plain.length + (begins ? 0 : 1));
  }

  /** Ends of a text, a turn and a message, by field and by name. */
  @Test
  void eachTokenThatEndsATextIsKnown() {
    Gguf gguf =
        bytePair("qwen2", List.of("<|im_end|>", "<|endoftext|>", "<end_of_turn>"), List.of());
    List<Long> types = new ArrayList<>(Collections.nCopies(400, 1L));
    types.addAll(List.of(3L, 3L, 1L, 3L)); // <end_of_turn> is a plain token here
    gguf.metadata().put("tokenizer.ggml.token_type", types);
    assertThat(GgufTokenizer.ends(gguf)).containsExactly(400, 401);
    gguf.metadata().put("tokenizer.ggml.eot_token_id", 402L);
    gguf.metadata().put("tokenizer.ggml.eos_token_id", 401L);
    assertThat(GgufTokenizer.ends(gguf)).containsExactly(401, 402, 400);
  }

  @ParameterizedTest
  @CsvSource({
    "scaling.factor, linear, 4",
    "scaling.factor, , 4",
    "scale_linear, , 4", // what llama.cpp's converter wrote first
    "scale_linear, none, 1",
    "scaling.factor, linear, 1",
    "scaling.factor, linear, 0"
  })
  void linearScalingIsReadFromOldAndNewFields(String field, String type, double stretch)
      throws URISyntaxException {
    Gguf whole = Gguf.open(file("qwen2.gguf"));
    Map<String, Object> metadata = new HashMap<>(whole.metadata());
    metadata.put("qwen2.rope." + field, "none".equals(type) ? 4.0 : stretch);
    if (type != null) {
      metadata.put("qwen2.rope.scaling.type", type);
    }
    ModelConfig config = ModelConfig.of(new Gguf(whole.file(), metadata, whole.tensors()));
    Optional<Rotary.Scaling> linear =
        stretch > 1 ? Optional.of(new Rotary.Linear(stretch)) : Optional.empty();
    assertThat(config.rotary().orElseThrow().scaling()).isEqualTo(linear);
  }

  @Test
  void numbersAreSplitAsThePreTokenizerSays() {
    List<String> numbers = List.of("12", "123", "1234");
    List<String> merges = List.of("1 2", "12 3", "123 4");
    assertThat(built(bytePair("gpt-2", numbers, merges)).encode("1234")).hasSize(1);
    assertThat(built(bytePair("llama3", numbers, merges)).encode("1234")).hasSize(2);
    assertThat(built(bytePair("default", numbers, merges)).encode("1234")).hasSize(2);
    assertThat(built(bytePair("tekken", numbers, merges)).encode("1234")).hasSize(4);
  }

  @Test
  void aSentencePieceFileNeedsTokensAndScoresOnly() throws URISyntaxException {
    Gguf whole = Gguf.open(file("llama.gguf"));
    Map<String, Object> metadata = new HashMap<>(whole.metadata());
    for (String left : List.of("bos_token_id", "eos_token_id", "unknown_token_id")) {
      assertThat(metadata.remove("tokenizer.ggml." + left)).isNotNull();
    }
    metadata.remove("tokenizer.ggml.add_bos_token");
    metadata.remove("tokenizer.ggml.add_space_prefix");
    Gguf gguf = new Gguf(whole.file(), metadata, whole.tensors());
    assertThat(GgufTokenizer.json(gguf)).isEqualTo(GgufTokenizer.json(whole));
    assertThat(GgufTokenizer.special(gguf, "eos")).hasValue(2);
    assertThat(built(gguf).encodePrompt("The mill")).startsWith(1);
    assertThat(built(gguf).encode("[INST]The")).startsWith(4); // a token that the user defined
    metadata.put("tokenizer.ggml.add_space_prefix", false);
    assertThat(built(gguf).encode(" The mill")).isEqualTo(built(whole).encode("The mill"));
    assertThat(built(gguf).decode(built(gguf).encode(" The mill"))).isEqualTo(" The mill");
  }

  @Test
  void contradictoryTokenizersAreRefusedByField() throws URISyntaxException {
    Gguf whole = Gguf.open(file("llama.gguf"));
    Map<String, Object> wrong =
        Map.of(
            "tokenizer.ggml.model", "t5",
            "tokenizer.ggml.scores", List.of(1.0),
            "tokenizer.ggml.token_type", List.of(1L),
            "tokenizer.ggml.bos_token_id", 600L,
            "tokenizer.ggml.tokens", List.of("a", "b", "a"));
    wrong.forEach(
        (field, value) -> {
          Map<String, Object> metadata = new HashMap<>(whole.metadata());
          metadata.put(field, value);
          if (field.endsWith("tokens")) {
            metadata.remove("tokenizer.ggml.token_type");
          }
          Gguf gguf = new Gguf(whole.file(), metadata, whole.tensors());
          assertThatThrownBy(() -> GgufTokenizer.json(gguf))
              .hasMessageContaining("llama.gguf")
              .hasMessageContaining(field);
        });
  }

  @Test
  void moreTokensThanRowsAreRefused() throws URISyntaxException {
    Gguf whole = Gguf.open(file("scaled.gguf")); // an embedding of two rows
    Map<String, Object> metadata = new HashMap<>(whole.metadata());
    metadata.put("tokenizer.ggml.tokens", List.of("a", "b", "c"));
    assertThatThrownBy(() -> ModelConfig.of(new Gguf(whole.file(), metadata, whole.tensors())))
        .hasMessageContaining("tokenizer.ggml.tokens")
        .hasMessageContaining("2 rows");
  }

  /** Files of llama permute the rows of q and k, those of qwen2 do not and have biases. */
  @ParameterizedTest
  @ValueSource(strings = {"smollm", "qwen2"})
  void logitsEqualThoseOfTransformers(String kind) throws IOException, URISyntaxException {
    Checkpoint checkpoint = Checkpoint.open(file(kind + ".gguf"));
    try (DecoderModel model = DecoderModel.load(checkpoint, Device.cpu(), Precision.F32)) {
      for (JsonNode prompt : JSON.readTree(file("logits.json").toFile()).get(kind)) {
        int[] tokens = JSON.convertValue(prompt.get("tokens"), int[].class);
        try (NDManager scope = model.manager().newSubManager()) {
          Positions positions = Positions.causal(tokens.length, checkpoint.config(), scope);
          NDArray logits =
              model.logits(model.hidden(new int[][] {tokens}, positions, scope).get(0));
          float[] found = logits.toFloatArray();
          int vocabulary = checkpoint.config().vocabulary();
          for (int i = 0; i < found.length; i++) {
            double wanted = prompt.get("logits").get(i / vocabulary).get(i % vocabulary).asDouble();
            assertThat((double) found[i]).isCloseTo(wanted, within(1e-3));
          }
        }
      }
    }
  }

  /** The embedding's rows are read where they lie; those of q are put in order first. */
  @ParameterizedTest
  @ValueSource(strings = {"model.embed_tokens.weight", "model.layers.0.self_attn.q_proj.weight"})
  void someRowsAreThoseOfTheWhole(String name) throws URISyntaxException {
    TensorSource tensors = Checkpoint.open(file("smollm.gguf")).tensors();
    int width = (int) tensors.shape(name).get(1);
    float[] all = tensors.values(name);
    int[] rows = {3, 0, 3};
    float[] some = tensors.rows(name, rows);
    assertThat(some).hasSize(rows.length * width);
    for (int i = 0; i < rows.length; i++) {
      assertThat(Arrays.copyOfRange(some, i * width, (i + 1) * width))
          .containsExactly(Arrays.copyOfRange(all, rows[i] * width, (rows[i] + 1) * width));
    }
  }

  @Test
  void theRotaryFactorsOfLlama31AreRecognized() throws URISyntaxException {
    ModelConfig config = ModelConfig.of(Gguf.open(file("scaled.gguf")));
    assertThat(config.rotary())
        .contains(new Rotary(500000, Optional.of(new Rotary.Llama3(8, 1, 4, 8192))));
  }

  @Test
  void anUnknownPreTokenizerIsNamed(@TempDir Path folder) throws IOException, URISyntaxException {
    byte[] bytes = Files.readAllBytes(file("smollm.gguf"));
    String text =
        new String(bytes, StandardCharsets.ISO_8859_1)
            .replace("\6\0\0\0\0\0\0\0smollm", "\6\0\0\0\0\0\0\0smellm");
    Path changed =
        Files.write(folder.resolve("changed.gguf"), text.getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> Checkpoint.open(changed))
        .hasMessageContaining("smellm")
        .hasMessageContaining("qwen2");
  }
}
