package tare.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tare.compress.Compressed;
import tare.compress.Compressor;
import tare.compress.Gptq;
import tare.compress.LayerInputs;
import tare.compress.Magnitude;
import tare.compress.Method;
import tare.compress.Recipe;
import tare.compress.Rtn;
import tare.compress.SparseGpt;
import tare.compress.SparsityPattern;
import tare.compress.Wanda;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Progress;
import tare.data.Sample;
import tare.format.Overlay;
import tare.grid.Storage;
import tare.model.Checkpoint;
import tare.model.Precision;

class BlockByBlockTest {

  private static Checkpoint checkpoint;

  @BeforeAll
  static void open() throws URISyntaxException {
    checkpoint =
        Checkpoint.open(
            Path.of(BlockByBlockTest.class.getResource("/tokenizer/smollm.gguf").toURI()));
  }

  /** Leaves weights as they are and remembers the Gram matrices that it was shown. */
  private record Watch(List<float[]> grams) implements Compressor {
    @Override
    public Compressed compress(NDArray weight, LayerInputs inputs) {
      grams.add(inputs.gram().toFloatArray());
      return new Compressed(new Storage.Dense(weight.toFloatArray(), 32), "");
    }

    @Override
    public String toString() {
      return "Watch";
    }
  }

  private static CalibrationSet set(int... lengths) {
    Random random = new Random(5);
    List<Sample> samples = new ArrayList<>();
    for (int length : lengths) {
      int[] tokens = random.ints(length, 0, checkpoint.config().vocabulary()).toArray();
      samples.add(new Sample("d" + samples.size(), "invented", "", tokens));
    }
    return new CalibrationSet("Invented", new Budget(lengths.length, lengths[0]), samples);
  }

  private static CompressedModel run(int batchTokens, CalibrationSet set, Compressor compressor) {
    return new BlockByBlock(batchTokens)
        .compress(checkpoint, set, new Recipe("r", compressor), Device.cpu(), Progress.NONE);
  }

  @Test
  void theBatchSizeDoesNotChangeWhatIsObserved() {
    CalibrationSet set = set(16, 16, 16, 7, 7, 16);
    Watch one = new Watch(new ArrayList<>());
    Watch many = new Watch(new ArrayList<>());
    run(1, set, one);
    run(64, set, many);
    assertThat(one.grams()).hasSize(checkpoint.config().blocks() * 7);
    for (int i = 0; i < one.grams().size(); i++) {
      assertThat(one.grams().get(i))
          .usingComparatorWithPrecision(1e-3f)
          .containsExactly(many.grams().get(i));
    }
  }

  @Test
  void aModelThatIsNotChangedStaysTheSame() {
    Watch watch = new Watch(new ArrayList<>());
    CompressedModel same = run(64, set(12, 12), watch);
    assertThat(same.layers()).allMatch(layer -> layer.error() == 0);
    for (String name : same.linears().keySet()) {
      assertThat(same.checkpoint().tensors().values(name))
          .isEqualTo(checkpoint.tensors().values(name));
    }
  }

  /** Only what is observed is rounded: weights, and the methods' mathematics, stay float32. */
  @ParameterizedTest
  @EnumSource(names = {"BF16", "F16"})
  void aShorterPrecisionRoundsWhatIsObserved(Precision precision) {
    CalibrationSet set = set(16, 16, 7);
    Watch exact = new Watch(new ArrayList<>());
    Watch rounded = new Watch(new ArrayList<>());
    run(64, set, exact);
    CompressedModel same =
        new BlockByBlock(precision)
            .compress(checkpoint, set, new Recipe("r", rounded), Device.cpu(), Progress.NONE);
    for (int i = 0; i < exact.grams().size(); i++) {
      float largest = 0;
      for (float value : exact.grams().get(i)) {
        largest = Math.max(largest, Math.abs(value));
      }
      assertThat(rounded.grams().get(i))
          .isNotEqualTo(exact.grams().get(i))
          .usingComparatorWithPrecision(0.05f * largest)
          .containsExactly(exact.grams().get(i));
    }
    for (String name : same.linears().keySet()) {
      assertThat(same.checkpoint().tensors().values(name))
          .isEqualTo(checkpoint.tensors().values(name));
    }
    assertThatThrownBy(() -> new BlockByBlock(Precision.AUTO)).hasMessageContaining("f32, bf16");
  }

  @Test
  void theReportsErrorIsThatOfTheOutputs() {
    CompressedModel rounded = run(64, set(16, 16), new Rtn(3, 16));
    assertThat(rounded.layers()).hasSize(checkpoint.config().blocks() * 7);
    assertThat(rounded.layers()).allMatch(layer -> layer.error() > 0 && layer.relativeError() < 1);
    assertThat(rounded.bitsPerWeight()).isCloseTo(3 + 19.0 / 16, within(1e-9));
    double ofGptq =
        run(64, set(16, 16), new Gptq(3, 16)).layers().stream()
            .mapToDouble(LayerReport::error)
            .sum();
    assertThat(ofGptq).isLessThan(rounded.layers().stream().mapToDouble(LayerReport::error).sum());
  }

  @Test
  void withoutCalibrationTheSameWeightsAreRounded() {
    CompressedModel blind =
        new BlockByBlock()
            .compress(checkpoint, new Recipe("rtn", new Rtn(3, 16)), Device.cpu(), Progress.NONE);
    CompressedModel seeing = run(64, set(16), new Rtn(3, 16));
    assertThat(blind.layers()).allMatch(layer -> Double.isNaN(layer.error()));
    for (String name : blind.linears().keySet()) {
      assertThat(blind.linears().get(name).dense()).isEqualTo(seeing.linears().get(name).dense());
    }
    Recipe gptq = new Recipe("gptq", new Gptq(3, 16));
    assertThatThrownBy(
            () -> new BlockByBlock().compress(checkpoint, gptq, Device.cpu(), Progress.NONE))
        .hasMessageContaining("needs a calibration set");
  }

  /** A compressor in the steps of GPTQ's true-sequential. */
  private record GroupByGroup(Compressor compressor) implements Method {
    @Override
    public Recipe recipe() {
      return compressor.recipe();
    }

    @Override
    public Schedule schedule() {
      return Schedule.TRUE_SEQUENTIAL;
    }
  }

  @Test
  void trueSequentialSeesWhatTheCompressedGroupsBeforeFeed() {
    CalibrationSet set = set(16, 16, 16, 16);
    BlockByBlock blocks = new BlockByBlock(64);
    Watch one = new Watch(new ArrayList<>());
    Watch other = new Watch(new ArrayList<>());
    run(64, set, one);
    blocks.compress(checkpoint, set, new GroupByGroup(other), Device.cpu(), Progress.NONE);
    for (int i = 0; i < one.grams().size(); i++) {
      assertThat(other.grams().get(i)).isEqualTo(one.grams().get(i));
    }
    Method rtn = new GroupByGroup(new Rtn(2, 16));
    List<LayerReport> blockwise = run(64, set, new Rtn(2, 16)).layers();
    List<LayerReport> stepwise =
        blocks.compress(checkpoint, set, rtn, Device.cpu(), Progress.NONE).layers();
    for (int i = 0; i < 3; i++) {
      assertThat(stepwise.get(i).error()).isEqualTo(blockwise.get(i).error());
    }
    for (int i : new int[] {4, 5, 6}) {
      assertThat(stepwise.get(i).error())
          .as(stepwise.get(i).linear())
          .isNotEqualTo(blockwise.get(i).error());
    }
  }

  @Test
  void failuresNameTheLinear() {
    Compressor failing =
        new Compressor() {
          @Override
          public Compressed compress(NDArray weight, LayerInputs inputs) {
            throw new IllegalArgumentException("no");
          }
        };
    assertThatThrownBy(() -> run(64, set(8), failing))
        .hasMessageContaining("model.layers.0.self_attn.q_proj.weight cannot be compressed: no");
  }

  /** Returns some weights of a layer, or all (-1), the first of which is given. */
  private record Returns(float first, int number) implements Compressor {
    @Override
    public Compressed compress(NDArray weight, LayerInputs inputs) {
      float[] all = weight.toFloatArray();
      float[] weights = Arrays.copyOf(all, number < 0 ? all.length : number);
      weights[0] = first;
      return new Compressed(new Storage.Dense(weights, 16), "");
    }
  }

  @Test
  void aCompressorThatReturnsTooFewWeightsIsRefusedWithTheLayersName() {
    assertThatThrownBy(() -> run(64, set(8), new Returns(1, 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("model.layers.0.self_attn.q_proj.weight")
        .hasMessageContaining("returned 2 weights");
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.NEGATIVE_INFINITY})
  void aCompressorThatReturnsWhatIsNotFiniteIsRefusedWithTheLayersName(float bad) {
    assertThatThrownBy(() -> run(64, set(8), new Returns(bad, -1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("model.layers.0.self_attn.q_proj.weight")
        .hasMessageContaining("output 0 and input 0");
  }

  @Test
  void anEmptySetIsRefusedByMethodsThatLookAtText() {
    CalibrationSet none = new CalibrationSet("Mine", new Budget(1, 8), List.of());
    assertThatThrownBy(() -> run(64, none, new Gptq(3, 16)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("The calibration set of Mine is empty");
    assertThat(run(64, none, new Rtn(3, 16)).layers()).isNotEmpty();
  }

  @Test
  void theOrderOfSamplesDoesNotChangeWhatIsObserved() {
    CalibrationSet set = set(9, 16, 16, 7);
    List<Sample> reversed = new ArrayList<>(set.samples());
    Collections.reverse(reversed);
    Watch forwards = new Watch(new ArrayList<>());
    Watch backwards = new Watch(new ArrayList<>());
    run(16, set, forwards);
    run(64, new CalibrationSet("Invented", set.budget(), reversed), backwards);
    for (int i = 0; i < forwards.grams().size(); i++) {
      assertThat(forwards.grams().get(i))
          .usingComparatorWithPrecision(1e-3f)
          .containsExactly(backwards.grams().get(i));
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
  void inputsThatAreNotFiniteAreRefusedWithTheLayersName(float bad) {
    String norm = "model.layers.0.post_attention_layernorm.weight";
    float[] broken = checkpoint.tensors().values(norm).clone();
    broken[3] = bad;
    Checkpoint spoilt =
        checkpoint.withTensors(new Overlay(checkpoint.tensors(), Map.of(norm, () -> broken)));
    Compressor[] methods = {
      new Gptq(3, 16), new Wanda(0.5), new SparseGpt(0.5), new Wanda(0.5).then(new Gptq(4, 16))
    };
    for (Compressor method : methods) {
      assertThatThrownBy(
              () ->
                  new BlockByBlock()
                      .compress(
                          spoilt, set(8), new Recipe("r", method), Device.cpu(), Progress.NONE))
          .as(method.name())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("model.layers.0.mlp.gate_proj.weight")
          .hasMessageContaining("not finite");
    }
  }

  @Test
  void theReportsSparsityIsExact() {
    for (Compressor method :
        List.of(
            new Magnitude(SparsityPattern.nOfM(2, 4)),
            new Wanda(0.5),
            new SparseGpt(SparsityPattern.nOfM(2, 4)))) {
      assertThat(run(64, set(16, 16), method).sparsity()).as(method.name()).isEqualTo(0.5);
    }
    CompressedModel both = run(64, set(16, 16), new Wanda(0.5).then(new Rtn(8, 16)));
    assertThat(both.sparsity()).isBetween(0.5, 0.52);
  }

  @Test
  void aSampleLongerThanTheContextIsRefusedAtOnce() {
    CalibrationSet set = set(checkpoint.config().context() + 1);
    assertThatThrownBy(() -> run(64, set, new Rtn(3, 16)))
        .hasMessageContaining("longer than the model's context");
  }

  @Test
  void aTokenBeyondTheVocabularyIsRefusedBeforeAnythingIsWritten(@TempDir Path folder) {
    int vocabulary = checkpoint.config().vocabulary();
    List<Sample> samples = new ArrayList<>(set(8).samples());
    samples.add(new Sample("d", "s", "", new int[] {1, vocabulary}));
    CalibrationSet set = new CalibrationSet("s", new Budget(2, 8), samples);
    String message =
        String.format(
            Locale.ROOT,
            "Sample 2 of the calibration set holds the token id %d, but the model's vocabulary has %d ids",
            vocabulary,
            vocabulary);
    assertThatThrownBy(() -> run(64, set, new Rtn(3, 16))).hasMessageContaining(message);
    assertThatThrownBy(
            () ->
                new BlockByBlock()
                    .compressInto(
                        folder.resolve("out"),
                        checkpoint,
                        Optional.of(set),
                        new Recipe("r", new Gptq(3, 16)),
                        Device.cpu(),
                        Progress.NONE))
        .hasMessageContaining(message);
    assertThat(folder).isEmptyDirectory();
  }

  /** XᵀX over samples of different lengths is the sum over the samples alone. */
  @Test
  void samplesOfDifferentLengthsCountEachTokenOnce() {
    CalibrationSet set = set(5, 12, 30, 7);
    List<float[]> whole = new ArrayList<>();
    run(64, set, new Watch(whole));
    float[] sum = new float[whole.get(0).length];
    for (Sample sample : set.samples()) {
      List<float[]> alone = new ArrayList<>();
      run(64, new CalibrationSet("s", set.budget(), List.of(sample)), new Watch(alone));
      for (int i = 0; i < sum.length; i++) {
        sum[i] += alone.get(0)[i];
      }
    }
    assertThat(whole.get(0)).usingComparatorWithPrecision(1e-3f).containsExactly(sum);
  }

  @Test
  void progressIsToldAfterEachBlock() {
    List<String> told = new ArrayList<>();
    new BlockByBlock()
        .compress(
            checkpoint,
            set(8),
            new Recipe("r", new Rtn(4, 16)),
            Device.cpu(),
            (stage, done, total) -> told.add(done + "/" + total));
    String[] expected = new String[checkpoint.config().blocks()];
    Arrays.setAll(expected, i -> (i + 1) + "/" + expected.length);
    assertThat(told).containsExactly(expected);
  }
}
