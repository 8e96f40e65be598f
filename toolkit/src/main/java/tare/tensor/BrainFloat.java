package tare.tensor;

/** Converts float32 numbers to bfloat16, which is the upper half of a float32. */
public final class BrainFloat {

  private BrainFloat() {}

  /** The nearest bfloat16 number; ties go to the even one. */
  public static short bits(float value) {
    int wide = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short)
          ((wide >>> 16) | 0x40); // A NaN must stay a NaN when its lower half is cut off.
    }
    return (short) ((wide + 0x7fff + ((wide >>> 16) & 1)) >>> 16);
  }
}
