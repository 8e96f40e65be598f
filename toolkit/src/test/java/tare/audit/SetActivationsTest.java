package tare.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.CorpusFile;
import tare.data.CorpusSide;
import tare.data.InventedCorpora;
import tare.data.Progress;
import tare.data.Sample;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.Precision;
import tare.select.ActivationCache;
import tare.select.Passage;
import tare.select.Surroundings;
import tare.select.UniformDraw;
import tare.select.activation.WindowPerplexities;

/** What the tiny model says of sets whose relation to a text is known. */
class SetActivationsTest {

  private static final Budget BUDGET = new Budget(6, 48);

  @TempDir static Path folder;

  private static DecoderModel model;
  private static Surroundings given;

  @BeforeAll
  static void load() throws IOException {
    InventedCorpora.write(folder);
    model =
        DecoderModel.load(Checkpoint.open(Path.of("../data/tiny")), Device.cpu(), Precision.F32);
    given =
        new Surroundings(
            model.checkpoint().tokenizer(),
            () -> model,
            new SplittableRandom(1),
            ActivationCache.in(folder.resolve("cache"), "tiny", Progress.NONE));
  }

  @AfterAll
  static void close() {
    model.close();
  }

  private static CalibrationSet draw(String corpus, int set) throws IOException {
    return new UniformDraw()
        .select(
            CorpusFile.read(folder.resolve("corpora/" + corpus + ".jsonl"), CorpusSide.TRAIN),
            BUDGET,
            given.random(new SplittableRandom(1)).set(set));
  }

  private static List<int[]> tokens(CalibrationSet set) {
    return set.samples().stream().map(Sample::tokens).toList();
  }

  @Test
  void theTextItselfIsAtNoDistanceAndFiresAllItsOutliers() throws IOException {
    CalibrationSet code = draw("code", 0);
    CalibrationSet news = draw("news", 0);
    try (SetActivations activations =
        SetActivations.of(Map.of("code", tokens(code), "news", tokens(news)), given)) {
      Map<String, SetActivations.Measured> ofCode = activations.of(code);

      assertThat(ofCode.get("code").gram()).isCloseTo(0, within(1e-6));
      assertThat(ofCode.get("code").centroid()).isCloseTo(0, within(1e-6));
      assertThat(ofCode.get("code").coverage()).isCloseTo(1, within(1e-9));
      assertThat(ofCode.get("news").gram()).isGreaterThan(0.05);
      assertThat(ofCode.get("news").centroid()).isGreaterThan(0.1);
      assertThat(ofCode.get("news").coverage()).isLessThan(1);
      assertThat(ofCode.get("code").rank())
          .isEqualTo(ofCode.get("news").rank())
          .isBetween(2.0, 6 * 47.0);
      double nats =
          Arrays.stream(
                  WindowPerplexities.perplexities(
                      code.samples().stream().map(Passage::of).toList(), given))
              .map(Math::log)
              .average()
              .orElseThrow();
      assertThat(ofCode.get("code").surprise()).isCloseTo(nats, within(1e-5));
    }
  }

  @Test
  void anotherDrawOfATextIsNearerThanAnotherText() throws IOException {
    try (SetActivations activations =
        SetActivations.of(Map.of("code", tokens(draw("code", 0))), given)) {
      SetActivations.Measured same = activations.of(draw("code", 1)).get("code");
      SetActivations.Measured other = activations.of(draw("news", 1)).get("code");
      assertThat(same.gram()).isLessThan(other.gram());
      assertThat(same.centroid()).isLessThan(other.centroid());
    }
  }

  @Test
  void withoutTheModelItsNumbersAreUnknown() throws IOException {
    CalibrationSet code = draw("code", 0);
    Map<String, List<int[]>> targets = Map.of("news", tokens(draw("news", 0)));
    SetNumbers counted = RecordedSets.numbers(code, targets, 128, Optional.empty()).get("news");
    assertThat(counted.gramDistance()).isNaN();
    try (SetActivations activations = SetActivations.of(targets, given)) {
      SetNumbers read =
          RecordedSets.numbers(code, targets, 128, Optional.of(activations)).get("news");
      assertThat(read.distance()).isEqualTo(counted.distance());
      assertThat(read.byName().values()).allMatch(Double::isFinite);
    }
  }

  @Test
  void aSetOfWhichNothingCountsIsRefused() throws IOException {
    CalibrationSet nothing =
        new CalibrationSet(
            "none",
            new Budget(1, 4),
            List.of(new Sample("d", "s", "", new int[4], new float[] {1, 0, 0, 0})));
    try (SetActivations activations =
        SetActivations.of(Map.of("code", tokens(draw("code", 0))), given)) {
      assertThatThrownBy(() -> activations.of(nothing)).hasMessageContaining("token that counts");
    }
  }
}
