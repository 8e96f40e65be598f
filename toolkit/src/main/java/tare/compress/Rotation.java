package tare.compress;

import ai.djl.ndarray.NDArray;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import tare.grid.Storage;

/**
 * A random rotation of the model before it is compressed (QuaRot, Ashkboos et al. 2024, arXiv
 * 2404.00456, section 4). The residual stream x becomes Q x, and each head's values v become Q′ v;
 * both are folded into the weights. The outputs stay the same, but no channel is much larger than
 * the others. Then another method compresses the model.
 *
 * <pre>{@code
 * Lab lab = Lab.open();
 * CalibrationSet set =
 *     new UniformDraw().select(lab.corpus("news"), new Budget(8, 64), lab.given());
 * CompressedModel model = lab.compress(new Rotation(1).then(new Gptq(3, 64)), set);
 * System.out.println(lab.perplexity(model.checkpoint(), "news"));
 * }</pre>
 *
 * <p>Alone, it is a method that rounds nothing, to check that outputs stay the same. Norms must be
 * RMSNorms, which a rotation does not change: |Q x| = |x|. Their gains go into the weights after
 * them. Output matrix and embedding become two matrices. What QuaRot turns while the model runs
 * (keys, and the inputs of the last linear layer of a block) is left out, so any program can read
 * the result.
 *
 * @param seed seed of the random signs, and of the random part where there is no Hadamard matrix
 */
@JsonTypeName("rotation")
public record Rotation(@JsonPropertyDescription("seed of the rotation") long seed)
    implements Method {

  /** Seed 1. */
  public Rotation() {
    this(1);
  }

  /** Combines this rotation with the method that compresses the rotated model. */
  public Rotated then(Method next) {
    return new Rotated(this, next);
  }

  /** Rounds nothing. */
  @Override
  public Recipe recipe() {
    return new Recipe("rotation", List.of(), new Unrounded(), Optional.empty(), Optional.of(this));
  }

  /**
   * A rotation and the method that compresses the rotated model.
   *
   * @param rotation the rotation
   * @param then any method that compresses weights
   */
  public record Rotated(Rotation rotation, Method then) implements Method {

    /** Checks the method. */
    public Rotated {
      if (then instanceof Uncompressed || then.recipe().rotation().isPresent()) {
        throw new IllegalArgumentException(
            then.label() + " cannot follow a rotation: give a method that compresses weights");
      }
    }

    @Override
    public Recipe recipe() {
      Recipe recipe = then.recipe();
      return new Recipe(
          "rotation+" + recipe.name(),
          recipe.rescalers(),
          recipe.compressor(),
          recipe.inputs(),
          Optional.of(rotation));
    }

    @Override
    public Schedule schedule() {
      return then.schedule();
    }
  }

  /** Leaves weights as they are. */
  private record Unrounded() implements Compressor {

    private static final int BITS = 16;

    @Override
    public Compressed compress(NDArray weight, LayerInputs inputs) {
      return new Compressed(new Storage.Dense(weight.toFloatArray(), BITS), "");
    }

    @Override
    public boolean calibrated() {
      return false;
    }
  }

  /**
   * The rotation of vectors of a size: a Hadamard matrix times random signs. It is a Kronecker
   * product of Sylvester's and Paley's matrices. For the few sizes without one, a random orthogonal
   * matrix of the odd part of the size stands in for Paley's.
   */
  public Turn turn(int size) {
    Random random = new Random(seed * 31 + size);
    double[] signs = random.doubles(size).map(each -> each < 0.5 ? -1 : 1).toArray();
    int twos = Integer.numberOfTrailingZeros(size);
    int odd = size >> twos;
    if (odd == 1) {
      return new Turn(signs, new double[][] {{1}});
    }
    for (int some = 2; some <= twos; some++) {
      Optional<double[][]> paley = paley(odd << some);
      if (paley.isPresent()) {
        return new Turn(signs, paley.get());
      }
    }
    return new Turn(signs, orthogonal(odd, random));
  }

  /**
   * An orthogonal matrix Q = (S ⊗ C) · diag(signs), where S is Sylvester's Hadamard matrix divided
   * by the root of its order.
   *
   * @param signs 1 or −1 for each number of a vector
   * @param core C, orthogonal; its order times a power of two is the size of a vector
   */
  public record Turn(double[] signs, double[][] core) {

    /** The size of a vector. */
    public int size() {
      return signs.length;
    }

    /**
     * Turns vectors x into Q x.
     *
     * @param vectors vectors of this size, one after another; overwritten
     */
    public void apply(float[] vectors) {
      int size = size();
      if (vectors.length % size != 0) {
        throw new IllegalArgumentException(vectors.length + " numbers are not vectors of " + size);
      }
      IntStream.range(0, vectors.length / size)
          .parallel()
          .forEach(
              vector -> {
                double[] x = new double[size];
                for (int i = 0; i < size; i++) {
                  x[i] = signs[i] * vectors[vector * size + i];
                }
                double[] y = sylvester(core(x));
                for (int i = 0; i < size; i++) {
                  vectors[vector * size + i] = (float) y[i];
                }
              });
    }

    /** (I ⊗ C) x. */
    private double[] core(double[] x) {
      int order = core.length;
      if (order == 1) {
        return x;
      }
      double[] y = new double[x.length];
      for (int from = 0; from < x.length; from += order) {
        for (int row = 0; row < order; row++) {
          double sum = 0;
          for (int j = 0; j < order; j++) {
            sum += core[row][j] * x[from + j];
          }
          y[from + row] = sum;
        }
      }
      return y;
    }

    /** (S ⊗ I) x by the fast transform, in place. */
    private double[] sylvester(double[] x) {
      int order = core.length;
      for (int half = order; half < x.length; half *= 2) {
        for (int from = 0; from < x.length; from += 2 * half) {
          for (int i = from; i < from + half; i++) {
            double sum = x[i] + x[i + half];
            x[i + half] = x[i] - x[i + half];
            x[i] = sum;
          }
        }
      }
      double root = Math.sqrt((double) x.length / order);
      for (int i = 0; i < x.length; i++) {
        x[i] /= root;
      }
      return x;
    }
  }

  /**
   * Paley's Hadamard matrix divided by the root of its order (Paley 1933): of order q + 1 for a
   * prime q = 3 mod 4, or of order 2 (q + 1) for a prime q = 1 mod 4. Empty for other orders.
   */
  static Optional<double[][]> paley(int order) {
    boolean first = isPrime(order - 1) && (order - 1) % 4 == 3;
    int q = first ? order - 1 : order / 2 - 1;
    if (!first && !(order % 2 == 0 && isPrime(q) && q % 4 == 1)) {
      return Optional.empty();
    }
    int[][] bordered = bordered(q, first ? -1 : 1);
    double[][] matrix = new double[order][order];
    double unit = 1 / Math.sqrt(order);
    for (int i = 0; i <= q; i++) {
      for (int j = 0; j <= q; j++) {
        int s = bordered[i][j];
        int d = i == j ? 1 : 0;
        if (first) {
          matrix[i][j] = unit * (s + d);
        } else {
          matrix[2 * i][2 * j] = unit * (s + d);
          matrix[2 * i][2 * j + 1] = unit * (s - d);
          matrix[2 * i + 1][2 * j] = unit * (s - d);
          matrix[2 * i + 1][2 * j + 1] = unit * (-s - d);
        }
      }
    }
    return Optional.of(matrix);
  }

  /**
   * Jacobsthal's matrix χ(i − j) of the quadratic residues mod q, with a border of ones above and a
   * border of {@code left} at the left.
   */
  private static int[][] bordered(int q, int left) {
    int[] residue = new int[q];
    Arrays.fill(residue, -1);
    residue[0] = 0;
    for (int i = 1; i < q; i++) {
      residue[(int) ((long) i * i % q)] = 1;
    }
    int[][] matrix = new int[q + 1][q + 1];
    for (int i = 0; i < q; i++) {
      matrix[0][i + 1] = 1;
      matrix[i + 1][0] = left;
      for (int j = 0; j < q; j++) {
        matrix[i + 1][j + 1] = residue[Math.floorMod(i - j, q)];
      }
    }
    return matrix;
  }

  private static boolean isPrime(int number) {
    return number > 1
        && IntStream.rangeClosed(2, (int) Math.sqrt(number)).noneMatch(d -> number % d == 0);
  }

  /** A random orthogonal matrix: rows of normal numbers, made orthogonal one after another. */
  private static double[][] orthogonal(int size, Random random) {
    double[][] rows = new double[size][];
    for (int i = 0; i < size; i++) {
      double[] row = IntStream.range(0, size).mapToDouble(j -> random.nextGaussian()).toArray();
      for (int again = 0; again < 2; again++) { // the second time takes away what rounding left
        for (int k = 0; k < i; k++) {
          double product = product(row, rows[k]);
          for (int j = 0; j < size; j++) {
            row[j] -= product * rows[k][j];
          }
        }
      }
      double norm = Math.sqrt(product(row, row));
      rows[i] = Arrays.stream(row).map(value -> value / norm).toArray();
    }
    return rows;
  }

  private static double product(double[] a, double[] b) {
    return IntStream.range(0, a.length).mapToDouble(j -> a[j] * b[j]).sum();
  }
}
