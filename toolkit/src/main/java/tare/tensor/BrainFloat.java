package tare.tensor;

/** bfloat16: the upper half of a float32. */
public final class BrainFloat {

  private BrainFloat() {}

  /** The nearest bfloat16 number, halves to even. */
  public static short bits(float value) {
    int wide = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((wide >>> 16) | 0x40); // stays one when its lower half is cut off
    }
    return (short) ((wide + 0x7fff + ((wide >>> 16) & 1)) >>> 16);
  }
}
