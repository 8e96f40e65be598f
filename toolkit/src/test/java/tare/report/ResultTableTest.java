package tare.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.Table;

class ResultTableTest {

  @TempDir Path folder;

  @Test
  void typesFollowFromNamesAndEmptyMeansMissing() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("results.csv"),
            """
            model,method,corpus,samples,calibration_seed,value,notes
            135,none,,,,0.5,
            135,GPTQ,news,16,9007199254740993,0.25,"damped x10, twice"
            """);

    Table table = ResultTable.file(file);

    assertThat(table.types())
        .containsExactly(
            ColumnType.STRING,
            ColumnType.STRING,
            ColumnType.STRING,
            ColumnType.LONG,
            ColumnType.LONG,
            ColumnType.DOUBLE,
            ColumnType.STRING);
    assertThat(table.longColumn("calibration_seed").get(1)).isEqualTo(9007199254740993L);
    assertThat(table.longColumn("samples").isMissing(0)).isTrue();
    assertThat(table.stringColumn("corpus").get(0)).isEmpty();
    assertThat(table.stringColumn("method").get(0)).as("not a missing value").isEqualTo("none");
    assertThat(table.stringColumn("notes").get(1)).isEqualTo("damped x10, twice");
  }

  @Test
  void aMissingFileAndABadNumberAreNamed() throws IOException {
    Path absent = folder.resolve("absent.csv");
    assertThatThrownBy(() -> ResultTable.file(absent)).hasMessageContaining("absent.csv");

    Path bad = Files.writeString(folder.resolve("bad.csv"), "value\n0.5\nhalf\n");
    assertThatThrownBy(() -> ResultTable.file(bad))
        .hasMessageContaining("bad.csv")
        .hasMessageContaining("half");
  }
}
