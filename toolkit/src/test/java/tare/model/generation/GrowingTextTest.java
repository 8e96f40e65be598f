package tare.model.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.FloatBuffer;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tare.model.TextTokenizer;

/** What is written is the text behind the prompt. */
class GrowingTextTest {

  /** Each letter is a token; a space at the beginning is dropped, as SentencePiece does. */
  private record Dropping() implements TextTokenizer {
    @Override
    public int[] encode(String text) {
      return text.chars().toArray();
    }

    @Override
    public String decode(int[] tokens) {
      String text = new String(tokens, 0, tokens.length);
      return text.startsWith(" ") ? text.substring(1) : text;
    }
  }

  private static String written(String prompt, String next, String... until) {
    TextTokenizer tokenizer = new Dropping();
    GrowingText text =
        new GrowingText(
            new Prompt(tokenizer.encode(prompt), List.of(until), next.length()),
            tokenizer,
            Set.of(),
            new SplittableRandom(1));
    for (int i = 0; !text.isEnded(); i++) {
      int token = next.charAt(i);
      text.see(FloatBuffer.wrap(new float[] {0}));
      text.add((logits, before, random) -> token);
    }
    return text.written().text();
  }

  @Test
  void theSpacesThatFollowThePromptAreKept() {
    assertThat(written("def f():\n", "    return 1")).isEqualTo("    return 1");
    assertThat(written("2 + 2 =", " 4", "4")).isEqualTo(" ");
    assertThat(written("the ", " end")).as("the prompt ends with a space").isEqualTo(" end");
  }

  @Test
  void bytesThatAreNoLetterAreNotDecodedWithWhatFollows() {
    assertThat(written("a\ufffd", "\ufffdb")).isEqualTo("\ufffdb");
    assertThat(written("a\ufffd", " b")).as("as the tokenizer decodes it alone").isEqualTo("b");
  }

  @Test
  void behindTheTokenThatBeginsATextAllIsWritten() {
    assertThat(written("^", " The")).isEqualTo("The");
  }
}
