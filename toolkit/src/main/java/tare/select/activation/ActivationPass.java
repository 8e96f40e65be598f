package tare.select.activation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import tare.model.DecoderBlock;
import tare.model.DecoderBlock.Tap;
import tare.model.DecoderModel;
import tare.model.Positions;
import tare.select.Passage;

/**
 * One forward pass that computes moments of the activations of windows, a batch at a time. The
 * model runs only up to the last observed block.
 *
 * @param model the uncompressed model
 * @param observation where to observe
 * @param moments what to compute
 * @param layout place of each point's channels
 * @param projection of Gram matrices; null if {@link Moment#GRAM} is not wanted
 */
record ActivationPass(
    DecoderModel model,
    Observation observation,
    Set<Moment> moments,
    PointLayout layout,
    GramSketch.Projection projection) {

  /**
   * Runs windows of equal length.
   *
   * @return the moments of each window, {@code [D]} each
   * @throws IllegalArgumentException if a window has no counted token or does not fit the model's
   *     context, or the surprise is wanted of some blocks only
   */
  List<Map<Moment, float[]>> of(List<Passage> batch) {
    int length = batch.get(0).tokens().length;
    model.checkpoint().config().requireFits(length);
    int all = model.checkpoint().config().blocks();
    if (moments.contains(Moment.SURPRISE) && observation.blocks(all) < all) {
      throw new IllegalArgumentException(
          "The model's surprise needs all blocks: set firstBlocks 0.");
    }
    List<Map<Moment, float[]>> rows = batch.stream().map(unused -> empty()).toList();
    try (NDManager scope = model.manager().newSubManager()) {
      NDArray mask = mask(batch, length, scope);
      Positions positions = Positions.causal(length, model.checkpoint().config(), scope);
      int[][] tokens = batch.stream().map(Passage::tokens).toArray(int[][]::new);
      NDArray last = run(model.embed(tokens, positions, scope), positions, mask, rows, scope);
      if (moments.contains(Moment.SURPRISE)) {
        surprise(model.norm(last), tokens, rows, scope);
      }
    }
    return rows;
  }

  /** Runs the observed blocks. The residual stream is that before the last one if it ends there. */
  private NDArray run(
      NDArray embedded,
      Positions positions,
      NDArray mask,
      List<Map<Moment, float[]>> rows,
      NDManager scope) {
    int blocks = observation.blocks(model.checkpoint().config().blocks());
    boolean output = observation.points() == Observation.Points.BLOCK_OUTPUT;
    NDArray hidden = embedded;
    for (int b = 0; b < blocks; b++) {
      int block = b;
      Tap tap =
          output ? Tap.NONE : (group, x) -> read(layout.point(block, group.name()), x, mask, rows);
      try (NDManager inner = scope.newSubManager()) {
        hidden.attach(inner);
        DecoderBlock reached = model.block(b, inner);
        if (b == blocks - 1 && !output && !moments.contains(Moment.SURPRISE)) {
          reached.observe(hidden, positions, tap);
          hidden.attach(scope);
          return hidden;
        }
        hidden = reached.forward(hidden, positions, tap);
        hidden.attach(scope);
      }
      if (output) {
        read(layout.point(block, "output"), hidden, mask, rows);
      }
    }
    return hidden;
  }

  private void surprise(
      NDArray normed, int[][] tokens, List<Map<Moment, float[]>> rows, NDManager scope) {
    for (int i = 0; i < tokens.length; i++) {
      int length = tokens[i].length;
      try (NDManager inner = scope.newSubManager()) {
        NDArray before = normed.get(inner, new NDIndex("{}, 0:{}", i, length - 1));
        NDArray targets =
            inner.create(Arrays.stream(tokens[i], 1, length).asLongStream().toArray());
        rows.get(i).get(Moment.SURPRISE)[0] =
            model.surprisal(model.logits(before), targets).mean().getFloat();
      }
    }
  }

  /** The weights of a mean over the counted tokens, {@code [batch, 1, tokens]}. */
  private NDArray mask(List<Passage> batch, int length, NDManager scope) {
    float[] weights = new float[batch.size() * length];
    for (int i = 0; i < batch.size(); i++) {
      float count = 0;
      for (int t = 0; t < length; t++) {
        weights[i * length + t] = observation.counted().weight(batch.get(i), t);
        count += weights[i * length + t];
      }
      if (count == 0) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "A window of %d tokens has no counted token (%s). Take longer windows, or count other tokens.",
                length,
                observation.counted()));
      }
      for (int t = 0; t < length; t++) {
        weights[i * length + t] /= count;
      }
    }
    return scope.create(weights, new Shape(batch.size(), 1, length));
  }

  private Map<Moment, float[]> empty() {
    Map<Moment, float[]> row = new EnumMap<>(Moment.class);
    moments.forEach(moment -> row.put(moment, new float[moment.layout(layout).size()]));
    return row;
  }

  /**
   * Moments of one point.
   *
   * @param x {@code [batch, tokens, channels]}
   */
  private void read(
      PointLayout.Point point, NDArray x, NDArray mask, List<Map<Moment, float[]>> rows) {
    try (NDManager scope = model.manager().newSubManager()) {
      x.tempAttach(scope);
      for (Moment moment : moments) {
        if (moment == Moment.SURPRISE) {
          continue;
        }
        float[] values =
            moment == Moment.GRAM
                ? projection.products(point, x, mask, scope)
                : moment(moment, x, mask, scope).toFloatArray();
        PointLayout.Point place = moment.layout(layout).point(point.block(), point.name());
        for (int i = 0; i < rows.size(); i++) {
          System.arraycopy(
              values, i * place.width(), rows.get(i).get(moment), place.offset(), place.width());
        }
      }
    }
  }

  /**
   * A moment over the counted tokens, {@code [batch, channels]}. Means are products with the mask.
   */
  private static NDArray moment(Moment moment, NDArray x, NDArray mask, NDManager scope) {
    NDArray weights = mask.duplicate();
    weights.attach(scope);
    return switch (moment) {
      case MEAN_ABS -> weights.matMul(x.abs());
      case MEAN_SQUARE -> weights.matMul(x.square());
      case MEAN -> weights.matMul(x);
      case MAX_ABS -> x.abs().mul(weights.gt(0).swapAxes(1, 2)).max(new int[] {1});
      case GRAM, SURPRISE -> throw new IllegalStateException("no statistic of single channels");
    };
  }
}
