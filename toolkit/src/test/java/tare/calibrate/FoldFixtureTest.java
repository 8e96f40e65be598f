package tare.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Activation;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tare.NumericFixture;
import tare.model.Foldable;

/**
 * What is divided by s, and the linear whose columns are multiplied by it, against the reference.
 */
class FoldFixtureTest {

  private final NDManager manager = NDManager.newBaseManager(Device.cpu());

  @AfterEach
  void free() {
    manager.close();
  }

  private static NDArray array(JsonNode json, NDManager manager) {
    return json.get(0).isArray()
        ? NumericFixture.array(json, manager)
        : manager.create(new ObjectMapper().convertValue(json, float[].class));
  }

  private NDArray of(JsonNode json, String name) {
    return array(json.get(name), manager);
  }

  private static void near(NDArray found, JsonNode expected) {
    float[] values = found.toFloatArray();
    double[] wanted = NumericFixture.values(expected);
    for (int i = 0; i < wanted.length; i++) {
      assertThat((double) values[i]).isCloseTo(wanted[i], within(1e-5 * (1 + Math.abs(wanted[i]))));
    }
  }

  private static Foldable foldable(NDArray... tensors) {
    Map<String, NDArray> named = new LinkedHashMap<>();
    for (NDArray tensor : tensors) {
      named.put("t" + named.size(), tensor);
    }
    return new Foldable(named);
  }

  @Test
  void norms() throws IOException {
    JsonNode json = NumericFixture.read("folds.json").json();
    NDArray x = of(json, "x");
    NDArray s = of(json, "s");
    NDArray meanSquare = x.square().mean(new int[] {1}, true);
    NDArray normed = x.div(meanSquare.add(json.get("rms_eps").asDouble()).sqrt());
    NDArray divided = foldable(of(json, "norm_weight")).divided(s).get("t0");
    NDArray wq = of(json, "Wq").mul(s);
    near(normed.mul(divided).matMul(wq.transpose()), json.get("rms_q"));

    NDArray centred = x.sub(x.mean(new int[] {1}, true));
    NDArray variance = centred.square().mean(new int[] {1}, true);
    NDArray standard = centred.div(variance.add(json.get("ln_eps").asDouble()).sqrt());
    Map<String, NDArray> both = foldable(of(json, "norm_weight"), of(json, "norm_bias")).divided(s);
    NDArray wk = of(json, "Wk").mul(s);
    near(standard.mul(both.get("t0")).add(both.get("t1")).matMul(wk.transpose()), json.get("ln_k"));
  }

  @Test
  void gatedLayer() throws IOException {
    JsonNode json = NumericFixture.read("folds.json").json();
    NDArray x = of(json, "x");
    NDArray t = of(json, "t");
    NDArray gate = Activation.swish(x.matMul(of(json, "gate").transpose()), 1);
    NDArray up = foldable(of(json, "up")).divided(t).get("t0");
    NDArray inner = gate.mul(x.matMul(up.transpose()));
    near(inner.matMul(of(json, "down").mul(t).transpose()), json.get("mlp"));
  }
}
