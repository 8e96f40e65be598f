package tare.notebook;

import static org.assertj.core.api.Assertions.fail;

import java.io.File;
import java.util.List;
import java.util.stream.Collectors;
import jdk.jshell.EvalException;
import jdk.jshell.JShell;
import jdk.jshell.JShellException;
import jdk.jshell.Snippet;
import jdk.jshell.SnippetEvent;
import jdk.jshell.SourceCodeAnalysis;

/** Runs Java cells as a notebook's kernel does, in this process, on the class path of the tests. */
final class Cells implements AutoCloseable {

  /** What both JJava and IJava import before the first cell. */
  static final List<String> KERNEL_IMPORTS =
      List.of(
          "java.io",
          "java.math",
          "java.net",
          "java.util",
          "java.util.concurrent",
          "java.util.prefs",
          "java.util.regex");

  private final JShell shell = JShell.builder().executionEngine("local").build();

  /** Starts a shell with what every kernel imports. */
  Cells() {
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      shell.addToClasspath(entry);
    }
    importAll(KERNEL_IMPORTS);
  }

  /** Imports all types of some packages. */
  void importAll(List<String> packages) {
    packages.forEach(each -> run("import " + each + ".*;", "the imports"));
  }

  /**
   * Runs a cell and fails the test if the cell does not compile or throws. A cell with magics is
   * left out: it sets the kernel's class path.
   *
   * @param where names the cell in a message
   */
  void run(String cell, String where) {
    String rest = cell.lines().anyMatch(line -> line.startsWith("%")) ? "" : cell;
    while (!rest.isBlank()) {
      SourceCodeAnalysis.CompletionInfo next = shell.sourceCodeAnalysis().analyzeCompletion(rest);
      String source = next.source() == null ? rest : next.source();
      for (SnippetEvent event : shell.eval(source)) {
        check(event, where);
      }
      rest = next.source() == null ? "" : next.remaining();
    }
  }

  private void check(SnippetEvent event, String where) {
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

  @Override
  public void close() {
    shell.close();
  }
}
