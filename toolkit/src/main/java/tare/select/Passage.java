package tare.select;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import tare.data.Sample;
import tare.data.Sha256;

/**
 * A sequence of tokens that a model reads.
 *
 * @param tokens token ids
 * @param answers which tokens belong to right answers; empty if unknown or not needed
 * @param weights weight of each token in statistics; empty if each counts once
 */
public record Passage(int[] tokens, boolean[] answers, float[] weights) {

  /** A passage whose tokens count once each. */
  public Passage(int[] tokens, boolean[] answers) {
    this(tokens, answers, new float[0]);
  }

  /** A passage without marks of answers. */
  public Passage(int[] tokens) {
    this(tokens, new boolean[0]);
  }

  /** The tokens of a sample, with their weights. */
  public static Passage of(Sample sample) {
    return new Passage(sample.tokens(), new boolean[0], sample.weights());
  }

  /** SHA-256 of tokens, marks and weights, in hexadecimal. */
  public String key() {
    ByteBuffer bytes = ByteBuffer.allocate(4 * tokens.length + answers.length + 4 * weights.length);
    for (int token : tokens) {
      bytes.putInt(token);
    }
    for (boolean answer : answers) {
      bytes.put((byte) (answer ? 1 : 0));
    }
    for (float weight : weights) {
      bytes.putFloat(weight);
    }
    return HexFormat.of().formatHex(Sha256.digest(bytes.array()));
  }
}
