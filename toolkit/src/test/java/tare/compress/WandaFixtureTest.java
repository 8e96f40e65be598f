package tare.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tare.NumericFixture;
import tare.grid.Storage;

/** Masks of Wanda and magnitude pruning against the reference. */
class WandaFixtureTest {

  private static Map<String, Compressor> methods() {
    Map<String, Compressor> methods = new LinkedHashMap<>();
    methods.put("unstructured_50", new Wanda(0.5));
    methods.put("two_of_four", new Wanda(SparsityPattern.nOfM(2, 4)));
    methods.put("four_of_eight", new Wanda(SparsityPattern.nOfM(4, 8)));
    methods.put("magnitude_layer_50", new Magnitude(0.5));
    methods.put("magnitude_row_50", new Magnitude(SparsityPattern.rows(0.5)));
    methods.put("magnitude_two_of_four", new Magnitude(SparsityPattern.nOfM(2, 4)));
    return methods;
  }

  @Test
  void masksAndErrors() throws IOException {
    JsonNode fixture = NumericFixture.read("wanda.json").json();
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NDArray w = NumericFixture.array(fixture.get("W"), manager);
      NDArray x = NumericFixture.array(fixture.get("X"), manager);
      LayerInputs inputs = new LayerInputs(x.getShape().get(0), x.transpose().matMul(x));
      for (Map.Entry<String, Compressor> each : methods().entrySet()) {
        Storage.Sparse found = (Storage.Sparse) each.getValue().compress(w, inputs).storage();
        assertThat(found.pruned())
            .as(each.getKey())
            .isEqualTo(NumericFixture.mask(fixture.get("masks").get(each.getKey())));
        NDArray change = w.sub(manager.create(found.dense(), w.getShape()));
        double error = change.matMul(inputs.gram()).mul(change).sum().getFloat();
        // the reference's errors are with H = 2 XᵀX
        double expected = fixture.get("layer_errors").get(each.getKey()).asDouble() / 2;
        assertThat(error).as(each.getKey()).isCloseTo(expected, within(1e-4 * expected));
      }
    }
  }
}
