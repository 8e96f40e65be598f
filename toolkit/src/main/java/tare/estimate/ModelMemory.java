package tare.estimate;

import ai.djl.ndarray.types.Shape;
import java.util.Map;
import tare.model.ModelConfig;

/**
 * The bytes that a model's arrays take at the same time, computed from its sizes. Memory of Java
 * and of the tensor library itself is not counted.
 */
public record ModelMemory(ModelConfig config) {

  private static long count(Map<String, Shape> shapes) {
    return shapes.values().stream().mapToLong(Shape::size).sum();
  }

  /**
   * Bytes on the host: the residual stream of all samples, before and after a block.
   *
   * @param samples samples in the calibration set
   * @param length tokens per sample
   */
  public long hiddenStates(long samples, long length) {
    return 2 * Float.BYTES * samples * length * config.width();
  }

  /**
   * Bytes on the device while a block is compressed in float32: embedding and output matrix, the
   * block's weights before and after compression, and the Gram matrix of each group.
   */
  public long blockAtATime() {
    Map<String, Shape> block = config.blockShapes(0);
    return Float.BYTES * (count(config.endShapes()) + 2 * count(block)) + grams();
  }

  /** Bytes on the device of a matrix of inputs times inputs for each group of a block. */
  public long grams() {
    return Float.BYTES
        * (2 * square(config.width())
            + square((long) config.heads() * config.headWidth())
            + square(config.hidden()));
  }

  private static long square(long size) {
    return size * size;
  }

  /**
   * Bytes on the device for the activations of one batch within a block: the residual stream before
   * and after attention, a norm, queries, keys and values before and after rotation, and the
   * feed-forward layer.
   *
   * @param tokens tokens in the batch
   */
  public long activations(long tokens) {
    long queries = (long) config.heads() * config.headWidth();
    long keys = (long) config.keyValueHeads() * config.headWidth();
    return Float.BYTES
        * tokens
        * (4L * config.width() + 3 * queries + 3 * keys + 2L * config.hidden());
  }

  /**
   * Bytes of the whole model on the device, with linear layers in the precision and everything else
   * in float32.
   *
   * @param bytesOfWeight 4 in float32, 2 in bfloat16 and float16
   */
  public long resident(int bytesOfWeight) {
    long embedding = (long) config.vocabulary() * config.embeddingWidth();
    long head = config.tiedHead() && bytesOfWeight == Float.BYTES ? 0 : embedding;
    return bytesOfWeight * (linears() + head) + Float.BYTES * embedding;
  }

  /** Bytes of embedding and output matrix on the device, in float32. */
  public long ends() {
    return Float.BYTES * count(config.endShapes());
  }

  /** Number of compressed weights: those of the linear layers in all blocks. */
  public long linears() {
    return config.blocks()
        * config.blockShapes(0).values().stream()
            .filter(shape -> shape.dimension() == 2)
            .mapToLong(Shape::size)
            .sum();
  }
}
