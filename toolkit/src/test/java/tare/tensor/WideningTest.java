package tare.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import java.util.EnumSet;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Storage formats against the values that the reference package {@code gguf} decodes. */
class WideningTest {

  @Test
  void everyStorageTypeDecodesAsTheReferenceDoes() throws IOException {
    JsonNode fixture =
        new ObjectMapper().readTree(getClass().getResourceAsStream("/fixtures/gguf_blocks.json"));
    assertThat(fixture.properties().stream().map(Map.Entry::getKey).map(StorageType::valueOf))
        .as("all but F32, and the five that PackedTensorsTest reads")
        .containsExactlyInAnyOrderElementsOf(
            EnumSet.complementOf(
                EnumSet.of(
                    StorageType.F32,
                    StorageType.F8_E4M3,
                    StorageType.I8,
                    StorageType.U8,
                    StorageType.I32,
                    StorageType.I64)));
    for (Map.Entry<String, JsonNode> entry : fixture.properties()) {
      StorageType type = StorageType.valueOf(entry.getKey());
      byte[] bytes = Base64.getDecoder().decode(entry.getValue().get("bytes").asText());
      JsonNode expected = entry.getValue().get("values");
      float[] values = Widening.toFloat32(type, ByteBuffer.wrap(bytes), expected.size());
      assertThat((long) bytes.length).isEqualTo(type.bytes(expected.size()));
      for (int i = 0; i < values.length; i++) {
        float wanted = (float) expected.get(i).asDouble();
        assertThat(values[i])
            .as("%s value %d", type, i)
            .isCloseTo(wanted, within(1e-6f * Math.abs(wanted)));
      }
    }
  }

  @Test
  void halfPrecisionHasZeroAndSubnormals() {
    short[] stored = {0x0000, (short) 0x8000, 0x0001, (short) 0x83ff, 0x7bff, 0x3c00};
    assertThat(Widening.toFloat32(StorageType.F16, bytes(stored), stored.length))
        .containsExactly(0f, -0f, 0x1p-24f, -1023 * 0x1p-24f, 65504f, 1f);
  }

  @Test
  void numbersOfOneByteHaveFourBitsOfExponentAndThreeOfMantissa() {
    byte[] stored = {0x00, 0x01, 0x08, 0x38, 0x39, 0x7e, (byte) 0xc0};
    assertThat(Widening.toFloat32(StorageType.F8_E4M3, ByteBuffer.wrap(stored), stored.length))
        .containsExactly(0f, 0x1p-9f, 0x1p-6f, 1f, 1.125f, 448f, -2f);
    assertThatThrownBy(
            () -> Widening.toFloat32(StorageType.F8_E4M3, ByteBuffer.wrap(new byte[] {0x7f}), 1))
        .hasMessageContaining("value 0 is not finite");
  }

  @Test
  void aValueThatIsNotFiniteIsRefused() {
    short[] stored = {0x0000, 0x7bff, 0x3c00, 0x7c00};
    assertThatThrownBy(() -> Widening.toFloat32(StorageType.F16, bytes(stored), stored.length))
        .hasMessageContaining("value 3 is not finite (Infinity)");
    stored[3] = 0x7e00;
    assertThatThrownBy(() -> Widening.rows(StorageType.F16, bytes(stored), 2, new int[] {0, 1, 0}))
        .hasMessageContaining("value 3 is not finite (NaN)");
    assertThat(Widening.rows(StorageType.F16, bytes(stored), 2, new int[] {0, 0}))
        .containsExactly(0, 65504, 0, 65504);
  }

  private static ByteBuffer bytes(short[] stored) {
    ByteBuffer bytes = ByteBuffer.allocate(2 * stored.length).order(ByteOrder.LITTLE_ENDIAN);
    for (short half : stored) {
      bytes.putShort(half);
    }
    return bytes.flip();
  }

  @Test
  void valuesThatDoNotFillBlocksAreRefused() {
    assertThatThrownBy(() -> StorageType.Q4_K.bytes(255)).hasMessageContaining("blocks of 256");
  }

  @Test
  void unknownTypesAreRefusedWithTheKnownOnes() {
    assertThatThrownBy(() -> StorageType.ofGguf(9))
        .hasMessageContaining("Q8_1")
        .hasMessageContaining("Q6_K");
    assertThatThrownBy(() -> StorageType.ofSafetensors("F8_E5M2")).hasMessageContaining("F8_E5M2");
  }
}
