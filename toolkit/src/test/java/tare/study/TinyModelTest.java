package tare.study;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.calibrate.BlockByBlock;
import tare.compress.AwqRound;
import tare.compress.AwqScale;
import tare.compress.Compressor;
import tare.compress.Gptq;
import tare.compress.Recipe;
import tare.compress.Rescaler;
import tare.compress.Rtn;
import tare.compress.SmoothScale;
import tare.compress.Spqr;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.CorpusFile;
import tare.data.CorpusSide;
import tare.data.Document;
import tare.data.InventedCorpora;
import tare.data.Progress;
import tare.evaluate.Score;
import tare.evaluate.Scorer;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.Precision;
import tare.select.Surroundings;
import tare.select.UniformDraw;

/**
 * The whole way from text to perplexity on the tiny trained model, which has learned enough to lose
 * something.
 */
class TinyModelTest {

  private static final int WINDOW = 128;

  @TempDir static Path folder;
  private static Checkpoint tiny;
  private static CalibrationSet set;
  private static String test;

  @BeforeAll
  static void prepare() throws IOException {
    tiny = Checkpoint.open(Path.of("../data/tiny"));
    InventedCorpora.write(folder);
    set =
        new UniformDraw()
            .select(
                side(CorpusSide.TRAIN),
                new Budget(24, WINDOW),
                new Surroundings(tiny.tokenizer(), () -> null, new SplittableRandom(1)));
    test =
        side(CorpusSide.HELD_BACK)
            .documents()
            .map(Document::text)
            .collect(Collectors.joining("\n\n"));
  }

  private static CorpusFile side(CorpusSide side) throws IOException {
    return CorpusFile.read(folder.resolve("corpora/how-to.jsonl"), side);
  }

  private static double perplexity(Checkpoint checkpoint, Precision precision) {
    try (DecoderModel model = DecoderModel.load(checkpoint, Device.cpu(), precision)) {
      List<Score> scores = new Scorer(model).windows(test, WINDOW, 24);
      double nats = scores.stream().mapToDouble(score -> -score.logLikelihood()).sum();
      return Math.exp(nats / scores.stream().mapToInt(Score::tokens).sum());
    }
  }

  private static double compressed(Compressor compressor, Rescaler... rescalers) {
    Recipe recipe = new Recipe("r", List.of(rescalers), compressor);
    return perplexity(
        new BlockByBlock().compress(tiny, set, recipe, Device.cpu(), Progress.NONE).checkpoint(),
        Precision.F32);
  }

  /**
   * Of the same text, with the text's own frequencies: the best that a model without context can
   * do.
   */
  private static double unigramPerplexity() {
    int[] tokens = tiny.tokenizer().encode(test);
    Map<Integer, Long> counts =
        Arrays.stream(tokens)
            .boxed()
            .collect(Collectors.groupingBy(Function.identity(), Collectors.counting()));
    double nats =
        counts.values().stream().mapToDouble(n -> -n * Math.log((double) n / tokens.length)).sum();
    return Math.exp(nats / tokens.length);
  }

  @Test
  void itHasLearnedMoreThanFrequencies() {
    assertThat(perplexity(tiny, Precision.F32)).isLessThan(0.8 * unigramPerplexity());
  }

  @Test
  void atThreeBitsCalibrationHelps() {
    double before = perplexity(tiny, Precision.F32);
    double rtn = compressed(new Rtn(3, 64));
    double gptq = compressed(new Gptq(3, 64));
    assertThat(rtn).isGreaterThan(before);
    assertThat(gptq - before).isLessThan(0.8 * (rtn - before));
  }

  /** SpQR without outliers, so that it takes no more bits than the others. */
  @Test
  void atTwoBitsEveryCalibratedMethodBeatsRounding() {
    double rtn = compressed(new Rtn(2, 32));
    Spqr spqr = new Spqr(2, 32).withoutOutliers();
    assertThat(compressed(new Gptq(2, 32))).as("GPTQ").isLessThan(rtn);
    assertThat(compressed(new AwqRound(2, 32), new AwqScale(2, 32))).as("AWQ").isLessThan(rtn);
    assertThat(compressed(new Gptq(2, 32), new SmoothScale(0.5)))
        .as("SmoothQuant and GPTQ")
        .isLessThan(rtn);
    assertThat(compressed(spqr)).as("SpQR").isLessThan(rtn);
  }

  @Test
  void eightBitsCostNothing() {
    double before = perplexity(tiny, Precision.F32);
    assertThat(compressed(new Gptq(8, 64)) / before).isBetween(0.999, 1.001);
  }

  @Test
  void bfloat16ChangesThePerplexityByLessThanTwoInAThousand() {
    double low = perplexity(tiny, Precision.BF16) / perplexity(tiny, Precision.F32);
    assertThat(low).isBetween(0.998, 1.002).isNotEqualTo(1);
  }
}
