package tare.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CorpusFileTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static JsonNode forms;

  @BeforeAll
  static void read() throws IOException {
    forms = JSON.readTree(CorpusFileTest.class.getResourceAsStream("/fixtures/corpora.json"));
  }

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
  @EnabledOnOs({OS.LINUX, OS.MAC})
  void linkedFoldersAreRead() throws IOException {
    Path far = Files.createDirectories(folder.resolve("far/away"));
    Files.writeString(far.resolve("b.txt"), "B");
    Path texts = Files.createDirectory(folder.resolve("texts"));
    Files.createSymbolicLink(texts.resolve("part"), far);
    assertThat(CorpusFile.read(texts, CorpusSide.ALL).documents())
        .containsExactly(new Document("part/b.txt", "part/b.txt", "B"));
    Path link = Files.createSymbolicLink(folder.resolve("link"), far);
    assertThat(CorpusFile.read(link, CorpusSide.ALL).documents())
        .containsExactly(new Document("b.txt", "b.txt", "B"));
  }

  @Test
  void aFolderIsTheCorpusOfItsFiles() throws IOException {
    Path texts = Files.createDirectories(folder.resolve("texts/part"));
    Files.writeString(texts.resolve("b.txt"), "B");
    Files.writeString(texts.resolve("notes.md"), "no corpus");
    Files.writeString(texts.resolve("dataset_infos.json"), "{\"splits\": {\"train\": 2}}");
    Files.createDirectories(texts.resolve(".git"));
    Files.writeString(texts.resolve(".git/index.txt"), "hidden");
    Files.writeString(texts.resolve("c.jsonl"), "{\"text\": \"\"}\n{\"text\": \"C\"}\n");
    CalibrationFile.write(
        texts.resolve("set.jsonl"),
        new CalibrationSet(
            "Uniform",
            new Budget(1, 2),
            List.of(new Sample("d", "s", "chosen", new int[] {1, 2}))));
    Files.writeString(texts.resolve("text-form.jsonl"), "{\"text\": \"chosen\"}\n");
    Files.writeString(texts.resolve("text-form.provenance.json"), "{}");
    JsonLines.write(texts.resolveSibling("a.jsonl"), List.of(new Document("1", "s", "A")));
    CorpusFile corpus = CorpusFile.read(folder.resolve("texts"), CorpusSide.ALL);
    assertThat(corpus.name()).isEqualTo("texts");
    assertThat(corpus.documents())
        .containsExactly(
            new Document("a.jsonl/1", "s", "A"),
            new Document("part/b.txt", "part/b.txt", "B"),
            new Document("part/c.jsonl/line-2", "c", "C"));
    assertThat(corpus.blank()).isEqualTo(1);
    assertThat(corpus.remarks())
        .containsExactly(
            "texts: 1 rows are left out, because their field 'text' is missing, null or blank.",
            "texts: Passed over: part/dataset_infos.json (no row has the field 'text'. The fields"
                + " are: splits.train (a number). Name the one that holds the text with --field"
                + " NAME); part/notes.md; part/set.jsonl (a calibration set);"
                + " part/text-form.jsonl (a calibration set); part/text-form.provenance.json"
                + " (provenance of a calibration set).");
    Files.writeString(texts.resolve("b.txt"), "C");
    assertThat(CorpusFile.read(folder.resolve("texts"), CorpusSide.ALL).revision())
        .isNotEqualTo(corpus.revision());
  }

  @Test
  void aFolderWithoutTextIsRefused() throws IOException {
    Path bare = Files.createDirectory(folder.resolve("bare"));
    assertThatThrownBy(() -> CorpusFile.read(bare, CorpusSide.ALL))
        .hasMessageContaining("bare")
        .hasMessageContaining("the folder holds no text")
        .hasMessageContaining("It is empty");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '#',
      value = {
        "{\"text\": \"a\"           | line 2: not JSON",
        "[1, 2]                     | line 2: not a JSON object",
        "{\"text\": 7}              | line 2: field 'text' must be a text, but is a number",
        "{\"text\": [\"a\"]}        | line 2: field 'text' must be a text, but is a list",
        "{\"messages\": []}         | line 2: field 'messages': the conversation has no message",
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

  private static byte[] form(String name) throws IOException {
    return forms.get("files").get(name).binaryValue();
  }

  static Stream<String> forms() {
    return forms.get("files").properties().stream().map(Map.Entry::getKey);
  }

  /** The files that make_corpus_fixture.py wrote with Python and pyarrow. */
  @ParameterizedTest
  @MethodSource("forms")
  void theSameRowsAreTheSameDocumentsInEachForm(String name) throws IOException {
    Path file = Files.write(folder.resolve(name), form(name));
    CorpusFile corpus = CorpusFile.read(file, CorpusSide.ALL);
    List<String> texts = new ArrayList<>();
    forms.get("texts").forEach(text -> texts.add(text.asText()));
    assertThat(corpus.documents().map(Document::text)).containsExactlyElementsOf(texts);
    assertThat(corpus.blank()).isEqualTo(forms.get("blank").asInt());
    assertThat(corpus.name()).isEqualTo(name.replaceFirst("\\.[a-z.]+$", ""));
  }

  @Test
  void aFieldMayLieInsideAnother() throws IOException {
    Path file =
        file("{\"meta\": {\"title\": \"T\"}, \"id\": 7, \"a.b\": \"literal\", \"l\": [1]}\n");
    assertThat(CorpusFile.read(file, CorpusSide.ALL, "meta.title", ChatWriter.REFUSED).documents())
        .containsExactly(new Document("7", "pool", "T"));
    assertThat(CorpusFile.read(file, CorpusSide.ALL, "a.b", ChatWriter.REFUSED).documents())
        .containsExactly(new Document("7", "pool", "literal"));
    assertThatThrownBy(() -> CorpusFile.read(file, CorpusSide.ALL))
        .hasMessageEndingWith(
            "pool.jsonl: no row has the field 'text'. The fields are: meta.title, id (a number),"
                + " a.b, l (a list). Name the one that holds the text with --field NAME.");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"messages\": [{\"role\": \"user\", \"content\": \"a\"}]}",
        "{\"id\": 1, \"conversations\": [{\"from\": \"human\", \"value\": \"a\"}]}",
        "{\"prompt\": \"a\", \"completion\": \"b\"}",
        "{\"instruction\": \"a\", \"input\": \"\", \"output\": \"b\"}"
      })
  void chatRecordsAreRefused(String record) throws IOException {
    Path file = file(record + "\n" + record + "\n");
    assertThatThrownBy(() -> CorpusFile.read(file, CorpusSide.ALL))
        .hasMessageContaining("pool.jsonl, line 1: a chat record (field")
        .hasMessageContaining("conversations are not read here")
        .hasMessageContaining("--field NAME")
        .hasMessageContaining("The fields are: ")
        .hasMessageContaining("apply_chat_template");
  }

  @Test
  void aTextMayHaveAnyLength() throws IOException {
    String big = "abcde fgh\n".repeat(2_100_000);
    CorpusFile corpus =
        CorpusFile.read(file(JSON.writeValueAsString(Map.of("text", big))), CorpusSide.ALL);
    assertThat(corpus.content().get(0).text()).isEqualTo(big);
  }

  @Test
  void halvesOfPairsBecomeReplacementCharactersAlone() throws IOException {
    Path file = file("{\"text\": \"a \\ud83d b \\ude00 c \\ud83d\\ude00 \\u0000\"}\n");
    assertThat(CorpusFile.read(file, CorpusSide.ALL).content().get(0).text())
        .isEqualTo("a \ufffd b \ufffd c \ud83d\ude00 \u0000");
    JsonLines.write(file, List.of(new Document("1", "s", "\ud83d \ud83d\ude00 \ude00")));
    assertThat(CorpusFile.read(file, CorpusSide.ALL).content().get(0).text())
        .isEqualTo("\ufffd \ud83d\ude00 \ufffd");
  }

  @Test
  void aSideWithoutDocumentsNamesTheWayOut() throws IOException {
    int n = 0;
    while (CorpusSide.TRAIN.holds("text " + n)) {
      n++;
    }
    Path file = Files.writeString(folder.resolve("book.txt"), "text " + n);
    assertThatThrownBy(() -> CorpusFile.read(file, CorpusSide.TRAIN))
        .hasMessageContaining("none of its 1 documents is on the side train")
        .hasMessageContaining("--side all");
  }

  @Test
  void damagedAndForeignFilesAreNamed() throws IOException {
    for (String name :
        List.of("lines.json.gz", "lines.jsonl.zst", "zstd.parquet", "snappy.parquet")) {
      byte[] whole = form(name);
      Path cut = Files.write(folder.resolve(name), Arrays.copyOf(whole, whole.length * 2 / 3));
      assertThatThrownBy(() -> CorpusFile.read(cut, CorpusSide.ALL))
          .as(name)
          .isInstanceOf(IOException.class)
          .hasMessageContaining(name)
          .hasMessageContaining("damaged")
          .hasMessageContaining("Get the file again");
      byte[] changed = whole.clone();
      Arrays.fill(changed, whole.length / 3, whole.length / 2, (byte) 0x5a);
      Path wrong = Files.write(folder.resolve(name), changed);
      assertThatThrownBy(() -> CorpusFile.read(wrong, CorpusSide.ALL))
          .as(name)
          .isInstanceOfAny(IOException.class, IllegalArgumentException.class)
          .hasMessageContaining(name);
    }
    Path brotli = Files.write(folder.resolve("b.parquet"), forms.get("brotli").binaryValue());
    assertThatThrownBy(() -> CorpusFile.read(brotli, CorpusSide.ALL))
        .hasMessageContaining("b.parquet: compressed in a way that is not read");
    Path pointer =
        Files.writeString(
            folder.resolve("p.jsonl"),
            "version https://git-lfs.github.com/spec/v1\noid sha256:0\n");
    assertThatThrownBy(() -> CorpusFile.read(pointer, CorpusSide.ALL))
        .hasMessageContaining("git lfs pull");
    Path zip = Files.write(folder.resolve("z.jsonl"), new byte[] {'P', 'K', 3, 4, 0, 0});
    assertThatThrownBy(() -> CorpusFile.read(zip, CorpusSide.ALL)).hasMessageContaining("Unpack");
    Path wide =
        Files.write(folder.resolve("w.csv"), "text\na\n".getBytes(StandardCharsets.UTF_16LE));
    assertThatThrownBy(() -> CorpusFile.read(wide, CorpusSide.ALL))
        .hasMessageContaining("zero bytes");
    Path ragged = Files.writeString(folder.resolve("r.csv"), "text,n\na,1\nb,2,3\n");
    assertThatThrownBy(() -> CorpusFile.read(ragged, CorpusSide.ALL))
        .hasMessageContaining("r.csv, row 2: the row has 3 columns instead of the 2");
    Path quotes = Files.writeString(folder.resolve("q.tsv"), "text\tn\n\"Hello,\" he said\t1\n");
    assertThatThrownBy(() -> CorpusFile.read(quotes, CorpusSide.ALL))
        .hasMessageContaining("q.tsv, after row 0: not a table");
  }
}
