package tare.cli;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tare.compress.Compressed;
import tare.compress.LayerInputs;
import tare.compress.Method;
import tare.compress.Observed;
import tare.compress.Recipe;
import tare.compress.Rescaler;
import tare.study.PeakMemory;
import tare.tensor.FromHeap;

/**
 * Times a method on one linear layer with invented weights and inputs. W is normal with standard
 * deviation 0.02. The inputs are normal, two tokens for each channel, with channel j multiplied by
 * e^(3u) for uniform u. The Gram matrix is computed before, so that only the method is timed.
 */
final class LinearBench {

  private static final int TOKENS_PER_CHANNEL = 2;
  private static final int BATCH = 512;

  @Option(names = "--rows", paramLabel = "N", description = "outputs")
  private int rows = 4096;

  @Option(names = "--columns", paramLabel = "N", description = "inputs")
  private int columns = 4096;

  @Option(
      names = "--repetitions",
      paramLabel = "N",
      description = "number of runs on the same numbers")
  private int repetitions = 3;

  @Option(names = "--seed", paramLabel = "S", description = "seed of the invented numbers")
  private int seed = 0;

  @Mixin private DeviceOption device;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /**
   * Compresses the layer several times and prints a line for each run. Before them it prints how
   * much the first run raised the peak of resident memory, if the system reports it. That includes
   * memory that the virtual machine takes to compile code and to grow its heap.
   */
  void run(Method method) {
    Recipe recipe = method.recipe();
    PrintWriter print = spec.commandLine().getOut();
    try (NDManager manager = NDManager.newBaseManager(device.device())) {
      manager.getEngine().setRandomSeed(seed);
      NDArray weight = manager.randomNormal(0, 0.02f, new Shape(rows, columns), DataType.FLOAT32);
      Map<Observed, NDArray> observed = observed(manager);
      for (int i = 0; i < repetitions; i++) {
        try (NDManager scope = manager.newSubManager()) {
          NDArray w = weight.duplicate();
          w.attach(scope);
          LayerInputs inputs = new LayerInputs(tokens(), observed);
          boolean first = i == 0 && PeakMemory.restart();
          Long before = PeakMemory.mib();
          long start = System.nanoTime();
          for (Rescaler rescaler : recipe.rescalers()) {
            NDArray s = rescaler.factors(List.of(w), inputs);
            w = w.mul(s);
            inputs = inputs.dividedBy(s);
          }
          Compressed compressed = recipe.compressor().compress(w, inputs);
          double seconds = (System.nanoTime() - start) / 1e9;
          if (first) {
            double held = (PeakMemory.mib() - before) / (4.0 * rows * columns / (1 << 20));
            print.printf(Locale.ROOT, "memory beside weight and Gram: %.1f x the weight%n", held);
          }
          NDArray change = FromHeap.copy(compressed.storage().dense(), w.getShape(), scope).subi(w);
          double loss = inputs.energy(change) * 2 / tokens();
          print.printf(Locale.ROOT, "%dx%d %.2f s, loss %.3f%n", rows, columns, seconds, loss);
          print.flush();
        }
      }
    }
  }

  private int tokens() {
    return TOKENS_PER_CHANNEL * columns;
  }

  /** The Gram matrix and the mean of |X| of the invented inputs. */
  private Map<Observed, NDArray> observed(NDManager manager) {
    NDArray scale = manager.randomUniform(0, 3, new Shape(columns)).exp();
    NDArray gram = manager.zeros(new Shape(columns, columns));
    NDArray sizes = manager.zeros(new Shape(columns));
    for (int from = 0; from < tokens(); from += BATCH) {
      try (NDManager scope = manager.newSubManager()) {
        int batch = Math.min(BATCH, tokens() - from);
        NDArray x = scope.randomNormal(new Shape(batch, columns)).muli(scale);
        gram.addi(x.transpose().matMul(x));
        sizes.addi(x.abs().sum(new int[] {0}));
      }
    }
    return Map.of(Observed.GRAM, gram, Observed.MEAN_ABS, sizes.div(tokens()));
  }
}
