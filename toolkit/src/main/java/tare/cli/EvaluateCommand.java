package tare.cli;

import ai.djl.Device;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tare.data.WholeFile;
import tare.data.fetch.ModelNames;
import tare.evaluate.Aggregate;
import tare.evaluate.Divergence;
import tare.evaluate.MultipleChoice;
import tare.evaluate.Original;
import tare.evaluate.Outcome;
import tare.evaluate.Perplexity;
import tare.evaluate.Scorer;
import tare.evaluate.Task;
import tare.evaluate.TaskScore;
import tare.evaluate.benchmark.CodeRunner;
import tare.evaluate.benchmark.PythonProcess;
import tare.evaluate.benchmark.Tasks;
import tare.evaluate.benchmark.WindowText;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.Precision;
import tare.study.RecordCsv;

/** {@code tare evaluate}: measures the perplexity on a text, or the accuracy on tasks. */
@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description = "Scores a model: its perplexity on a text, or its accuracy on tasks.")
final class EvaluateCommand implements Callable<Integer> {

  private static final String ALL = "all";

  /** The three things that the command can do, of which the user chooses one. */
  private static final class What {
    @Option(
        names = "--perplexity",
        required = true,
        paramLabel = "FILE|NAME",
        description =
            "a text file; rows of text (JSON, CSV, TSV, Parquet), which are joined by blank lines;"
                + " or a published text: wikitext2, ptb, c4")
    private String text;

    @Option(
        names = "--task",
        required = true,
        split = ",",
        paramLabel = "NAME",
        description = "tasks by name, or 'all'")
    private List<String> tasks;

    @Option(
        names = "--list",
        required = true,
        description = "list the tasks with their baselines, without running them")
    private boolean list;
  }

  @ArgGroup(multiplicity = "1")
  private What what;

  @Option(names = "--model", paramLabel = "PATH|NAME", description = "the model to score")
  private String model;

  @Option(
      names = "--against",
      paramLabel = "PATH|NAME",
      description =
          "the original model: with --perplexity, print how far the predictions of --model are from"
              + " its predictions (Kullback-Leibler divergence in nats), in place of the perplexity;"
              + " with multiple choice, also print this of the probabilities of the choices")
  private String against;

  @Option(names = "--window", paramLabel = "N", description = "tokens per window of the text")
  private int window = 512;

  @Option(
      names = "--windows",
      paramLabel = "K",
      defaultValue = "2147483647",
      showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
      description = "score only the first K windows (default: all)")
  private int windows;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "2147483647",
      showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
      description = "score only N items of each task, always the same ones (default: all)")
  private int limit;

  @Option(
      names = "--precision",
      description =
          "number format: f32, bf16, f16, or auto: bf16 where the machine has instructions for it, else f32")
  private String precision = "auto";

  @Mixin private FieldOption field;

  @Mixin private DataOption data;

  @Option(
      names = "--run-code",
      description =
          "run the programs that the model writes, for tasks that ask for programs. Each"
              + " runs in a process with resource limits, which is not a sandbox: use a disposable"
              + " machine")
  private boolean runCode;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description =
          "also write the accuracy of multiple-choice tasks and the accuracy of guessing to this"
              + " CSV file")
  private Path out;

  @Mixin private DeviceOption device;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    PrintWriter print = spec.commandLine().getOut();
    CodeRunner runner = runCode ? new PythonProcess("python3") : CodeRunner.NONE;
    Tasks tasks = new Tasks(data.folder().resolve("fetched"), runner);
    if (what.list) {
      new TaskList(tasks, data.folder().resolve("tasks.csv")).print(print);
      return 0;
    }
    if (runCode && !runner.passes("pass")) {
      throw new ParameterException(
          spec.commandLine(),
          "--run-code: python3 runs no program here under the limits of memory and time, so every answer would count as wrong. Install Python 3, on Linux.");
    }
    if (out != null && what.tasks == null) {
      throw new ParameterException(
          spec.commandLine(),
          "--out holds the scores of multiple-choice tasks: name some with --task, or leave it out.");
    }
    if (model == null) {
      throw new ParameterException(spec.commandLine(), "Name a model with --model PATH|NAME.");
    }
    Path scored = ModelNames.path(model, data.folder());
    if (out != null) {
      OutputFile written = new OutputFile("--out", out);
      written.requireWritable();
      written.requireNot(scored, "--model");
    }
    if (limit < 1) {
      throw new ParameterException(spec.commandLine(), "--limit must be 1 or more; got " + limit);
    }
    Precision named = Precision.named(precision);
    List<Task> chosen = what.text == null ? chosen(tasks) : List.of();
    if (against != null
        && what.text == null
        && chosen.stream().noneMatch(MultipleChoice.class::isInstance)) {
      throw new ParameterException(
          spec.commandLine(),
          "--against compares the predictions of a text or the answers of multiple choice. Name a"
              + " text with --perplexity, or a task of multiple choice.");
    }
    Optional<Perplexity> text =
        what.text == null
            ? Optional.empty()
            : Optional.of(text(data.folder().resolve("fetched/tasks")));
    Device device = this.device.device();
    Checkpoint checkpoint = Checkpoint.open(scored);
    boolean exact = checkpoint.inputs().isPresent(); // shorter formats cannot hold rounded inputs
    Precision asked = named == Precision.AUTO && exact ? Precision.F32 : named;
    if (text.isPresent()) {
      checkpoint.config().requireFits(window);
    }
    chosen.forEach(task -> task.requireFits(checkpoint));
    if (against != null) {
      List<Task> compared =
          text.<List<Task>>map(each -> List.of(new Divergence(each))).orElse(chosen);
      compare(compared, checkpoint, device, asked);
      return 0;
    }
    try (DecoderModel loaded = DecoderModel.load(checkpoint, device, asked)) {
      if (text.isEmpty()) {
        run(chosen, loaded, new Scorer(loaded), print);
      } else {
        print(text.get(), loaded, print);
      }
    }
    return 0;
  }

  private Perplexity text(Path tasks) throws IOException {
    if (WindowText.ALL.stream().anyMatch(each -> each.name().equals(what.text))) {
      return WindowText.named(what.text).task(tasks, window, windows);
    }
    Path file = Path.of(what.text);
    PrintWriter print = spec.commandLine().getOut();
    String text = field.text(file, print);
    String name = file.toAbsolutePath().normalize().getFileName().toString(); // "." has no name
    return new Perplexity(name, "-", text, window, windows);
  }

  private List<Task> chosen(Tasks tasks) {
    List<String> names = what.tasks.equals(List.of(ALL)) ? tasks.names() : what.tasks;
    return names.stream().<Task>map(name -> tasks.named(name).first(limit)).toList();
  }

  private void compare(List<Task> tasks, Checkpoint checkpoint, Device device, Precision asked)
      throws IOException {
    Path kept = data.folder().resolve("runs/last-hidden");
    Checkpoint base = Checkpoint.open(ModelNames.path(against, data.folder()));
    PrintWriter print = spec.commandLine().getOut();
    try (Original original = new Original(base, device, asked, kept)) {
      tasks.forEach(task -> task.keep(original));
      try (DecoderModel loaded = DecoderModel.load(checkpoint, device, asked)) {
        Scorer scorer = new Scorer(loaded).against(original);
        if (tasks.get(0) instanceof Divergence divergence) {
          print(divergence, scorer, loaded, print);
        } else {
          run(tasks, loaded, scorer, print);
        }
      }
    }
  }

  private void print(Divergence task, Scorer scorer, DecoderModel loaded, PrintWriter print) {
    for (Aggregate each : Aggregate.of(task.run(scorer))) {
      print.printf(
          Locale.ROOT,
          "%s: %s %.6f, standard error %.6f, %d windows of %d tokens, %d predicted, %s%n",
          each.task(),
          each.metric(),
          each.value(),
          each.standardError(),
          each.items(),
          window,
          (long) each.items() * (window - 1),
          loaded.precision().label());
    }
    print.flush();
  }

  private void print(Perplexity task, DecoderModel loaded, PrintWriter print) {
    Aggregate perplexity =
        Aggregate.of(task.run(new Scorer(loaded))).stream()
            .filter(each -> each.metric().equals("perplexity"))
            .findFirst()
            .orElseThrow();
    print.printf(
        Locale.ROOT,
        "%s: perplexity %.4f, standard error %.4f, %d windows of %d tokens, %d predicted, %s%n",
        task.name(),
        perplexity.value(),
        perplexity.standardError(),
        perplexity.items(),
        window,
        (long) perplexity.items() * (window - 1),
        loaded.precision().label());
  }

  private void run(List<Task> chosen, DecoderModel loaded, Scorer scorer, PrintWriter print)
      throws IOException {
    List<TaskScore> scores = new ArrayList<>();
    String revision = loaded.checkpoint().revision();
    for (Task task : chosen) {
      long start = System.nanoTime();
      int before = scorer.truncated();
      List<Outcome> outcomes = task.run(scorer);
      int cut = scorer.truncated() - before;
      if (cut > 0) {
        print.printf(
            Locale.ROOT,
            "%s: %d requests were cut on the left to fit the model's context%n",
            task.name(),
            cut);
      }
      double rate = task.items().size() / ((System.nanoTime() - start) / 1e9);
      if (task instanceof MultipleChoice choice) {
        scores.add(TaskScore.of(choice, outcomes, model, revision, loaded.precision().label()));
        print.printf(Locale.ROOT, "%s, %.2f items/s%n", scores.get(scores.size() - 1).line(), rate);
        Aggregate.of(outcomes).stream()
            .filter(each -> MultipleChoice.LATER.contains(each.metric()))
            .forEach(each -> print.println(line(each)));
      } else {
        Aggregate.of(outcomes).forEach(each -> print.println(line(each)));
        print.printf(Locale.ROOT, "%s: %.2f items/s%n", task.name(), rate);
        task.notes().forEach(note -> print.println(task.name() + ": " + note));
      }
      print.flush();
      if (out != null) {
        WholeFile.write(out, new RecordCsv<>(TaskScore.class, scores)::write);
      }
    }
  }

  private static String line(Aggregate score) {
    return String.format(
        Locale.ROOT,
        "%s: %d items, %s %.4f ± %.4f",
        score.task(),
        score.items(),
        score.metric(),
        score.value(),
        score.standardError());
  }
}
