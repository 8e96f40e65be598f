package tare.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tare.NumericFixture;
import tare.model.JsonTokenizer;

/**
 * Tokenizers that put a token before a text: the tokens of context and continuation are those of
 * lm-evaluation-harness ({@code src/test/python/make_boundary_fixture.py}).
 */
class BoundariesTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  private JsonTokenizer tokenizer(JsonNode fixture) throws IOException {
    Path file = folder.resolve("tokenizer.json");
    JSON.writeValue(file.toFile(), fixture.get("tokenizer"));
    return JsonTokenizer.open(file);
  }

  @ParameterizedTest
  @CsvSource({"llama2, <s>, 1", "llama3, <|begin_of_text|>, 0"})
  void theTokenThatBeginsATextStandsThereOnceAndIsNotScored(String name, String begin, int id)
      throws IOException {
    JsonNode fixture = NumericFixture.read("boundaries.json").json().get(name);
    JsonTokenizer tokenizer = tokenizer(fixture);
    assertThat(tokenizer.encode(begin)).containsExactly(id);
    JsonNode requests = fixture.get("requests");
    assertThat(requests.size()).isGreaterThan(10);
    for (JsonNode each : requests) {
      Request.Continuation request =
          new Request.Continuation(each.get(0).asText(), each.get(1).asText());
      EncodedRequest encoded = EncodedRequest.of(0, request, tokenizer, 512, () -> id);
      int[] context = JSON.convertValue(each.get(2), int[].class);
      int[] continuation = JSON.convertValue(each.get(3), int[].class);
      assertThat(encoded.tokens())
          .as(request.toString())
          .isEqualTo(IntStream.concat(IntStream.of(context), IntStream.of(continuation)).toArray())
          .startsWith(id);
      assertThat(encoded.scoredFrom()).as(request.toString()).isEqualTo(context.length);
    }
    assertThatThrownBy(
            () -> EncodedRequest.of(0, new Request.Continuation("", ""), tokenizer, 512, () -> id))
        .hasMessageContaining("at least one token");
  }

  /** The library alone gives six replacement characters for each face in a text with a half. */
  @ParameterizedTest
  @ValueSource(strings = {"llama2", "llama3"})
  void halfOfAPairLosesNothingElse(String name) throws IOException {
    JsonTokenizer tokenizer = tokenizer(NumericFixture.read("boundaries.json").json().get(name));
    String face = "\ud83d\ude00";
    for (String half : List.of("\ud83d", "\ude00", "\ude00\ud83d")) {
      String replaced = "\ufffd".repeat(half.length());
      assertThat(tokenizer.encode("a " + face + half + " " + face))
          .isEqualTo(tokenizer.encode("a " + face + replaced + " " + face));
      assertThat(tokenizer.encodePrompt(face + half + face))
          .isEqualTo(tokenizer.encodePrompt(face + replaced + face));
    }
  }
}
