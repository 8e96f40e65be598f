package tare.select.acdm;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import tare.select.activation.Distance;
import tare.select.activation.KMeans;

/** How the references of a task become one point, or several. */
public enum Centroid {
  /** The mean. */
  MEAN,
  /** The mean of each coordinate without the lowest and the highest tenth. */
  TRIMMED_MEAN,
  /** The median of each coordinate. */
  MEDIAN,
  /** The reference with the least sum of distances to the others. */
  MEDOID,
  /** Four centres by k-means, for tasks of several kinds; the nearest counts. */
  FOUR_MEANS;

  /** The centroids of scaled statistics. */
  List<float[]> of(List<float[]> z) {
    return switch (this) {
      case MEAN -> List.of(trimmed(z, 0));
      case TRIMMED_MEAN -> List.of(trimmed(z, z.size() / 10));
      case MEDIAN -> List.of(trimmed(z, (z.size() - 1) / 2));
      case MEDOID -> List.of(z.get(medoid(z)));
      case FOUR_MEANS -> KMeans.of(z, Math.min(4, z.size()), 10, new SplittableRandom(1)).centres();
    };
  }

  /** The mean of each coordinate without so many of the lowest and of the highest values. */
  private static float[] trimmed(List<float[]> z, int cut) {
    float[] centroid = new float[z.get(0).length];
    float[] values = new float[z.size()];
    for (int c = 0; c < centroid.length; c++) {
      for (int i = 0; i < values.length; i++) {
        values[i] = z.get(i)[c];
      }
      if (cut > 0) {
        Arrays.sort(values);
      }
      double sum = 0;
      for (int i = cut; i < values.length - cut; i++) {
        sum += values[i];
      }
      centroid[c] = (float) (sum / (values.length - 2 * cut));
    }
    return centroid;
  }

  private static int medoid(List<float[]> z) {
    double[] sums =
        IntStream.range(0, z.size())
            .mapToDouble(
                i -> z.stream().mapToDouble(o -> Math.sqrt(Distance.squared(z.get(i), o))).sum())
            .toArray();
    return IntStream.range(0, sums.length).reduce(0, (best, i) -> sums[i] < sums[best] ? i : best);
  }
}
