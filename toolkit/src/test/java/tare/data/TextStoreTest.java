package tare.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TextStoreTest {

  private static final List<String> TEXTS =
      IntStream.range(0, 500).mapToObj(i -> "text " + i + " \u20ac\ud83d\ude00".repeat(i)).toList();

  @Test
  void textsAreReadInAnyOrderAndByManyThreads() {
    TextStore store = new TextStore();
    List<Supplier<String>> kept = TEXTS.stream().map(store::keep).toList();
    assertThat(kept.get(499).get()).isEqualTo(TEXTS.get(499));
    assertThat(kept.get(0).get()).isEqualTo(TEXTS.get(0));
    assertThat(kept.parallelStream().map(Supplier::get)).containsExactlyElementsOf(TEXTS);
  }

  @Test
  void writingGoesOnAfterReading() {
    TextStore store = new TextStore();
    for (String text : TEXTS) {
      assertThat(store.keep(text).get()).isEqualTo(text);
    }
  }

  /** A program that keeps more text than its memory holds. */
  static final class MoreThanTheMemory {
    private MoreThanTheMemory() {}

    public static void main(String[] arguments) {
      TextStore store = new TextStore();
      String text = "x".repeat(1 << 20);
      List<Document> kept =
          IntStream.range(0, 100)
              .mapToObj(i -> new Document("id", "source", i + text).in(store))
              .toList();
      if (!kept.get(99).text().equals("99" + text)) {
        throw new IllegalStateException("another text");
      }
    }
  }

  @Test
  void textsTakeNoMemory() throws IOException, InterruptedException {
    Process program =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx32m",
                "-cp",
                System.getProperty("java.class.path"),
                MoreThanTheMemory.class.getName())
            .inheritIO()
            .start();
    assertThat(program.waitFor()).isZero();
  }

  @Test
  void aDocumentInAStoreEqualsTheOriginal() {
    Document original =
        new Document("id", "source", "text", new Marks(List.of(new Marks.Span(0, 2)), List.of()));
    Document kept = original.in(new TextStore());
    assertThat(kept).isEqualTo(original).hasSameHashCodeAs(original);
    assertThat(kept.named("other", "source")).isNotEqualTo(original);
    assertThat(new Document("id", "source", "Text", original.marks())).isNotEqualTo(kept);
  }
}
