package tare.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.compress.Compressed;
import tare.compress.Compressor;
import tare.compress.LayerInputs;
import tare.compress.Method;
import tare.compress.Pruner;
import tare.compress.Rtn;
import tare.compress.SparsityPattern;
import tare.data.Budget;
import tare.data.InventedCorpora;
import tare.data.Progress;

/** A method that the toolkit does not know, as a notebook cell defines one. */
class OwnMethodTest {

  @TempDir private Path data;

  /** Wanda with another power of the norms. */
  record RootWanda(double sparsity, double power) implements Pruner {
    @Override
    public Compressed compress(NDArray weight, LayerInputs inputs) {
      NDArray scores = weight.abs().mul(inputs.norms().pow(power));
      return SparsityPattern.rows(sparsity).prune(weight, scores);
    }
  }

  @BeforeEach
  void write() throws IOException {
    InventedCorpora.write(data.resolve("fetched"));
  }

  private static Study study(Method... methods) {
    return new Study(
        "own",
        List.of("../data/tiny"),
        List.of("code"),
        1,
        List.of(new Budget(2, 24)),
        List.of(methods),
        List.of(new TaskPlan.HeldBack("code", 24, 2)),
        1,
        "f32");
  }

  @Test
  void itRunsInAStudyAndGoesOnWhereTheStudyStopped() {
    Study study = study(new RootWanda(0.5, 0.5), new RootWanda(0.5, 0.25).then(new Rtn(4, 64)));
    Materials materials = new Materials(data, Device.cpu());
    List<Trial> trials = materials.check(study);
    assertThat(trials)
        .extracting(trial -> trial.method().label())
        .containsExactly("none", "RootWanda", "RootWanda+rtn");
    Path folder = data.resolve("results");
    for (int run = 0; run < 2; run++) {
      try (ResultFolder results = ResultFolder.open(folder, study, trials)) {
        assertThat(results.has(trials.get(1))).isEqualTo(run > 0);
        new HereRunner(Progress.NONE)
            .run(
                trials,
                TrialRun.of(study, materials, Device.cpu(), results, Progress.NONE),
                results);
        assertThat(results.failures(trials)).isEmpty();
        assertThat(results.table()).content().contains(",RootWanda,");
      }
    }
    assertThat(folder.resolve("study.json"))
        .content()
        .containsSubsequence("RootWanda", "power", "0.5", "sparsity", "0.5", "then", "rtn");
  }

  @Test
  void otherSettingsAreAnotherTrial() {
    Materials materials = new Materials(data, Device.cpu());
    List<Trial> trials = materials.check(study(new RootWanda(0.5, 0.5), new RootWanda(0.5, 0.25)));
    assertThat(trials.stream().map(Trial::id)).doesNotHaveDuplicates();
  }

  @Test
  void aClusterAndAStudyFileRefuseIt() {
    Study study = study(new RootWanda(0.5, 0.5).then(new Rtn(4, 64)));
    assertThatThrownBy(study::json).hasMessageContaining("RootWanda is a method of your own");
    assertThatThrownBy(study::requireNoOwnCode)
        .hasMessageContaining("no code travels to a cluster");
    assertThatThrownBy(() -> Study.parse(StudyFile.canonical(study)))
        .hasMessageContaining("RootWanda is a method of your own");
  }

  @Test
  void itsSettingsAreThoseOfARecord() {
    Compressor nameless =
        new Compressor() {
          @Override
          public Compressed compress(NDArray weight, LayerInputs inputs) {
            return new Rtn(4, 64).compress(weight, inputs);
          }
        };
    assertThatThrownBy(() -> Methods.json(nameless))
        .hasMessageContaining("is not a record")
        .hasMessageContaining("record Mine(double power) implements Compressor");
  }
}
