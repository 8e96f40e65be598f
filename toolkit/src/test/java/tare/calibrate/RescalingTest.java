package tare.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tare.compress.AwqRound;
import tare.compress.AwqScale;
import tare.compress.Compressed;
import tare.compress.Compressor;
import tare.compress.LayerInputs;
import tare.compress.Observed;
import tare.compress.Recipe;
import tare.compress.Rescaler;
import tare.compress.Rescaler.OutputChange;
import tare.compress.SmoothScale;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Progress;
import tare.data.Sample;
import tare.grid.Storage;
import tare.model.BlockReader;
import tare.model.Checkpoint;
import tare.model.DecoderBlock;
import tare.model.DecoderModel;
import tare.model.LinearGroup;
import tare.model.ModelConfig;
import tare.model.ModelFixture;
import tare.model.ModelPart;
import tare.model.Positions;
import tare.model.Precision;

/** Rescaling changes no output of a model, whatever the family. */
class RescalingTest {

  /** Leaves weights as they are. */
  private record Keep() implements Compressor {
    @Override
    public Compressed compress(NDArray weight, LayerInputs inputs) {
      return new Compressed(new Storage.Dense(weight.toFloatArray(), 32), "");
    }
  }

  /** Factors from 1/8 to 8, whatever the inputs are. */
  private record Wild() implements Rescaler {
    @Override
    public NDArray factors(List<NDArray> weights, LayerInputs inputs, OutputChange change) {
      int channels = (int) weights.get(0).getShape().get(1);
      return inputs.maxAbs().getManager().create(factors(channels));
    }

    static float[] factors(int channels) {
      Random random = new Random(3);
      float[] factors = new float[channels];
      for (int j = 0; j < channels; j++) {
        factors[j] = (float) Math.pow(8, 2 * random.nextDouble() - 1);
      }
      return factors;
    }

    @Override
    public Set<Observed> needs() {
      return Set.of(Observed.MAX_ABS);
    }
  }

  private static CalibrationSet set() {
    Random random = new Random(5);
    List<Sample> samples =
        random
            .ints(4)
            .mapToObj(i -> new Sample("d" + i, "invented", "", random.ints(24, 0, 96).toArray()))
            .toList();
    return new CalibrationSet("Invented", new Budget(4, 24), samples);
  }

  private static CompressedModel run(Checkpoint checkpoint, Rescaler rescaler) {
    return run(checkpoint, new Recipe("r", List.of(rescaler), new Keep()));
  }

  private static CompressedModel run(Checkpoint checkpoint, Recipe recipe) {
    return new BlockByBlock().compress(checkpoint, set(), recipe, Device.cpu(), Progress.NONE);
  }

  private static float[] logits(Checkpoint checkpoint) {
    try (DecoderModel model = DecoderModel.load(checkpoint, Device.cpu(), Precision.F32);
        NDManager scope = model.manager().newSubManager()) {
      int[][] tokens = {new Random(9).ints(30, 0, 96).toArray()};
      Positions positions = Positions.causal(30, checkpoint.config(), scope);
      NDArray hidden = model.hidden(tokens, positions, scope);
      return model.logits(hidden.reshape(30, -1)).toFloatArray();
    }
  }

  /** Largest difference as a share of the largest logit. */
  private static double difference(Checkpoint one, Checkpoint other) {
    float[] a = logits(one);
    float[] b = logits(other);
    double largest = 0;
    double off = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs(a[i]));
      off = Math.max(off, Math.abs(a[i] - b[i]));
    }
    return off / largest;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama/untied",
        "families/llama-scaled",
        "families/mistral",
        "families/qwen2",
        "families/qwen3",
        "families/opt"
      })
  void noOutputChanges(String family) throws URISyntaxException {
    Checkpoint original = ModelFixture.checkpoint(family);
    for (Rescaler rescaler : List.of(new Wild(), new SmoothScale(0.8), new AwqScale(3, 16))) {
      CompressedModel rescaled = run(original, rescaler);
      assertThat(difference(original, rescaled.checkpoint())).as(rescaler.name()).isLessThan(1e-5);
      String norm = original.config().architecture().weight(ModelPart.MLP_NORM, 1);
      assertThat(rescaled.checkpoint().tensors().values(norm))
          .isNotEqualTo(original.tensors().values(norm));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "families/qwen2, model.layers.0.mlp.up_proj.weight, model.layers.0.self_attn.o_proj.weight",
    "families/opt, model.decoder.layers.0.fc1.bias, model.decoder.layers.0.fc2.bias"
  })
  void linearsTakeScaleUpWhereShapesAllow(String family, String changed, String same)
      throws URISyntaxException {
    Checkpoint original = ModelFixture.checkpoint(family);
    Checkpoint wild = run(original, new Wild()).checkpoint();
    assertThat(wild.tensors().values(changed)).isNotEqualTo(original.tensors().values(changed));
    assertThat(wild.tensors().values(same)).isEqualTo(original.tensors().values(same));
  }

  @Test
  void smoothQuantLeavesSetsAloneThatALinearFeeds() throws URISyntaxException {
    Checkpoint original = ModelFixture.checkpoint("families/opt");
    Checkpoint smooth = run(original, new SmoothScale(0.5)).checkpoint();
    for (String name : List.of("fc1.bias", "fc2.weight", "self_attn.out_proj.weight")) {
      String full = "model.decoder.layers.1." + name;
      assertThat(smooth.tensors().values(full)).isEqualTo(original.tensors().values(full));
    }
    String bias = "model.decoder.layers.1.final_layer_norm.bias";
    assertThat(smooth.tensors().values(bias)).isNotEqualTo(original.tensors().values(bias));
  }

  @ParameterizedTest
  @ValueSource(strings = {"families/opt-350m", "families/gemma3"})
  void aModelWhoseNormsTakeNoScalesIsRefused(String name) throws URISyntaxException {
    Checkpoint checkpoint = ModelFixture.checkpoint(name);
    assertThatThrownBy(() -> run(checkpoint, new SmoothScale(0.5)))
        .hasMessageContaining("norms after the sum")
        .hasMessageContaining("multiply by 1 + their weight")
        .hasMessageContaining("r cannot be used");
  }

  /** Leaves weights as they are and remembers the squared norms of their input channels. */
  private record Watch(List<float[]> squares, boolean propagates) implements Compressor {
    @Override
    public Compressed compress(NDArray weight, LayerInputs inputs) {
      squares.add(inputs.gram().diagonal().toFloatArray());
      return new Keep().compress(weight, inputs);
    }

    @Override
    public String toString() {
      return "Watch";
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theCompressorSeesInputsDividedByTheFactors(boolean propagates) throws URISyntaxException {
    Checkpoint original = ModelFixture.checkpoint("families/opt");
    Watch plain = new Watch(new ArrayList<>(), propagates);
    Watch scaled = new Watch(new ArrayList<>(), propagates);
    run(original, new Recipe("plain", plain));
    run(original, new Recipe("scaled", List.of(new Wild()), scaled));
    assertThat(scaled.squares()).hasSize(2 * 6);
    for (int i = 0; i < plain.squares().size(); i++) {
      float[] before = plain.squares().get(i);
      float[] s = Wild.factors(before.length);
      for (int j = 0; j < before.length; j++) {
        assertThat(scaled.squares().get(i)[j] * s[j] * s[j])
            .isCloseTo(before[j], within(1e-4f * before[j] + 1e-12f));
      }
    }
  }

  /** Changes the weights of each set, the last linear's {@code last} times and all others twice. */
  private record Asking(List<double[]> answers) implements Rescaler {
    @Override
    public NDArray factors(List<NDArray> weights, LayerInputs inputs, OutputChange change) {
      answers.add(
          new double[] {
            change.loss(weights),
            change.loss(last(weights, 2)),
            change.loss(last(weights, 3)),
            change.loss(last(weights, 0)),
            change.loss(last(weights.stream().map(w -> w.mul(2)).toList(), 0))
          });
      return inputs.meanAbs().onesLike();
    }

    private static List<NDArray> last(List<NDArray> weights, int times) {
      List<NDArray> changed = new ArrayList<>(weights);
      changed.set(weights.size() - 1, weights.get(weights.size() - 1).mul(times));
      return changed;
    }

    @Override
    public Set<Observed> needs() {
      return Set.of(Observed.GRAM, Observed.MEAN_ABS);
    }
  }

  @Test
  void aSetIsJudgedByTheOutputsOfItsModule() throws URISyntaxException {
    List<double[]> answers = new ArrayList<>();
    run(ModelFixture.checkpoint("llama/untied"), new Asking(answers));
    assertThat(answers).as("three sets in each of three blocks").hasSize(3 * 3);
    for (double[] found : answers) {
      assertThat(found[0]).isZero();
      assertThat(found[1]).as("values, up: outputs are linear in them").isPositive();
      assertThat(found[2]).isCloseTo(4 * found[1], within(1e-3 * found[1]));
      assertThat(found[3]).isCloseTo(found[1], within(1e-3 * found[1]));
      assertThat(found[4]).as("nothing is left to attend to").isCloseTo(found[3], within(1e-9));
    }
  }

  @Test
  void aLinearThatActsAloneIsJudgedByItsOwnOutputs() throws URISyntaxException {
    Checkpoint checkpoint = ModelFixture.checkpoint("llama/untied");
    BlockReader blocks = BlockReader.open(checkpoint, Precision.F32, Device.cpu());
    try (NDManager manager = NDManager.newBaseManager()) {
      Residual stream =
          Residual.embed(set().samples(), 2 * 24, checkpoint.config(), blocks, manager);
      DecoderBlock block = blocks.block(0, manager);
      LinearGroup down = block.group("down");
      List<NDArray> weights = List.of(down.linears().get(0).weight());
      List<NDArray> changed = List.of(weights.get(0).mul(1.25));
      LayerInputs inputs =
          stream
              .pass(block, Residual.Watch.only("down", Set.of(Observed.GRAM)), true, manager)
              .inputs()
              .get("down");
      double byGram = OutputChange.ofLinears(weights, inputs).loss(changed);
      assertThat(new ModuleChange(block, down, stream, inputs.tokens(), manager).loss(changed))
          .as("all tokens")
          .isCloseTo(byGram, within(1e-4 * byGram));
      assertThat(ModuleChange.change(block, down, stream, inputs, manager))
          .as("of 96 tokens and 80 channels, the Gram matrix costs less")
          .isNotInstanceOf(ModuleChange.class);
      assertThat(ModuleChange.change(block, down, stream.some(24), inputs, manager))
          .as("of 48 tokens the inputs")
          .isInstanceOf(ModuleChange.class);
    }
  }

  @Test
  void someSamplesAreSpreadEvenly() throws URISyntaxException {
    ModelConfig config = ModelFixture.checkpoint("llama/untied").config();
    BlockReader blocks =
        BlockReader.open(ModelFixture.checkpoint("llama/untied"), Precision.F32, Device.cpu());
    try (NDManager manager = NDManager.newBaseManager()) {
      Residual all = Residual.embed(set().samples(), 2 * 24, config, blocks, manager);
      assertThat(samples(all.some(24), manager)).as("at least two").isEqualTo(2);
      assertThat(samples(all.some(3 * 24), manager)).isEqualTo(3);
      assertThat(samples(all.some(1000), manager)).isEqualTo(4);
      assertThat(all.some(24).hidden(manager)).as("one of each batch").hasSize(2);
      assertThat(all.some(24).hidden(manager).get(1).toFloatArray())
          .isEqualTo(all.hidden(manager).get(1).get("1:").toFloatArray());
    }
  }

  private static long samples(Residual stream, NDManager manager) {
    return stream.hidden(manager).stream().mapToLong(h -> h.getShape().get(0)).sum();
  }

  @Test
  void awqCalibratesOnTheOriginalModel() throws URISyntaxException {
    Checkpoint original = ModelFixture.checkpoint("families/opt");
    Recipe coarse = new Recipe("awq", List.of(new AwqScale(2, 16)), new AwqRound(2, 16));
    CompressedModel awq = run(original, coarse);
    CompressedModel kept = run(original, new AwqScale(2, 16));
    for (String norm : List.of("self_attn_layer_norm.weight", "final_layer_norm.bias")) {
      String name = "model.decoder.layers.1." + norm;
      assertThat(awq.checkpoint().tensors().values(name))
          .isEqualTo(kept.checkpoint().tensors().values(name));
    }
  }
}
