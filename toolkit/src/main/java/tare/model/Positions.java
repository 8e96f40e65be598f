package tare.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Optional;

/**
 * The positions of a batch's tokens, and which tokens each token may attend to.
 *
 * @param numbers positions from 0, int32 {@code [1 or batch, tokens]}
 * @param angles angles by which heads are rotated; empty if positions are learned and come with the
 *     embedding
 * @param mask {@code [batch, 1, tokens, tokens]} (with a cache: tokens, tokens so far), true where
 *     a row's token may see a column's; empty if each token sees itself and all tokens before it
 */
public record Positions(NDArray numbers, Optional<Angles> angles, Optional<NDArray> mask) {

  /**
   * The angles of rotary positions: p · frequency i for position p and pair i, repeated for both
   * halves of a head; {@code [1 or batch, tokens, 1, headWidth]}.
   *
   * @param cosines their cosines, times the factor of the scaling
   * @param sines their sines, times the same factor, negated in the first half
   */
  public record Angles(NDArray cosines, NDArray sines) {}

  /**
   * Positions 0, 1, 2 … in each row. Padding on the right needs no mask, because no token before it
   * sees it.
   */
  public static Positions causal(int tokens, ModelConfig config, NDManager manager) {
    int[] row = new int[tokens];
    Arrays.setAll(row, t -> t);
    return of(new int[][] {row}, Optional.empty(), config, manager);
  }

  /**
   * Given positions.
   *
   * @param positions {@code [1 or batch][tokens]}
   * @param mask as in the record
   */
  public static Positions of(
      int[][] positions, Optional<NDArray> mask, ModelConfig config, NDManager manager) {
    int[] flat = Arrays.stream(positions).flatMapToInt(Arrays::stream).toArray();
    Shape shape = new Shape(positions.length, positions[0].length);
    return new Positions(
        manager.create(flat, shape),
        config.rotary().map(rotary -> angles(flat, shape, rotary, config.headWidth(), manager)),
        mask);
  }

  /**
   * The angles of a batch. A scaling that depends on the length of a sequence takes that of the
   * batch's longest one, as {@code transformers} does.
   */
  private static Angles angles(
      int[] positions, Shape shape, Rotary rotary, int headWidth, NDManager manager) {
    int tokens = 1 + Arrays.stream(positions).max().orElse(0);
    double[] frequencies = rotary.frequencies(headWidth, tokens);
    double factor = rotary.attention();
    int half = headWidth / 2;
    float[] cosines = new float[positions.length * headWidth];
    float[] sines = new float[cosines.length];
    for (int t = 0; t < positions.length; t++) {
      for (int i = 0; i < half; i++) {
        double angle = positions[t] * frequencies[i];
        int at = t * headWidth + i;
        cosines[at] = (float) (factor * Math.cos(angle));
        cosines[at + half] = cosines[at];
        sines[at] = (float) (factor * -Math.sin(angle));
        sines[at + half] = -sines[at];
      }
    }
    Shape whole = shape.addAll(new Shape(1, headWidth));
    return new Angles(manager.create(cosines, whole), manager.create(sines, whole));
  }

  /**
   * Rotates each pair (i, i + d/2) of a head by the angle of its position (Su et al. 2021, equation
   * 34, with halves in place of neighbours). Where positions are learned, nothing is rotated.
   *
   * @param x {@code [batch, tokens, heads, headWidth]}
   */
  NDArray rotate(NDArray x) {
    if (angles.isEmpty()) {
      return x;
    }
    long half = x.getShape().get(3) / 2;
    NDArray swapped = x.get("..., " + half + ":").concat(x.get("..., :" + half), 3);
    return x.mul(angles.get().cosines()).addi(swapped.muli(angles.get().sines()));
  }
}
