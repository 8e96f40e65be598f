package tare.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import ai.djl.Device;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tare.compress.AwqRound;
import tare.compress.AwqScale;
import tare.compress.Gptaq;
import tare.compress.Gptq;
import tare.compress.Hqq;
import tare.compress.Recipe;
import tare.compress.Rotation;
import tare.compress.Rtn;
import tare.compress.SmoothScale;
import tare.compress.SparseGpt;
import tare.compress.SparsityPattern;
import tare.compress.Spqr;
import tare.compress.Wanda;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Progress;
import tare.data.Sample;
import tare.model.Checkpoint;
import tare.model.FirstGpu;

/** Every method does on a GPU what it does on the processor. */
class RecipesOnGpuTest {

  private static Stream<Recipe> recipes() {
    return Stream.of(
        new Recipe("rtn", new Rtn(3, 16)),
        new Recipe("gptq", new Gptq(3, 16)),
        new Recipe("gptaq", new Gptaq(3, 16).alpha(1)),
        new Recipe("gptaq-layer", new Gptaq(3, 16).alpha(1).target(Gptaq.Target.LAYER)),
        new Rotation(1).then(new Rtn(3, 16)).recipe(),
        new Recipe("hqq", new Hqq(3, 16)),
        new Recipe("spqr", new Spqr(3, 16)),
        new Recipe("awq", List.of(new AwqScale(3, 16)), new AwqRound(3, 16)),
        new Recipe("smoothquant-gptq", List.of(new SmoothScale(0.5)), new Gptq(3, 16)),
        new Recipe("wanda", new Wanda(0.5)),
        new Recipe("sparsegpt", new SparseGpt(SparsityPattern.nOfM(2, 4))));
  }

  @Tag("gpu")
  @ParameterizedTest
  @MethodSource("recipes")
  void theOutputsOfEachLinearChangeAsMuch(Recipe recipe) throws URISyntaxException {
    Device gpu = FirstGpu.device();
    List<LayerReport> wanted = compress(recipe, Device.cpu());
    List<LayerReport> layers = compress(recipe, gpu);
    for (int i = 0; i < wanted.size(); i++) {
      assertThat(layers.get(i).relativeError())
          .as(wanted.get(i).linear())
          .isCloseTo(wanted.get(i).relativeError(), withinPercentage(2));
      assertThat(layers.get(i).sparsity()).isCloseTo(wanted.get(i).sparsity(), within(0.002));
    }
  }

  private static List<LayerReport> compress(Recipe recipe, Device device)
      throws URISyntaxException {
    Checkpoint checkpoint =
        Checkpoint.open(
            Path.of(
                Objects.requireNonNull(RecipesOnGpuTest.class.getResource("/tokenizer/smollm.gguf"))
                    .toURI()));
    Random random = new Random(5);
    List<Sample> samples =
        Stream.generate(() -> random.ints(32, 0, checkpoint.config().vocabulary()).toArray())
            .limit(8)
            .map(tokens -> new Sample("d", "invented", "", tokens))
            .toList();
    CalibrationSet set = new CalibrationSet("Invented", new Budget(8, 32), samples);
    return new BlockByBlock().compress(checkpoint, set, recipe, device, Progress.NONE).layers();
  }
}
