package tare.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
    Files.writeString(file, good + "{\"text\":\"two\",\"input_ids\":[1,2]}\n");
    assertThatThrownBy(() -> CalibrationFile.read(file))
        .hasMessageContaining(
            "line 2: field 'input_ids' has 2 token ids, but the first sample has 3");
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
  void provenanceLiesBesideTheSet() throws IOException {
    Provenance provenance =
        new Provenance(
            "ZipCal",
            7,
            SET.fingerprint(),
            2,
            3,
            "m",
            "r",
            List.of(new Provenance.Source("news", "abc", "train")),
            List.of(),
            "tare",
            0.5,
            List.of("a note"),
            List.of(new Provenance.Chosen("d1", "news", "3 new words", 3.0)));
    Path file = folder.resolve("set.jsonl");
    provenance.write(file);
    assertThat(folder.resolve("set.provenance.json")).exists();
    assertThat(Provenance.read(file)).isEqualTo(provenance);
  }
}
