package tare.select.activation;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;
import tare.model.DecoderBlock;
import tare.model.DecoderModel;
import tare.model.LinearGroup;

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

  /** The layout of a model's observation points. */
  public static PointLayout of(DecoderModel model, Observation observation) {
    List<Point> points = new ArrayList<>();
    int offset = 0;
    for (int b = 0; b < observation.blocks(model.blocks().size()); b++) {
      DecoderBlock block = model.blocks().get(b);
      if (observation.points() == Observation.Points.BLOCK_OUTPUT) {
        Point point = new Point(b, "output", offset, width(block));
        points.add(point);
        offset += point.width();
        continue;
      }
      for (LinearGroup group : block.groups()) {
        Point point = new Point(b, group.name(), offset, inputs(group));
        points.add(point);
        offset += point.width();
      }
    }
    return new PointLayout(points);
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
    Point last = points.get(points.size() - 1);
    return last.offset() + last.width();
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
    for (Point point : layout.points()) {
      for (LinearGroup group : model.blocks().get(point.block()).groups()) {
        if (group.name().equals(point.name())) {
          group
              .linears()
              .forEach(linear -> addColumnSquares(linear.weight(), gain, point.offset()));
        }
      }
    }
    return gain;
  }

  /** The number of linear layers that read each point; 1 where it is no input of a group. */
  public static int[] readers(DecoderModel model, Observation observation) {
    return of(model, observation).points().stream()
        .mapToInt(
            point ->
                model.blocks().get(point.block()).groups().stream()
                    .filter(group -> group.name().equals(point.name()))
                    .mapToInt(group -> group.linears().size())
                    .findFirst()
                    .orElse(1))
        .toArray();
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

  private static int inputs(LinearGroup group) {
    return (int) group.linears().get(0).weight().getShape().get(1);
  }

  private static int width(DecoderBlock block) {
    return inputs(block.groups().get(0));
  }
}
