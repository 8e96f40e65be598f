package tare.grid;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.DoubleSupplier;
import java.util.stream.Collectors;

/**
 * The numbers that codes stand for: whole numbers, or one of the small floating-point formats that
 * today's hardware multiplies.
 *
 * @param kind which numbers
 * @param largest the largest size of a weight in the linear layers that share a scale, for formats
 *     with a scale for the whole matrix; 0 for that of the matrix itself
 */
public record NumberFormat(Kind kind, double largest) {

  /** A kind of numbers. */
  public enum Kind {
    /** Whole numbers of any number of bits. */
    INT(null, 0, 0, 0),
    /** E4M3 with one scale for each output. */
    FP8(Minifloat.E4M3, 8, WHOLE_ROW, 32),
    /** E2M1 in groups of 32 inputs, with a power of two as scale (OCP Microscaling Formats 1.0). */
    MXFP4(Minifloat.E2M1, 4, 32, 8),
    /**
     * E2M1 in groups of 16 inputs, with an E4M3 number as scale, and one float32 scale for the
     * matrix.
     */
    NVFP4(Minifloat.E2M1, 4, 16, 8);

    private final Minifloat element;
    private final int bits;
    private final int group;
    private final int scaleBits;

    Kind(Minifloat element, int bits, int group, int scaleBits) {
      this.element = element;
      this.bits = bits;
      this.group = group;
      this.scaleBits = scaleBits;
    }

    /** The format of a single number; null for whole numbers. */
    public Minifloat element() {
      return element;
    }

    /** Bits of a floating-point code. */
    public int bits() {
      return bits;
    }

    /** Inputs that share a scale; -1 for all inputs of an output. */
    public int group() {
      return group;
    }

    /** Bits of a group's scale. */
    int scaleBits() {
      return scaleBits;
    }

    /** Bits of the scale of the whole matrix. */
    int matrixBits() {
      return this == NVFP4 ? Float.SIZE : 0;
    }
  }

  /** The group size that means one scale per output. */
  private static final int WHOLE_ROW = -1;

  /** Whole numbers. */
  public static final NumberFormat INT = new NumberFormat(Kind.INT, 0);

  /** FP8 with one scale for each output. */
  public static final NumberFormat FP8 = new NumberFormat(Kind.FP8, 0);

  /** Four-bit numbers in groups of 32, whose scales are powers of two. */
  public static final NumberFormat MXFP4 = new NumberFormat(Kind.MXFP4, 0);

  /** Four-bit numbers in groups of 16, whose scales are FP8 numbers. */
  public static final NumberFormat NVFP4 = new NumberFormat(Kind.NVFP4, 0);

  /**
   * The numbers of a name in study files and on the command line.
   *
   * @throws IllegalArgumentException for an unknown name, with those that are known
   */
  @JsonCreator
  public static NumberFormat parse(String name) {
    return Arrays.stream(Kind.values())
        .filter(kind -> kind.name().equalsIgnoreCase(name))
        .findFirst()
        .map(kind -> new NumberFormat(kind, 0))
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "\"%s\" are no known numbers; known are %s"
                        .formatted(
                            name,
                            Arrays.stream(Kind.values())
                                .map(kind -> new NumberFormat(kind, 0).toString())
                                .collect(Collectors.joining(", ")))));
  }

  /** Whether the numbers are floating-point numbers. */
  public boolean areFloats() {
    return kind != Kind.INT;
  }

  /**
   * The grid of a matrix.
   *
   * @param bits bits of a whole number
   * @param symmetric whether whole numbers lie symmetric about zero
   * @param norm as in {@link IntegerGrid#norm}
   * @param largestWeight the largest size of a weight, for numbers with a scale for the matrix
   */
  public WeightGrid grid(int bits, boolean symmetric, double norm, DoubleSupplier largestWeight) {
    return areFloats()
        ? FloatGrid.of(this, largestWeight.getAsDouble())
        : new IntegerGrid(bits, symmetric, norm);
  }

  /** The same numbers in linear layers that share a scale, whose largest weight has this size. */
  public NumberFormat within(DoubleSupplier size) {
    return kind == Kind.NVFP4 ? new NumberFormat(kind, size.getAsDouble()) : this;
  }

  /**
   * Checks settings against the format.
   *
   * @param groupSize inputs that share a scale; -1 for one scale per output
   * @param searched whether the range of a grid is searched
   * @throws IllegalArgumentException if floating-point numbers are to have other bits or groups
   *     than their format has
   */
  public void require(int bits, int groupSize, boolean searched) {
    if (!areFloats()) {
      return;
    }
    if (bits != kind.bits || groupSize != kind.group) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s has %d bits and %s; got %d bits and a group size of %d",
              this,
              kind.bits,
              kind.group == WHOLE_ROW
                  ? "one scale per output (group size -1)"
                  : "groups of " + kind.group,
              bits,
              groupSize));
    }
    if (searched) {
      throw new IllegalArgumentException(
          "The range of " + this + " is not searched: its scales come from the largest weight");
    }
  }

  /** The name in study files, on the command line and in results. */
  @JsonValue
  @Override
  public String toString() {
    return kind.name().toLowerCase(Locale.ROOT);
  }
}
