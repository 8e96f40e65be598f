package tare.packed;

import ai.djl.ndarray.types.Shape;
import java.util.Set;
import tare.grid.NumberFormat;
import tare.grid.Storage;
import tare.tensor.StorageType;

/**
 * The layouts {@code mxfp4-pack-quantized} and {@code nvfp4-pack-quantized} of the library
 * compressed-tensors. {@code weight_packed} {@code [outputs, inputs/2]} holds two four-bit numbers
 * in a byte, the first in the low half. {@code weight_scale} {@code [outputs, groups]} holds
 * exponents plus 127 (MXFP4) or FP8 numbers (NVFP4), and {@code weight_global_scale} one over the
 * scale of an NVFP4 matrix.
 *
 * @param format MXFP4 or NVFP4
 */
record Fp4Linear(NumberFormat.Kind format) implements StoredLinear {

  private static final String PACKED = ".weight_packed";
  private static final String SCALE = ".weight_scale";
  private static final String MATRIX_SCALE = ".weight_global_scale";
  private static final String ZERO = ".weight_zero_point";
  private static final int EXPONENT_OFFSET = 127;
  private static final int NOT_A_NUMBER = 255;

  @Override
  public String mark() {
    return PACKED;
  }

  @Override
  public Set<String> parts() {
    return Set.of(PACKED, SCALE, MATRIX_SCALE);
  }

  @Override
  public Shape shape(LinearParts parts) {
    Shape pairs = parts.matrix(PACKED);
    parts.requireType(PACKED, StorageType.U8);
    if (format == NumberFormat.Kind.MXFP4 && parts.has(MATRIX_SCALE)) {
      throw parts.broken(MATRIX_SCALE, "stands beside MXFP4, which has none");
    }
    if (parts.has(ZERO)) {
      throw parts.broken(ZERO, "stands beside floating-point numbers, which have none");
    }
    return new Shape(pairs.get(0), 2 * pairs.get(1));
  }

  @Override
  public float[] values(LinearParts parts) {
    Shape shape = shape(parts);
    int outputs = Math.toIntExact(shape.get(0));
    int inputs = Math.toIntExact(shape.get(1));
    int group = format.group();
    if (inputs % group != 0) {
      throw parts.broken(
          PACKED, "has " + inputs + " inputs, which groups of " + group + " do not divide");
    }
    parts.require(SCALE, outputs, inputs / group);
    byte[] codes = codes(parts.floats(PACKED));
    return new Storage.Floats(
            format,
            outputs,
            inputs,
            group,
            codes,
            scales(parts),
            reciprocal(parts),
            Storage.Coded.naturalGroups(inputs, group))
        .dense();
  }

  private static byte[] codes(float[] pairs) {
    byte[] codes = new byte[2 * pairs.length];
    for (int i = 0; i < pairs.length; i++) {
      int pair = (int) pairs[i];
      codes[2 * i] = (byte) (pair & 0xf);
      codes[2 * i + 1] = (byte) (pair >> 4);
    }
    return codes;
  }

  private float[] scales(LinearParts parts) {
    StorageType wanted = format == NumberFormat.Kind.MXFP4 ? StorageType.U8 : StorageType.F8_E4M3;
    parts.requireType(SCALE, wanted);
    float[] scales = parts.floats(SCALE);
    if (format == NumberFormat.Kind.MXFP4) {
      for (int i = 0; i < scales.length; i++) {
        scales[i] =
            scales[i] == NOT_A_NUMBER
                ? Float.NaN
                : Math.scalb(1f, (int) scales[i] - EXPONENT_OFFSET);
      }
    }
    return scales;
  }

  private float reciprocal(LinearParts parts) {
    if (format == NumberFormat.Kind.MXFP4) {
      return 1;
    }
    float[] scale = parts.scales(MATRIX_SCALE);
    if (scale.length != 1 || !(scale[0] > 0) || Float.isInfinite(scale[0])) {
      throw parts.broken(MATRIX_SCALE, "must be one positive number");
    }
    return scale[0];
  }
}
