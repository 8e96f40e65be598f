package tare.evaluate.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tare.data.Sha256;
import tare.evaluate.Fields;
import tare.evaluate.Solutions;
import tare.evaluate.SolvedItem;
import tare.evaluate.Task;

/**
 * A published benchmark as data: which sides are used for what, and how a record becomes a prompt.
 *
 * @param name the benchmark's name in results, lm-evaluation-harness's name where it has one. The
 *     part before a slash names the folder of the files: {@code gsm8k/solutions} shares it with
 *     {@code gsm8k}
 * @param scored the side whose items are scored
 * @param learned the side that selection may learn from
 * @param examples the side that provides solved examples for prompts
 * @param shots number of solved examples
 * @param columns the columns of tables that are published without a heading
 * @param form turns records into a task
 */
public record Benchmark(
    String name,
    TaskSide scored,
    TaskSide learned,
    TaskSide examples,
    int shots,
    List<String> columns,
    RecordReader form) {

  /** Copies the list, and checks that selection does not learn from the scored side. */
  public Benchmark {
    columns = List.copyOf(columns);
    if (scored == learned || (shots > 0 && scored == examples)) {
      throw new IllegalArgumentException(
          "The benchmark %s is scored on its %s side, so nothing may learn from it."
              .formatted(name, scored.label()));
    }
  }

  /** A benchmark whose tables have a heading. */
  Benchmark(
      String name,
      TaskSide scored,
      TaskSide learned,
      TaskSide examples,
      int shots,
      RecordReader form) {
    this(name, scored, learned, examples, shots, List.of(), form);
  }

  /** A benchmark without solved examples. */
  Benchmark(String name, TaskSide scored, RecordReader form) {
    this(name, scored, TaskSide.TRAIN, TaskSide.TRAIN, 0, form);
  }

  /** The same problems, scored by the likelihood of their published solutions. */
  Benchmark solutions() {
    RecordReader given = new SolutionReader(form);
    return new Benchmark(name + "/solutions", scored, learned, examples, 0, columns, given);
  }

  /** Name of the folder that holds its files. */
  public String folder() {
    return name.replaceFirst("/.*", "");
  }

  /**
   * Reads the files in a folder.
   *
   * @throws IllegalArgumentException if a required side is missing or a record is wrong; the
   *     message names file, place and field
   */
  public TaskSource read(Path folder) {
    TaskFolder files = new TaskFolder(folder, columns);
    List<Fields> records = files.records(scored, this::text);
    List<Fields> worked = shots > 0 ? files.records(examples, this::text) : List.of();
    List<Path> used = new ArrayList<>(files.files(scored));
    used.addAll(shots > 0 ? files.files(examples) : List.of());
    String version = String.format(Locale.ROOT, "1, %d-shot, files %s", shots, revision(used));
    Read read = new Read(this, version, records, worked, files);
    read.first(Integer.MAX_VALUE);
    return read;
  }

  /** Whether a folder holds the files that scoring needs. Their content is not read. */
  public boolean isIn(Path folder) {
    TaskFolder files = new TaskFolder(folder, columns);
    return !files.files(scored).isEmpty() && (shots == 0 || !files.files(examples).isEmpty());
  }

  private String text(Fields record) {
    return form.solved("", record).text();
  }

  private static String revision(List<Path> files) {
    try {
      StringBuilder each = new StringBuilder();
      for (Path file : files) {
        each.append(Sha256.hexOfFile(file));
      }
      return Sha256.hex(each.toString()).substring(0, 12);
    } catch (IOException e) {
      throw new UncheckedIOException("One of " + files + " cannot be read", e);
    }
  }

  /** The records of a folder. */
  private record Read(
      Benchmark benchmark,
      String version,
      List<Fields> records,
      List<Fields> worked,
      TaskFolder files)
      implements TaskSource {

    @Override
    public String name() {
      return benchmark.name();
    }

    @Override
    public Task first(int limit) {
      return benchmark.form().task(name(), version, records, worked, limit);
    }

    @Override
    public List<SolvedItem> solved() {
      Set<String> scored = new HashSet<>();
      records.forEach(each -> scored.add(benchmark.text(each)));
      List<SolvedItem> solved = new ArrayList<>();
      List<Fields> learned = files.records(benchmark.learned(), benchmark::text);
      for (int i = 0; i < learned.size(); i++) {
        String id =
            String.format(Locale.ROOT, "%s-%s-%05d", name(), benchmark.learned().label(), i);
        SolvedItem item = benchmark.form().solved(id, learned.get(i));
        if (scored.add(item.text())) {
          solved.add(item);
        }
      }
      return solved;
    }
  }

  /**
   * Turns records into problems with their solutions, without solved examples before them.
   *
   * @param written the form of the same records in which the model writes the solution
   */
  private record SolutionReader(RecordReader written) implements RecordReader {

    @Override
    public Solutions task(
        String name, String version, List<Fields> records, List<Fields> examples, int limit) {
      List<SolvedItem> items = new ArrayList<>();
      for (Fields record : records.subList(0, Math.min(limit, records.size()))) {
        items.add(solved(String.format(Locale.ROOT, "%05d", items.size()), record));
      }
      return new Solutions(name, version, items);
    }

    @Override
    public SolvedItem solved(String id, Fields record) {
      return written.solved(id, record);
    }
  }
}
