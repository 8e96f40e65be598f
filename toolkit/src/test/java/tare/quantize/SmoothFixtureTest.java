package tare.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import tare.compress.LayerInputs;

/** SmoothQuant's factors against the reference. */
class SmoothFixtureTest {

  @Test
  void factors() throws IOException {
    JsonNode fixture = Fixture.read("smoothquant.json");
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NDArray w1 = Fixture.array(fixture.get("W1"), manager);
      NDArray w2 = Fixture.array(fixture.get("W2"), manager);
      LayerInputs x = LayerInputs.of(Fixture.array(fixture.get("X"), manager));
      for (JsonNode one : fixture.get("cases")) {
        NDArray s = new SmoothScale(one.get("alpha").asDouble()).factors(List.of(w1, w2), x);
        near(s, one.get("s"));
        near(x.dividedBy(s).maxAbs(), one.get("act_max_after"));
      }
    }
  }

  private static void near(NDArray found, JsonNode expected) {
    float[] values = found.toFloatArray();
    for (int j = 0; j < values.length; j++) {
      double wanted = expected.get(j).asDouble();
      assertThat((double) values[j]).isCloseTo(wanted, within(1e-5 * wanted));
    }
  }
}
