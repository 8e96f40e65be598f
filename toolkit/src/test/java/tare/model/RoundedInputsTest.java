package tare.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tare.grid.TokenGrid;
import tare.model.DecoderBlock.Tap;

/** A model whose linears' inputs are rounded per token when it runs. */
class RoundedInputsTest {

  private static final int[][] TOKENS = {{5, 17, 80, 3, 42, 99, 7}};

  private static Checkpoint plain;

  @BeforeAll
  static void open() throws URISyntaxException {
    plain =
        Checkpoint.open(
            Path.of(RoundedInputsTest.class.getResource("/tokenizer/smollm.gguf").toURI()));
  }

  private static DecoderModel load(Optional<TokenGrid> inputs) {
    return DecoderModel.load(plain.withInputs(inputs), Device.cpu(), Precision.F32);
  }

  private static float[] logits(Optional<TokenGrid> inputs) {
    try (DecoderModel model = load(inputs);
        NDManager scope = model.manager().newSubManager()) {
      Positions positions = Positions.causal(TOKENS[0].length, plain.config(), scope);
      return model.logits(model.hidden(TOKENS, positions, scope).get(0)).toFloatArray();
    }
  }

  private static double distance(float[] a, float[] b) {
    double squares = 0;
    for (int i = 0; i < a.length; i++) {
      squares += (a[i] - b[i]) * (a[i] - b[i]);
    }
    return Math.sqrt(squares);
  }

  @Test
  void theInputsOfEveryGroupLieOnAGridPerToken() {
    Map<String, float[][]> seen = new LinkedHashMap<>();
    try (DecoderModel model = load(Optional.of(new TokenGrid(4)));
        NDManager scope = model.manager().newSubManager()) {
      Positions positions = Positions.causal(TOKENS[0].length, plain.config(), scope);
      NDArray hidden = model.embed(TOKENS, positions, scope);
      Tap tap =
          (group, x) -> {
            float[][] tokens = new float[TOKENS[0].length][];
            for (int t = 0; t < tokens.length; t++) {
              tokens[t] = x.get(0).get(t).toFloatArray();
            }
            seen.put(group.name(), tokens);
          };
      model.blocks().get(0).forward(hidden, positions, tap);
    }
    assertThat(seen.keySet()).containsExactly("qkv", "o", "gate_up", "down");
    seen.forEach(
        (group, tokens) -> {
          for (float[] token : tokens) {
            double largest = 0;
            for (float x : token) {
              largest = Math.max(largest, Math.abs(x));
            }
            for (float x : token) {
              double code = x / largest * 7;
              assertThat(Math.abs(code - Math.rint(code))).as(group).isLessThan(1e-4);
            }
          }
        });
  }

  @Test
  void fewerBitsMoveTheLogitsFurther() {
    float[] wanted = logits(Optional.empty());
    double eight = distance(logits(Optional.of(new TokenGrid(8))), wanted);
    double four = distance(logits(Optional.of(new TokenGrid(4))), wanted);
    assertThat(eight).isPositive().isLessThan(four / 4);
  }

  @Test
  void shorterFormatsAreRefused() {
    Checkpoint rounded = plain.withInputs(Optional.of(new TokenGrid(8)));
    assertThatThrownBy(() -> DecoderModel.load(rounded, Device.cpu(), Precision.BF16))
        .hasMessageContaining("f32")
        .hasMessageContaining("TokenGrid[bits=8]");
  }
}
