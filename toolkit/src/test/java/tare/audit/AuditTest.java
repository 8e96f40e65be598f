package tare.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.audit.Explain.SampleReport;
import tare.compress.Gptq;
import tare.compress.LayerInputs;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.CorpusFile;
import tare.data.CorpusSide;
import tare.data.Document;
import tare.data.InventedCorpora;
import tare.data.JoinedCorpus;
import tare.data.Sample;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.Precision;
import tare.select.ActivationCache;
import tare.select.ReferenceItem;
import tare.select.Surroundings;
import tare.select.TaskReference;
import tare.select.UniformDraw;
import tare.select.acdm.References;

/** What is said of a set and its samples. */
class AuditTest {

  private static final Budget BUDGET = new Budget(2, 48);

  @TempDir static Path folder;

  private static CorpusFile read(String corpus, CorpusSide side) throws IOException {
    return CorpusFile.read(folder.resolve("corpora/" + corpus + ".jsonl"), side);
  }

  @Test
  void theProbeCountsTokensByTheirWeights() {
    int[] tokens = new Random(4).ints(24, 0, 500).toArray();
    float[] weights = new float[24];
    Arrays.fill(weights, 0, 15, 2);
    Sample masked = new Sample("d", "s", "", tokens, weights);
    Sample cut = new Sample("d", "s", "", Arrays.copyOf(tokens, 15));
    try (DecoderModel model =
            DecoderModel.load(
                Checkpoint.open(Path.of("../data/tiny")), Device.cpu(), Precision.F32);
        NDManager scope = model.manager().newSubManager()) {
      OutputErrorProbe probe = OutputErrorProbe.of(model);
      Map<String, LayerInputs> found = probe.observe(List.of(masked, cut), scope);
      Map<String, LayerInputs> wanted = probe.observe(List.of(cut, cut, cut), scope);
      assertThat(found).hasSameSizeAs(wanted);
      found.forEach(
          (name, inputs) -> {
            assertThat(inputs.tokens()).isEqualTo(30);
            assertThat(inputs.weight()).isEqualTo(wanted.get(name).weight());
            float[] norms = wanted.get(name).norms().toFloatArray();
            assertThat(inputs.norms().toFloatArray())
                .as(name)
                .usingComparatorWithPrecision(1e-3f)
                .containsExactly(norms);
          });
    }
  }

  @Test
  void matchingTextIsFoundBetterThanRandomTokens() throws IOException {
    InventedCorpora.write(folder);
    TaskReference code =
        new TaskReference(
            "code",
            read("code", CorpusSide.HELD_BACK)
                .documents()
                .map(Document::text)
                .map(text -> new ReferenceItem(text, text, ""))
                .toList());
    Corpus others =
        new JoinedCorpus(
            List.of(read("news", CorpusSide.TRAIN), read("dialogue", CorpusSide.TRAIN)));
    try (DecoderModel model =
        DecoderModel.load(Checkpoint.open(Path.of("../data/tiny")), Device.cpu(), Precision.F32)) {
      Audit audit = new Audit(new References(List.of(code)), new Gptq(3, 64), 3);
      Surroundings given =
          new Surroundings(model.checkpoint().tokenizer(), () -> model, new SplittableRandom(1));
      CalibrationSet fitting =
          new UniformDraw().select(read("code", CorpusSide.TRAIN), BUDGET, given);

      Audit.Finding good = audit.of(fitting, others, model, ActivationCache.NONE, 1);

      assertThat(good.lines())
          .extracting(Audit.Line::name)
          .containsExactly("yours", "random 0", "random 1", "random 2", "acdm");
      assertThat(good.verdict()).contains("better than a random draw");
      assertThat(good.lines().subList(1, 4))
          .allMatch(line -> line.layerError() > good.lines().get(0).layerError());
      assertThat(good.lines())
          .allMatch(line -> line.coverage() > 0 && line.coverage() <= 1)
          .allMatch(line -> line.diversity() > 0 && line.diversity() <= 1);
      assertThat(good.samples().coverage()).isPresent();
      assertThat(good.samples().coverage().get().weight())
          .isEqualTo(good.lines().get(0).coverage());
      assertThat(good.lines().get(0).distance()).isLessThan(good.lines().get(1).distance());
      assertThat(good.foretold())
          .as("a line for each method that three studies recorded")
          .hasSize(6)
          .anyMatch(line -> line.contains("by the number 'Gram distance'"));
    }
  }

  @Test
  void aVerdictNeedsADifferenceThatDrawsDoNotHave() {
    List<Audit.Line> draws =
        List.of(
            new Audit.Line("yours", 1, 0.8, 0.2, 0.5, 0.105),
            new Audit.Line("random 0", 1, 0.8, 0.2, 0.5, 0.10),
            new Audit.Line("random 1", 1.1, 0.7, 0.21, 0.5, 0.11),
            new Audit.Line("random 2", 0.9, 0.9, 0.19, 0.5, 0.12),
            new Audit.Line("acdm", 0.4, 1, 0.2, 0.5, 0.09));
    assertThat(Audit.finding(draws, null).verdict())
        .contains("no different from a random draw, as far as 3 draws can tell")
        .contains("as near to the tasks as random text (1.000; ")
        .contains("as many outlier channels as")
        .contains("as diverse as");
    List<Audit.Line> far = new ArrayList<>(draws);
    far.set(0, new Audit.Line("yours", 9, 0.01, 0.9, 0.5, 0.5));
    assertThat(Audit.finding(far, null).verdict())
        .contains("worse than a random draw")
        .contains("farther from the tasks than")
        .contains("fewer outlier channels than")
        .contains("more diverse than");
    // of logarithms: mean ln 0.1097, deviation 0.0913; t is 4.303, and √(1 + 1/3) for a further
    // draw
    assertThat(Audit.finding(draws, null).low()).isBetween(0.069, 0.071);
    assertThat(Audit.finding(draws, null).high()).isBetween(0.171, 0.174);
    assertThatThrownBy(() -> new Audit(null, null, 2)).hasMessageContaining("3 or more");
  }

  private static Sample sample(String document, String text, int... tokens) {
    return new Sample(document, "s", text, tokens);
  }

  @Test
  void saysWhatIsNoticeable() {
    int[] plain = IntStream.range(0, 100).toArray();
    int[] other = IntStream.range(200, 300).toArray();
    int[] looping = IntStream.range(0, 100).map(i -> 400 + i % 25).toArray();
    int[] single = IntStream.range(0, 100).map(i -> 500 + i % 3).toArray();
    Explain explain =
        Explain.of(
            new CalibrationSet(
                "test",
                new Budget(6, 100),
                List.of(
                    sample("a", "ordinary words", plain),
                    sample("b", "ordinary words", plain),
                    sample("c", "12 + 3 = 15; 4", other),
                    sample("d", "again and again", looping),
                    sample("e", "no no no", single),
                    sample("f", "fine words", IntStream.range(600, 700).toArray()))));
    assertThat(explain.samples())
        .extracting(SampleReport::remark)
        .containsExactly("duplicate", "duplicate", "hardly any letters", "loops", "loops", "");
    assertThat(explain.samples().get(3).distinctTokens()).isCloseTo(0.25, within(1e-12));
    assertThat(explain.samples().get(5).overlap()).isZero();
    assertThat(explain.vocabulary()).isEqualTo(100 + 100 + 25 + 3 + 100);
    assertThat(explain.summary())
        .contains("6 samples, 600 tokens, 328 different", "5 samples with a remark");
  }
}
