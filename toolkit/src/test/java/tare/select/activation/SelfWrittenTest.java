package tare.select.activation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.data.Budget;
import tare.data.CalibrationFile;
import tare.data.CalibrationSet;
import tare.data.Progress;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.Precision;
import tare.select.ActivationCache;
import tare.select.Selection;
import tare.select.Surroundings;
import tare.select.WrittenCorpus;
import tare.select.activation.SelfCalibration.DocumentRule;

class SelfWrittenTest {

  private static final WrittenCorpus CORPUS =
      WrittenCorpus.of(
          "notes",
          IntStream.range(0, 30)
              .mapToObj(i -> "The " + i + "th note says that the weather was fine again that day. ")
              .map(text -> text.repeat(4))
              .toArray(String[]::new));

  private static DecoderModel model;

  @TempDir private Path folder;

  @BeforeAll
  static void load() {
    model =
        DecoderModel.load(Checkpoint.open(Path.of("../data/tiny")), Device.cpu(), Precision.F32);
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static Surroundings given(long seed, ActivationCache cache) {
    return new Surroundings(
        model.checkpoint().tokenizer(), () -> model, new SplittableRandom(seed), cache);
  }

  @Test
  void theTemperatureFallsOverTheFirstTokensOfEachDocument() {
    // two tokens with a logit of 0 and ln 3: at temperature τ the second has 3^(1/τ) to 1
    DocumentRule rule = new DocumentRule(4, 1, 2, 7, Set.of(9));
    float[] logits = {0, (float) Math.log(3)};
    assertThat(share(rule, logits, 7)).isBetween(p(2.5) - 0.02, p(2.5) + 0.02);
    assertThat(share(rule, logits, 7, 0)).isBetween(p(1) - 0.02, p(1) + 0.02);
    assertThat(share(rule, logits, 7, 0, 0, 0, 9, 7)).isBetween(p(2.5) - 0.02, p(2.5) + 0.02);
    assertThat(rule.choose(logits, new int[] {7, 0, 9}, new SplittableRandom(1)))
        .as("after the end of a document, the beginning of the next")
        .isEqualTo(7);
  }

  private static double p(double temperature) {
    double second = Math.pow(3, 1 / temperature);
    return second / (1 + second);
  }

  private static double share(DocumentRule rule, float[] logits, int... before) {
    SplittableRandom random = new SplittableRandom(1);
    return IntStream.range(0, 20_000)
        .map(i -> rule.choose(logits, before, random))
        .average()
        .orElseThrow();
  }

  @Test
  void aLoopIsARunOfTwentyTokensFourTimes() {
    int[] counting = IntStream.range(0, 80).toArray();
    assertThat(SelfCalibration.loops(counting)).isFalse();
    assertThat(SelfCalibration.loops(IntStream.range(0, 80).map(i -> i % 20).toArray())).isTrue();
    assertThat(SelfCalibration.loops(IntStream.range(0, 60).map(i -> i % 20).toArray()))
        .as("three times")
        .isFalse();
  }

  @Test
  void aPrefixLeavesTheModelSomethingToWrite() {
    assertThatThrownBy(() -> new SelfGenerated().prefix(0))
        .hasMessageContaining("1 or more; got 0");
    assertThatThrownBy(
            () ->
                new SelfGenerated()
                    .prefix(24)
                    .select(CORPUS, new Budget(3, 24), given(1, ActivationCache.NONE)))
        .hasMessageContaining("leaves the model nothing to write in samples of 24 tokens");
  }

  @Test
  void theModelWritesWholeWindowsAndTheSameForTheSameSeed() {
    Budget budget = new Budget(3, 24);
    ActivationCache cache = ActivationCache.in(folder, "tiny", Progress.NONE);
    CalibrationSet one = new SelfCalibration().select(CORPUS, budget, given(1, cache));
    Selection again = new SelfCalibration().choose(CORPUS, budget, given(1, ActivationCache.NONE));
    Selection kept = new SelfCalibration().choose(CORPUS, budget, given(1, cache));
    assertThat(one.samples()).hasSize(3).allMatch(sample -> sample.tokens().length == 24);
    assertThat(one.samples()).allMatch(sample -> sample.tokens()[0] == 0);
    assertThat(again.set().fingerprint()).isEqualTo(one.fingerprint());
    assertThat(again.notes().get(0)).matches("\\d of 3 windows loop");
    assertThat(kept.set().fingerprint()).isEqualTo(one.fingerprint());
    assertThat(kept.notes())
        .containsExactly(again.notes().get(0), "choosing: taken from the cache");
    assertThat(new SelfCalibration().select(CORPUS, budget, given(1, cache).set(1)).fingerprint())
        .isNotEqualTo(one.fingerprint());
    assertThatThrownBy(() -> new SelfCalibration().temperatures(0, 1, 16))
        .hasMessageContaining("above 0");
  }

  /** Two shards choose the same set at the same time: neither writes into the other's file. */
  @Test
  void aSetIsKeptUnderANameOfItsOwnUntilItIsWhole() throws IOException {
    Budget budget = new Budget(1, 16);
    ActivationCache cache = ActivationCache.in(folder, "tiny", Progress.NONE);
    String what =
        new SelfCalibration().name() + budget + given(1, ActivationCache.NONE).seedOfSet();
    Path kept = cache.written(what).orElseThrow();
    Files.createDirectories(kept.resolveSibling(kept.getFileName() + ".unfinished")); // taken
    CalibrationSet set = new SelfCalibration().select(CORPUS, budget, given(1, cache));
    assertThat(CalibrationFile.read(kept).fingerprint()).isEqualTo(set.fingerprint());
  }

  @Test
  void goingOnWithRealBeginningsGivesWholeWindows() {
    Budget budget = new Budget(2, 16);
    SelfGenerated selector = new SelfGenerated().pressure(4);
    CalibrationSet set = selector.select(CORPUS, budget, given(1, ActivationCache.NONE));
    assertThat(set.samples()).hasSize(2).allMatch(sample -> sample.tokens().length == 16);
    assertThat(selector.select(CORPUS, budget, given(1, ActivationCache.NONE)).fingerprint())
        .isEqualTo(set.fingerprint());
    assertThat(Arrays.stream(set.samples().get(0).tokens()).distinct().count()).isGreaterThan(3);
  }
}
