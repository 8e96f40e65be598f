package tare.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.data.Progress;
import tare.estimate.Shard;
import tare.evaluate.Outcome;

class ShardMergeTest {

  private static final Study STUDY = InventedStudy.study("colours", 5);

  @TempDir private Path folder;

  private Path run(String name, Study study, Shard shard, Function<Trial, TrialResult> work) {
    List<Trial> all = InventedStudy.trials(study);
    Path results = folder.resolve(name);
    try (ResultFolder open = ResultFolder.open(results, study, all)) {
      open.list(List.of(new ScoredItem("colours", "1", "sky", "ab12")));
      new HereRunner(Progress.NONE).run(shard.of(all, trial -> 1), work, open);
    }
    return results;
  }

  private Path run(String name, int number, int of) {
    return run(name, STUDY, new Shard(number, of), InventedStudy.work(STUDY, 0));
  }

  private static Map<String, String> content(Path results) throws IOException {
    Map<String, String> content = new TreeMap<>();
    try (Stream<Path> files = Files.walk(results)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        content.put(
            results.relativize(file).toString(),
            java.util.HexFormat.of().formatHex(Files.readAllBytes(file)));
      }
    }
    return content;
  }

  @Test
  void shardsJoinedAreWhatOneRunGives() throws IOException {
    Path whole = run("whole", 1, 1);
    List<Path> shards = List.of(run("a", 1, 3), run("b", 2, 3), run("c", 3, 3));
    Path out = folder.resolve("out");

    ShardMerge.Merged merged = ShardMerge.merge(out, shards);

    assertThat(merged.trials()).isEqualTo(STUDY.count()).isEqualTo(6);
    assertThat(merged.failed()).isZero();
    assertThat(content(out)).isEqualTo(content(whole));
    // again, and with what is there already
    assertThat(ShardMerge.merge(out, shards.subList(0, 1)).trials()).isEqualTo(6);
    assertThat(content(out)).isEqualTo(content(whole));
  }

  @Test
  void whatChoosingASetCostMayDifferAndOtherNotesMayNot() throws IOException {
    for (boolean equal : List.of(true, false)) {
      Path one = run("one" + equal, 1, 1);
      Path two = run("two" + equal, 1, 1);
      note(one, "a note; choosing: peak memory 1432 MiB");
      note(two, "choosing: peak memory 977 MiB; a note" + (equal ? "" : " of something else"));
      if (equal) {
        assertThat(ShardMerge.merge(folder.resolve("out"), List.of(one, two)).trials())
            .isEqualTo(6);
      } else {
        assertThatThrownBy(() -> ShardMerge.merge(folder.resolve("none"), List.of(one, two)))
            .hasMessageContaining("they differ in notes");
      }
    }
  }

  private static void note(Path results, String notes) throws IOException {
    for (String id : TrialFiles.in(results).finished()) {
      Path part = results.resolve("parts/" + id + ".csv");
      String table = Files.readString(part);
      Files.writeString(part, table.replace("\"a note, with \"\"quotes\"\"\"", notes));
    }
  }

  @Test
  void aStudyGoesOnWhereShardsLeftOff() throws IOException {
    Path out = folder.resolve("out");
    ShardMerge.merge(out, List.of(run("a", 1, 2)));
    run("out", 1, 1);
    assertThat(content(out)).isEqualTo(content(run("whole", 1, 1)));
  }

  @Test
  void aFingerprintThatIsAPathIsRefusedAndNothingIsWrittenOutside() throws IOException {
    Path shard = run("a", 1, 2);
    String id =
        TrialFiles.in(shard).finished().stream()
            .filter(each -> !TrialFiles.in(shard).layers(each).isEmpty())
            .findFirst()
            .orElseThrow();
    Path part = shard.resolve("parts/" + id + ".csv");
    String set = TrialFiles.in(shard).rows(id).get(0).get("calibration_fingerprint");
    for (String path : List.of("../../outside", folder.resolve("outside").toString())) {
      Files.writeString(part, Files.readString(part).replace(set, path));
      Files.copy(shard.resolve("calibration/" + set + ".csv"), folder.resolve("outside.csv"));
      Path out = folder.resolve("x/out");
      assertThatThrownBy(() -> ShardMerge.merge(out, List.of(shard)))
          .hasMessageContaining(path)
          .hasMessageContaining("64");
      Files.delete(folder.resolve("outside.csv"));
      try (Stream<Path> written = Files.walk(folder)) {
        assertThat(written.filter(file -> file.toString().contains("outside"))).isEmpty();
      }
      Files.writeString(part, Files.readString(part).replace(path, set));
    }
  }

  @Test
  void damagedPartsAreLeftOutAndNamed() throws IOException {
    Path first = run("a", 1, 2);
    Path part = first.resolve("parts/" + TrialFiles.in(first).finished().get(0) + ".csv");
    Files.writeString(part, "");
    ShardMerge.Merged merged =
        ShardMerge.merge(folder.resolve("out"), List.of(first, run("b", 2, 2)));
    assertThat(merged.damaged()).containsExactly(part);
    assertThat(merged.trials()).isEqualTo(5);
  }

  @Test
  void otherStudiesAreRefused() throws IOException {
    Path ours = run("a", 1, 2);
    Study more = InventedStudy.study("colours", 6);
    Path theirs = run("b", more, new Shard(2, 2), InventedStudy.work(more, 0));
    Path out = folder.resolve("out");
    assertThatThrownBy(() -> ShardMerge.merge(out, List.of(ours, theirs)))
        .hasMessageContaining("differ in sets")
        .hasMessageContaining(theirs.toString());
    Files.createDirectories(folder.resolve("nothing"));
    assertThatThrownBy(() -> ShardMerge.merge(out, List.of(ours, folder.resolve("nothing"))))
        .hasMessageContaining("no study.json");
    assertThat(out).doesNotExist();
  }

  @Test
  void aTrialDoneTwiceMustAgreeButForTimesAndMachines() throws IOException {
    Path first = run("a", 1, 1);
    Path second = run("b", 1, 2);
    Path part = second.resolve("parts").resolve(TrialFiles.in(second).finished().get(0) + ".csv");
    String rows = Files.readString(part);
    Path out = folder.resolve("out");

    Files.writeString(part, rows.replace("2026-01-01", "2026-01-02").replace(",cpu,", ",gpu 0,"));
    assertThat(ShardMerge.merge(out, List.of(first, second)).trials()).isEqualTo(6);
    assertThat(content(out)).isEqualTo(content(first));

    Files.writeString(part, rows.replaceAll(",acc,,0\\.\\d", ",acc,,0.99"));
    assertThatThrownBy(() -> ShardMerge.merge(out, List.of(first, second)))
        .hasMessageContaining(part.getFileName().toString().replace(".csv", ""))
        .hasMessageContaining("differ in value");

    Files.delete(first.resolve("parts").resolve(part.getFileName()));
    Files.writeString(part, rows.replace(",f32,", ",bf16,"));
    assertThatThrownBy(() -> ShardMerge.merge(folder.resolve("new"), List.of(first, second)))
        .hasMessageContaining("different precisions");
  }

  @Test
  void aTrialThatWasRecordedBeforeThereWereMarginsIsTheSameTrial() throws IOException {
    Path older = run("a", 1, 1);
    Path newer = run("b", 1, 2);
    String id = TrialFiles.in(newer).finished().get(0);
    Path part = newer.resolve("parts/" + id + ".csv");
    Path items = newer.resolve("items/" + id + ".csv.gz");
    String row = Files.readAllLines(part).get(1);
    Files.writeString(part, Files.readString(part) + row.replace(",acc,", ",margin,") + "\n");
    List<Outcome> outcomes = new ArrayList<>(TrialFiles.in(newer).items(id));
    outcomes.add(new Outcome("birds", "1", "margin", 0.5));
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(items))) {
      new RecordCsv<>(Outcome.class, outcomes).write(out);
    }
    for (List<Path> folders : List.of(List.of(older, newer), List.of(newer, older))) {
      Path out = folder.resolve("out" + folders.indexOf(newer));
      assertThat(ShardMerge.merge(out, folders).trials()).isEqualTo(6);
      assertThat(TrialFiles.in(out).rows(id))
          .as("the richer recording is kept")
          .extracting(each -> each.get("metric"))
          .containsExactly("acc", "margin");
      assertThat(TrialFiles.in(out).damaged()).isEmpty();
    }
  }

  @Test
  void aFailureIsKeptUnlessTheTrialIsDoneElsewhere() {
    Function<Trial, TrialResult> failing =
        trial -> {
          throw new IllegalStateException("the sky fell");
        };
    Path failed = run("a", STUDY, new Shard(1, 1), failing);
    Path done = run("b", 1, 2);
    ShardMerge.Merged merged = ShardMerge.merge(folder.resolve("out"), List.of(failed, done));
    assertThat(merged.trials()).isEqualTo(3);
    assertThat(merged.failed()).isEqualTo(3);
    assertThat(TrialFiles.in(folder.resolve("out")).failed()).hasSize(3);
  }
}
