package tare.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Optional;

/**
 * Where the tokens of a batch stand: the rotary embedding's angles, and who may attend to whom.
 *
 * @param cosines cos(p · base^(-2i/d)) of position p and pair i, {@code [1 or batch, tokens, 1,
 *     headWidth / 2]}
 * @param sines the sines of the same angles
 * @param mask {@code [batch, 1, tokens, tokens]} (with a cache: tokens, tokens so far), true where
 *     a row's token may see a column's; empty where each token sees itself and all before it
 */
public record Positions(NDArray cosines, NDArray sines, Optional<NDArray> mask) {

  /**
   * Positions 0, 1, 2 … in each row; padding on the right needs no mask, since nothing before it
   * sees it.
   */
  public static Positions causal(int tokens, ModelConfig config, NDManager manager) {
    int[][] positions = new int[1][tokens];
    for (int t = 0; t < tokens; t++) {
      positions[0][t] = t;
    }
    return of(positions, Optional.empty(), config, manager);
  }

  /**
   * Given positions.
   *
   * @param positions {@code [1 or batch][tokens]}
   * @param mask as in the record
   */
  public static Positions of(
      int[][] positions, Optional<NDArray> mask, ModelConfig config, NDManager manager) {
    int half = config.headWidth() / 2;
    int tokens = positions[0].length;
    float[] cosines = new float[positions.length * tokens * half];
    float[] sines = new float[cosines.length];
    int at = 0;
    for (int[] row : positions) {
      for (int position : row) {
        for (int i = 0; i < half; i++, at++) {
          double angle = position * Math.pow(config.ropeBase(), -2.0 * i / config.headWidth());
          cosines[at] = (float) Math.cos(angle);
          sines[at] = (float) Math.sin(angle);
        }
      }
    }
    Shape shape = new Shape(positions.length, tokens, 1, half);
    return new Positions(manager.create(cosines, shape), manager.create(sines, shape), mask);
  }

  /**
   * Rotates each pair (i, i + d/2) of a head by the angle of its position (Su et al. 2021, equation
   * 34, with halves in place of neighbours).
   *
   * @param x {@code [batch, tokens, heads, headWidth]}
   */
  NDArray rotate(NDArray x) {
    long half = x.getShape().get(3) / 2;
    NDArray a = x.get("..., :" + half);
    NDArray b = x.get("..., " + half + ":");
    NDArray rotatedA = a.mul(cosines).subi(b.mul(sines));
    NDArray rotatedB = b.mul(cosines).addi(a.mul(sines));
    return rotatedA.concat(rotatedB, 3);
  }
}
