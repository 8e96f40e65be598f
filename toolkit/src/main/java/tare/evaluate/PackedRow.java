package tare.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Requests that begin alike, in one row of a batch. Their tokens form a tree, in which what they
 * share stands once: each token stands at its own position, and sees those that lead to it and no
 * others. So four choices after one question cost one question, and many questions after the same
 * solved examples cost the examples once.
 */
final class PackedRow {

  /**
   * The logits at a place score a token for a request.
   *
   * @param place index in the row
   * @param token what is scored
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
   * A row that begins with a request.
   *
   * @param mostTokens the row takes no request that makes it longer
   * @param width of the model: what attention costs beside the rest
   */
  PackedRow(EncodedRequest first, int mostTokens, int width) {
    this.mostTokens = mostTokens;
    this.width = width;
    append(first, 0);
  }

  /**
   * Takes a request in if that costs less than a row of its own. A token costs 24 · width² products
   * in a block, and 4 · width more for each place of its row; so s shared tokens are worth 6 ·
   * width · s places, and m new ones make (length + m)² − length² − (s + m)² places more.
   *
   * @param next not before the last one in the order of tokens
   * @return whether it was taken in
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

  /** How many tokens it holds. */
  int length() {
    return length;
  }

  /** Whether some token does not see all before it, so that a mask is needed. */
  boolean isBranched() {
    return branched;
  }

  /** What is scored where. */
  List<Target> targets() {
    return targets;
  }

  /** Writes tokens and positions into a row of a batch. */
  void fill(int[] intoTokens, int[] intoPositions) {
    System.arraycopy(tokens, 0, intoTokens, 0, length);
    System.arraycopy(positions, 0, intoPositions, 0, length);
  }

  /**
   * Writes who sees whom: each token itself and what its parent sees. The padding after the row
   * sees itself.
   *
   * @param visible {@code [rows, padded, padded]} of a batch
   * @param from where the row begins in it
   */
  void mask(boolean[] visible, int from, int padded) {
    for (int i = 0; i < padded; i++) {
      if (i < length && parents[i] >= 0) {
        System.arraycopy(visible, from + parents[i] * padded, visible, from + i * padded, i);
      }
      visible[from + i * padded + i] = true;
    }
  }
}
