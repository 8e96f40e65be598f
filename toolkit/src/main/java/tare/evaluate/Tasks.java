package tare.evaluate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * The multiple-choice tasks in the folder of fetched files: each {@code bigbench/<name>/task.json},
 * where the name may have two parts ({@code goal_step_wikihow/goal_inference}).
 *
 * @param fetched the folder of fetched files
 */
public record Tasks(Path fetched) {

  private static final String FILE = "task.json";

  /**
   * Names of all multiple-choice tasks, sorted; empty if none was fetched. Of each file only the
   * first example is read.
   */
  public List<String> names() {
    if (!Files.isDirectory(folder())) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder())) {
      return files
          .filter(file -> file.endsWith(FILE) && BigBenchTask.isMultipleChoice(file))
          .map(file -> folder().relativize(file.getParent()).toString().replace('\\', '/'))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(folder() + " cannot be read", e);
    }
  }

  /**
   * Reads a task.
   *
   * @throws IllegalArgumentException if there is no task of this name, or its file is wrong
   */
  public BigBenchTask named(String name) {
    List<String> names = names();
    if (names.isEmpty()) {
      throw new IllegalArgumentException(
          "There are no tasks in " + folder() + ". Fetch the data first: tare fetch.");
    }
    if (!names.contains(name)) {
      throw new IllegalArgumentException(
          "There is no task \"%s\" in %s. Known tasks: %s."
              .formatted(name, folder(), String.join(", ", names)));
    }
    return BigBenchTask.read(folder().resolve(name).resolve(FILE), name);
  }

  private Path folder() {
    return fetched.resolve("bigbench");
  }
}
