package tare.grid;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.util.Arrays;

/**
 * The grid of a floating-point format: x is stored as the number nearest to x/(s·g), with the scale
 * s of a group and the scale g of the matrix.
 *
 * <ul>
 *   <li>FP8: s = max|x|/448, g = 1.
 *   <li>MXFP4: s is a power of two, so that the largest number falls between 3.5 and 7 times s.
 *       max|x| is rounded to one bit of mantissa first, and s is a quarter of the power of two
 *       below it (as the library compressed-tensors does; the OCP specification omits the
 *       rounding).
 *   <li>NVFP4: 1/g is 448·6/max|W| in float32, and s the E4M3 number nearest to max|x|/6/g.
 * </ul>
 *
 * A group of zeros has a scale too, and codes of zero.
 *
 * @param format FP8, MXFP4 or NVFP4
 * @param reciprocal 1/g, a float32 number
 */
public record FloatGrid(NumberFormat.Kind format, float reciprocal) implements WeightGrid {

  private static final int LARGEST_EXPONENT = 127;

  /** What a scale of zero becomes, so that readers may divide by it. Its codes are zeros. */
  private static final double SCALE_OF_NOTHING = 0.125;

  /** From here on, rounding to one bit of mantissa reaches the next power of two. */
  private static final double ROUNDED_UP = 1.75;

  /**
   * The grid of a matrix.
   *
   * @param numbers floating-point numbers
   * @param largest the largest size of a weight in the matrix; not used if the numbers bring one
   */
  public static FloatGrid of(NumberFormat numbers, double largest) {
    double size = numbers.largest() > 0 ? numbers.largest() : largest;
    double range = Minifloat.E4M3.largest() * Minifloat.E2M1.largest();
    boolean scaled = numbers.kind() == NumberFormat.Kind.NVFP4 && size > 0;
    return new FloatGrid(numbers.kind(), scaled ? (float) (range / size) : 1);
  }

  @Override
  public Step fit(double[] values, int from, int to) {
    double size = 0;
    for (int i = from; i < to; i++) {
      size = Math.max(size, Math.abs(values[i]));
    }
    return new Step(scale(size), 0);
  }

  /** The scale of a group whose largest value has this size. */
  double scale(double size) {
    return switch (format) {
      case FP8 -> size == 0 ? 1 : size / Minifloat.E4M3.largest();
      case MXFP4 -> Math.scalb(1.0, exponent(size));
      case NVFP4 -> {
        double scale = Minifloat.E4M3.round(size / Minifloat.E2M1.largest() * reciprocal);
        yield scale == 0 ? SCALE_OF_NOTHING : scale;
      }
      case INT -> throw new IllegalStateException("Whole numbers have another grid");
    };
  }

  /**
   * The steps s·g of groups.
   *
   * @param groups {@code [.., values of a group]}
   * @return {@code [.., 1]}, on the same device
   */
  public NDArray scales(NDArray groups) {
    NDArray largest = groups.abs().max(new int[] {-1}, true);
    float[] steps = largest.toFloatArray();
    for (int i = 0; i < steps.length; i++) {
      steps[i] = (float) (scale(steps[i]) / reciprocal);
    }
    return groups.getManager().create(steps, largest.getShape());
  }

  /**
   * The nearest numbers of the format; of two equally near, the even one. Sizes above the largest
   * number become it.
   */
  public NDArray nearest(NDArray values) {
    Minifloat element = format.element();
    NDArray size = values.abs();
    NDArray above = values.zerosLike();
    for (int e = element.leastExponent() + 1; Math.scalb(1.0, e) <= element.largest(); e++) {
      above.addi(size.gte(Math.scalb(1.0, e)).toType(DataType.FLOAT32, false));
    }
    double least = Math.scalb(1.0, element.leastExponent() - element.mantissaBits());
    NDArray step = values.getManager().create(2f).pow(above).mul(least);
    return values.div(step).round().mul(step).clip(-element.largest(), element.largest());
  }

  private static int exponent(double size) {
    if (size == 0) {
      return -LARGEST_EXPONENT;
    }
    int exponent = Math.getExponent(size);
    int rounded = size / Math.scalb(1.0, exponent) >= ROUNDED_UP ? exponent + 1 : exponent;
    return Math.max(-LARGEST_EXPONENT, Math.min(LARGEST_EXPONENT, rounded - 2));
  }

  @Override
  public int encode(double value, double scale, double zero) {
    return format.element().code(value * reciprocal / scale);
  }

  @Override
  public double decode(int code, double scale, double zero) {
    return format.element().value(code) * (scale / reciprocal);
  }

  @Override
  public GridTables tables() {
    double divisor =
        switch (format) {
          case FP8 -> Minifloat.E4M3.largest();
          case NVFP4 -> Minifloat.E2M1.largest();
          default -> 1;
        };
    double[] numbers = {
      format.element().code(format.element().largest()), 1, 0, divisor, reciprocal
    };
    return new GridTables(numbers, format.element().levels(), steps());
  }

  /**
   * The scales that {@link #scale} can give, each with the least size (in its unit) that has it.
   */
  private double[][] steps() {
    return switch (format) {
      case MXFP4 -> {
        double[][] powers = new double[2][2 * LARGEST_EXPONENT + 1];
        for (int i = 0; i < powers[0].length; i++) {
          int exponent = i - LARGEST_EXPONENT;
          powers[0][i] = i == 0 ? Double.NEGATIVE_INFINITY : Math.scalb(ROUNDED_UP, exponent + 1);
          powers[1][i] = Math.scalb(1.0, exponent);
        }
        yield powers;
      }
      case NVFP4 -> {
        double[][] levels = Minifloat.E4M3.levels();
        int zero = levels[0].length / 2;
        double[][] scales = new double[2][];
        for (int row = 0; row < 2; row++) {
          scales[row] = Arrays.copyOfRange(levels[row], zero, levels[row].length);
        }
        scales[0][0] = Double.NEGATIVE_INFINITY;
        scales[1][0] = SCALE_OF_NOTHING;
        yield scales;
      }
      default -> new double[][] {{Double.NEGATIVE_INFINITY}, {1}};
    };
  }

  @Override
  public int zeroCode(double zero) {
    return 0;
  }

  @Override
  public Storage.Coded storage(
      int rows,
      int columns,
      int groupSize,
      byte[] codes,
      float[] scales,
      float[] zeros,
      int[] groupOf) {
    return new Storage.Floats(format, rows, columns, groupSize, codes, scales, reciprocal, groupOf);
  }
}
