package tare;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import java.util.Random;
import tare.compress.LayerInputs;

/**
 * A linear with awkward weights and inputs: some channels are dead, one row is constant, one zero,
 * a few weights and channels are huge, and channels depend on each other.
 *
 * @param weight W, {@code [out, in]}
 * @param x X, {@code [tokens, in]}
 */
public record InventedLayer(NDArray weight, NDArray x) {

  /** A layer of random shape, with a number of columns that {@code multiple} divides. */
  public static InventedLayer random(long seed, int multiple, NDManager manager) {
    Random random = new Random(seed);
    int rows = 3 + random.nextInt(70);
    int columns = multiple * (2 + random.nextInt(100 / multiple));
    return of(rows, columns, random, manager);
  }

  /** A layer of a given shape. */
  public static InventedLayer of(int rows, int columns, Random random, NDManager manager) {
    float[] w = normal(rows * columns, random);
    for (int j = 0; j < columns; j++) {
      w[j] = 0.5f;
      w[columns + j] = 0;
    }
    w[2 * columns + random.nextInt(columns)] = 300;
    int tokens = 2 * columns;
    float[] x = normal(tokens * columns, random);
    NDArray mixing =
        manager.create(normal(columns * columns, random), new Shape(columns, columns)).mul(0.2f);
    NDArray mixed =
        manager.create(x, new Shape(tokens, columns)).matMul(mixing.add(manager.eye(columns)));
    float[] sizes = new float[columns];
    for (int j = 0; j < columns; j++) {
      sizes[j] = 0.2f + 2 * random.nextFloat();
    }
    sizes[random.nextInt(columns)] = 50;
    sizes[random.nextInt(columns)] = 0;
    return new InventedLayer(
        manager.create(w, new Shape(rows, columns)), mixed.mul(manager.create(sizes)));
  }

  private static float[] normal(int count, Random random) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** Number of outputs. */
  public int rows() {
    return (int) weight.getShape().get(0);
  }

  /** Number of inputs. */
  public int columns() {
    return (int) weight.getShape().get(1);
  }

  /** What calibration on X sees. */
  public LayerInputs inputs() {
    return new LayerInputs(x.getShape().get(0), x.transpose().matMul(x));
  }

  /** The same linear with X times a factor. */
  public LayerInputs louder(double factor) {
    NDArray louder = x.mul(factor);
    return new LayerInputs(x.getShape().get(0), louder.transpose().matMul(louder));
  }

  /** tr(Δ XᵀX Δᵀ) for a change of the weight. */
  public double error(float[] compressed) {
    NDArray change = weight.sub(weight.getManager().create(compressed, weight.getShape()));
    NDArray outputs = x.matMul(change.transpose());
    return outputs.mul(outputs).sum().getFloat();
  }
}
