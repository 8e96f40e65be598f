package tare.select;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import tare.data.Sha256;

/**
 * A sequence of tokens that a model reads.
 *
 * @param tokens token ids
 * @param answers which tokens belong to right answers; empty if unknown or not needed
 */
public record Passage(int[] tokens, boolean[] answers) {

  /** A passage without marks of answers. */
  public Passage(int[] tokens) {
    this(tokens, new boolean[0]);
  }

  /** SHA-256 of tokens and marks, in hexadecimal. */
  public String key() {
    ByteBuffer bytes = ByteBuffer.allocate(4 * tokens.length + answers.length);
    for (int token : tokens) {
      bytes.putInt(token);
    }
    for (boolean answer : answers) {
      bytes.put((byte) (answer ? 1 : 0));
    }
    return HexFormat.of().formatHex(Sha256.digest(bytes.array()));
  }
}
