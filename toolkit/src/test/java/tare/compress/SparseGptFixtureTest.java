package tare.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import tare.NumericFixture;

/** SparseGPT's masks and weights against the reference. */
class SparseGptFixtureTest {

  @Test
  void masksAndWeights() throws IOException {
    JsonNode fixture = NumericFixture.read("sparsegpt.json").json();
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NDArray w = NumericFixture.array(fixture.get("W"), manager);
      NDArray h = NumericFixture.array(fixture.get("H"), manager);
      for (JsonNode one : fixture.get("cases")) {
        JsonNode params = one.get("params");
        SparsityPattern pattern =
            params.has("n")
                ? SparsityPattern.nOfM(params.get("n").asInt(), params.get("m").asInt())
                : SparsityPattern.matrix(params.get("sparsity").asDouble());
        SparseGpt method =
            new SparseGpt(pattern)
                .damping(fixture.get("damp").asDouble())
                .blockSize(params.path("block").asInt(128));
        Storage.Sparse found =
            (Storage.Sparse) method.compress(w, new LayerInputs(48, h)).storage();
        String name = one.get("name").asText();
        assertThat(found.pruned()).as(name).isEqualTo(NumericFixture.mask(one.get("mask")));
        double[] expected = NumericFixture.values(one.get("W_hat"));
        for (int i = 0; i < expected.length; i++) {
          assertThat((double) found.values()[i])
              .as("%s: weight %d", name, i)
              .isCloseTo(expected[i], within(1e-5 * (1 + Math.abs(expected[i]))));
        }
      }
    }
  }
}
