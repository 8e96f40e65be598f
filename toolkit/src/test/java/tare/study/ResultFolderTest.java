package tare.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tare.data.Progress;
import tare.evaluate.Outcome;
import tare.model.Precision;
import tare.study.TrialResult.ResultRow;

class ResultFolderTest {

  @TempDir private Path folder;

  private static ResultFolder open(Path folder, Study study) {
    return ResultFolder.open(folder, study, InventedStudy.trials(study));
  }

  private static void run(Path folder, Study study) {
    try (ResultFolder results = open(folder, study)) {
      new HereRunner(Progress.NONE)
          .run(InventedStudy.trials(study), InventedStudy.work(study, 0), results);
    }
  }

  @Test
  void theTableIsTheConcatenationOfThePartsInTheColumnsOfTheSchema() throws IOException {
    Study study = InventedStudy.study("colours", 2);
    run(folder, study);
    List<String> lines = Files.readAllLines(folder.resolve("results.csv"));

    assertThat(lines.get(0))
        .isEqualTo(
            "trial,model,method,bits,group_size,sparsity_pattern,method_settings,bits_per_weight,"
                + "sparsity,selector,selector_label,selector_settings,corpus,samples,"
                + "tokens_per_sample,set,study,model_revision,recipe,schedule,selector_text,"
                + "corpus_revision,calibration_seed,tokens_apart,references_revision,"
                + "calibration_fingerprint,seconds_select,seconds_compress,peak_memory_mib,notes,"
                + "toolkit_version,engine,device,evaluation_precision,finished_utc,task,metric,"
                + "filter,value,standard_error,items,shots,evaluation_length,evaluation_tokens,"
                + "seconds_evaluate,task_version");
    assertThat(lines).hasSize(1 + InventedStudy.trials(study).size());
    assertThat(lines.get(1)).contains("\"a note, with \"\"quotes\"\"\"").doesNotContain("null");
    for (String kind : List.of("parts", "items", "layers", "calibration")) {
      try (Stream<Path> files = Files.list(folder.resolve(kind))) {
        assertThat(files).as(kind).isNotEmpty();
      }
    }
  }

  @Test
  void trialsThatAnotherStudyHasFinishedAreTakenWithAllTheirFiles() {
    Path other = folder.resolve("other");
    run(other, InventedStudy.study("colours", 2));
    Study study = InventedStudy.study("shades", 3);
    List<Trial> trials = InventedStudy.trials(study);
    Path here = folder.resolve("here");
    try (ResultFolder results = open(here, study)) {
      assertThat(results.take(trials, TrialFiles.in(other))).isEqualTo(3);
      assertThat(results.take(trials, TrialFiles.in(other))).isZero();
      assertThat(trials).filteredOn(results::has).hasSize(3).doesNotContain(trials.get(3));
    }
    TrialFiles taken = TrialFiles.in(here);
    TrialFiles whole = TrialFiles.in(other);
    assertThat(taken.damaged()).isEmpty();
    for (String id : taken.finished()) {
      assertThat(taken.rows(id))
          .extracting(row -> row.get("study"), row -> row.get("value"))
          .containsExactly(tuple("shades", whole.rows(id).get(0).get("value")));
      assertThat(whole.rows(id)).extracting(row -> row.get("study")).containsOnly("colours");
      assertThat(taken.items(id)).isEqualTo(whole.items(id)).isNotEmpty();
      assertThat(taken.layers(id)).isEqualTo(whole.layers(id));
    }
  }

  @Test
  void aTrialOfAnotherPrecisionIsNotTaken() {
    Path other = folder.resolve("other");
    run(other, InventedStudy.study("colours", 2).in(Precision.AUTO)); // its rows say f32
    Study study = InventedStudy.study("shades", 2).in(Precision.AUTO);
    try (ResultFolder results = open(folder.resolve("here"), study)) {
      results.fix(Precision.BF16);
      assertThatThrownBy(() -> results.take(InventedStudy.trials(study), TrialFiles.in(other)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("evaluated in f32, and this study runs in bf16");
    }
  }

  @Test
  void doneTrialsAreNotRunAgainAndAStudyMayGrow() {
    run(folder, InventedStudy.study("colours", 2));
    Study grown = InventedStudy.study("colours", 3);
    List<Trial> asked = new ArrayList<>();
    try (ResultFolder results = open(folder, grown)) {
      new HereRunner(Progress.NONE)
          .run(
              InventedStudy.trials(grown),
              trial -> {
                asked.add(trial);
                return InventedStudy.work(grown, 0).apply(trial);
              },
              results);
    }

    assertThat(asked).hasSize(1);
    assertThat(asked.get(0).calibration().set()).isEqualTo(2);
  }

  /** /dev/full takes nothing, as a disk without room. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void aFullDiskIsNamedAndWhatWasDoneStays() throws IOException {
    Study study = InventedStudy.study("colours", 2);
    List<Trial> trials = InventedStudy.trials(study);
    Path full = folder.resolve("parts/" + trials.get(1).id() + ".csv.unfinished");
    try (ResultFolder results = open(folder, study)) {
      results.add(trials.get(0), InventedStudy.work(study, 0).apply(trials.get(0)));
      Files.createSymbolicLink(full, Path.of("/dev/full"));
      TrialResult second = InventedStudy.work(study, 0).apply(trials.get(1));
      assertThatThrownBy(() -> results.add(trials.get(1), second))
          .hasMessageContaining(folder.toString())
          .hasMessageContaining("No space left")
          .hasMessageContaining("start again");
      assertThat(results.has(trials.get(0))).isTrue();
      assertThat(results.has(trials.get(1))).isFalse();
    }
    run(folder, study);
    assertThat(Files.readAllLines(folder.resolve("results.csv"))).hasSize(1 + trials.size());
  }

  /** The ways in which a part can be damaged, from its whole text. */
  private static final Map<String, UnaryOperator<String>> DAMAGES =
      Map.of(
          "empty", whole -> "",
          "only a header", whole -> whole.substring(0, whole.indexOf('\n') + 1),
          "cut in the header", whole -> whole.substring(0, 20),
          "cut in a line", whole -> whole.substring(0, whole.length() - 40),
          "cut in the last cell", whole -> whole.substring(0, whole.length() - 1),
          "cut between lines",
              whole -> whole.substring(0, whole.lastIndexOf('\n', whole.length() - 2) + 1),
          "another header", whole -> whole.replaceFirst("model,", ""),
          "another order", whole -> whole.replaceFirst("model,method", "method,model"),
          "another trial", whole -> whole.replaceAll("(?m)^[0-9a-f]{16}", "0123456789abcdef"),
          "an open quote", whole -> whole + "\"");

  private static TrialResult withTwoScores(Study study, Trial trial) {
    TrialResult one = InventedStudy.work(study, 0).apply(trial);
    ResultRow score =
        new ResultRow("birds", "acc_norm", null, 0.5, Double.NaN, 1, 0, null, null, 0.5, "1");
    Outcome outcome = new Outcome("birds", "1", "acc_norm", 0.5);
    return new TrialResult(
        one.trial(),
        List.of(one.rows().get(0), score),
        one.layers(),
        List.of(one.items().get(0), outcome),
        one.calibration());
  }

  static Stream<String> damages() {
    return DAMAGES.keySet().stream().sorted();
  }

  @ParameterizedTest
  @MethodSource("damages")
  void aDamagedPartIsNamedAndMadeAgain(String damage) throws IOException {
    Study study = InventedStudy.study("colours", 2);
    List<Trial> trials = InventedStudy.trials(study);
    try (ResultFolder results = open(folder, study)) {
      trials.forEach(trial -> results.add(trial, withTwoScores(study, trial)));
    }
    String table = Files.readString(folder.resolve("results.csv"));
    Trial trial = trials.get(1);
    Path part = folder.resolve("parts/" + trial.id() + ".csv");
    String whole = Files.readString(part);
    Files.writeString(part, DAMAGES.get(damage).apply(whole));

    assertThat(TrialFiles.in(folder).damaged()).containsExactly(part);
    assertThatThrownBy(
            () -> PublishedStudy.publish(study, folder, folder.resolveSibling("published")))
        .hasMessageContaining(part.toString());
    try (ResultFolder results = open(folder, study)) {
      assertThat(results.damaged())
          .containsExactly(folder.resolve("damaged/" + trial.id() + ".csv"));
      assertThat(results.has(trial)).isFalse();
      results.add(trial, withTwoScores(study, trial));
    }
    assertThat(part).hasContent(whole);
    assertThat(folder.resolve("results.csv")).hasContent(table);
  }

  @Test
  void cellsThatASpreadsheetWouldRunAreQuotedAndReadBack() throws IOException {
    List<String> cells =
        List.of(
            "=1+1", "+a", "-a", "@a", "'=1", "''-a", "'", "'a", "-1", "-0.5", "+1e-9", "\t=a", "");
    List<Map<String, String>> rows =
        cells.stream().map(cell -> Map.of("cell", cell, "last", "x")).toList();
    Path file = folder.resolve("cells.csv");
    try (OutputStream out = Files.newOutputStream(file)) {
      RecordCsv.writeRows(out, List.of("cell", "last"), rows);
    }
    assertThat(RecordCsv.read(file)).isEqualTo(rows);
    assertThat(Files.readAllLines(file))
        .contains("'=1+1,x", "'+a,x", "'-a,x", "'@a,x", "-1,x", "-0.5,x", "+1e-9,x", "'a,x");
  }

  @Test
  void thePrecisionIsFixedBeforeTheFirstTrialAndStays() {
    Study study = InventedStudy.study("colours", 2).in(Precision.AUTO);
    try (ResultFolder results = open(folder, study)) {
      assertThat(results.precision()).isEmpty();
      results.fix(Precision.BF16);
    }
    try (ResultFolder results = open(folder, study)) {
      assertThat(results.precision()).as("on another machine").contains(Precision.BF16);
    }
    assertThat(StudyFile.read(folder.resolve("study.json")).precision()).isEqualTo("bf16");
  }

  @Test
  void aPublishedStudyLeavesThePrecisionOpenAsItsTrialsDo() {
    Study study = InventedStudy.study("colours", 2).in(Precision.AUTO);
    List<Trial> trials = InventedStudy.trials(study);
    try (ResultFolder results = open(folder, study)) {
      results.fix(Precision.BF16);
      trials.forEach(trial -> results.add(trial, withTwoScores(study, trial)));
    }
    Path published = folder.resolveSibling("open");
    PublishedStudy.publish(study, folder, published);
    assertThat(StudyFile.read(published.resolve("study.json"))).isEqualTo(study);
    assertThat(TrialFiles.in(published).finished())
        .containsExactlyInAnyOrderElementsOf(trials.stream().map(Trial::id).toList());
  }

  @Test
  void aFolderOfAnotherStudyIsRefused() {
    run(folder, InventedStudy.study("colours", 2));

    assertThatThrownBy(() -> open(folder, InventedStudy.study("sounds", 2)))
        .hasMessageContaining(folder.toString())
        .hasMessageContaining("colours")
        .hasMessageContaining("--results");
    assertThatThrownBy(() -> open(folder, InventedStudy.study("colours", 1)))
        .hasMessageContaining("does not have")
        .hasMessageContaining("--results");
  }

  @Test
  void aFolderIsWrittenByOneRunAtATime() {
    Study study = InventedStudy.study("colours", 2);
    ResultFolder first = open(folder, study);
    assertThatThrownBy(() -> open(folder, study)).hasMessageContaining("another run");
    first.close();
    open(folder, study).close();
  }

  @Test
  void aFailureIsNotedTheOthersGoOnAndItIsTriedAgain() throws IOException {
    Study study = InventedStudy.study("colours", 3);
    List<Trial> trials = InventedStudy.trials(study);
    Trial bad = trials.get(2);
    try (ResultFolder results = open(folder, study)) {
      new HereRunner(Progress.NONE)
          .run(
              trials,
              trial -> {
                if (trial.equals(bad)) {
                  throw new IllegalStateException("the sky fell");
                }
                return InventedStudy.work(study, 0).apply(trial);
              },
              results);
      assertThat(results.has(bad)).isFalse();
      assertThat(results.has(trials.get(3))).isTrue();
      assertThat(results.failures(trials)).hasSize(1);
      assertThat(Files.readString(results.failures(trials).get(0)))
          .contains("the sky fell")
          .contains("\"corpus\"");
    }
    run(folder, study);
    try (ResultFolder results = open(folder, study)) {
      assertThat(results.has(bad)).isTrue();
      assertThat(results.failures(trials)).isEmpty();
    }
  }

  @Test
  void aDiskThatCannotBeWrittenIsSaidPlainly() throws IOException {
    Study study = InventedStudy.study("colours", 2);
    List<Trial> trials = InventedStudy.trials(study);
    try (ResultFolder results = open(folder, study)) {
      // a file where a folder is needed fails like a full disk: the write cannot be done
      Files.writeString(folder.resolve("items"), "in the way");
      assertThatThrownBy(
              () ->
                  new HereRunner(Progress.NONE).run(trials, InventedStudy.work(study, 0), results))
          .hasMessageContaining("cannot be written")
          .hasMessageContaining(folder.toString());
      assertThat(results.has(trials.get(0))).isFalse();
    }
  }
}
