package tare.select.activation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.function.ObjIntConsumer;
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
    boolean output = observation.points() == Observation.Points.BLOCK_OUTPUT;
    List<Point> points = new ArrayList<>();
    eachBlock(
        model,
        observation,
        (block, index) -> {
          List<LinearGroup> groups = output ? block.groups().subList(0, 1) : block.groups();
          for (LinearGroup group : groups) {
            String name = output ? "output" : group.name();
            points.add(new Point(index, name, end(points), inputs(group)));
          }
        });
    return new PointLayout(points);
  }

  /** Visits the observed blocks. One that is not kept in memory is freed after the visit. */
  private static void eachBlock(
      DecoderModel model, Observation observation, ObjIntConsumer<DecoderBlock> visitor) {
    for (int index = 0; index < observation.blocks(model.checkpoint().config().blocks()); index++) {
      try (NDManager scope = model.manager().newSubManager()) {
        visitor.accept(model.block(index, scope), index);
      }
    }
  }

  /** The index after the last channel of some points. */
  private static int end(List<Point> points) {
    Point last = points.isEmpty() ? new Point(0, "", 0, 0) : points.get(points.size() - 1);
    return last.offset() + last.width();
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
    eachBlock(
        model,
        observation,
        (block, index) -> {
          for (LinearGroup group : block.groups()) {
            int offset = layout.point(index, group.name()).offset();
            group.linears().forEach(linear -> addColumnSquares(linear.weight(), gain, offset));
          }
        });
    return gain;
  }

  /** The number of linear layers that read each point; 1 where it is no input of a group. */
  public static int[] readers(DecoderModel model, Observation observation) {
    if (observation.points() == Observation.Points.BLOCK_OUTPUT) {
      return of(model, observation).points().stream().mapToInt(point -> 1).toArray();
    }
    List<Integer> readers = new ArrayList<>();
    eachBlock(
        model,
        observation,
        (block, index) -> block.groups().forEach(group -> readers.add(group.linears().size())));
    return readers.stream().mapToInt(Integer::intValue).toArray();
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
}
