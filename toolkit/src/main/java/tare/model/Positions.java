package tare.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import tare.tensor.FromHeap;

/**
 * The positions of a batch's tokens, and which tokens each token may attend to.
 *
 * @param numbers positions from 0, int32 {@code [1 or batch, tokens]}
 * @param angles angles by which heads are rotated; empty if positions are learned and come with the
 *     embedding
 * @param mask {@code [batch, 1, tokens, tokens]} (with a cache: tokens, tokens so far), true where
 *     a row's token may see a column's; empty if each token sees itself and all tokens before it
 * @param windowed what holds in blocks with a window instead, if the model has such blocks and
 *     something is different there
 */
public record Positions(
    NDArray numbers,
    Optional<Angles> angles,
    Optional<NDArray> mask,
    Optional<Positions> windowed) {

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
    int[][] row = {IntStream.range(0, tokens).toArray()};
    Optional<boolean[]> inWindow =
        config
            .window()
            .filter(window -> tokens > window.tokens())
            .map(window -> window.visible(row, row, lowerTriangle(tokens)));
    return of(row, Optional.empty(), inWindow, config, manager);
  }

  /**
   * Consecutive positions in each row, after tokens that were read before and are seen by all.
   *
   * @param read number of tokens that were read before
   * @param tokens number of tokens of a row
   */
  public static Positions after(
      int read, int tokens, int rows, ModelConfig config, NDManager manager) {
    int[][] own = new int[rows][];
    int[][] columns = new int[rows][];
    Arrays.setAll(own, row -> IntStream.range(read, read + tokens).toArray());
    Arrays.setAll(columns, row -> IntStream.range(0, read + tokens).toArray());
    boolean[] visible = new boolean[rows * tokens * (read + tokens)];
    for (int i = 0; i < rows * tokens; i++) {
      int from = i * (read + tokens);
      Arrays.fill(visible, from, from + read + i % tokens + 1, true);
    }
    return of(own, columns, visible, config, manager);
  }

  private static boolean[] lowerTriangle(int tokens) {
    boolean[] visible = new boolean[tokens * tokens];
    for (int t = 0; t < tokens; t++) {
      Arrays.fill(visible, t * tokens, t * tokens + t + 1, true);
    }
    return visible;
  }

  /**
   * Given positions, and what each token sees.
   *
   * @param positions {@code [batch][tokens]}
   * @param columns positions of the tokens that may be seen, {@code [batch][columns]}; with a cache
   *     they begin with the tokens in it
   * @param visible the mask of the record, without windows, {@code [batch · tokens · columns]}
   */
  public static Positions of(
      int[][] positions,
      int[][] columns,
      boolean[] visible,
      ModelConfig config,
      NDManager manager) {
    Optional<boolean[]> inWindow =
        config.window().map(window -> window.visible(positions, columns, visible));
    return of(positions, Optional.of(visible), inWindow, config, manager);
  }

  private static Positions of(
      int[][] positions,
      Optional<boolean[]> visible,
      Optional<boolean[]> inWindow,
      ModelConfig config,
      NDManager manager) {
    int[] flat = Arrays.stream(positions).flatMapToInt(Arrays::stream).toArray();
    Shape shape = new Shape(positions.length, positions[0].length);
    NDArray numbers = manager.create(flat, shape);
    Optional<Angles> angles =
        config.rotary().map(rotary -> angles(flat, shape, rotary, config.headWidth(), manager));
    Optional<NDArray> mask = visible.map(each -> mask(each, shape, manager));
    Optional<Positions> windowed =
        config
            .window()
            .map(
                window ->
                    new Positions(
                        numbers,
                        window.rotary().isPresent()
                            ? window
                                .rotary()
                                .map(own -> angles(flat, shape, own, config.headWidth(), manager))
                            : angles,
                        inWindow.map(each -> mask(each, shape, manager)),
                        Optional.empty()));
    return new Positions(numbers, angles, mask, windowed);
  }

  private static NDArray mask(boolean[] visible, Shape shape, NDManager manager) {
    return manager.create(
        visible, new Shape(shape.get(0), 1, shape.get(1), visible.length / shape.size()));
  }

  /** The positions as a block sees them. */
  Positions in(int block, ModelConfig config) {
    return windowed.isPresent() && config.window().orElseThrow().blocks().contains(block)
        ? windowed.get()
        : this;
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
    return new Angles(FromHeap.copy(cosines, whole, manager), FromHeap.copy(sines, whole, manager));
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
