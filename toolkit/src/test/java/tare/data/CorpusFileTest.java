package tare.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CorpusFileTest {

  @TempDir private Path folder;

  private Path file(String content) throws IOException {
    return Files.writeString(folder.resolve("pool.jsonl"), content);
  }

  @Test
  void documentsComeBackAsTheyWereWritten() throws IOException {
    List<Document> documents =
        List.of(
            new Document("a", "s", "line\nline \"quoted\" \u20ac"), new Document("b", "s", "B"));
    Path file = folder.resolve("deep/pool.jsonl");
    JsonLines.write(file, documents);
    CorpusFile corpus = CorpusFile.read(file, CorpusSide.ALL);
    assertThat(corpus.documents()).containsExactlyElementsOf(documents);
    assertThat(corpus.name()).isEqualTo("pool");
    assertThat(corpus.revision()).isEqualTo(Sha256.hexOfFile(file));
  }

  @Test
  void ignoresFurtherFieldsAndFillsInIdAndSource() throws IOException {
    Path file = file("\n{\"text\": \"hello\", \"license\": \"MIT\", \"n\": [1]}\n");
    assertThat(CorpusFile.read(file, CorpusSide.ALL).documents())
        .containsExactly(new Document("line-2", "pool", "hello"));
  }

  @Test
  void everyDocumentIsOnExactlyOneSide() throws IOException {
    List<Document> documents = new ArrayList<>();
    for (int i = 0; i < 2000; i++) {
      documents.add(new Document("d" + i, "s", "text " + i));
    }
    Path file = folder.resolve("pool.jsonl");
    JsonLines.write(file, documents);
    List<Document> train = CorpusFile.read(file, CorpusSide.TRAIN).content();
    List<Document> heldBack = CorpusFile.read(file, CorpusSide.HELD_BACK).content();
    assertThat(train).doesNotContainAnyElementsOf(heldBack);
    assertThat(train.size() + heldBack.size()).isEqualTo(2000);
    // 26 of 256: 203 of 2000 are expected, with a standard deviation of 13.5.
    assertThat(heldBack.size()).isBetween(160, 246);
  }

  @Test
  void aPlainTextIsOneDocument() throws IOException {
    Path file = Files.writeString(folder.resolve("story.txt"), "one\n\ntwo\n");
    assertThat(CorpusFile.read(file, CorpusSide.ALL).documents())
        .containsExactly(new Document("story", "story", "one\n\ntwo"));
  }

  @Test
  void aFolderIsTheCorpusOfItsFiles() throws IOException {
    Path texts = Files.createDirectories(folder.resolve("texts/part"));
    Files.writeString(texts.resolve("b.txt"), "B");
    Files.writeString(texts.resolve("notes.md"), "no corpus");
    JsonLines.write(texts.resolveSibling("a.jsonl"), List.of(new Document("1", "s", "A")));
    CorpusFile corpus = CorpusFile.read(folder.resolve("texts"), CorpusSide.ALL);
    assertThat(corpus.name()).isEqualTo("texts");
    assertThat(corpus.documents())
        .containsExactly(
            new Document("a.jsonl/1", "s", "A"), new Document("part/b.txt", "part/b.txt", "B"));
    Files.writeString(texts.resolve("b.txt"), "C");
    assertThat(CorpusFile.read(folder.resolve("texts"), CorpusSide.ALL).revision())
        .isNotEqualTo(corpus.revision());
  }

  @Test
  void aFolderWithoutTextIsRefused() throws IOException {
    Path bare = Files.createDirectory(folder.resolve("bare"));
    assertThatThrownBy(() -> CorpusFile.read(bare, CorpusSide.ALL))
        .hasMessageContaining("bare")
        .hasMessageContaining("no file ends in .txt, .jsonl or .json");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '#',
      value = {
        "{\"text\": \"a\"           | line 2: not JSON",
        "[1, 2]                     | line 2: not a JSON object",
        "{\"texts\": \"a\"}         | line 2: field 'text' must be a text",
        "{\"text\": 7}              | line 2: field 'text' must be a text",
        "{\"text\": \" \"}          | line 2: field 'text' must be a text, and not blank",
        "{\"id\": \"x\", \"text\": \"b\"} | two documents have the id 'x'",
      })
  void namesFileAndLineOfWhatIsWrong(String line, String message) throws IOException {
    Path file = file("{\"id\": \"x\", \"text\": \"a\"}\n" + line + "\n");
    assertThatThrownBy(() -> CorpusFile.read(file, CorpusSide.ALL))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("pool.jsonl")
        .hasMessageContaining(message);
  }

  @Test
  void refusesAnEmptyCorpusAMissingFileAndOtherEncodings() throws IOException {
    Path empty = file("\n");
    assertThatThrownBy(() -> CorpusFile.read(empty, CorpusSide.ALL))
        .hasMessageContaining("the corpus is empty");
    assertThatThrownBy(() -> CorpusFile.read(folder.resolve("no.jsonl"), CorpusSide.ALL))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no.jsonl");
    Path latin = folder.resolve("latin.jsonl");
    Files.write(latin, new byte[] {'{', '"', 't', (byte) 0xe9, '"', '}'});
    assertThatThrownBy(() -> CorpusFile.read(latin, CorpusSide.ALL))
        .hasMessageContaining("not UTF-8");
  }

  @Test
  void aJoinedCorpusIsPinnedByAllItsParts() throws IOException {
    JsonLines.write(folder.resolve("a.jsonl"), List.of(new Document("1", "a", "A")));
    JsonLines.write(folder.resolve("b.jsonl"), List.of(new Document("1", "b", "B")));
    CorpusFile a = CorpusFile.read(folder.resolve("a.jsonl"), CorpusSide.ALL);
    CorpusFile b = CorpusFile.read(folder.resolve("b.jsonl"), CorpusSide.ALL);
    JoinedCorpus both = new JoinedCorpus(List.of(a, b));
    assertThat(both.name()).isEqualTo("a+b");
    assertThat(both.documents().map(Document::text)).containsExactly("A", "B");
    assertThat(both.revision())
        .isNotEqualTo(new JoinedCorpus(List.of(b, a)).revision())
        .isNotEqualTo(a.revision());
    assertThat(new JoinedCorpus(List.of(a)).revision()).isEqualTo(a.revision());
  }
}
