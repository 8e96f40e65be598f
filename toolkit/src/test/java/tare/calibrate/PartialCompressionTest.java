package tare.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.compress.Gptq;
import tare.compress.Method;
import tare.compress.Recipe;
import tare.compress.SmoothScale;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Progress;
import tare.data.Sample;
import tare.model.Checkpoint;

/** A model of which only the first blocks are compressed, which goes on later. */
class PartialCompressionTest {

  private static final Method GPTQ = new Gptq(4, 64);

  private final Checkpoint tiny = Checkpoint.open(Path.of("../data/tiny"));

  @TempDir private Path folder;

  private static CalibrationSet set(int first) {
    List<Sample> samples =
        IntStream.range(0, 3)
            .mapToObj(
                s ->
                    new Sample(
                        "d" + s,
                        "c",
                        "",
                        IntStream.range(0, 24).map(t -> first + 37 * s + 11 * t % 300).toArray()))
            .toList();
    return new CalibrationSet("by hand", new Budget(3, 24), samples);
  }

  private PartialCompression open(String name, Method method) throws IOException {
    return PartialCompression.open(folder.resolve(name), tiny, set(20), set(20).samples(), method);
  }

  private static void advance(PartialCompression partial, int blocks) throws IOException {
    partial.advance(blocks, Device.cpu(), Progress.NONE);
  }

  @Test
  void itGoesOnWhereItWasAndGivesTheSameAsInOneGo() throws IOException {
    int all = tiny.config().blocks();
    CompressedModel whole =
        new BlockByBlock().compress(tiny, set(20), GPTQ, Device.cpu(), Progress.NONE);
    advance(open("steps", GPTQ), 1);
    PartialCompression half = open("steps", GPTQ);
    assertThat(half.blocks()).isEqualTo(1);
    advance(half, 3);
    PartialCompression done = open("steps", GPTQ);
    advance(done, all);

    assertThat(done.blocks()).isEqualTo(all);
    assertThat(done.losses()).hasSize(7 * all);
    for (String name : whole.linears().keySet()) {
      assertThat(done.checkpoint().tensors().values(name))
          .as(name)
          .isEqualTo(whole.checkpoint().tensors().values(name));
    }
  }

  @Test
  void laterBlocksAreTheOriginals() throws IOException {
    PartialCompression partial = open("one", GPTQ);
    advance(partial, 1);
    String first =
        tiny.config().blockShapes(0).keySet().stream()
            .filter(name -> name.contains("down_proj"))
            .findFirst()
            .orElseThrow();
    String second = first.replace(".0.", ".1.");
    assertThat(partial.checkpoint().tensors().values(first))
        .isNotEqualTo(tiny.tensors().values(first));
    assertThat(partial.checkpoint().tensors().values(second))
        .isEqualTo(tiny.tensors().values(second));
  }

  /** In the first block, the calibration samples as target give what GPTQ reports of itself. */
  @Test
  void theLossOnTheTargetIsTheTraceOverItsGramMatrix() throws IOException {
    PartialCompression partial = open("trace", GPTQ);
    advance(partial, 1);
    for (int i = 0; i < partial.losses().size(); i++) {
      TargetLoss loss = partial.losses().get(i);
      LayerReport report = partial.layers().get(i);
      assertThat(loss.linear()).isEqualTo(report.linear());
      assertThat(loss.changed()).hasSize(3).allMatch(each -> each > 0);
      assertThat(loss.relative())
          .as(loss.linear())
          .isCloseTo(report.relativeError(), within(1e-3 * report.relativeError()));
      assertThat(loss.total()).isCloseTo(report.error() * 72, within(1e-3 * report.error() * 72));
    }
  }

  /** A rescaled block computes the same function, so only rounding changes its outputs. */
  @Test
  void rescalingAloneIsNoLoss() throws IOException {
    PartialCompression smooth =
        open("smooth", new Recipe("smooth", List.of(new SmoothScale(0.5)), new Gptq(8, 64)));
    advance(smooth, 1);
    assertThat(smooth.losses()).allMatch(loss -> loss.relative() < 1e-3);
  }

  @Test
  void theWorkOfOtherSettingsIsRefused() throws IOException {
    advance(open("mine", GPTQ), 1);
    assertThatThrownBy(() -> open("mine", new Gptq(3, 64)))
        .hasMessageContaining("unfinished work of another run");
  }
}
