package tare.data.fetch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OriginTest {

  private static final String HEADER = "name,addresses,members,file,sha256,bytes,licence,note\n";
  private static final String SHA = "0".repeat(64);

  @TempDir private Path folder;

  private Path table(String rows) throws IOException {
    return Files.writeString(folder.resolve("sources.csv"), HEADER + rows);
  }

  @Test
  void readsPartsThatAreJoined() throws IOException {
    Path csv = table("m,pypi:a==1 pypi:b==1,x/1.bin x/2.bin,models/m.gguf," + SHA + ",7,MIT,\n");
    assertThat(Origin.read(csv))
        .containsExactly(
            new Origin(
                "m",
                List.of("pypi:a==1", "pypi:b==1"),
                List.of("x/1.bin", "x/2.bin"),
                "models/m.gguf",
                SHA,
                7,
                "MIT",
                ""));
  }

  @Test
  void aRangeStandsForNumberedPartsAsLongAsItsFirstNumber() throws IOException {
    Path csv = table("m,pypi:part{9..11}==1,x{9..11}/{09..11}.bin,m.gguf," + SHA + ",7,MIT,\n");
    Origin origin = Origin.read(csv).get(0);
    assertThat(origin.addresses())
        .containsExactly("pypi:part9==1", "pypi:part10==1", "pypi:part11==1");
    assertThat(origin.members()).containsExactly("x9/09.bin", "x10/10.bin", "x11/11.bin");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '#',
      value = {
        "m,pypi:a==1,,../evil,SHA,7,MIT,           | file",
        "m,pypi:a==1,,/etc/evil,SHA,7,MIT,         | file",
        "m,pypi:a==1,,a/../../evil,SHA,7,MIT,      | file",
        "m,pypi:a==1,,good,abc,7,MIT,              | sha256",
        "m,pypi:a==1,,good,SHA,many,MIT,           | bytes",
        "m,pypi:a==1,,good,SHA,-1,MIT,             | bytes",
        "m,pypi:a==1 pypi:b==1,one,good,SHA,7,MIT, | members",
        "m,pypi:a{1..2}==1,one,good,SHA,7,MIT,     | members",
        "m,pypi:a{2..1}==1,one,good,SHA,7,MIT,     | range",
        "m,pypi:a==1,{1..2}/{1..3},good,SHA,7,MIT, | range",
        "m,,,good,SHA,7,MIT,                       | addresses",
      })
  void namesFileLineAndFieldOfABadRow(String row, String field) throws IOException {
    Path csv = table(row.strip().replace("SHA", SHA) + "\n");
    assertThatThrownBy(() -> Origin.read(csv))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("sources.csv, line 2")
        .hasMessageContaining("field " + field);
  }

  @Test
  void refusesTwoRowsForOneFile() throws IOException {
    String row = ",pypi:a==1,%s,f," + SHA + ",7,MIT,\n";
    Path csv =
        table(
            "a"
                + String.format(Locale.ROOT, row, "x")
                + "b"
                + String.format(Locale.ROOT, row, "y"));
    assertThatThrownBy(() -> Origin.read(csv)).hasMessageContaining("two rows give the file f");
  }

  @Test
  void theProjectsOwnTablesAreWellFormed() throws IOException {
    Path data = Path.of("..", "data");
    List<Origin> models = Origin.read(data.resolve("models.csv"));
    List<Origin> sources = Origin.read(data.resolve("sources.csv"));
    assertThat(models.get(0).name()).isEqualTo("smollm2-135m");
    List<String> files = sources.stream().map(Origin::file).toList();
    for (CorpusRule rule : CorpusRule.ALL) {
      assertThat(files).containsAll(rule.files());
    }
    assertThat(sources.stream().map(Origin::name)).containsAll(CorpusRule.SOURCES);
  }
}
