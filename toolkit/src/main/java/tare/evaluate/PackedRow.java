package tare.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * One row of a batch that packs requests with a common beginning. The tokens form a tree in which
 * the common part stands once. Each token keeps its own position and sees only the tokens on its
 * path. Four choices after one question therefore cost one question, and many questions after the
 * same solved examples cost the examples once.
 */
final class PackedRow {

  /**
   * A place in the row whose logits score a token for a request.
   *
   * @param place index in the row
   * @param token the scored token
   * @param request index of the request
   */
  record Target(int place, int token, int request) {}

  private final int mostTokens;
  private final int width;
  private final List<Target> targets = new ArrayList<>();
  private int[] tokens = new int[64];
  private int[] positions = new int[64];
  private int[] parents = new int[64];
  private int length;
  private boolean branched;
  private EncodedRequest last;
  private int[] path = new int[0];

  /**
   * Begins a row with a request.
   *
   * @param mostTokens the longest row
   * @param width width of the model, which determines the cost of attention relative to the rest
   */
  PackedRow(EncodedRequest first, int mostTokens, int width) {
    this.mostTokens = mostTokens;
    this.width = width;
    append(first, 0);
  }

  /**
   * Packs requests.
   *
   * @param sorted requests in the order of their tokens
   * @return the rows, the longest first
   */
  static List<PackedRow> pack(List<EncodedRequest> sorted, int mostTokens, int width) {
    List<PackedRow> rows = new ArrayList<>();
    PackedRow row = null;
    for (EncodedRequest request : sorted) {
      if (row == null || !row.takes(request)) {
        row = new PackedRow(request, mostTokens, width);
        rows.add(row);
      }
    }
    rows.sort(Comparator.comparingInt(PackedRow::length).reversed());
    return rows;
  }

  /**
   * Adds a request if that costs less than a row of its own. In a block, a token costs 24 · width²
   * products, and 4 · width more for each place of its row. So s shared tokens are worth 6 · width
   * · s places, and m new tokens add (length + m)² − length² − (s + m)² places.
   *
   * @param next not before the last one in the order of tokens
   * @return whether the request was added
   */
  boolean takes(EncodedRequest next) {
    int shared = next.shared(last);
    int added = next.inputs() - shared;
    int grown = length + added;
    long places =
        (long) grown * grown - (long) length * length - (long) next.inputs() * next.inputs();
    if (grown > mostTokens || 6L * width * shared < places) {
      return false;
    }
    branched |= shared < path.length && added > 0;
    append(next, shared);
    return true;
  }

  private void append(EncodedRequest next, int shared) {
    path = Arrays.copyOf(path, next.inputs());
    for (int t = shared; t < next.inputs(); t++) {
      if (length == tokens.length) {
        tokens = Arrays.copyOf(tokens, 2 * length);
        positions = Arrays.copyOf(positions, 2 * length);
        parents = Arrays.copyOf(parents, 2 * length);
      }
      tokens[length] = next.tokens()[t];
      positions[length] = t;
      parents[length] = t == 0 ? -1 : path[t - 1];
      path[t] = length++;
    }
    for (int t = next.scoredFrom(); t < next.tokens().length; t++) {
      targets.add(new Target(path[t - 1], next.tokens()[t], next.request()));
    }
    last = next;
  }

  /** Number of tokens in the row. */
  int length() {
    return length;
  }

  /** Whether some token does not see all tokens before it, so that a mask is needed. */
  boolean isBranched() {
    return branched;
  }

  /** The places to score. */
  List<Target> targets() {
    return targets;
  }

  /** Writes tokens and positions into a row of a batch. */
  void fill(int[] intoTokens, int[] intoPositions) {
    System.arraycopy(tokens, 0, intoTokens, 0, length);
    System.arraycopy(positions, 0, intoPositions, 0, length);
  }

  /**
   * Marks which tokens each token sees: those before the row, itself, and the tokens that its
   * parent sees. The padding after the row sees what is before the row, and itself.
   *
   * @param visible {@code [rows, padded, before + padded]} of a batch
   * @param from index at which the row begins in it
   * @param before number of tokens before the row
   */
  void mask(boolean[] visible, int from, int padded, int before) {
    int columns = before + padded;
    for (int i = 0; i < padded; i++) {
      int own = from + i * columns;
      if (i < length && parents[i] >= 0) {
        System.arraycopy(visible, from + parents[i] * columns, visible, own, before + i);
      } else {
        Arrays.fill(visible, own, own + before, true);
      }
      visible[own + before + i] = true;
    }
  }
}
