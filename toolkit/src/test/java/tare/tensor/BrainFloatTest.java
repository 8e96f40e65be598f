package tare.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Rounding to bfloat16: 8 binary places of the number, halves to even. */
class BrainFloatTest {

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
}
