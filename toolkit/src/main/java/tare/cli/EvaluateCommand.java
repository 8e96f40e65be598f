package tare.cli;

import ai.djl.Device;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tare.data.ModelNames;
import tare.data.TextFile;
import tare.evaluate.Aggregate;
import tare.evaluate.MultipleChoice;
import tare.evaluate.Perplexity;
import tare.evaluate.Scorer;
import tare.evaluate.TaskScore;
import tare.evaluate.Tasks;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.Precision;
import tare.study.RecordTable;

/** {@code tare evaluate}: the perplexity of a text, or the accuracy on tasks. */
@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    showDefaultValues = true,
    description = "Scores a model: the perplexity of a text, or the accuracy on tasks.")
final class EvaluateCommand implements Callable<Integer> {

  private static final String ALL = "all";
  private static final CSVFormat TABLE =
      CSVFormat.DEFAULT.builder().setHeader().setSkipHeaderRecord(true).get();

  /** What to do: one of three. */
  private static final class What {
    @Option(
        names = "--perplexity",
        required = true,
        paramLabel = "FILE",
        description = "a text file, UTF-8")
    private Path text;

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
        description = "list the tasks with their baselines, and run nothing")
    private boolean list;
  }

  @ArgGroup(multiplicity = "1")
  private What what;

  @Option(names = "--model", paramLabel = "PATH|NAME", description = "the model to score")
  private String model;

  @Option(names = "--window", paramLabel = "N", description = "tokens in a window of the text")
  private int window = 512;

  @Option(
      names = "--windows",
      paramLabel = "K",
      defaultValue = "2147483647",
      showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
      description = "only the first K windows (default: all)")
  private int windows;

  @Option(
      names = "--limit",
      paramLabel = "N",
      defaultValue = "2147483647",
      showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
      description = "only N items of each task, always the same (default: all)")
  private int limit;

  @Option(names = "--precision", description = "f32, bf16, f16, or auto for the fastest here")
  private String precision = "auto";

  @Option(names = "--data", paramLabel = "DIR", description = "the data folder")
  private Path data = Path.of("data");

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "also write the tasks' scores, beside their chance, to this CSV file")
  private Path out;

  @Mixin private DeviceOption device;

  @Spec private CommandSpec spec;

  @Override
  public Integer call() throws IOException {
    PrintWriter print = spec.commandLine().getOut();
    Tasks tasks = new Tasks(data.resolve("fetched"));
    if (what.list) {
      list(tasks, print);
      return 0;
    }
    if (model == null) {
      throw new ParameterException(spec.commandLine(), "Name a model with --model PATH|NAME.");
    }
    if (limit < 1) {
      throw new ParameterException(spec.commandLine(), "--limit must be 1 or more; got " + limit);
    }
    Precision asked = Precision.named(precision);
    List<MultipleChoice> chosen = what.text == null ? chosen(tasks) : List.of();
    String text = what.text == null ? "" : TextFile.read(what.text);
    Checkpoint checkpoint = Checkpoint.open(ModelNames.path(model, data));
    if (what.text != null) {
      checkpoint.config().requireFits(window);
    }
    Device device = this.device.device();
    try (DecoderModel loaded = DecoderModel.load(checkpoint, device, asked)) {
      if (what.text == null) {
        run(chosen, loaded, print);
      } else {
        Perplexity task =
            new Perplexity(what.text.getFileName().toString(), "-", text, window, windows);
        print(task, loaded, print);
      }
    }
    return 0;
  }

  /**
   * Lists the tasks on which the measured model is above chance, from {@code tasks.csv} in the data
   * folder; without that file, all that were fetched.
   */
  private void list(Tasks tasks, PrintWriter print) throws IOException {
    Path measured = data.resolve("tasks.csv");
    List<String> others = new ArrayList<>(tasks.names());
    if (!Files.isRegularFile(measured)) {
      others.forEach(print::println);
      return;
    }
    try (CSVParser rows = CSVParser.parse(measured, StandardCharsets.UTF_8, TABLE)) {
      for (CSVRecord row : rows) {
        if (Boolean.parseBoolean(row.get("above_chance"))) {
          print.printf(
              "%-32s %s on %s items: acc %.3f ± %.3f, acc_norm %.3f ± %.3f, chance %.3f%n",
              row.get("task"),
              row.get("model"),
              row.get("items"),
              Double.parseDouble(row.get("acc")),
              Double.parseDouble(row.get("acc_standard_error")),
              Double.parseDouble(row.get("acc_norm")),
              Double.parseDouble(row.get("acc_norm_standard_error")),
              Double.parseDouble(row.get("chance")));
          others.remove(row.get("task"));
        }
      }
    }
    print.println("At chance, or not measured: " + String.join(", ", others));
  }

  private List<MultipleChoice> chosen(Tasks tasks) {
    List<String> names = what.tasks.equals(List.of(ALL)) ? tasks.names() : what.tasks;
    return names.stream().map(name -> tasks.named(name).first(limit)).toList();
  }

  private void print(Perplexity task, DecoderModel loaded, PrintWriter print) {
    Aggregate perplexity =
        Aggregate.of(task.run(new Scorer(loaded))).stream()
            .filter(each -> each.metric().equals("perplexity"))
            .findFirst()
            .orElseThrow();
    print.printf(
        "%s: perplexity %.4f, standard error %.4f, %d windows of %d tokens, %d predicted, %s%n",
        task.name(),
        perplexity.value(),
        perplexity.standardError(),
        perplexity.items(),
        window,
        (long) perplexity.items() * (window - 1),
        loaded.precision().label());
  }

  private void run(List<MultipleChoice> chosen, DecoderModel loaded, PrintWriter print)
      throws IOException {
    List<TaskScore> scores = new ArrayList<>();
    for (MultipleChoice task : chosen) {
      TaskScore score =
          TaskScore.of(
              task,
              task.run(new Scorer(loaded)),
              model,
              loaded.checkpoint().revision(),
              loaded.precision().label());
      scores.add(score);
      print.println(score.line());
      print.flush();
      if (out != null) {
        try (OutputStream file = Files.newOutputStream(out)) {
          new RecordTable<>(TaskScore.class, scores).write(file);
        }
      }
    }
  }
}
