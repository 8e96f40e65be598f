package tare.grid;

/**
 * A floating-point format of four or eight bits: sign, exponent, mantissa. It has subnormal numbers
 * and no infinity. Rounding goes to the nearest number, ties to the even mantissa; a size above the
 * largest number becomes that number.
 */
public enum Minifloat {
  /** FP4 of the OCP Microscaling formats: 0, 0.5, 1, 1.5, 2, 3, 4, 6 and their negatives. */
  E2M1(2, 1, 6),
  /** FP8 with four bits of exponent, in the variant without infinity: up to 448. */
  E4M3(4, 3, 448);

  private final int mantissaBits;
  private final int leastExponent;
  private final int signBit;
  private final double largest;

  Minifloat(int exponentBits, int mantissaBits, double largest) {
    this.mantissaBits = mantissaBits;
    this.largest = largest;
    leastExponent = 2 - (1 << (exponentBits - 1));
    signBit = 1 << (exponentBits + mantissaBits);
  }

  /** The largest number. */
  public double largest() {
    return largest;
  }

  /** The least exponent of a normal number. */
  int leastExponent() {
    return leastExponent;
  }

  /** Bits of the mantissa, without the leading one. */
  int mantissaBits() {
    return mantissaBits;
  }

  /** The code of the number nearest to a finite value. */
  public int code(double value) {
    int sign = Double.doubleToRawLongBits(value) < 0 ? signBit : 0;
    double size = Math.min(Math.abs(value), largest);
    int exponent = Math.max(Math.getExponent(size), leastExponent);
    long units = (long) Math.rint(Math.scalb(size, mantissaBits - exponent));
    // a mantissa that is rounded up to the next power of two carries into the exponent's bits
    return sign | (int) (units + ((long) (exponent - leastExponent) << mantissaBits));
  }

  /** The number of a code. */
  public double value(int code) {
    int size = code & (signBit - 1);
    int exponent = size >> mantissaBits;
    int mantissa = size & ((1 << mantissaBits) - 1);
    int units = exponent == 0 ? mantissa : mantissa + (1 << mantissaBits);
    double value =
        Math.scalb((double) units, Math.max(exponent, 1) - 1 + leastExponent - mantissaBits);
    return (code & signBit) == 0 ? value : -value;
  }

  /** The number nearest to a finite value. */
  public double round(double value) {
    return value(code(value));
  }

  /**
   * All numbers of the format in ascending order, as a table: the least value that is rounded to a
   * number, the number, its code. There is a −0, for values below 0.
   */
  double[][] levels() {
    int top = code(largest);
    double[][] levels = new double[3][2 * (top + 1)];
    for (int i = 0; i < levels[0].length; i++) {
      int code = i <= top ? signBit | (top - i) : i - top - 1;
      levels[0][i] = i == 0 ? Double.NEGATIVE_INFINITY : least(code, levels[1][i - 1]);
      levels[1][i] = value(code);
      levels[2][i] = code;
    }
    return levels;
  }

  /** The least value that becomes the number of a code, which follows another number. */
  private double least(int code, double before) {
    double middle = (before + value(code)) / 2;
    return code(middle) == code ? middle : Math.nextUp(middle);
  }
}
