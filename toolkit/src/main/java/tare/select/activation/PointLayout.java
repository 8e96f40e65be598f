package tare.select.activation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;
import tare.model.DecoderModel;
import tare.model.LinearGroup;
import tare.model.ModelConfig;

/**
 * The order in which the channels of all observation points lie in a vector.
 *
 * @param points the points in the order in which the model reaches them
 */
public record PointLayout(List<Point> points) {

  /**
   * One observation point.
   *
   * @param block the block, from 0
   * @param name name of the group, or {@code output}
   * @param offset index of its first channel in the vector
   * @param width number of its channels
   */
  public record Point(int block, String name, int offset, int width) {}

  /** Copies the list. */
  public PointLayout {
    points = List.copyOf(points);
  }

  /** The layout of a model's observation points. All blocks of a model have the same shapes. */
  public static PointLayout of(DecoderModel model, Observation observation) {
    ModelConfig config = model.checkpoint().config();
    List<Point> points = new ArrayList<>();
    try (NDManager scope = model.manager().newSubManager()) {
      List<LinearGroup> groups = model.block(0, scope).groups();
      for (int b = 0; b < observation.blocks(config.blocks()); b++) {
        if (observation.points() == Observation.Points.BLOCK_OUTPUT) {
          points.add(new Point(b, "output", end(points), config.width()));
          continue;
        }
        for (LinearGroup group : groups) {
          int inputs = (int) group.linears().get(0).weight().getShape().get(1);
          points.add(new Point(b, group.name(), end(points), inputs));
        }
      }
    }
    return new PointLayout(points);
  }

  /** The index after the last channel of some points. */
  private static int end(List<Point> points) {
    return points.stream().mapToInt(Point::width).sum();
  }

  /** The same points with another number of values each, as a function of their widths. */
  public PointLayout resized(IntUnaryOperator width) {
    List<Point> others = new ArrayList<>();
    int offset = 0;
    for (Point point : points) {
      int own = width.applyAsInt(point.width());
      others.add(new Point(point.block(), point.name(), offset, own));
      offset += own;
    }
    return new PointLayout(others);
  }

  /** Total number of channels, D. */
  public int size() {
    return end(points);
  }

  /** The point of a group in a block. */
  Point point(int block, String name) {
    return points.stream()
        .filter(point -> point.block() == block && point.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /**
   * For each channel, the sum of the squared weights that it feeds, ||W[:,c]||², over the linear
   * layers of its group. Only for points at the inputs of groups.
   */
  public static float[] outputGain(DecoderModel model, Observation observation) {
    PointLayout layout = of(model, observation);
    float[] gain = new float[layout.size()];
    for (int b = 0; b < observation.blocks(model.checkpoint().config().blocks()); b++) {
      try (NDManager scope = model.manager().newSubManager()) {
        for (LinearGroup group : model.block(b, scope).groups()) {
          int offset = layout.point(b, group.name()).offset();
          group.linears().forEach(linear -> addColumnSquares(linear.weight(), gain, offset));
        }
      }
    }
    return gain;
  }

  /** The number of linear layers that read each point; 1 where it is no input of a group. */
  public static int[] readers(DecoderModel model, Observation observation) {
    PointLayout layout = of(model, observation);
    try (NDManager scope = model.manager().newSubManager()) {
      List<LinearGroup> groups = model.block(0, scope).groups();
      return layout.points().stream()
          .mapToInt(
              point ->
                  groups.stream()
                      .filter(group -> group.name().equals(point.name()))
                      .mapToInt(group -> group.linears().size())
                      .findFirst()
                      .orElse(1))
          .toArray();
    }
  }

  private static void addColumnSquares(NDArray weight, float[] sum, int offset) {
    try (NDArray squares = weight.square();
        NDArray columns = squares.sum(new int[] {0})) {
      float[] values = columns.toFloatArray();
      for (int c = 0; c < values.length; c++) {
        sum[offset + c] += values[c];
      }
    }
  }
}
