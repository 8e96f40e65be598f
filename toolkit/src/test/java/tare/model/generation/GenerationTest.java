package tare.model.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tare.NumericFixture;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.ModelFixture;
import tare.model.Positions;
import tare.model.Precision;
import tare.model.SpecialTokens;
import tare.model.generation.Generation.GeneratedTokens;
import tare.model.generation.Generation.TokenRule;

/**
 * Texts that tiny random models write: as {@code transformers} does (make_model_fixtures.py), and
 * the same in a batch as alone. Their vocabulary is that of bytes.
 */
class GenerationTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<Integer> NO_END = Set.of();

  private static DecoderModel model(String name, Precision precision) throws URISyntaxException {
    return DecoderModel.load(ModelFixture.checkpoint(name), Device.cpu(), precision);
  }

  private static RandomGenerator seed(long seed) {
    return new SplittableRandom(seed);
  }

  private static Prompt prompt(int maxTokens, int... tokens) {
    return new Prompt(tokens, List.of(), maxTokens);
  }

  private static List<int[]> tokens(List<GeneratedTokens> texts) {
    return texts.stream().map(GeneratedTokens::tokens).toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama/tied",
        "llama/untied",
        "families/llama-scaled",
        "families/mistral",
        "families/qwen2",
        "families/qwen2-tied",
        "families/qwen3",
        "families/gemma3",
        "families/opt",
        "families/opt-350m"
      })
  void greedyTextIsThatOfTransformers(String name) throws IOException, URISyntaxException {
    JsonNode fixture = NumericFixture.read("greedy_texts.json").json().get(name);
    Set<Integer> ends = Set.of(JSON.convertValue(fixture.get("end_of_text"), Integer[].class));
    try (DecoderModel model = model(name, Precision.F32)) {
      Generation generation = new Generation(model, ends);
      for (double penalty : new double[] {1.0, 1.3}) {
        List<JsonNode> texts =
            StreamSupport.stream(fixture.get("texts").spliterator(), false)
                .filter(text -> text.get("penalty").asDouble() == penalty)
                .toList();
        assertThat(texts).hasSizeGreaterThan(3);
        Sampling rule = new Sampling(0, 0, 1, penalty);
        List<Prompt> prompts =
            texts.stream()
                .map(text -> prompt(30, JSON.convertValue(text.get("prompt"), int[].class)))
                .toList();
        List<GeneratedTokens> together = generation.write(prompts, rule, seed(1));
        for (int i = 0; i < texts.size(); i++) {
          int[] expected = JSON.convertValue(texts.get(i).get("written"), int[].class);
          assertThat(together.get(i).tokens()).isEqualTo(expected);
          assertThat(together.get(i).end())
              .isEqualTo(
                  expected.length < 30
                      ? GeneratedTokens.End.END_OF_TEXT
                      : GeneratedTokens.End.LENGTH);
        }
        for (int i : new int[] {0, 2}) { // the shortest and the longest prompt
          int[] expected = JSON.convertValue(texts.get(i).get("written"), int[].class);
          GeneratedTokens alone = generation.write(prompts.subList(i, i + 1), rule, seed(1)).get(0);
          assertThat(alone.tokens()).isEqualTo(expected);
        }
      }
    }
  }

  /** 45 prompts, more than go into one batch, of 1 to 9 tokens, with 1 to 12 tokens to write. */
  @Test
  void aBatchDrawsWhatEachPromptDrawsAlone() throws URISyntaxException {
    RandomGenerator lengths = seed(8);
    List<Prompt> prompts = new ArrayList<>();
    for (int i = 0; i < 45; i++) {
      int[] tokens = lengths.ints(1 + i % 9, 1, 256).toArray();
      prompts.add(prompt(1 + lengths.nextInt(12), tokens));
    }
    TokenRule rule = new Sampling(0.9, 40, 0.95, 1.1);
    try (DecoderModel model = model("llama/tied", Precision.F32)) {
      Generation generation = new Generation(model, Set.of(7, 8, 9, 10, 11, 12, 13, 14));
      List<GeneratedTokens> together = generation.write(prompts, rule, seed(2));
      RandomGenerator random = seed(2);
      List<GeneratedTokens> alone =
          prompts.stream().map(p -> generation.write(List.of(p), rule, random).get(0)).toList();
      assertThat(tokens(together)).containsExactlyElementsOf(tokens(alone));
      assertThat(tokens(together))
          .as("another seed gives other texts")
          .isNotEqualTo(tokens(generation.write(prompts, rule, seed(3))));
      assertThat(together)
          .extracting(GeneratedTokens::end)
          .contains(GeneratedTokens.End.END_OF_TEXT, GeneratedTokens.End.LENGTH);
    }
  }

  /** 28 prompts of 75 to 115 tokens, which are not all read at once, but written together. */
  @ParameterizedTest
  @ValueSource(strings = {"llama/tied", "families/mistral", "families/gemma3", "families/opt"})
  void longPromptsThatAreReadInPartsChangeNoText(String name) throws URISyntaxException {
    try (DecoderModel model = model(name, Precision.F32)) {
      requireAsAlone(model, random(IntStream.range(0, 28).map(i -> 75 + (i * 37) % 41).toArray()));
    }
  }

  /** Beyond 128 tokens, the angles of this model's positions depend on the length of the text. */
  @Test
  void textsThatAreStretchedShareNothing(@TempDir Path scratch)
      throws IOException, URISyntaxException {
    String dynamic =
        """
        {"folder": "families/mistral", "tensors": null, "config": {"sliding_window": null,
         "rope_parameters": null, "rope_theta": 10000.0,
         "rope_scaling": {"type": "dynamic", "factor": 4.0}}}""";
    try (DecoderModel model = variant(dynamic, scratch)) {
      requireAsAlone(model, random(30, 200, 100, 20, 122));
      requireAsAlone(model, after(80, 45, 70, 70, 45));
    }
  }

  /** 32 prompts of 70 to 100 tokens after the same 80. */
  @Test
  void longPromptsAfterABeginningThatAreReadInPartsChangeNoText(@TempDir Path scratch)
      throws IOException, URISyntaxException {
    String longer =
        """
        {"folder": "families/mistral", "tensors": null,
         "config": {"max_position_embeddings": 512}}""";
    try (DecoderModel model = variant(longer, scratch)) {
      requireAsAlone(model, after(80, IntStream.range(0, 32).map(i -> 70 + i).toArray()));
    }
  }

  private static DecoderModel variant(String json, Path scratch)
      throws IOException, URISyntaxException {
    Checkpoint checkpoint = Checkpoint.open(ModelFixture.variant(JSON.readTree(json), scratch));
    return DecoderModel.load(checkpoint, Device.cpu(), Precision.F32);
  }

  /** Random prompts of some lengths. */
  private static List<Prompt> random(int... lengths) {
    RandomGenerator random = seed(8);
    return Arrays.stream(lengths)
        .mapToObj(n -> prompt(1 + random.nextInt(12), random.ints(n, 1, 128).toArray()))
        .toList();
  }

  /** Random prompts that begin with the same tokens, and have some numbers of tokens after them. */
  private static List<Prompt> after(int shared, int... lengths) {
    RandomGenerator random = seed(8);
    int[] beginning = random.ints(shared, 1, 128).toArray();
    List<Prompt> prompts = new ArrayList<>();
    for (int length : lengths) {
      int[] own = random.ints(length, 1, 128).toArray();
      int[] tokens = Arrays.copyOf(beginning, shared + length);
      System.arraycopy(own, 0, tokens, shared, length);
      prompts.add(prompt(1 + random.nextInt(12), tokens));
    }
    return prompts;
  }

  /** Texts are the same together as each alone. */
  private static void requireAsAlone(DecoderModel model, List<Prompt> prompts) {
    Generation generation = new Generation(model, NO_END);
    List<GeneratedTokens> together = generation.write(prompts, Sampling.GREEDY, seed(2));
    List<GeneratedTokens> alone =
        prompts.stream()
            .map(p -> generation.write(List.of(p), Sampling.GREEDY, seed(2)).get(0))
            .toList();
    assertThat(tokens(together)).containsExactlyElementsOf(tokens(alone));
  }

  /** 35 prompts after the same 80 tokens, in two batches. */
  @ParameterizedTest
  @ValueSource(strings = {"llama/tied", "families/gemma3", "families/opt"})
  void aBeginningThatIsReadOnceChangesNoText(String name) throws URISyntaxException {
    try (DecoderModel model = model(name, Precision.F32)) {
      requireAsAlone(model, after(80, IntStream.range(0, 35).map(i -> 1 + i % 9).toArray()));
    }
  }

  /** What the rule is shown at each step is what the whole text gives when it is read at once. */
  @ParameterizedTest
  @EnumSource(names = {"F32", "BF16", "F16"})
  void logitsOfAStepAreThoseOfTheWholeText(Precision precision) throws URISyntaxException {
    List<float[]> seen = new ArrayList<>();
    TokenRule recording =
        (logits, before, random) -> {
          seen.add(logits.clone());
          return (before.length * 37) % 256;
        };
    try (DecoderModel model = model("llama/untied", precision)) {
      GeneratedTokens written =
          new Generation(model, NO_END)
              .write(List.of(prompt(20, 5, 77, 180)), recording, seed(0))
              .get(0);
      int[] whole = {5, 77, 180};
      whole = Arrays.copyOf(whole, 23);
      System.arraycopy(written.tokens(), 0, whole, 3, 20);
      try (NDManager scope = model.manager().newSubManager()) {
        Positions positions = Positions.causal(23, model.checkpoint().config(), scope);
        NDArray logits = model.logits(model.hidden(new int[][] {whole}, positions, scope).get(0));
        double tolerance =
            precision == Precision.F32 ? 1e-4 : precision == Precision.BF16 ? 0.05 : 0.01;
        for (int step = 0; step < 20; step++) {
          float[] expected = logits.get(2 + step).toFloatArray();
          assertThat(seen.get(step))
              .usingComparatorWithPrecision((float) tolerance * logits.abs().max().getFloat())
              .containsExactly(expected);
        }
      }
    }
  }

  @Test
  void aStopStringEndsTheTextAndIsCutOff() throws URISyntaxException {
    int[] start = "Once".chars().toArray();
    byte[] story = "X upon a time\n\nQ".getBytes(StandardCharsets.US_ASCII);
    TokenRule reciting = (logits, before, random) -> story[before.length - 4];
    try (DecoderModel model = model("llama/tied", Precision.F32)) {
      Generation generation = new Generation(model, Set.of((int) 'Q'));
      List<Prompt> prompts =
          List.of(
              new Prompt(start, List.of("\n\n"), 30),
              new Prompt(start, List.of("never", "time", "a t"), 30),
              new Prompt(start, List.of("never"), 30),
              new Prompt(start, List.of("time"), 9));
      List<GeneratedTokens> texts = generation.write(prompts, reciting, seed(0));
      assertThat(texts)
          .extracting(GeneratedTokens::text)
          .containsExactly("X upon a time", "X upon ", "X upon a time\n\n", "X upon a ");
      assertThat(texts)
          .extracting(GeneratedTokens::end)
          .containsExactly(
              GeneratedTokens.End.STOP_STRING,
              GeneratedTokens.End.STOP_STRING,
              GeneratedTokens.End.END_OF_TEXT,
              GeneratedTokens.End.LENGTH);
      assertThat(texts.get(0).tokens()).hasSize(15);
    }
  }

  @Test
  void whatCannotBeWrittenIsRefused() throws URISyntaxException {
    try (DecoderModel model = model("llama/tied", Precision.F32)) {
      Generation generation = new Generation(model, NO_END);
      assertThatThrownBy(() -> generation.write(List.of(prompt(5)), Sampling.GREEDY, seed(0)))
          .hasMessageContaining("no tokens");
      assertThatThrownBy(() -> generation.write(List.of(prompt(128, 1)), Sampling.GREEDY, seed(0)))
          .hasMessageContaining("longer than the model's context");
      assertThat(generation.write(List.of(prompt(0, 1)), Sampling.GREEDY, seed(0)).get(0).tokens())
          .isEmpty();
    }
  }

  @Test
  void anInterruptEndsTheWriting() throws URISyntaxException {
    TokenRule interrupting =
        (logits, before, random) -> {
          Thread.currentThread().interrupt();
          return 1;
        };
    try (DecoderModel model = model("llama/tied", Precision.F32)) {
      Generation generation = new Generation(model, NO_END);
      assertThatThrownBy(() -> generation.write(List.of(prompt(9, 1)), interrupting, seed(0)))
          .isInstanceOf(CancellationException.class);
      assertThat(Thread.interrupted()).isTrue();
    }
  }

  @Test
  void specialTokensAreThoseOfTheCheckpoint() throws URISyntaxException {
    try (DecoderModel model = model("llama/tied", Precision.F32)) {
      SpecialTokens special = SpecialTokens.of(model.checkpoint());
      assertThat(special.beginOfText()).hasValue(1);
      assertThat(special.endOfText()).containsExactly(2);
      assertThat(Generation.of(model).endOfText()).containsExactly(2);
    }
    SpecialTokens ofGguf =
        SpecialTokens.of(Checkpoint.open(ModelFixture.folder("tokenizer/smollm.gguf")));
    assertThat(ofGguf.beginOfText()).hasValue(0);
    assertThat(ofGguf.endOfText())
        .as("<|im_end|> and <|endoftext|>")
        .containsExactlyInAnyOrder(2, 0);
  }
}
