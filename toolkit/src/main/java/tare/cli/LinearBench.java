package tare.cli;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.io.PrintWriter;
import java.util.Locale;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tare.compress.Compressed;
import tare.compress.Compressor;
import tare.compress.LayerInputs;

/**
 * One linear with invented weights and inputs, on which a method is timed: W is normal with
 * standard deviation 0.02; the inputs are normal, two tokens for each channel, channel j times
 * e^(3u) with u uniform. The Gram matrix is given; only the method is timed.
 */
final class LinearBench {

  private static final int TOKENS_PER_CHANNEL = 2;
  private static final int BATCH = 512;

  @Option(names = "--rows", paramLabel = "N", description = "outputs")
  private int rows = 4096;

  @Option(names = "--columns", paramLabel = "N", description = "inputs")
  private int columns = 4096;

  @Option(names = "--repetitions", paramLabel = "N", description = "runs on the same numbers")
  private int repetitions = 3;

  @Option(names = "--seed", paramLabel = "S", description = "seed of the numbers")
  private int seed = 0;

  @Mixin private DeviceOption device;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  /** Compresses the linear some times and prints a line for each. */
  void run(Compressor method) {
    PrintWriter print = spec.commandLine().getOut();
    try (NDManager manager = NDManager.newBaseManager(device.device())) {
      manager.getEngine().setRandomSeed(seed);
      NDArray weight = manager.randomNormal(0, 0.02f, new Shape(rows, columns), DataType.FLOAT32);
      NDArray gram = gram(manager);
      for (int i = 0; i < repetitions; i++) {
        LayerInputs inputs = new LayerInputs(tokens(), gram);
        long start = System.nanoTime();
        Compressed compressed = method.compress(weight, inputs);
        double seconds = (System.nanoTime() - start) / 1e9;
        print.printf(
            Locale.ROOT,
            "%dx%d %.2f s, loss %.3f%n",
            rows,
            columns,
            seconds,
            loss(weight, compressed, inputs));
        print.flush();
      }
    }
  }

  private int tokens() {
    return TOKENS_PER_CHANNEL * columns;
  }

  private NDArray gram(NDManager manager) {
    NDArray scale = manager.randomUniform(0, 3, new Shape(columns)).exp();
    NDArray gram = manager.zeros(new Shape(columns, columns));
    for (int from = 0; from < tokens(); from += BATCH) {
      try (NDManager scope = manager.newSubManager()) {
        int batch = Math.min(BATCH, tokens() - from);
        NDArray x = scope.randomNormal(new Shape(batch, columns)).muli(scale);
        gram.addi(x.transpose().matMul(x));
      }
    }
    return gram;
  }

  /** tr((W − Ŵ) H (W − Ŵ)ᵀ) with H = 2 XᵀX / tokens. */
  private static double loss(NDArray weight, Compressed compressed, LayerInputs inputs) {
    try (NDManager scope = weight.getManager().newSubManager()) {
      NDArray dense = scope.create(compressed.storage().dense(), weight.getShape());
      return inputs.energy(dense.subi(weight)) * 2 / inputs.tokens();
    }
  }
}
