package tare.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tech.tablesaw.api.ColumnType;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.Table;

/** Reading results, narrowing them down, and printing their numbers. */
class ResultsTest {

  @TempDir Path folder;

  private final Results results =
      new Results(
          new InventedResults()
              .add("none", "", 0, "news", 1)
              .add("rtn", "", 0, "news", 2)
              .add("gptq", "code", 0, "news", 3)
              .add("gptq", "code", 1, "news", 5)
              .add("gptq", "news", 0, "news", 7)
              .table());

  @Test
  void eachWordNarrowsDown() {
    assertThat(results.method("gptq").corpus("code").values()).containsExactly(3.0, 5.0);
    assertThat(results.method("gptq", "rtn").corpus("news", "").values()).containsExactly(2.0, 7.0);
    assertThat(results.metric("perplexity").table().rowCount()).isZero();
  }

  @Test
  void theUncompressedModelHasWordsOfItsOwn() {
    assertThat(results.uncompressed().value()).isEqualTo(1);
    assertThat(results.compressed().table().rowCount()).isEqualTo(4);
    assertThat(results.methods()).containsExactly("gptq", "rtn");
    assertThat(results.method("rtn").and(results.uncompressed()).values())
        .containsExactly(2.0, 1.0);
  }

  @Test
  void meanAndDeviationAreOfTheRowsThatAreLeft() {
    Results code = results.corpus("code");

    assertThat(code.mean()).isEqualTo(4);
    assertThat(code.std()).isEqualTo(Math.sqrt(2));
    assertThat(results.each("corpus")).containsExactly("code", "news");
  }

  @Test
  void aValueIsTheOnlyOne() {
    assertThatThrownBy(() -> results.method("gptq").value())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("3 rows");
  }

  @Test
  void aMissingStudyAndAMissingColumnAreNamed() {
    assertThatThrownBy(() -> Results.of("nowhere"))
        .hasMessageContaining("nowhere")
        .hasMessageContaining("tare study run");
    assertThatThrownBy(() -> results.where("colour", "red"))
        .hasMessageContaining("colour")
        .hasMessageContaining("method");
  }

  @Test
  void aRecordedStudyIsFoundByItsName() {
    Results recorded = Results.of("sensitivity-tiny");

    assertThat(recorded.methods()).contains("gptq", "rtn", "sparsegpt");
    assertThat(Results.find("sensitivity-tiny")).isPresent();
    assertThat(Results.find("nowhere")).isEmpty();
    assertThat(recorded.uncompressed().metric("perplexity").task("encyclopedia").value())
        .isBetween(60.0, 70.0);
  }

  @Test
  void aRowThatIsInBothIsTakenOnce() {
    assertThat(results.method("gptq").and(results.corpus("code")).values())
        .containsExactlyElementsOf(results.method("gptq").values());
  }

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
  void aFilterOfAnswersIsPartOfTheMetric() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("results.csv"),
            """
            task,metric,filter,value
            gsm8k,exact_match,strict-match,0.5
            gsm8k,exact_match,flexible-extract,0.75
            news,perplexity,,20
            """);
    assertThat(ResultTable.file(file).stringColumn("metric").asList())
        .containsExactly("exact_match,strict-match", "exact_match,flexible-extract", "perplexity");
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

  @Test
  void numbersAreShort() {
    DoubleColumn column =
        Numbers.column(
            "x",
            0.12345,
            -0.0009999,
            3.331e-4,
            6.75e-37,
            0,
            Double.NaN,
            9.996,
            0.9996,
            1413.65,
            2e8);
    assertThat(IntStream.range(0, column.size()).mapToObj(column::getString))
        .containsExactly(
            "0.123",
            "-0.00100",
            "3.33e-04",
            "6.75e-37",
            "0.00",
            "",
            "10.0",
            "1.00",
            "1414",
            "2.00e+08");
    assertThat(column.get(0)).isEqualTo(0.12345);
  }
}
