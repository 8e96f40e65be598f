package tare.estimate;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.function.ToDoubleFunction;
import tare.calibrate.BlockByBlock;
import tare.compress.Method;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Progress;
import tare.data.Sample;
import tare.evaluate.Task.EvaluationTokens;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.ModelConfig;
import tare.model.Positions;
import tare.model.Precision;
import tare.study.Materials;
import tare.study.TaskPlan;
import tare.study.Trial;

/**
 * Predicts the seconds that trials take on this machine, from a few seconds of work with the real
 * models. It measures how fast one block and the output matrix run, and how long each method takes
 * for a block with few and with more tokens. Each measurement is made when a trial first needs it.
 */
public final class MeasuredSeconds implements ToDoubleFunction<Trial> {

  /** Numbers of tokens in the two measurements of a method. */
  private static final int FEW = 512;

  private static final int MORE = 2048;

  /** Length of a benchmark's prompt in tokens; prompts are short. */
  private static final int PROMPT = 128;

  private final Materials materials;
  private final Device device;
  private final Precision precision;
  private final Progress progress;
  private final Map<RowsKey, Double> rows = new HashMap<>();
  private final Map<String, Double> heads = new HashMap<>();
  private final Map<MethodKey, Line> methods = new HashMap<>();
  private final Map<TaskKey, EvaluationTokens> tasks = new HashMap<>();

  /** Rows of a length in tokens, in the samples' or in the evaluation's precision. */
  private record RowsKey(String model, int length, Precision precision) {}

  private record TaskKey(String model, TaskPlan task) {}

  private record MethodKey(String model, Method method, Precision samples) {}

  /** Seconds per block: a fixed part, and a part for each token. */
  private record Line(double fixed, double perToken) {}

  /**
   * No measurement has been made yet.
   *
   * @param precision precision of the evaluation
   */
  public MeasuredSeconds(
      Materials materials, Device device, Precision precision, Progress progress) {
    this.materials = materials;
    this.device = device;
    this.precision = precision.resolvedOn(device);
    this.progress = progress;
  }

  /** Seconds of one trial, without the selection of its calibration set. */
  @Override
  public double applyAsDouble(Trial trial) {
    ModelConfig config = materials.model(trial.model()).config();
    double seconds = 0;
    List<TaskPlan> plans = trial.tasks().stream().map(Trial.PlannedTask::plan).toList();
    for (TaskPlan task : plans) {
      if (isPartOfADivergence(task, plans)) {
        continue; // the same windows run once
      }
      EvaluationTokens tokens = tokens(trial.model(), task);
      int length =
          task instanceof TaskPlan.InWindows text
              ? text.window()
              : Math.min(PROMPT, config.context());
      seconds +=
          config.blocks() * tokens.read() * rowsPerToken(trial.model(), length, precision)
              + tokens.scored() * headPerToken(trial.model());
    }
    if (!(trial.method() instanceof Method.Uncompressed)) {
      seconds += config.blocks() * block(trial, trial.method());
    }
    return seconds;
  }

  private static boolean isPartOfADivergence(TaskPlan task, List<TaskPlan> all) {
    return all.stream()
        .anyMatch(
            each ->
                each instanceof TaskPlan.Divergence divergence
                    && divergence.perplexity().equals(task));
  }

  private EvaluationTokens tokens(String model, TaskPlan task) {
    return tasks.computeIfAbsent(
        new TaskKey(model, task),
        unseen -> materials.task(task).tokens(materials.model(model).tokenizer()));
  }

  /** Seconds to compress a block. Long samples cost more per token, as in the forward pass. */
  private double block(Trial trial, Method method) {
    Line line =
        methods.computeIfAbsent(
            new MethodKey(trial.model(), method, trial.calibrationPrecision()),
            unseen -> line(materials.model(trial.model()), trial));
    if (trial.calibration() == null) {
      return line.fixed();
    }
    Budget budget = trial.calibration().budget();
    double longer =
        rowsPerToken(trial.model(), budget.tokensPerSample(), trial.calibrationPrecision())
            / rowsPerToken(trial.model(), length(trial.model()), trial.calibrationPrecision());
    return line.fixed() + line.perToken() * longer * budget.tokens();
  }

  private int length(String model) {
    return Math.min(FEW, materials.model(model).config().context());
  }

  private Line line(Checkpoint model, Trial trial) {
    if (trial.calibration() == null) {
      return new Line(secondsOfBlock(model, trial, 0), 0);
    }
    double few = secondsOfBlock(model, trial, FEW);
    double more = secondsOfBlock(model, trial, MORE);
    double perToken = Math.max(0, (more - few) / (MORE - FEW));
    return new Line(Math.max(0, few - FEW * perToken), perToken);
  }

  /** Compresses two blocks and times the second. The first is the warm-up. */
  private double secondsOfBlock(Checkpoint model, Trial trial, int tokens) {
    Method method = trial.method();
    progress.at("measuring " + method.label(), 0, 1);
    List<Long> times = new ArrayList<>();
    times.add(System.nanoTime());
    Progress stop =
        (stage, done, total) -> {
          times.add(System.nanoTime());
          if (done == 2) {
            Thread.currentThread().interrupt();
          }
        };
    BlockByBlock blocks = new BlockByBlock(trial.calibrationPrecision());
    try {
      if (tokens == 0) {
        blocks.compress(model, method, device, stop);
      } else {
        int length = Math.min(FEW, model.config().context());
        blocks.compress(model, random(model, tokens / length, length), method, device, stop);
      }
    } catch (CancellationException e) {
      Thread.interrupted();
    }
    int last = times.size() - 1;
    return (times.get(last) - times.get(last - 1)) / 1e9;
  }

  private static CalibrationSet random(Checkpoint model, int samples, int length) {
    SplittableRandom random = new SplittableRandom(1);
    List<Sample> all = new ArrayList<>();
    for (int i = 0; i < Math.max(1, samples); i++) {
      int[] tokens = random.ints(length, 0, model.config().vocabulary()).toArray();
      all.add(new Sample("", "", "", tokens));
    }
    return new CalibrationSet("random tokens", new Budget(all.size(), length), all);
  }

  /** Seconds per token of one block, in rows of a length. */
  private double rowsPerToken(String model, int length, Precision in) {
    RowsKey key = new RowsKey(model, length, in);
    if (!rows.containsKey(key)) {
      measure(key);
    }
    return rows.get(key);
  }

  private double headPerToken(String model) {
    return heads.computeIfAbsent(model, this::headSeconds);
  }

  private void measure(RowsKey key) {
    progress.at("measuring the forward pass", 0, 1);
    try (DecoderModel one = DecoderModel.load(firstBlock(key.model()), device, key.precision())) {
      int count = Math.max(1, MORE / key.length());
      int[][] tokens = tokens(one.checkpoint(), count, key.length());
      forward(one, tokens);
      rows.put(key, forward(one, tokens) / ((double) count * key.length()));
    }
  }

  /** Reads one row of logits, in order to wait for the GPU. */
  private static double forward(DecoderModel model, int[][] tokens) {
    long start = System.nanoTime();
    try (NDManager scope = model.manager().newSubManager()) {
      Positions positions = Positions.causal(tokens[0].length, model.checkpoint().config(), scope);
      NDArray hidden = model.hidden(tokens, positions, scope);
      NDArray rows = hidden.reshape((long) tokens.length * tokens[0].length, -1);
      NDArray first = rows.get(scope, new NDIndex("{}", scope.create(new int[] {0})));
      model.logits(first).sum().getFloat();
    }
    return (System.nanoTime() - start) / 1e9;
  }

  private double headSeconds(String name) {
    try (DecoderModel one = DecoderModel.load(firstBlock(name), device, precision);
        NDManager scope = one.manager().newSubManager()) {
      ModelConfig config = one.checkpoint().config();
      int length = Math.min(PROMPT, config.context());
      int[][] tokens = tokens(one.checkpoint(), 1, length);
      Positions positions = Positions.causal(length, config, scope);
      NDArray hidden = one.hidden(tokens, positions, scope).reshape(length, -1);
      NDArray targets = scope.create(new long[length]);
      one.surprisal(one.logits(hidden), targets).sum().getFloat();
      long start = System.nanoTime();
      one.surprisal(one.logits(hidden), targets).sum().getFloat();
      return (System.nanoTime() - start) / 1e9 / length;
    }
  }

  private Checkpoint firstBlock(String name) {
    Checkpoint whole = materials.model(name);
    return new Checkpoint(
        whole.path(),
        whole.config().withBlocks(1),
        whole.tensors(),
        whole.tokenizer(),
        whole.hash());
  }

  private static int[][] tokens(Checkpoint model, int count, int length) {
    return random(model, count, length).samples().stream()
        .map(Sample::tokens)
        .toArray(int[][]::new);
  }
}
