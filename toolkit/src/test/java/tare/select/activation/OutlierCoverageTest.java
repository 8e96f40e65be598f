package tare.select.activation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.audit.Explain;
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
import tare.select.CacheTally;
import tare.select.CandidatePool;
import tare.select.Surroundings;

class OutlierCoverageTest {

  @TempDir static Path folder;

  /** 16 channels of range 1, of which two in the second point reach 10 and 20 in some windows. */
  @Test
  void outliersRangesAndWeightsByHand() {
    PointLayout layout =
        new PointLayout(
            List.of(new PointLayout.Point(0, "a", 0, 4), new PointLayout.Point(0, "b", 4, 20)));
    FittedScaling.Rows maxima =
        new FittedScaling.Rows(
            4,
            i -> {
              float[] row = new float[24];
              for (int c = 0; c < row.length; c++) {
                row[c] = 1;
              }
              row[7] = i == 2 ? 10 : 1;
              row[9] = i == 3 ? 20 : 2;
              return row;
            });
    OutlierChannels found =
        OutlierChannels.of(maxima, layout, 6, (channel, range, median) -> range - median);
    assertThat(found.count()).as("all 4 of the first point, 8 of the second").isEqualTo(4 + 8);
    assertThat(found.channels()).startsWith(0, 1, 2, 3, 9, 7);
    assertThat(found.ranges()[4]).isEqualTo(20);
    assertThat(found.ranges()[5]).isEqualTo(10);
    assertThat(found.weights()[4]).isCloseTo(18.0 / 27, within(1e-12));
    assertThat(found.weights()[5]).isCloseTo(9.0 / 27, within(1e-12));
    float[] half = new float[24];
    half[9] = 10;
    half[7] = 30;
    assertThat(found.shares(half)[4]).isEqualTo(0.5f);
    assertThat(found.shares(half)[5]).isEqualTo(1f);
  }

  @Test
  void theWholePoolCoversAllAndOneWindowOfItLess() throws IOException {
    InventedCorpora.write(folder);
    CorpusFile corpus = CorpusFile.read(folder.resolve("corpora/news.jsonl"), CorpusSide.TRAIN);
    Budget budget = new Budget(4, 32);
    try (DecoderModel model =
        DecoderModel.load(Checkpoint.open(Path.of("../data/tiny")), Device.cpu(), Precision.F32)) {
      CacheTally tally = new CacheTally();
      Surroundings given =
          new Surroundings(
              model.checkpoint().tokenizer(),
              () -> model,
              new SplittableRandom(3),
              ActivationCache.in(folder.resolve("cache"), "tiny", Progress.NONE).with(tally));
      List<Sample> pool = new ArrayList<>();
      CandidatePool.PACKED
          .pressure(0)
          .draw(corpus, new Budget(8, 32), fresh(given))
          .forEach(each -> pool.add(each.sample()));
      try (OutlierCoverage outliers = OutlierCoverage.of(corpus, budget, fresh(given))) {
        int windows = Math.min(128, pool.size());
        assertThat(tally.note().orElseThrow())
            .startsWith(
                String.format(
                    Locale.ROOT, "choosing: of %d windows 0 were known from the cache", windows));
        CalibrationSet all = new CalibrationSet("all", budget, pool.subList(0, windows));
        OutlierChannels.Covered covered = outliers.of(all);
        assertThat(covered.channels()).isEqualTo(covered.outliers()).isGreaterThan(8 * 4 * 6 - 1);
        assertThat(covered.weight()).isCloseTo(1, within(1e-9));
        assertThat(tally.note().orElseThrow())
            .startsWith(
                String.format(
                    Locale.ROOT, "choosing: of %d windows %d were known", 2 * windows, windows));
        CalibrationSet one = new CalibrationSet("one", budget, pool.subList(0, 1));
        assertThat(outliers.of(one).weight()).isLessThan(0.9);
        assertThat(Explain.of(one, outliers).summary())
            .contains("of " + covered.outliers() + " outlier channels covered");
        assertThat(Explain.of(one).coverage()).isEmpty();
      }
    }
  }

  private static Surroundings fresh(Surroundings given) {
    return new Surroundings(
        given.tokenizer(), given.model(), new SplittableRandom(3), given.cache());
  }

  @Test
  void aChoiceWithoutLookingAtWindowsHasNoNote() {
    assertThat(new CacheTally().note()).isEmpty();
    CacheTally tally = new CacheTally();
    IntStream.range(0, 2).forEach(i -> tally.looked(3, 1, 0.5));
    assertThat(tally.note())
        .contains(
            "choosing: of 8 windows 6 were known from the cache, 2 ran through the model in 1.0 s");
  }

  @Test
  void numbersThatCoverNothingAreRefused() {
    CoverCal usual = new CoverCal();
    assertThatThrownBy(
            () -> new CoverCal(usual.pool(), 0, usual.tau(), usual.weight(), usual.fill()))
        .hasMessageContaining("kappa must be above 0; got 0");
    assertThatThrownBy(
            () -> new CoverCal(usual.pool(), usual.kappa(), 90, usual.weight(), usual.fill()))
        .hasMessageContaining("above 0 and at most 1; got 90");
  }
}
