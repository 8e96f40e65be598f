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
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Rounding to half precision and to bfloat16, and widening of what is stored. */
class HalfFloatTest {

  @Test
  void everyHalfComesBack() {
    for (int bits = 0; bits < 1 << 16; bits++) {
      float value = HalfFloat.value((short) bits);
      if (Float.isNaN(value)) {
        assertThat(HalfFloat.value(HalfFloat.bits(value))).isNaN();
      } else {
        assertThat(HalfFloat.bits(value)).isEqualTo((short) bits);
      }
    }
  }

  @Test
  void othersGoToTheNearestAndHalvesToEven() {
    Random random = new Random(1);
    for (int i = 0; i < 20_000; i++) {
      float value = (float) (random.nextGaussian() * Math.pow(2, random.nextInt(40) - 26));
      float half = HalfFloat.round(value);
      short bits = HalfFloat.bits(value);
      float up = HalfFloat.value((short) (bits + 1));
      float down = (bits & 0x7fff) == 0 ? half : HalfFloat.value((short) (bits - 1));
      if (!Float.isInfinite(half)) {
        double off = Math.abs((double) half - value);
        assertThat(off).isLessThanOrEqualTo(Math.abs((double) down - value));
        if (!Float.isInfinite(up)) {
          assertThat(off).isLessThanOrEqualTo(Math.abs((double) up - value));
        }
      }
    }
    assertThat(HalfFloat.round(2049)).isEqualTo(2048);
    assertThat(HalfFloat.round(2051)).isEqualTo(2052);
    assertThat(HalfFloat.round(65519)).isEqualTo(65504);
    assertThat(HalfFloat.round(-65520)).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(HalfFloat.round(0x1p-25f)).isZero();
    assertThat(HalfFloat.round(0x1.8p-24f)).isEqualTo(0x1p-23f);
  }

  @Test
  void arraysThatHalfPrecisionCannotHoldAreRoundedTimesAPowerOfTwo() {
    float[] values = {0.1f, -0.3f, 7.7f, 0.001f};
    assertThat(HalfFloat.holds(values)).isTrue();
    float[] usual = HalfFloat.rounded(values);
    for (int shift : new int[] {-40, -24, 14, 40}) {
      float[] moved = new float[values.length];
      for (int i = 0; i < moved.length; i++) {
        moved[i] = Math.scalb(values[i], shift);
      }
      assertThat(HalfFloat.holds(moved)).as("2^%d", shift).isFalse();
      float[] rounded = HalfFloat.rounded(moved);
      for (int i = 0; i < moved.length; i++) {
        assertThat(rounded[i]).isEqualTo(Math.scalb(usual[i], shift));
      }
    }
    assertThat(HalfFloat.holds(new float[] {0, 0})).isTrue();
    assertThat(HalfFloat.holds(new float[] {1, Float.NaN})).isFalse();
    assertThat(HalfFloat.holds(new float[] {1, 1e-9f})).as("lost, but of no weight").isTrue();
    assertThat(HalfFloat.rounded(new float[] {1, 1e-9f})).containsExactly(1, 0);
  }

  private static float rounded(float value) {
    return Float.intBitsToFloat(BrainFloat.bits(value) << 16);
  }

  @Test
  void roundsToTheNearestHalvesToEven() {
    assertThat(rounded(1f)).isEqualTo(1f);
    assertThat(rounded(-0.15625f)).isEqualTo(-0.15625f);
    assertThat(rounded(1 + 0x1p-8f)).as("half way, down to even").isEqualTo(1f);
    assertThat(rounded(1 + 0x3p-8f)).as("half way, up to even").isEqualTo(1 + 0x1p-6f);
    assertThat(rounded(1 + 0x1.01p-8f)).isEqualTo(1 + 0x1p-7f);
    assertThat(rounded(-1 - 0x1.01p-8f)).isEqualTo(-1 - 0x1p-7f);
  }

  @Test
  void endsOfTheRange() {
    assertThat(rounded(Float.MAX_VALUE)).isInfinite();
    assertThat(rounded(Float.NEGATIVE_INFINITY)).isEqualTo(Float.NEGATIVE_INFINITY);
    assertThat(rounded(Float.intBitsToFloat(0x7f800001))).isNaN();
    assertThat(BrainFloat.bits(-0f)).isEqualTo((short) 0x8000);
  }

  @Test
  void everyStorageTypeDecodesAsTheReferenceDoes() throws IOException {
    JsonNode fixture =
        new ObjectMapper().readTree(getClass().getResourceAsStream("/fixtures/gguf_blocks.json"));
    assertThat(fixture.size()).isEqualTo(StorageType.values().length - 1); // all but F32
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
    assertThatThrownBy(() -> StorageType.ofSafetensors("F8_E4M3")).hasMessageContaining("F8_E4M3");
  }
}
