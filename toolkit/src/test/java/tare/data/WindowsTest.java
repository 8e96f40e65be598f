package tare.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;
import tare.model.ByteTokenizer;

class WindowsTest {

  private static final ByteTokenizer BYTES = new ByteTokenizer();

  private static Document document(String id, String text) {
    return new Document(id, "s", text);
  }

  @Test
  void packsDocumentsWithABlankLineBetween() {
    Windows windows = new Windows(BYTES::encode, BYTES::places, BYTES::decode, 4);
    List<Sample> samples = new ArrayList<>();
    windows
        .pack(List.of(document("a", "abc"), document("b", "de"), document("c", "fghij")))
        .forEachRemaining(samples::add);
    assertThat(samples)
        .extracting(Sample::text)
        .containsExactly("abc\n", "\nde\n", "\nfgh", "ij\n\n");
    assertThat(samples).extracting(Sample::document).containsExactly("a", "a", "b", "c");
    assertThat(samples).allSatisfy(sample -> assertThat(sample.tokens()).hasSize(4));
  }

  @Test
  void tokenizesOnlyAsFarAsNeeded() {
    List<String> tokenized = new ArrayList<>();
    Windows windows =
        new Windows(
            text -> {
              tokenized.add(text.strip());
              return BYTES.encode(text);
            },
            BYTES::places,
            BYTES::decode,
            4);
    Iterator<Sample> packed =
        windows.pack(List.of(document("a", "a"), document("b", "bbbb"), document("c", "c")));
    packed.next();
    assertThat(tokenized).containsExactly("a", "bbbb");
  }

  /** A text of which only the letter x counts. */
  private static Document counting(String text) {
    List<Marks.Span> others = new ArrayList<>();
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) != 'x') {
        others.add(new Marks.Span(i, i + 1));
      }
    }
    return new Document(text, "s", text, new Marks(List.of(), others));
  }

  /** Statistics of activations leave the first token of a window out. */
  @Test
  void aWindowInWhichOnlyTheFirstTokenCountsIsPassedOver() {
    Windows windows = new Windows(BYTES::encode, BYTES::places, BYTES::decode, 4);
    List<Sample> samples = new ArrayList<>();
    windows
        .pack(List.of(counting("xaaa"), counting("axaa"), counting("aaaa"), counting("xaax")))
        .forEachRemaining(samples::add);
    assertThat(samples).extracting(Sample::text).containsExactly("axaa", "xaax");

    List<Integer> places = new ArrayList<>();
    Sample within =
        windows
            .within(
                counting("aaaxaaaaa"),
                count -> {
                  places.add(count);
                  return count - 1;
                })
            .orElseThrow();
    assertThat(places).containsExactly(3);
    assertThat(within.text()).isEqualTo("axaa");
    assertThat(windows.within(counting("xaaaa"), count -> 0)).isEmpty();
  }

  @Test
  void leavesOutTheShorterRest() {
    assertThat(Windows.cut(new int[] {1, 2, 3, 4, 5}, 2, 9))
        .containsExactly(new int[] {1, 2}, new int[] {3, 4});
    assertThat(Windows.cut(new int[] {1, 2, 3, 4, 5}, 2, 1)).containsExactly(new int[] {1, 2});
    assertThat(Windows.cut(new int[] {1}, 2, 1)).isEmpty();
    assertThatThrownBy(() -> Windows.cut(new int[] {1}, 1, 1))
        .hasMessageContaining("at least 2 tokens");
  }

  @Test
  void aVeryLongTextIsTokenizedInPartsThatDivideNoCharacterAndNoWord() {
    assertThat(Windows.parts("a b\n".repeat(1 << 20))).hasSize(1);
    for (String piece : List.of("one two.\nthree\n", "one two ", "\ud83d\ude00", "x")) {
      String text = piece.repeat(5_000_000 / piece.length());
      List<String> parts = Windows.parts(text);
      assertThat(parts).hasSizeGreaterThan(4);
      assertThat(String.join("", parts)).isEqualTo(text);
      assertThat(parts).allMatch(part -> part.length() <= 1 << 20);
      assertThat(parts.stream().skip(1))
          .allMatch(part -> !piece.contains("o") || part.startsWith("\n") || part.startsWith(" "))
          .noneMatch(part -> Character.isLowSurrogate(part.charAt(0)));
    }
  }
}
