package tare.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tare.model.JsonTokenizer;

/**
 * Tokenizers that put a token before a text: the tokens of context and continuation are those of
 * lm-evaluation-harness ({@code src/test/python/make_boundary_fixture.py}).
 */
class BoundariesTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static Path resource(String name) throws URISyntaxException {
    return Path.of(BoundariesTest.class.getResource("/boundaries/" + name).toURI());
  }

  @ParameterizedTest
  @CsvSource({"llama2, <s>, 1", "llama3, <|begin_of_text|>, 0"})
  void theTokenThatBeginsATextStandsThereOnceAndIsNotScored(String name, String begin, int id)
      throws IOException, URISyntaxException {
    JsonTokenizer tokenizer = JsonTokenizer.open(resource(name + "/tokenizer.json"));
    assertThat(tokenizer.encode(begin)).containsExactly(id);
    JsonNode requests = JSON.readTree(resource("expected.json").toFile()).get(name);
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
  void halfOfAPairLosesNothingElse(String name) throws URISyntaxException {
    JsonTokenizer tokenizer = JsonTokenizer.open(resource(name + "/tokenizer.json"));
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
