package tare.evaluate.benchmark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * Finds tasks by name. The published benchmarks of {@link Benchmarks} have their official files in
 * {@code tasks/<name>/}, where {@code <name>} ends at a slash. BIG-bench tasks with choices or
 * exact answers are in {@code bigbench/<name>/task.json}; their name may have two parts ({@code
 * goal_step_wikihow/goal_inference}).
 *
 * @param fetched the folder of fetched files
 * @param runner runs the programs that the model writes, for tasks that ask for programs
 */
public record Tasks(Path fetched, CodeRunner runner) {

  private static final String FILE = "task.json";

  /** Tasks that run no programs. */
  public Tasks(Path fetched) {
    this(fetched, CodeRunner.NONE);
  }

  /**
   * A task and whether it can be scored now.
   *
   * @param name its name
   * @param ready whether the required files exist
   * @param need how to get the files, if they are missing; what is wrong with them, if it is broken
   * @param broken whether its files exist and cannot be read as one task
   */
  public record State(String name, boolean ready, String need, boolean broken) {}

  /**
   * Every task: first the benchmarks in the order of their table, then the fetched tasks of
   * BIG-bench.
   */
  public List<State> states() {
    List<State> states = new ArrayList<>();
    for (Benchmark benchmark : Benchmarks.all(runner)) {
      states.add(state(benchmark.name(), () -> benchmark.isIn(folder(benchmark)), need(benchmark)));
    }
    states.addAll(bigBenchStates());
    return states;
  }

  /** The published texts for perplexity in windows. */
  public List<State> texts() {
    return WindowText.ALL.stream()
        .map(
            text ->
                state(
                    text.name(),
                    () -> text.isIn(home()),
                    need(text.folder(), text.side().label() + " file")))
        .toList();
  }

  /** A folder that cannot be read as one task is broken, and does not stop the list. */
  private static State state(String name, BooleanSupplier isReady, String need) {
    try {
      boolean ready = isReady.getAsBoolean();
      return new State(name, ready, ready ? "" : need, false);
    } catch (IllegalArgumentException e) {
      return new State(name, false, e.getMessage(), true);
    }
  }

  /**
   * Names of the tasks whose files exist, in the order of {@link #states}.
   *
   * @throws IllegalArgumentException if a task is broken, which would else be left out
   */
  public List<String> names() {
    List<State> states = states();
    states.stream()
        .filter(State::broken)
        .findFirst()
        .ifPresent(
            each -> {
              throw new IllegalArgumentException(
                  "The task %s cannot be read: %s Repair or remove its files, or name the tasks."
                      .formatted(each.name(), each.need()));
            });
    return states.stream().filter(State::ready).map(State::name).toList();
  }

  /**
   * Reads a task.
   *
   * @throws IllegalArgumentException if there is no task of this name, its files are missing, or a
   *     record is wrong
   */
  public TaskSource named(String name) {
    for (Benchmark benchmark : Benchmarks.all(runner)) {
      if (benchmark.name().equals(name)) {
        if (!benchmark.isIn(folder(benchmark))) {
          throw new IllegalArgumentException(
              "The files of %s are missing: %s.".formatted(name, need(benchmark)));
        }
        return benchmark.read(folder(benchmark));
      }
    }
    List<State> states = bigBenchStates();
    if (states.stream().noneMatch(state -> state.name().equals(name))) {
      List<String> names = states.stream().filter(State::ready).map(State::name).toList();
      throw new IllegalArgumentException(
          "There is no task \"%s\". Known: %s; of BIG-bench in %s: %s."
              .formatted(
                  name,
                  String.join(", ", Benchmarks.ALL.stream().map(Benchmark::name).toList()),
                  bigBench(),
                  names.isEmpty()
                      ? "none; fetch the data first: tare fetch"
                      : String.join(", ", names)));
    }
    return BigBenchFile.read(bigBench().resolve(name).resolve(FILE)).task(name);
  }

  /** Whether this is the name of a published benchmark, whose files may be missing. */
  public static boolean isBenchmark(String name) {
    return Benchmarks.ALL.stream().anyMatch(benchmark -> benchmark.name().equals(name));
  }

  private String need(Benchmark benchmark) {
    String examples = benchmark.shots() > 0 ? " and " + benchmark.examples().label() : "";
    return need(benchmark.folder(), benchmark.scored().label() + examples + " file");
  }

  private String need(String name, String files) {
    return "tare fetch %s; if it is not public, put its official %s into %s"
        .formatted(name, files, home().resolve(name));
  }

  private Path folder(Benchmark benchmark) {
    return home().resolve(benchmark.folder());
  }

  private Path home() {
    return fetched.resolve("tasks");
  }

  /** Reads only the first example of each file. A file of another kind of task is left out. */
  private List<State> bigBenchStates() {
    if (!Files.isDirectory(bigBench())) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(bigBench())) {
      return files
          .filter(file -> file.endsWith(FILE))
          .flatMap(file -> bigBenchState(file).stream())
          .sorted(Comparator.comparing(State::name))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(bigBench() + " cannot be read", e);
    }
  }

  private Optional<State> bigBenchState(Path file) {
    String name = bigBench().relativize(file.getParent()).toString().replace('\\', '/');
    try {
      return BigBenchFile.isTask(file)
          ? Optional.of(new State(name, true, "", false))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.of(new State(name, false, e.getMessage(), true));
    }
  }

  private Path bigBench() {
    return fetched.resolve("bigbench");
  }
}
