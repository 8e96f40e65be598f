package tare.calibrate;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tare.compress.Compressed;
import tare.compress.Compressor;
import tare.compress.Gptaq;
import tare.compress.Gptq;
import tare.compress.LayerInputs;
import tare.compress.Method;
import tare.compress.Observed;
import tare.compress.Recipe;
import tare.compress.SmoothScale;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Progress;
import tare.data.Sample;
import tare.format.Overlay;
import tare.grid.Storage;
import tare.model.BlockReader;
import tare.model.Checkpoint;
import tare.model.DecoderBlock;
import tare.model.ModelFixture;
import tare.model.Positions;
import tare.model.Precision;

/** The original model runs beside the compressed one, and the drift of the inputs is observed. */
class DriftTest {

  private static final String VALUES = "model.layers.0.self_attn.v_proj.weight";

  /** Multiplies the first block's values, and remembers the drift before each linear layer. */
  private record Scaling(float factor, String linear, Map<String, float[]> drifts)
      implements Compressor {
    @Override
    public Compressed compress(NDArray weight, LayerInputs inputs) {
      drifts.put(linear, inputs.drift().toFloatArray());
      NDArray changed = linear.equals(VALUES) ? weight.mul(factor) : weight;
      return new Compressed(new Storage.Dense(changed.toFloatArray(), 32), "");
    }

    @Override
    public Compressor forLinear(String name) {
      return new Scaling(factor, name, drifts);
    }

    @Override
    public Set<Observed> needs() {
      return Set.of(Observed.DRIFT);
    }
  }

  private static final float[] WEIGHTS = {1, 2, 0, 0.5f, 1, 1, 3};

  private static CalibrationSet set() {
    Random random = new Random(3);
    List<Sample> samples = new ArrayList<>();
    for (int length : new int[] {12, 12, 7}) {
      Sample sample = new Sample("d", "s", "", random.ints(length, 0, 96).toArray());
      samples.add(length == 7 ? sample.weighted(WEIGHTS) : sample);
    }
    return new CalibrationSet("Invented", new Budget(3, 12), samples);
  }

  private static CompressedModel run(Method method) throws URISyntaxException {
    return new BlockByBlock(24)
        .compress(
            ModelFixture.checkpoint("llama/untied"), set(), method, Device.cpu(), Progress.NONE);
  }

  /** The inputs of each linear layer for one sample. */
  private static Map<String, NDArray> inputs(
      Checkpoint checkpoint, Sample sample, NDManager manager) {
    Map<String, NDArray> inputs = new LinkedHashMap<>();
    BlockReader blocks = BlockReader.open(checkpoint, Precision.F32, Device.cpu());
    NDArray hidden = blocks.embedding(manager).embed(new int[][] {sample.tokens()}, manager);
    for (int b = 0; b < checkpoint.config().blocks(); b++) {
      DecoderBlock block = blocks.block(b, manager);
      Positions positions = Positions.causal(sample.tokens().length, checkpoint.config(), manager);
      hidden =
          block.forward(
              hidden,
              positions,
              (group, x) ->
                  group.linears().forEach(linear -> inputs.put(linear.name(), x.squeeze(0))));
    }
    return inputs;
  }

  @Test
  void theDriftIsThatOfTheTwoModels() throws URISyntaxException {
    Map<String, float[]> found = new LinkedHashMap<>();
    run(new Recipe("r", new Scaling(0.5f, "", found)));
    Checkpoint original = ModelFixture.checkpoint("llama/untied");
    float[] halved = original.tensors().values(VALUES).clone();
    for (int i = 0; i < halved.length; i++) {
      halved[i] /= 2;
    }
    Checkpoint changed =
        original.withTensors(new Overlay(original.tensors(), Map.of(VALUES, () -> halved)));
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      Map<String, NDArray> wanted = new LinkedHashMap<>();
      for (Sample sample : set().samples()) {
        Map<String, NDArray> before = inputs(original, sample, manager);
        inputs(changed, sample, manager)
            .forEach(
                (name, x) -> {
                  NDArray counted =
                      sample.isWeighted() ? x.mul(manager.create(WEIGHTS).reshape(-1, 1)) : x;
                  NDArray drift = before.get(name).sub(x).transpose().matMul(counted);
                  wanted.merge(name, drift, NDArray::add);
                });
      }
      assertThat(found).hasSize(wanted.size());
      wanted.forEach(
          (name, drift) -> {
            if (name.startsWith("model.layers.0.")) {
              assertThat(found.get(name)).as("before the change").containsOnly(0);
            } else {
              float size = drift.abs().max().getFloat();
              assertThat(size).isGreaterThan(0);
              assertThat(found.get(name))
                  .as(name)
                  .usingComparatorWithPrecision(1e-4f * size)
                  .containsExactly(drift.toFloatArray());
            }
          });
    }
  }

  /** A rescaled block computes the same as the original, so its inputs are divided alike. */
  @Test
  void aRescaledOriginalDoesNotDrift() throws URISyntaxException {
    Map<String, float[]> drifts = new LinkedHashMap<>();
    run(new Recipe("r", List.of(new SmoothScale(0.8)), new Scaling(1, "", drifts)));
    assertThat(drifts)
        .allSatisfy(
            (name, drift) ->
                assertThat(drift).as(name).usingComparatorWithPrecision(2e-3f).containsOnly(0));
  }

  @Test
  void theFirstBlockIsAsAfterGptqAndTheOthersAreNot() throws URISyntaxException {
    for (Method.Schedule schedule : Method.Schedule.values()) {
      Gptq gptq = new Gptq(3, 16);
      if (schedule == Method.Schedule.TRUE_SEQUENTIAL) {
        gptq = gptq.trueSequential();
      }
      CompressedModel without = run(gptq);
      for (Gptaq.Target target : Gptaq.Target.values()) {
        CompressedModel with = run(new Gptaq(gptq).alpha(1).target(target));
        List<String> changed =
            without.linears().keySet().stream()
                .filter(
                    name ->
                        !Arrays.equals(
                            with.linears().get(name).dense(), without.linears().get(name).dense()))
                .toList();
        assertThat(changed).anyMatch(name -> name.startsWith("model.layers.1."));
        if (schedule == Method.Schedule.BLOCK) {
          assertThat(changed).noneMatch(name -> name.startsWith("model.layers.0."));
        } else {
          assertThat(changed).noneMatch(name -> name.startsWith("model.layers.0.self_attn.q"));
          assertThat(changed).contains("model.layers.0.mlp.down_proj.weight");
        }
      }
    }
  }
}
