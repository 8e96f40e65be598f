package tare.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.data.Progress;

/** What a run gives, in few files. */
class PublishedStudyTest {

  private static final Study STUDY = InventedStudy.study("colours", 5);
  private static final List<Trial> TRIALS = InventedStudy.trials(STUDY);

  @TempDir private Path folder;

  /** Runs a part of the study that knows of published results; tells what was run. */
  private List<Trial> run(String name, TrialFiles published, List<Trial> trials) {
    List<Trial> ran = new ArrayList<>();
    try (ResultFolder open = ResultFolder.open(folder.resolve(name), published, STUDY, TRIALS)) {
      open.list(List.of(new ScoredItem("birds", "1", "1", "ab12")));
      new HereRunner(Progress.NONE)
          .run(
              trials,
              trial -> {
                ran.add(trial);
                return InventedStudy.work(STUDY, 0).apply(trial);
              },
              open);
    }
    return ran;
  }

  private PublishedStudy.Published publish(String run, String to) {
    return PublishedStudy.publish(STUDY, folder.resolve(run), folder.resolve(to));
  }

  private Map<String, String> content(String name) throws IOException {
    Map<String, String> content = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder.resolve(name))) {
      for (Path file : files.toList()) {
        content.put(
            file.getFileName().toString(), HexFormat.of().formatHex(Files.readAllBytes(file)));
      }
    }
    return content;
  }

  @Test
  void whatIsReadFromThePublishedFilesIsWhatTheRunGave() throws IOException {
    run("run", TrialFiles.in(), TRIALS);
    PublishedStudy.Published published = publish("run", "public");

    assertThat(published.trials()).isEqualTo(6);
    assertThat(published.added()).isEqualTo(6);
    assertThat(content("public"))
        .containsOnlyKeys(
            "study.json",
            "results.csv",
            "trials.csv",
            "items.csv.gz",
            "layers.csv.gz",
            "texts.jsonl.gz");
    TrialFiles ran = TrialFiles.in(folder.resolve("run"));
    TrialFiles read = TrialFiles.in(folder.resolve("public"));
    assertThat(read.table()).isEqualTo(ran.table());
    for (String id : ran.finished()) {
      assertThat(read.rows(id)).isEqualTo(ran.rows(id));
      assertThat(read.items(id)).isEqualTo(ran.items(id)).isNotEmpty();
      assertThat(read.layers(id)).isEqualTo(ran.layers(id));
      String set = ran.rows(id).get(0).get("calibration_fingerprint");
      assertThat(read.calibration(set)).isEqualTo(ran.calibration(set));
      assertThat(read.seconds(id)).isEqualTo(ran.seconds(id));
    }
    assertThat(read.scoredItems()).isEqualTo(ran.scoredItems());
  }

  @Test
  void theFirstColumnsOfResultsSayWhatALineIsOf() throws IOException {
    run("run", TrialFiles.in(), TRIALS);
    publish("run", "public");

    assertThat(Files.readAllLines(folder.resolve("public/results.csv")).get(0))
        .isEqualTo(
            "trial,model,method,bits,group_size,sparsity_pattern,method_settings,bits_per_weight,"
                + "sparsity,selector,selector_label,selector_settings,corpus,samples,"
                + "tokens_per_sample,set,task,metric,filter,value,standard_error,items,shots,"
                + "evaluation_length,evaluation_tokens,seconds_evaluate");
    assertThat(Files.readAllLines(folder.resolve("public/trials.csv"))).hasSize(7);
  }

  @Test
  void publishedTrialsAreNotRunAgain() {
    run("first", TrialFiles.in(), TRIALS.subList(0, 3));
    publish("first", "public");
    TrialFiles published = TrialFiles.in(folder.resolve("public"));

    assertThat(run("second", published, TRIALS))
        .containsExactlyElementsOf(TRIALS.subList(3, TRIALS.size()));
    assertThat(TrialFiles.in(folder.resolve("second"), folder.resolve("public")).finished())
        .hasSize(6);
    assertThat(TrialFiles.in(folder.resolve("second")).finished()).hasSize(3);
  }

  @Test
  void twoPublishingsGiveTheBytesOfOne() throws IOException {
    run("whole", TrialFiles.in(), TRIALS);
    publish("whole", "at-once");
    run("first", TrialFiles.in(), TRIALS.subList(2, 5));
    publish("first", "in-two");
    run("second", TrialFiles.in(folder.resolve("in-two")), TRIALS);
    PublishedStudy.Published more = publish("second", "in-two");

    assertThat(more.added()).isEqualTo(3);
    assertThat(more.trials()).isEqualTo(6);
    assertThat(content("in-two")).isEqualTo(content("at-once"));
    assertThat(publish("whole", "in-two").added()).as("all are there already").isZero();
    assertThat(content("in-two")).isEqualTo(content("at-once"));
  }

  @Test
  void publishedResultsAreJoinedLikeShards() throws IOException {
    run("first", TrialFiles.in(), TRIALS.subList(0, 3));
    publish("first", "public");
    run("second", TrialFiles.in(folder.resolve("public")), TRIALS);
    run("whole", TrialFiles.in(), TRIALS);

    ShardMerge.Merged merged =
        ShardMerge.merge(
            folder.resolve("out"), List.of(folder.resolve("public"), folder.resolve("second")));

    assertThat(merged.trials()).isEqualTo(6);
    for (String kind : List.of("parts", "items", "layers", "calibration")) {
      assertThat(content("out/" + kind)).as(kind).isEqualTo(content("whole/" + kind));
    }
  }

  @Test
  void aTrialThatIsPublishedOtherwiseIsNotReplaced() throws IOException {
    run("run", TrialFiles.in(), TRIALS);
    publish("run", "public");
    Path part = folder.resolve("run/parts/" + TRIALS.get(1).id() + ".csv");
    Files.writeString(part, Files.readString(part).replaceAll(",acc,,0\\.\\d", ",acc,,0.99"));
    Map<String, String> before = content("public");

    assertThatThrownBy(() -> publish("run", "public"))
        .hasMessageContaining(TRIALS.get(1).id())
        .hasMessageContaining("differ in value");
    assertThat(content("public")).isEqualTo(before);
  }

  @Test
  void whatCannotBePublishedIsSaidPlainly() throws IOException {
    run("run", TrialFiles.in(), TRIALS);
    publish("run", "public");

    assertThatThrownBy(() -> publish("nothing", "public")).hasMessageContaining("Run the study");
    assertThatThrownBy(() -> publish("run", "run")).hasMessageContaining("--to");
    assertThatThrownBy(() -> run("public", TrialFiles.in(), TRIALS))
        .hasMessageContaining("holds published results");
    Study other = InventedStudy.study("sounds", 5);
    assertThatThrownBy(
            () ->
                ResultFolder.open(
                    folder.resolve("other"),
                    TrialFiles.in(folder.resolve("public")),
                    other,
                    other.trials(Revisions.NONE).subList(0, 1)))
        .hasMessageContaining("5 published results");
  }
}
