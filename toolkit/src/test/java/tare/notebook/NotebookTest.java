package tare.notebook;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
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
    try (JShell shell = JShell.builder().executionEngine("local").build()) {
      for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
        shell.addToClasspath(entry);
      }
      for (String each : KernelImports.ALL) {
        evaluate(shell, "import " + each + ".*;", "the kernel's imports");
      }
      List<String> cells = NotebookCells.code(notebook);
      for (int cell = 0; cell < cells.size(); cell++) {
        shell.run(cells.get(cell), notebook.getFileName() + ", code cell " + (cell + 1));
      }
    }
  }

  /** A cell with magics sets the kernel's class path; here that of the tests is used. */
  private static void evaluate(JShell shell, String cell, String where) {
    String rest = cell.lines().anyMatch(line -> line.startsWith("%")) ? "" : cell;
    while (!rest.isBlank()) {
      SourceCodeAnalysis.CompletionInfo next = shell.sourceCodeAnalysis().analyzeCompletion(rest);
      String source = next.source() == null ? rest : next.source();
      for (SnippetEvent event : shell.eval(source)) {
        check(shell, event, where);
      }
      rest = next.source() == null ? "" : next.remaining();
    }
  }

  private static void check(JShell shell, SnippetEvent event, String where) {
    String problems =
        shell
            .diagnostics(event.snippet())
            .filter(diagnostic -> diagnostic.isError())
            .map(diagnostic -> diagnostic.getMessage(null))
            .collect(Collectors.joining("\n"));
    if (event.status() == Snippet.Status.REJECTED
        || event.status() == Snippet.Status.RECOVERABLE_NOT_DEFINED) {
      fail("%s: %s%n%s", where, problems, event.snippet().source());
    }
    JShellException thrown = event.exception();
    if (thrown != null) {
      String name = thrown instanceof EvalException e ? e.getExceptionClassName() : "";
      fail(
          where + ": " + name + ": " + thrown.getMessage() + "\n" + event.snippet().source(),
          thrown);
    }
  }
}
