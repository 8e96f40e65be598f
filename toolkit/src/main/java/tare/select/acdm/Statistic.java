package tare.select.acdm;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import tare.select.activation.ActivationStatistics;
import tare.select.activation.Moment;
import tare.select.activation.PointLayout;

/** The compared statistic of a window's activations. */
public enum Statistic {
  /** E|x| of each channel. */
  MEAN_ABS,
  /** √(E x²) of each channel; its square is the diagonal of GPTQ's Hessian. */
  RMS,
  /** Mean and standard deviation over all activations of a point: two numbers per point. */
  LAYER_SCALARS;

  /** The moments from which the statistic is computed. */
  public Set<Moment> moments() {
    return switch (this) {
      case MEAN_ABS -> EnumSet.of(Moment.MEAN_ABS);
      case RMS -> EnumSet.of(Moment.MEAN_SQUARE);
      case LAYER_SCALARS -> EnumSet.of(Moment.MEAN, Moment.MEAN_SQUARE);
    };
  }

  /** The layout of the statistic's vectors, for a layout of channels. */
  PointLayout layout(PointLayout channels) {
    return this == LAYER_SCALARS ? channels.resized(width -> 2) : channels;
  }

  /** The vector of one window. */
  float[] of(ActivationStatistics statistics, int window) {
    return switch (this) {
      case MEAN_ABS -> statistics.of(Moment.MEAN_ABS, window);
      case RMS -> {
        float[] squares = statistics.of(Moment.MEAN_SQUARE, window);
        for (int c = 0; c < squares.length; c++) {
          squares[c] = (float) Math.sqrt(squares[c]);
        }
        yield squares;
      }
      case LAYER_SCALARS -> scalars(statistics, window);
    };
  }

  private static float[] scalars(ActivationStatistics statistics, int window) {
    float[] means = statistics.of(Moment.MEAN, window);
    float[] squares = statistics.of(Moment.MEAN_SQUARE, window);
    List<PointLayout.Point> points = statistics.layout().points();
    float[] both = new float[2 * points.size()];
    for (int p = 0; p < points.size(); p++) {
      double mean = 0;
      double square = 0;
      for (int i = 0; i < points.get(p).width(); i++) {
        mean += means[points.get(p).offset() + i];
        square += squares[points.get(p).offset() + i];
      }
      mean /= points.get(p).width();
      both[2 * p] = (float) mean;
      both[2 * p + 1] = deviation(mean, square / points.get(p).width());
    }
    return both;
  }

  private static float deviation(double mean, double square) {
    return (float) Math.sqrt(Math.max(0, square - mean * mean));
  }
}
