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
            "{\"text\":\"one\\n\",\"tokens\":[1,2,3],\"document\":\"d1\",\"source\":\"news\","
                + "\"selector\":\"UniformDraw[set=0]\"}");
  }

  @Test
  void namesTheLineOfWhatIsWrong() throws IOException {
    Path file = folder.resolve("set.jsonl");
    String good = "{\"text\":\"one\",\"tokens\":[1,2,3]}\n";
    Files.writeString(file, good + "{\"text\":\"two\",\"tokens\":[1,2]}\n");
    assertThatThrownBy(() -> CalibrationFile.read(file))
        .hasMessageContaining("line 2: field 'tokens' has 2, the first sample 3");
    Files.writeString(file, good + "{\"text\":\"two\",\"tokens\":[1,-2,3]}\n");
    assertThatThrownBy(() -> CalibrationFile.read(file))
        .hasMessageContaining("line 2: field 'tokens' must hold token ids");
    Files.writeString(file, "{\"text\":\"two\"}\n");
    assertThatThrownBy(() -> CalibrationFile.read(file)).hasMessageContaining("line 1");
    Files.writeString(file, "");
    assertThatThrownBy(() -> CalibrationFile.read(file)).hasMessageContaining("no sample");
  }
}
