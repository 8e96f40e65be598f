package tare.notebook;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.calibrate.CompressedModel;
import tare.compress.Gptq;
import tare.compress.Rtn;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.InventedCorpora;
import tare.evaluate.Aggregate;
import tare.evaluate.Task;
import tare.report.Results;
import tare.select.UniformDraw;
import tare.study.Study;
import tare.study.TaskPlan;

/** At tiny scale, on invented text: the POM says so beside the test plugin. */
class LabTest {

  private static Lab lab;

  @BeforeAll
  static void open() throws IOException {
    InventedCorpora.write(Path.of(System.getenv("TARE_DATA"), "fetched"));
    lab = Lab.open();
  }

  @AfterAll
  static void close() {
    lab.close();
  }

  @Test
  void theEnvironmentChoosesScaleModelAndData() {
    assertThat(lab.scale()).isEqualTo(Scale.TINY);
    assertThat(lab.model()).isEqualTo("../data/tiny");
    assertThat(lab.data()).isAbsolute().endsWithRaw(Path.of("invented"));
    assertThat(lab.original().config().blocks()).isEqualTo(lab.loaded().blocks().size());
  }

  @Test
  void theSameCellChoosesTheSameSetAgain() {
    Budget budget = new Budget(2, 32);

    CalibrationSet once = new UniformDraw().select(lab.corpus("news"), budget, lab.given());
    CalibrationSet again = new UniformDraw().select(lab.corpus("news"), budget, lab.given());

    assertThat(again.fingerprint()).isEqualTo(once.fingerprint());
  }

  @Test
  void severalCorporaAreOnePool() {
    assertThat(lab.corpus("news", "code").name()).isEqualTo("news+code");
    assertThat(lab.corpus("news", "code").documents().count())
        .isEqualTo(lab.corpus("news").documents().count() + lab.corpus("code").documents().count());
    assertThatThrownBy(() -> lab.corpus("chat?template=none&vote=sample"))
        .hasMessageContaining("set.oneVoteEach()");
  }

  @Test
  void aModelIsCompressedAndScoredInOneWordEach() {
    CalibrationSet set =
        new UniformDraw().select(lab.corpus("news"), new Budget(4, 64), lab.given());
    CompressedModel gptq = lab.compress(new Gptq(3, 64), set);
    CompressedModel rounded = lab.compress(new Rtn(3, 64));

    assertThat(gptq.bitsPerWeight()).isEqualTo(rounded.bitsPerWeight());
    assertThat(lab.perplexity(gptq.checkpoint(), "news"))
        .isNotEqualTo(lab.perplexity(rounded.checkpoint(), "news"));
  }

  @Test
  void aScoreIsThatOfTheTaskItself() {
    Task task = lab.heldBack("news");

    List<Aggregate> scores = lab.scores(lab.original(), task);

    assertThat(lab.score(lab.original(), task, "nll")).isEqualTo(scores.get(0).value());
    assertThatThrownBy(() -> lab.score(lab.original(), task, "acc"))
        .hasMessageContaining("news")
        .hasMessageContaining("acc")
        .hasMessageContaining("perplexity");
  }

  @Test
  void aRunStudyIsReadAsResults(@TempDir Path folder) {
    Study study =
        new Study(
            "lab",
            List.of(lab.model()),
            List.of("news"),
            1,
            List.of(new Budget(2, 32)),
            List.of(new Rtn(3, 64)),
            List.of(new TaskPlan.HeldBack("news", 32, 2)),
            2026,
            "f32");

    Results results = lab.run(study, folder);

    assertThat(results.methods()).containsExactly("rtn");
    assertThat(results.uncompressed().metric("perplexity").value()).isPositive();
  }
}
