package tare.select.acdm;

import tare.select.activation.Distance;
import tare.select.activation.Scaling;

/**
 * How far a window is from a task.
 *
 * @param statistic what of the activations is compared
 * @param scaling how it is made comparable
 * @param distance of a window to a centroid
 * @param centroid how references become centroids
 */
public record Geometry(Statistic statistic, Scaling scaling, Distance distance, Centroid centroid) {

  /** Checks that the parts fit together. */
  public Geometry {
    if (distance == Distance.FRECHET && statistic != Statistic.MEAN_AND_STD) {
      throw new IllegalArgumentException(
          "The Fréchet distance is one of means and deviations: take the statistic MEAN_AND_STD.");
    }
    boolean channels =
        statistic != Statistic.MEAN_AND_STD
            && statistic != Statistic.LAYER_SCALARS
            && scaling != Scaling.WHITENED;
    if (distance == Distance.OUTPUT_WEIGHTED && !channels) {
      throw new IllegalArgumentException(
          "OUTPUT_WEIGHTED needs one number for each channel, so neither MEAN_AND_STD nor LAYER_SCALARS nor WHITENED.");
    }
    if (distance == Distance.L1 && scaling == Scaling.WHITENED) {
      throw new IllegalArgumentException("L1 weights layers, which WHITENED mixes: take L2.");
    }
  }

  /** E|x|, z-scores, Euclidean distance, means. */
  public Geometry() {
    this(Statistic.MEAN_ABS, Scaling.Z_SCORE, Distance.L2, Centroid.MEAN);
  }
}
