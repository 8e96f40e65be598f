package tare.adapt;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tare.data.ChatWriter;
import tare.data.CleanCorpus;
import tare.data.Corpus;
import tare.data.CorpusFile;
import tare.data.CorpusSide;
import tare.data.Document;
import tare.data.Marks;
import tare.data.Overlap;
import tare.data.Sha256;
import tare.evaluate.MultipleChoice;
import tare.evaluate.Perplexity;
import tare.evaluate.Solutions;
import tare.evaluate.SolvedItem;
import tare.evaluate.Task;
import tare.evaluate.benchmark.TaskSource;
import tare.evaluate.benchmark.Tasks;
import tare.model.TextTokenizer;
import tare.select.ReferenceItem;
import tare.select.TaskReference;

/**
 * What a compressed model is for: tasks, of which only the training side is looked at, and files of
 * own text.
 *
 * <pre>{@code
 * Lab lab = Lab.open();
 * Tasks tasks = new Tasks(lab.data().resolve("fetched"));
 * String text = lab.data().resolve("fetched/corpora/encyclopedia.jsonl").toString();
 * Target.Sizes sizes = new Target.Sizes(32, 4, 256);
 * Purpose purpose = Purpose.of(List.of(text), tasks, lab.original().tokenizer(), sizes, 1);
 * System.out.println(purpose.targets().get(0).guide());
 * }</pre>
 *
 * @param targets the texts, at least one
 */
public record Purpose(List<Target> targets) {

  private static final Pattern WEIGHTED = Pattern.compile("(.+):([0-9.]+)");

  /** Copies the list. */
  public Purpose {
    targets = List.copyOf(targets);
  }

  /** Reads the documents of a file of own text. */
  @FunctionalInterface
  public interface Reader {

    /** Reads a corpus. */
    Corpus read(Path file) throws IOException;
  }

  /**
   * Reads a purpose whose files hold rows of text in the field {@code text}, or plain text.
   *
   * @throws IOException if a file cannot be read
   * @throws IllegalArgumentException as {@link #of(List, Tasks, int, Reader, TextTokenizer,
   *     Target.Sizes, long)}
   */
  public static Purpose of(
      List<String> given, Tasks tasks, TextTokenizer tokenizer, Target.Sizes sizes, long seed)
      throws IOException {
    Reader reader = file -> CorpusFile.read(file, CorpusSide.ALL, "text", ChatWriter.REFUSED);
    return of(given, tasks, 50, reader, tokenizer, sizes, seed);
  }

  /**
   * Reads a purpose.
   *
   * @param given names of tasks and of files, each with a weight behind a colon or none, which is a
   *     weight of 1; a file of the name of a task is taken for the file
   * @param limit number of test items that are scored before and after, for each task
   * @param reader reads the files
   * @param seed decides how items are split into parts
   * @throws IOException if a file cannot be read
   * @throws IllegalArgumentException if there is no such task or file, a task has no training side,
   *     a weight is not above 0, a target is named twice, or a text is too short to be split
   */
  public static Purpose of(
      List<String> given,
      Tasks tasks,
      int limit,
      Reader reader,
      TextTokenizer tokenizer,
      Target.Sizes sizes,
      long seed)
      throws IOException {
    if (given.isEmpty()) {
      throw new IllegalArgumentException(
          "--for names no purpose: give tasks (tare evaluate --list) or files of your own text.");
    }
    Map<String, Double> weights = new LinkedHashMap<>();
    for (String each : given) {
      Matcher weighted = WEIGHTED.matcher(each);
      boolean hasWeight = !Files.exists(Path.of(each)) && weighted.matches();
      String name = hasWeight ? weighted.group(1) : each;
      double weight = hasWeight ? weight(each, weighted.group(2)) : 1;
      if (weights.put(name, weight) != null) {
        throw new IllegalArgumentException(
            "--for %s is named twice: name it once, with the sum of the weights.".formatted(name));
      }
    }
    double sum = weights.values().stream().mapToDouble(weight -> weight).sum();
    int share = Math.max(2, sizes.windows() / weights.size());
    Target.Sizes each = new Target.Sizes(sizes.window(), share, sizes.guiding());
    List<Target> targets = new ArrayList<>();
    for (Map.Entry<String, Double> one : weights.entrySet()) {
      double weight = one.getValue() / sum;
      Path file = Path.of(one.getKey());
      targets.add(
          Files.exists(file)
              ? ofText(reader.read(file), weight, tokenizer, each, seed)
              : ofTask(one.getKey(), weight, tasks, limit, tokenizer, each, seed));
    }
    long names = targets.stream().map(Target::name).distinct().count();
    if (names < targets.size()) {
      throw new IllegalArgumentException(
          "--for names two texts that are both called %s: rename a file, as the report would mix them up."
              .formatted(
                  targets.stream()
                      .map(Target::name)
                      .filter(
                          name -> targets.stream().filter(t -> t.name().equals(name)).count() > 1)
                      .findFirst()
                      .orElseThrow()));
    }
    return new Purpose(targets);
  }

  private static double weight(String given, String number) {
    try {
      double weight = Double.parseDouble(number);
      if (weight > 0) {
        return weight;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "--for %s: '%s' is not a number above 0.".formatted(given, number), e);
    }
    throw new IllegalArgumentException(
        "--for %s: the weight %s is not above 0; leave the target out.".formatted(given, number));
  }

  private static Target ofText(
      Corpus corpus, double weight, TextTokenizer tokenizer, Target.Sizes sizes, long seed) {
    List<Target.Item> items;
    try (var documents = corpus.documents()) {
      items =
          documents
              .map(
                  each ->
                      new Target.Item(new ReferenceItem(each.id(), "", each.text()), each.marks()))
              .toList();
    }
    return Target.split(corpus.name(), weight, items, List.of(), tokenizer, sizes, seed);
  }

  private static Target ofTask(
      String name,
      double weight,
      Tasks tasks,
      int limit,
      TextTokenizer tokenizer,
      Target.Sizes sizes,
      long seed) {
    List<SolvedItem> solved;
    TaskSource source;
    try {
      source = tasks.named(name);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "--for %s is no file, and no task that can be read here. %s"
              .formatted(name, e.getMessage()),
          e);
    }
    try {
      solved = source.solved();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(noTrainingSide(name) + " " + e.getMessage(), e);
    }
    Overlap tests = new Overlap();
    tests.addItems(source.first(Integer.MAX_VALUE).solvedTexts().toList());
    List<Target.Item> items =
        solved.stream()
            .filter(item -> !tests.isIn(item.text()))
            .map(item -> new ReferenceItem(item.id(), item.prompt(), item.answer()))
            .map(item -> new Target.Item(item, Marks.NONE))
            .toList();
    if (items.isEmpty()) {
      throw new IllegalArgumentException(noTrainingSide(name));
    }
    Task scored = source.first(limit);
    if (scored instanceof MultipleChoice || scored instanceof Solutions) {
      return Target.split(name, weight, items, List.of(scored), tokenizer, sizes, seed);
    }
    String solutions = name + "/solutions";
    return Target.split(name, weight, items, List.of(), tokenizer, sizes, seed)
        .noted(
            "The test items of %s are not scored: only those of tasks of choices are, and solutions.%s"
                .formatted(
                    name,
                    Tasks.isBenchmark(solutions) ? " --for " + solutions + " scores them." : ""));
  }

  private static String noTrainingSide(String name) {
    return "--for %s has no training side that could guide a choice, and its test items must not. Take another task, or a file of text of this kind."
        .formatted(name);
  }

  /** The weight of each target by its name. */
  public Map<String, Double> weights() {
    Map<String, Double> weights = new LinkedHashMap<>();
    targets.forEach(target -> weights.put(target.name(), target.weight()));
    return weights;
  }

  /** The parts that guide, for selectors that look at tasks. */
  public List<TaskReference> guides() {
    return targets.stream().map(Target::guide).toList();
  }

  /** Identifies the targets, their parts and their weights: a SHA-256, in hexadecimal. */
  public String revision() {
    return Sha256.hex(
        targets.stream()
            .map(
                target ->
                    String.join(
                        " ",
                        target.guide().toString(),
                        String.valueOf(target.weight()),
                        version(target.deciding()),
                        version(target.reporting()),
                        Sha256.hex(
                            target.calibrating().stream()
                                .flatMap(each -> Stream.of(each.text(), each.marks().toString())))))
            .collect(Collectors.joining("\n")));
  }

  private static String version(Perplexity text) {
    return text.version() + " " + text.windows();
  }

  /** What a reader must know of the targets. */
  public List<String> notes() {
    return targets.stream().flatMap(target -> target.notes().stream()).toList();
  }

  /**
   * Tells whether a text overlaps with one that decides, is reported or guides, or with a test item
   * of a task. Such text must not be in a pool.
   */
  public Predicate<String> overlap() {
    Overlap overlap = scoring();
    targets.forEach(
        target ->
            overlap.addItems(target.guide().items().stream().map(ReferenceItem::text).toList()));
    return overlap::isIn;
  }

  /** Tells whether a text overlaps in this way, or is one that may calibrate. */
  Predicate<String> known() {
    Overlap calibrating = new Overlap();
    targets.forEach(
        target -> calibrating.addDocuments(target.calibrating().stream().map(Document::text)));
    return overlap().or(calibrating::isSame);
  }

  /** The texts of the deciding and the reporting parts, and the test items. */
  private Overlap scoring() {
    Overlap overlap = new Overlap();
    for (Target target : targets) {
      overlap.addItems(target.scored());
      target.tests().forEach(task -> overlap.addItems(task.solvedTexts().toList()));
    }
    return overlap;
  }

  /** Tells whether a text overlaps with one that decides, is reported, or is a test item. */
  public Predicate<String> scored() {
    return scoring()::isIn;
  }

  /**
   * The targets' own text as a pool, without what is decided or reported on: one corpus for each
   * target.
   */
  List<Corpus> ownText() {
    return targets.stream()
        .<Corpus>map(
            target ->
                new CleanCorpus(
                    target.name(),
                    Sha256.hex(
                        target.calibrating().stream()
                            .map(Document::text)
                            .collect(Collectors.joining("\n"))),
                    target.calibrating(),
                    0))
        .toList();
  }
}
