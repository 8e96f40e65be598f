package tare.notebook;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import tare.data.InventedCorpora;

/**
 * Runs the code cells of every notebook, at tiny scale, on the tiny model and invented text. What
 * they read from the environment stands in the POM, beside the test plugin.
 */
class NotebookTest {

  @TestFactory
  Stream<DynamicTest> everyCellRuns() throws IOException {
    Path data = Path.of(System.getenv("TARE_DATA"));
    deleteOldResults(data.resolve("runs"));
    InventedCorpora.write(data.resolve("fetched"));
    List<Path> notebooks = NotebookCells.notebooks();
    assertThat(notebooks).isNotEmpty();
    return notebooks.stream()
        .map(file -> DynamicTest.dynamicTest(file.getFileName().toString(), () -> run(file)));
  }

  private static void deleteOldResults(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> files = Files.walk(folder)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private static void run(Path notebook) throws IOException {
    try (Cells shell = new Cells()) {
      List<String> cells = NotebookCells.code(notebook);
      for (int cell = 0; cell < cells.size(); cell++) {
        shell.run(cells.get(cell), notebook.getFileName() + ", code cell " + (cell + 1));
      }
    }
  }
}
