package tare.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CalibrationFileTest {

  @TempDir private Path folder;

  @Test
  void comesBackWithTheSameFingerprint() throws IOException {
    CalibrationSet set =
        new CalibrationSet(
            "UniformDraw[set=0]",
            new Budget(2, 3),
            List.of(
                new Sample("d1", "news", "one\n", new int[] {1, 2, 3}),
                new Sample("d2", "news", "two", new int[] {4, 49_151, 0})));
    Path file = folder.resolve("set.jsonl");
    CalibrationFile.write(file, set);
    CalibrationSet read = CalibrationFile.read(file);
    assertThat(read.fingerprint()).isEqualTo(set.fingerprint());
    assertThat(read).usingRecursiveComparison().isEqualTo(set);
    assertThat(Files.readAllLines(file).get(0))
        .isEqualTo(
            "{\"text\":\"one\\n\",\"input_ids\":[1,2,3],\"document\":\"d1\",\"source\":\"news\","
                + "\"selector\":\"UniformDraw[set=0]\"}");
  }

  @Test
  void namesTheLineOfWhatIsWrong() throws IOException {
    Path file = folder.resolve("set.jsonl");
    String good = "{\"text\":\"one\",\"input_ids\":[1,2,3]}\n";
    Files.writeString(file, good + "{\"text\":\"two\",\"input_ids\":[1,-2,3]}\n");
    assertThatThrownBy(() -> CalibrationFile.read(file))
        .hasMessageContaining("line 2: field 'input_ids' must hold token ids");
    Files.writeString(file, "{\"text\":\"two\"}\n");
    assertThatThrownBy(() -> CalibrationFile.read(file)).hasMessageContaining("line 1");
    Files.writeString(file, "");
    assertThatThrownBy(() -> CalibrationFile.read(file)).hasMessageContaining("no sample");
  }

  private static final CalibrationSet SET =
      new CalibrationSet(
          "ZipCal",
          new Budget(2, 3),
          List.of(
              new Sample("d1", "news", "one", new int[] {1, 2, 3}),
              new Sample("d2", "news", "two", new int[] {4, 5, 0})));

  @Test
  void tokensAloneComeBackWithTheSameFingerprintAndTextsAloneDoNot() throws IOException {
    Path file = folder.resolve("ids.jsonl");
    CalibrationFile.write(file, SET, CalibrationFile.Form.INPUT_IDS);
    assertThat(Files.readAllLines(file).get(0))
        .isEqualTo("{\"input_ids\":[1,2,3],\"attention_mask\":[1,1,1]}");
    assertThat(CalibrationFile.read(file).fingerprint()).isEqualTo(SET.fingerprint());
    CalibrationFile.write(file, SET, CalibrationFile.Form.TEXT);
    assertThat(Files.readAllLines(file))
        .containsExactly("{\"text\":\"one\"}", "{\"text\":\"two\"}");
    assertThatThrownBy(() -> CalibrationFile.read(file))
        .hasMessageContaining("texts alone cannot be read back");
  }

  @Test
  void whatEarlierVersionsWroteIsStillRead() throws IOException {
    Path file = folder.resolve("old.jsonl");
    Files.writeString(
        file, "{\"text\":\"one\",\"tokens\":[1,2,3]}\n{\"text\":\"two\",\"tokens\":[4,5,0]}\n");
    assertThat(CalibrationFile.read(file).fingerprint()).isEqualTo(SET.fingerprint());
  }

  @Test
  void weightsComeBackAsMaskOrAsNumbers() throws IOException {
    Path file = folder.resolve("masked.jsonl");
    Sample first = SET.samples().get(0);
    CalibrationSet masked = set(first.weighted(0, 1, 1), SET.samples().get(1));
    CalibrationFile.write(file, masked, CalibrationFile.Form.INPUT_IDS);
    assertThat(Files.readAllLines(file))
        .containsExactly(
            "{\"input_ids\":[1,2,3],\"attention_mask\":[1,1,1],\"loss_mask\":[0,1,1]}",
            "{\"input_ids\":[4,5,0],\"attention_mask\":[1,1,1],\"loss_mask\":[1,1,1]}");
    assertThat(CalibrationFile.read(file).fingerprint())
        .isEqualTo(masked.fingerprint())
        .isNotEqualTo(SET.fingerprint());
    CalibrationSet numbers = set(first.weighted(0, 0.1f, 2), SET.samples().get(1));
    CalibrationFile.write(file, numbers);
    assertThat(Files.readAllLines(file).get(0)).endsWith(",\"weights\":[0.0,0.1,2.0]}");
    assertThat(CalibrationFile.read(file)).usingRecursiveComparison().isEqualTo(numbers);
    assertThatThrownBy(() -> CalibrationFile.write(file, masked, CalibrationFile.Form.TEXT))
        .hasMessageContaining("masked.jsonl: a file of texts alone cannot say which tokens count");
  }

  private static CalibrationSet set(Sample... samples) {
    return new CalibrationSet("ZipCal", new Budget(2, 3), List.of(samples));
  }

  @Test
  void paddingIsDroppedFromMasksToo() throws IOException {
    Path file = folder.resolve("other.jsonl");
    Files.writeString(
        file,
        "{\"input_ids\": [0, 5, 6], \"attention_mask\": [0, 1, 1], \"loss_mask\": [0, false, true]}");
    Sample sample = CalibrationFile.read(file).samples().get(0);
    assertThat(sample.tokens()).containsExactly(5, 6);
    assertThat(sample.weights()).containsExactly(0, 1);
  }

  @Test
  void wrongWeightsAreNamedByTheirField() throws IOException {
    Path file = folder.resolve("other.jsonl");
    for (String wrong : List.of("[1, 1]", "[1, 2, 0]", "[1, \"1\", 0]", "1")) {
      Files.writeString(
          file, "{\"text\": \"a\", \"input_ids\": [1, 2, 3], \"loss_mask\": " + wrong + "}");
      assertThatThrownBy(() -> CalibrationFile.read(file))
          .hasMessageContaining("line 1: field 'loss_mask' must hold 3 numbers");
    }
    for (String wrong : List.of("[1, 1]", "[1, -2, 0]", "[1, 1e300, 0]", "[1, true, 0]", "0.5")) {
      Files.writeString(
          file, "{\"text\": \"a\", \"input_ids\": [1, 2, 3], \"weights\": " + wrong + "}");
      assertThatThrownBy(() -> CalibrationFile.read(file))
          .hasMessageContaining("line 1: field 'weights' must hold 3 numbers from 0");
    }
    Files.writeString(file, "{\"input_ids\": [1, 2], \"weights\": [1, 1], \"loss_mask\": [1, 0]}");
    assertThatThrownBy(() -> CalibrationFile.read(file))
        .hasMessageContaining("line 1: fields 'loss_mask' and 'weights' both say");
    Files.writeString(file, "{\"input_ids\": [1, 2], \"loss_mask\": [0, 0]}");
    assertThatThrownBy(() -> CalibrationFile.read(file))
        .hasMessageContaining("other.jsonl: fields 'loss_mask' and 'weights' leave no token");
  }

  /** Rows that other tools padded to one length, or did not pad at all. */
  @Test
  void paddingIsDroppedAndSamplesMayDifferInLength() throws IOException {
    Path file = folder.resolve("other.jsonl");
    Files.writeString(
        file,
        """
        {"input_ids": [0, 0, 5, 6, 7], "attention_mask": [0, 0, 1, 1, 1]}
        {"input_ids": [5, 0, 0, 0, 0], "attention_mask": [1, 1, 0, 0, 0]}
        {"input_ids": [0, 1, 2, 0, 0], "attention_mask": [0, 1, 1, 1, 0]}
        {"input_ids": [8, 9]}
        """);
    CalibrationSet set = CalibrationFile.read(file);
    assertThat(set.samples())
        .extracting(Sample::tokens)
        .containsExactly(
            new int[] {5, 6, 7}, new int[] {5, 0}, new int[] {1, 2, 0}, new int[] {8, 9});
    assertThat(set.budget()).isEqualTo(new Budget(4, 3));
    for (String mask : List.of("[1, 0, 1]", "[1, 1]", "[1, 2, 1]", "[1, 0.5, 1]", "\"111\"")) {
      Files.writeString(file, "{\"input_ids\": [1, 2, 3], \"attention_mask\": " + mask + "}");
      assertThatThrownBy(() -> CalibrationFile.read(file))
          .hasMessageContaining("line 1: field 'attention_mask' must hold 3 numbers");
    }
    Files.writeString(file, "{\"input_ids\": [1, 2, 3], \"attention_mask\": [0, 0, 1]}");
    assertThatThrownBy(() -> CalibrationFile.read(file))
        .hasMessageContaining("line 1: field 'attention_mask' leaves 1 tokens");
  }

  @Test
  void aFileOfTheWorkingFolderIsWritten() throws IOException {
    Path bare = Path.of("a-file-of-calibration-file-test");
    try {
      WholeFile.write(bare, out -> out.write(7));
      assertThat(bare).hasBinaryContent(new byte[] {7});
    } finally {
      Files.deleteIfExists(bare);
    }
  }

  @Test
  void doubtsNameTheOtherModelAndTheOtherTokenizer() throws IOException {
    Path file = folder.resolve("set.jsonl");
    CalibrationFile.write(file, SET);
    CalibrationSet set = CalibrationFile.read(file);
    List<Sample> samples = SET.samples();
    Function<int[], String> same =
        tokens -> Arrays.equals(tokens, samples.get(0).tokens()) ? "one" : "two";
    assertThat(CalibrationFile.doubts(file, set, "r", same)).isEmpty();
    provenance("r").write(file);
    assertThat(CalibrationFile.doubts(file, set, "r", same)).isEmpty();
    assertThat(CalibrationFile.doubts(file, set, "other", tokens -> "one"))
        .containsExactly(
            file + " was chosen for another model: m.",
            file
                + " was made with another tokenizer: the tokens of the sample of d2 are not its"
                + " text.");
    CalibrationSet fewer =
        new CalibrationSet(set.selector(), new Budget(1, 3), set.samples().subList(0, 1));
    assertThat(CalibrationFile.doubts(file, fewer, "r", same))
        .containsExactly(
            file
                + " was changed after it was chosen: its fingerprint is not the one in"
                + " set.provenance.json.");
    Files.writeString(Provenance.beside(file), "{");
    assertThat(CalibrationFile.doubts(file, set, "r", same).get(0))
        .contains("set.provenance.json cannot be read");
  }

  private static Provenance provenance(String revision) {
    return new Provenance(
        "ZipCal",
        7,
        SET.fingerprint(),
        2,
        3,
        "m",
        revision,
        List.of(
            new Provenance.Source(
                "news", "abc", "train", "text", 3, 0, 0, null, List.of("README.md"))),
        List.of(),
        "tare",
        0.5,
        List.of("a note"),
        null,
        List.of(new Provenance.Chosen("d1", "news", "3 new words", 3.0)));
  }

  @Test
  void provenanceOfEarlierVersionsIsStillRead() throws IOException {
    Path file = folder.resolve("set.jsonl");
    provenance("r").write(file);
    String json = Files.readString(Provenance.beside(file));
    Files.writeString(Provenance.beside(file), json.replaceAll("(?s),\\s*\"field\".*?\\]", ""));
    assertThat(Provenance.read(file).corpora())
        .containsExactly(new Provenance.Source("news", "abc", "train", null, 0, 0, 0, null, null));
  }

  @Test
  void provenanceLiesBesideTheSet() throws IOException {
    Provenance provenance = provenance("r");
    Path file = folder.resolve("set.jsonl");
    provenance.write(file);
    assertThat(folder.resolve("set.provenance.json")).exists();
    assertThat(Provenance.read(file)).isEqualTo(provenance);
  }
}
