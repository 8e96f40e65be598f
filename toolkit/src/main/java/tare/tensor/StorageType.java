package tare.tensor;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How a checkpoint stores numbers, and how each block of them widens to float32. The quantized
 * layouts are GGUF's: blocks of 32 or 256 values, each block with its own scales.
 */
public enum StorageType {
  F32("F32", 0, 1, 4) {
    @Override
    void widenBlock(ByteBuffer in, int at, float[] out, int to) {
      out[to] = in.getFloat(at);
    }
  },
  F16("F16", 1, 1, 2) {
    @Override
    void widenBlock(ByteBuffer in, int at, float[] out, int to) {
      out[to] = half(in, at);
    }
  },
  BF16("BF16", 30, 1, 2) {
    @Override
    void widenBlock(ByteBuffer in, int at, float[] out, int to) {
      out[to] = Float.intBitsToFloat(in.getShort(at) << 16);
    }
  },
  /** FP8 with four bits of exponent and three of mantissa; it has no infinity. */
  F8_E4M3("F8_E4M3", -1, 1, 1) {
    @Override
    void widenBlock(ByteBuffer in, int at, float[] out, int to) {
      int code = in.get(at);
      int exponent = bits(code, 3, 4);
      int mantissa = bits(code, 0, 3);
      float size =
          exponent == 0
              ? Math.scalb((float) mantissa, -9)
              : Math.scalb((float) (8 + mantissa), exponent - 10);
      boolean isNumber = exponent < 15 || mantissa < 7;
      out[to] = isNumber ? (code < 0 ? -size : size) : Float.NaN;
    }
  },
  I8("I8", -1, 1, 1) {
    @Override
    void widenBlock(ByteBuffer in, int at, float[] out, int to) {
      out[to] = in.get(at);
    }
  },
  U8("U8", -1, 1, 1) {
    @Override
    void widenBlock(ByteBuffer in, int at, float[] out, int to) {
      out[to] = in.get(at) & 0xff;
    }
  },
  /** Whole numbers; a float32 holds them exactly up to 2^24. */
  I32("I32", -1, 1, 4) {
    @Override
    void widenBlock(ByteBuffer in, int at, float[] out, int to) {
      out[to] = in.getInt(at);
    }
  },
  /** Whole numbers; a float32 holds them exactly up to 2^24. */
  I64("I64", -1, 1, 8) {
    @Override
    void widenBlock(ByteBuffer in, int at, float[] out, int to) {
      out[to] = in.getLong(at);
    }
  },
  Q4_0("Q4_0", 2, 32, 18) {
    @Override
    void widenBlock(ByteBuffer in, int at, float[] out, int to) {
      float scale = half(in, at);
      for (int i = 0; i < 16; i++) {
        int pair = in.get(at + 2 + i);
        out[to + i] = scale * (bits(pair, 0, 4) - 8);
        out[to + 16 + i] = scale * (bits(pair, 4, 4) - 8);
      }
    }
  },
  Q4_1("Q4_1", 3, 32, 20) {
    @Override
    void widenBlock(ByteBuffer in, int at, float[] out, int to) {
      float scale = half(in, at);
      float least = half(in, at + 2);
      for (int i = 0; i < 16; i++) {
        int pair = in.get(at + 4 + i);
        out[to + i] = scale * bits(pair, 0, 4) + least;
        out[to + 16 + i] = scale * bits(pair, 4, 4) + least;
      }
    }
  },
  Q5_0("Q5_0", 6, 32, 22) {
    @Override
    void widenBlock(ByteBuffer in, int at, float[] out, int to) {
      float scale = half(in, at);
      int high = in.getInt(at + 2);
      for (int i = 0; i < 16; i++) {
        int pair = in.get(at + 6 + i);
        out[to + i] = scale * (bits(pair, 0, 4) + 16 * bits(high, i, 1) - 16);
        out[to + 16 + i] = scale * (bits(pair, 4, 4) + 16 * bits(high, i + 16, 1) - 16);
      }
    }
  },
  Q5_1("Q5_1", 7, 32, 24) {
    @Override
    void widenBlock(ByteBuffer in, int at, float[] out, int to) {
      float scale = half(in, at);
      float least = half(in, at + 2);
      int high = in.getInt(at + 4);
      for (int i = 0; i < 16; i++) {
        int pair = in.get(at + 8 + i);
        out[to + i] = scale * (bits(pair, 0, 4) + 16 * bits(high, i, 1)) + least;
        out[to + 16 + i] = scale * (bits(pair, 4, 4) + 16 * bits(high, i + 16, 1)) + least;
      }
    }
  },
  Q8_0("Q8_0", 8, 32, 34) {
    @Override
    void widenBlock(ByteBuffer in, int at, float[] out, int to) {
      float scale = half(in, at);
      for (int i = 0; i < 32; i++) {
        out[to + i] = scale * in.get(at + 2 + i);
      }
    }
  },
  Q2_K("Q2_K", 10, 256, 84) {
    @Override
    void widenBlock(ByteBuffer in, int at, float[] out, int to) {
      float scale = half(in, at + 80);
      float least = half(in, at + 82);
      for (int i = 0; i < 256; i++) {
        int part = in.get(at + i / 16);
        int code = twoBits(in, at + 16, i);
        out[to + i] = scale * bits(part, 0, 4) * code - least * bits(part, 4, 4);
      }
    }
  },
  Q3_K("Q3_K", 11, 256, 110) {
    @Override
    void widenBlock(ByteBuffer in, int at, float[] out, int to) {
      float scale = half(in, at + 108);
      for (int i = 0; i < 256; i++) {
        int part = i / 16;
        int low = bits(in.get(at + 96 + part % 8), 4 * (part / 8), 4);
        int high = bits(in.get(at + 104 + part % 4), 2 * (part / 4), 2);
        int code = twoBits(in, at + 32, i);
        int third = bits(in.get(at + i % 32), i / 32, 1);
        out[to + i] = scale * (low + 16 * high - 32) * (code + 4 * third - 4);
      }
    }
  },
  Q4_K("Q4_K", 12, 256, 144) {
    @Override
    void widenBlock(ByteBuffer in, int at, float[] out, int to) {
      for (int part = 0; part < 8; part++) {
        float scale = partScale(in, at, part);
        float least = partLeast(in, at, part);
        int nibble = 4 * (part % 2);
        for (int i = 0; i < 32; i++) {
          int code = bits(in.get(at + 16 + 32 * (part / 2) + i), nibble, 4);
          out[to + 32 * part + i] = scale * code - least;
        }
      }
    }
  },
  Q5_K("Q5_K", 13, 256, 176) {
    @Override
    void widenBlock(ByteBuffer in, int at, float[] out, int to) {
      for (int part = 0; part < 8; part++) {
        float scale = partScale(in, at, part);
        float least = partLeast(in, at, part);
        int nibble = 4 * (part % 2);
        for (int i = 0; i < 32; i++) {
          int code = bits(in.get(at + 48 + 32 * (part / 2) + i), nibble, 4);
          int high = bits(in.get(at + 16 + i), part, 1);
          out[to + 32 * part + i] = scale * (code + 16 * high) - least;
        }
      }
    }
  },
  Q6_K("Q6_K", 14, 256, 210) {
    @Override
    void widenBlock(ByteBuffer in, int at, float[] out, int to) {
      float scale = half(in, at + 208);
      for (int i = 0; i < 256; i++) {
        int half = i / 128;
        int quarter = i % 128 / 32; // two high bits and one nibble
        int low = bits(in.get(at + 64 * half + 32 * (quarter % 2) + i % 32), 4 * (quarter / 2), 4);
        int high = bits(in.get(at + 128 + 32 * half + i % 32), 2 * quarter, 2);
        out[to + i] = scale * in.get(at + 192 + i / 16) * (low + 16 * high - 32);
      }
    }
  },
  IQ4_NL("IQ4_NL", 20, 32, 18) {
    @Override
    void widenBlock(ByteBuffer in, int at, float[] out, int to) {
      uneven(half(in, at), in, at + 2, out, to);
    }
  },
  IQ4_XS("IQ4_XS", 23, 256, 136) {
    @Override
    void widenBlock(ByteBuffer in, int at, float[] out, int to) {
      int highs = in.getShort(at + 2);
      for (int part = 0; part < 8; part++) {
        int low = bits(in.get(at + 4 + part / 2), 4 * (part % 2), 4);
        int high = bits(highs, 2 * part, 2);
        float scale = half(in, at) * (low + 16 * high - 32);
        uneven(scale, in, at + 8 + 16 * part, out, to + 32 * part);
      }
    }
  };

  // Names of GGUF's other types, by number, for messages.
  private static final Map<Integer, String> UNREADABLE =
      Map.ofEntries(
          Map.entry(9, "Q8_1"),
          Map.entry(15, "Q8_K"),
          Map.entry(16, "IQ2_XXS"),
          Map.entry(17, "IQ2_XS"),
          Map.entry(18, "IQ3_XXS"),
          Map.entry(19, "IQ1_S"),
          Map.entry(21, "IQ3_S"),
          Map.entry(22, "IQ2_S"),
          Map.entry(24, "I8"),
          Map.entry(25, "I16"),
          Map.entry(26, "I32"),
          Map.entry(27, "I64"),
          Map.entry(28, "F64"),
          Map.entry(29, "IQ1_M"),
          Map.entry(34, "TQ1_0"),
          Map.entry(35, "TQ2_0"),
          Map.entry(39, "MXFP4"),
          Map.entry(40, "NVFP4"),
          Map.entry(41, "Q1_0"));

  // The 16 levels of IQ4_NL and IQ4_XS, which lie closer together near zero.
  private static final byte[] LEVELS = {
    -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
  };

  private final String label;
  private final int ggufId; // -1 for a type that only safetensors files have
  private final int blockValues;
  private final int blockBytes;

  StorageType(String label, int ggufId, int blockValues, int blockBytes) {
    this.label = label;
    this.ggufId = ggufId;
    this.blockValues = blockValues;
    this.blockBytes = blockBytes;
  }

  /**
   * Widens one block. It begins at byte {@code at} of little-endian {@code in} and fills {@code
   * out} from index {@code to}.
   */
  abstract void widenBlock(ByteBuffer in, int at, float[] out, int to);

  /** Number of values that share one block: 1, 32 or 256. */
  public int blockValues() {
    return blockValues;
  }

  /** Size of one block in bytes. */
  public int blockBytes() {
    return blockBytes;
  }

  /**
   * Number of bytes that this many values take.
   *
   * @throws IllegalArgumentException if the values do not fill whole blocks
   * @throws ArithmeticException if the count does not fit a long
   */
  public long bytes(long values) {
    if (values % blockValues != 0) {
      throw new IllegalArgumentException(
          values + " values do not fill blocks of " + blockValues + " of type " + label);
    }
    return Math.multiplyExact(values / blockValues, (long) blockBytes);
  }

  /**
   * The type with this GGUF type number.
   *
   * @throws IllegalArgumentException for a type that cannot be read; the message names it, lists
   *     the readable ones and says which file to take instead
   */
  public static StorageType ofGguf(int id) {
    return Arrays.stream(values())
        .filter(type -> type.ggufId == id)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    (UNREADABLE.containsKey(id)
                            ? "Storage type " + UNREADABLE.get(id) + " cannot be read"
                            : "Storage type number " + id + " is unknown")
                        + "; readable are "
                        + known()
                        + ". Take another file of the model, such as Q4_K_M"));
  }

  /**
   * The type with this safetensors name.
   *
   * @throws IllegalArgumentException for any other name
   */
  public static StorageType ofSafetensors(String dtype) {
    return Arrays.stream(values())
        .filter(type -> type.blockValues == 1 && type.label.equals(dtype))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "Storage type "
                        + dtype
                        + " is unknown; known are F32, F16, BF16, F8_E4M3, I8, U8, I32, I64"));
  }

  private static String known() {
    return Arrays.stream(values())
        .filter(type -> type.ggufId >= 0)
        .map(type -> type.label)
        .collect(Collectors.joining(", "));
  }

  /** Reads the half-precision number at a byte position, as float32. */
  static float half(ByteBuffer in, int at) {
    return HalfFloat.value(in.getShort(at));
  }

  /**
   * Scale of one of the eight parts of a Q4_K or Q5_K block: a six-bit code times the block's
   * scale.
   */
  private static float partScale(ByteBuffer in, int at, int part) {
    int code =
        part < 4
            ? bits(in.get(at + 4 + part), 0, 6)
            : bits(in.get(at + 8 + part), 0, 4) + 16 * bits(in.get(at + part), 6, 2);
    return half(in, at) * code;
  }

  /** Offset that is subtracted from one of the eight parts of a Q4_K or Q5_K block. */
  private static float partLeast(ByteBuffer in, int at, int part) {
    int code =
        part < 4
            ? bits(in.get(at + 8 + part), 0, 6)
            : bits(in.get(at + 8 + part), 4, 4) + 16 * bits(in.get(at + 4 + part), 6, 2);
    return half(in, at + 2) * code;
  }

  /** The i-th two-bit code of a Q2_K or Q3_K block, whose codes begin at a byte position. */
  private static int twoBits(ByteBuffer in, int at, int i) {
    return bits(in.get(at + 32 * (i / 128) + i % 32), 2 * (i % 128 / 32), 2);
  }

  /** Widens 32 codes of IQ4_NL or IQ4_XS, 16 in the low and 16 in the high halves of bytes. */
  private static void uneven(float scale, ByteBuffer in, int at, float[] out, int to) {
    for (int i = 0; i < 16; i++) {
      int pair = in.get(at + i);
      out[to + i] = scale * LEVELS[bits(pair, 0, 4)];
      out[to + 16 + i] = scale * LEVELS[bits(pair, 4, 4)];
    }
  }

  /** Extracts neighbouring bits of a number. */
  private static int bits(int value, int from, int count) {
    return (value >>> from) & ((1 << count) - 1);
  }
}
