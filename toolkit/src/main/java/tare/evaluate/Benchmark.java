package tare.evaluate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import tare.data.Document;
import tare.data.Sha256;

/**
 * A published benchmark as data: which sides of it are used for what, and how its records read.
 *
 * @param name the name that results carry, that of lm-evaluation-harness where it has one
 * @param scored the side whose items are scored
 * @param learned the side that selection may learn from
 * @param examples the side that solved examples in the prompt are taken from
 * @param shots how many solved examples
 * @param form how records become a task
 */
public record Benchmark(
    String name, TaskSide scored, TaskSide learned, TaskSide examples, int shots, Form form) {

  /** Checks that what is learned from is not what is scored. */
  public Benchmark {
    if (scored == learned || (shots > 0 && scored == examples)) {
      throw new IllegalArgumentException(
          "The benchmark %s is scored on its %s side, so nothing may learn from it."
              .formatted(name, scored.label()));
    }
  }

  /** Without solved examples. */
  Benchmark(String name, TaskSide scored, Form form) {
    this(name, scored, TaskSide.TRAIN, TaskSide.TRAIN, 0, form);
  }

  /**
   * Reads the files in a folder.
   *
   * @throws IllegalArgumentException if a side that is needed is not there, or a record is wrong;
   *     the message names file, place and field
   */
  public TaskSource read(Path folder) {
    TaskFolder files = new TaskFolder(folder);
    List<Fields> records = files.records(scored);
    List<Fields> solved = shots > 0 ? files.records(examples) : List.of();
    List<Path> used = new ArrayList<>(files.files(scored));
    used.addAll(shots > 0 ? files.files(examples) : List.of());
    String version = "1, %d-shot, files %s".formatted(shots, revision(used));
    Read read = new Read(this, version, records, solved, files);
    read.first(Integer.MAX_VALUE);
    return read;
  }

  /** Whether the files that scoring needs are in a folder; their content is not looked at. */
  public boolean isIn(Path folder) {
    TaskFolder files = new TaskFolder(folder);
    return !files.files(scored).isEmpty() && (shots == 0 || !files.files(examples).isEmpty());
  }

  private static String revision(List<Path> files) {
    try {
      StringBuilder each = new StringBuilder();
      for (Path file : files) {
        each.append(Sha256.of(file));
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
      List<Fields> solved,
      TaskFolder files)
      implements TaskSource {

    @Override
    public String name() {
      return benchmark.name();
    }

    @Override
    public Task first(int limit) {
      return benchmark.form().task(name(), version, records, solved, limit);
    }

    @Override
    public List<Document> references() {
      Set<String> scored = new HashSet<>();
      records.forEach(each -> scored.add(benchmark.form().solved(each)));
      List<Document> references = new ArrayList<>();
      List<Fields> learned = files.records(benchmark.learned());
      for (int i = 0; i < learned.size(); i++) {
        String text = benchmark.form().solved(learned.get(i));
        if (scored.add(text)) {
          String id = "%s-%s-%05d".formatted(name(), benchmark.learned().label(), i);
          references.add(new Document(id, name(), text));
        }
      }
      return references;
    }
  }
}
