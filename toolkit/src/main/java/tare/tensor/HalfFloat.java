package tare.tensor;

/**
 * Converts between float32 and IEEE half precision: 1 sign bit, 5 exponent bits, 10 fraction bits.
 */
public final class HalfFloat {

  private static final int LEAST_INFINITE =
      0x477ff000; // 65520: the least value that would round to 65536
  private static final int LEAST_NORMAL = 0x38800000; // 2^-14

  private HalfFloat() {}

  /**
   * The nearest half-precision number; ties go to the even one. Values that would round above 65504
   * become infinite.
   */
  public static short bits(float value) {
    int wide = Float.floatToRawIntBits(value);
    int sign = (wide >>> 16) & 0x8000;
    int size = wide & 0x7fffffff;
    int half;
    if (Float.isNaN(value)) {
      half = 0x7e00;
    } else if (size >= LEAST_INFINITE) {
      half = 0x7c00;
    } else if (size < LEAST_NORMAL) {
      half = (int) Math.rint(Float.intBitsToFloat(size) * 0x1p24f);
    } else {
      half = (size + 0xfff + ((size >>> 13) & 1) - 0x38000000) >>> 13;
    }
    return (short) (sign | half);
  }

  /** The float32 value of half-precision bits. */
  public static float value(short bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = (bits >>> 10) & 0x1f;
    int fraction = bits & 0x3ff;
    if (exponent == 0) {
      float tiny = fraction * 0x1p-24f;
      return sign == 0 ? tiny : -tiny;
    }
    int wide = exponent == 31 ? 255 : exponent + 112;
    return Float.intBitsToFloat(sign | (wide << 23) | (fraction << 13));
  }

  /** Rounds a value to the nearest number that half precision can hold. */
  public static float round(float value) {
    return value(bits(value));
  }
}
