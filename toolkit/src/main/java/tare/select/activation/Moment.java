package tare.select.activation;

import java.util.List;
import java.util.Locale;

/** A statistic of one window, most of them of the channels of a point over the counted tokens. */
public enum Moment {
  /** E|x|, from which AWQ takes its scales. */
  MEAN_ABS,
  /** E x², the diagonal of GPTQ's Hessian. */
  MEAN_SQUARE,
  /** E x, with its sign. */
  MEAN,
  /** max |x|, from which SmoothQuant takes its factors. Not additive over windows. */
  MAX_ABS,
  /** E xxᵀ without its diagonal, in random directions. See {@link GramSketch}. */
  GRAM,
  /**
   * One number for the window: the mean of −ln p of its tokens after the first, in nats, whatever
   * counts. It needs all blocks.
   */
  SURPRISE;

  /** The layout of the statistic's vectors, for a layout of channels. */
  PointLayout layout(PointLayout channels) {
    return switch (this) {
      case GRAM -> channels.resized(width -> GramSketch.PRODUCTS);
      case SURPRISE -> {
        int last = channels.points().get(channels.points().size() - 1).block();
        yield new PointLayout(List.of(new PointLayout.Point(last, "logits", 0, 1)));
      }
      default -> channels;
    };
  }

  /** The ending of file names with this moment. */
  String ending() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
