package tare.tensor;

/**
 * Converts between float32 and IEEE half precision: 1 sign bit, 5 exponent bits, 10 fraction bits.
 */
public final class HalfFloat {

  private static final int LEAST_INFINITE =
      0x477ff000; // 65520: the least value that would round to 65536
  private static final int LEAST_NORMAL = 0x38800000; // 2^-14
  private static final double MOST_LOST = 0x1p-9;
  private static final int LARGE_EXPONENT = 14; // leaves room for rounding up

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

  /**
   * Whether half precision can hold an array: no value becomes infinite, and rounding changes the
   * array by at most 2^-9 of its norm. Ordinary rounding changes it by about 2^-12; the limit is
   * exceeded if most values lie near 2^-24, the least number above zero, or below.
   */
  public static boolean holds(float[] values) {
    double lost = 0;
    double all = 0;
    for (float value : values) {
      double change = (double) round(value) - value;
      lost += change * change;
      all += (double) value * value;
    }
    return lost <= MOST_LOST * MOST_LOST * all;
  }

  /**
   * Rounds an array to half precision, times one power of two for all values if half precision
   * alone cannot {@linkplain #holds hold} them.
   */
  public static float[] rounded(float[] values) {
    int shift = holds(values) ? 0 : LARGE_EXPONENT - Math.getExponent(largest(values));
    float[] rounded = new float[values.length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = (float) Math.scalb((double) round(Math.scalb(values[i], shift)), -shift);
    }
    return rounded;
  }

  private static float largest(float[] values) {
    float largest = 0;
    for (float value : values) {
      largest = Math.max(largest, Math.abs(value));
    }
    return largest;
  }
}
