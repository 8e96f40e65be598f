package tare.export;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tare.NumericFixture;
import tare.compress.Storage;
import tare.format.TensorBytes;
import tare.format.WordMatrix;

/** Packed words against the reference, which packs bit by bit. */
class PackingFixtureTest {

  private static Storage.Grid grid(JsonNode one, int groupSize) {
    int bits = one.get("bits").asInt();
    int rows = one.get("codes").size();
    int columns = one.get("codes").get(0).size();
    double[] codes = NumericFixture.values(one.get("codes"));
    double[] zeros = NumericFixture.values(one.get("zeros"));
    byte[] bytes = new byte[codes.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) codes[i];
    }
    float[] z = new float[zeros.length];
    float[] scales = new float[zeros.length];
    for (int i = 0; i < z.length; i++) {
      z[i] = (float) zeros[i];
      scales[i] = 0.1f * (i + 1);
    }
    int[] groupOf = Storage.Grid.naturalGroups(columns, groupSize);
    return new Storage.Grid(bits, rows, columns, false, groupSize, bytes, scales, z, groupOf);
  }

  private static void assertWords(Map<String, TensorBytes> found, String name, JsonNode expected)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    found.get(name).body().writeTo(out);
    int[] words = new int[out.size() / Integer.BYTES];
    ByteBuffer.wrap(out.toByteArray()).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(words);
    double[] wanted = NumericFixture.values(expected);
    assertThat(found.get(name).shape())
        .as(name)
        .isEqualTo(new Shape(expected.size(), expected.get(0).size()));
    assertThat(words).as(name).isEqualTo(Arrays.stream(wanted).mapToInt(w -> (int) w).toArray());
  }

  @Test
  void words() throws IOException {
    JsonNode fixture = NumericFixture.read("packing.json").json();
    int awq = 0;
    int packQuantized = 0;
    for (JsonNode one : fixture.get("cases")) {
      Storage.Grid grid = grid(one, fixture.get("group_size").asInt());
      JsonNode gptq = one.get("gptq");
      Map<String, TensorBytes> first = new GptqLayout(1).tensors("l", grid);
      assertWords(first, "l.qweight", gptq.get("qweight"));
      assertWords(first, "l.qzeros", gptq.get("qzeros_v1"));
      Map<String, TensorBytes> second = new GptqLayout(2).tensors("l", grid);
      assertWords(second, "l.qweight", gptq.get("qweight"));
      assertWords(second, "l.qzeros", gptq.get("qzeros_v2"));
      if (one.has("awq")) {
        awq++;
        Map<String, TensorBytes> found = new AwqLayout().tensors("l", grid);
        assertWords(found, "l.qweight", one.get("awq").get("qweight"));
        assertWords(found, "l.qzeros", one.get("awq").get("qzeros"));
      }
      if (one.has("compressed_tensors")) {
        packQuantized++;
        JsonNode expected = one.get("compressed_tensors");
        Map<String, TensorBytes> found = new CompressedTensorsLayout().tensors("l", grid);
        assertWords(found, "l.weight_packed", expected.get("weight_packed"));
        assertWords(found, "l.weight_zero_point", expected.get("weight_zero_point"));
      }
      WordMatrix packed = WordMatrix.of(grid.codes(), grid.rows(), grid.columns(), grid.bits());
      assertThat(packed.values(grid.columns(), grid.bits())).isEqualTo(grid.codes());
      assertThat(packed.transposed().transposed()).usingRecursiveComparison().isEqualTo(packed);
    }
    assertThat(awq).isPositive();
    assertThat(packQuantized).isPositive();
  }
}
