package tare.notebook;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Cells are short, and one cell imports all that any cell could need. */
class NotebookShapeTest {

  private static final int LONGEST_LINE = 110;
  private static final int LONG_CELL = 12;

  /** Some loops by hand read better in one piece. */
  private static final int LONG_CELLS_OF_A_NOTEBOOK = 4;

  private static final Pattern IMPORT = Pattern.compile("import ([\\w.]+)\\.(\\w+|\\*);");

  @Test
  void noLineIsWiderThanAPage() throws IOException {
    for (Path notebook : NotebookCells.notebooks()) {
      for (String cell : NotebookCells.code(notebook)) {
        assertThat(cell.lines().filter(line -> line.length() > LONGEST_LINE))
            .as(notebook.toString())
            .isEmpty();
      }
    }
  }

  @Test
  void longCellsAreRare() throws IOException {
    for (Path notebook : NotebookCells.notebooks()) {
      assertThat(
              NotebookCells.code(notebook).stream()
                  .filter(cell -> cell.lines().count() > LONG_CELL))
          .as("cells of more than %d lines in %s", LONG_CELL, notebook)
          .hasSizeLessThanOrEqualTo(LONG_CELLS_OF_A_NOTEBOOK);
    }
  }

  @Test
  void allNotebooksHaveTheSameImports() throws IOException {
    HashSet<String> cells = new HashSet<>();
    for (Path notebook : NotebookCells.notebooks()) {
      List<String> imports =
          NotebookCells.code(notebook).stream().filter(cell -> cell.startsWith("import ")).toList();
      assertThat(imports).as(notebook.toString()).hasSize(1);
      cells.addAll(imports);
    }
    assertThat(cells).hasSize(1);
  }

  @Test
  void eachNotebookSaysWhatItTeachesHowLongItTakesAndWhereToGoOn() throws IOException {
    String overview = Files.readString(Path.of("../notebooks/README.md"));
    List<Path> notebooks = NotebookCells.notebooks();
    for (int i = 0; i < notebooks.size(); i++) {
      List<String> text = NotebookCells.markdown(notebooks.get(i));
      String name = name(notebooks.get(i));
      Matcher row =
          Pattern.compile("\\| \\[" + name + "\\].*\\| (.+) \\| (.+) \\|").matcher(overview);
      assertThat(row.find()).as("row of %s in notebooks/README.md", name).isTrue();
      assertThat(text.get(0))
          .as(name)
          .containsIgnoringCase("you learn")
          .containsIgnoringCase("you need")
          .contains(
              "**Time** on 2 idle cores: %s at tiny scale, %s at small scale."
                  .formatted(row.group(1), row.group(2)));
      String ways = text.get(text.size() - 1);
      assertThat(ways).as(name).contains("[Glossary](../docs/glossary.md)");
      if (i > 0) {
        assertThat(ways).as(name).contains("Before: [" + name(notebooks.get(i - 1)) + "]");
      }
      if (i < notebooks.size() - 1) {
        assertThat(ways).as(name).contains("Next: [" + name(notebooks.get(i + 1)) + "]");
      }
    }
  }

  @Test
  void eachExerciseHasASolutionThatIsFolded() throws IOException {
    for (Path notebook : NotebookCells.notebooks()) {
      String text = String.join("\n", NotebookCells.markdown(notebook));
      String exercises = text.substring(text.indexOf("## Exercises"));
      String solutions = String.join("\n", NotebookCells.folded(notebook));
      assertThat(numbers("(?m)^(\\d+)\\. ", exercises))
          .as(name(notebook))
          .isNotEmpty()
          .isEqualTo(numbers("\\*\\*Solution (\\d+)\\.\\*\\*", solutions));
    }
  }

  private static List<String> numbers(String pattern, String text) {
    return Pattern.compile(pattern).matcher(text).results().map(found -> found.group(1)).toList();
  }

  private static String name(Path notebook) {
    return notebook.getFileName().toString().replace(".ipynb", "");
  }

  /** Such a cell empties the variables of all cells before it; see docs/notebook-kernel.md. */
  @Test
  void noCellImportsAfterAComment() throws IOException {
    Pattern trap = Pattern.compile("\\A\\s*//[^\\n]*\\n(\\s*//[^\\n]*\\n)*\\s*import\\b");
    for (Path notebook : NotebookCells.notebooks()) {
      assertThat(NotebookCells.code(notebook).stream().filter(cell -> trap.matcher(cell).find()))
          .as(notebook.toString())
          .isEmpty();
    }
  }

  /** Two wildcards that bring one name make the name unusable in a cell. */
  @Test
  void noImportedNameIsAmbiguous() throws IOException {
    String imports =
        NotebookCells.code(NotebookCells.notebooks().get(0)).stream()
            .filter(cell -> cell.startsWith("import "))
            .findFirst()
            .orElseThrow();
    List<String> packages = new ArrayList<>(Cells.KERNEL_IMPORTS);
    packages.add("java.lang");
    Matcher found = IMPORT.matcher(imports);
    while (found.find()) {
      if (found.group(2).equals("*")) {
        packages.add(found.group(1));
      }
    }
    Map<String, List<String>> places = new TreeMap<>();
    for (String name : ownNames(packages)) {
      List<String> of = packages.stream().filter(each -> isPublic(each + "." + name)).toList();
      if (of.size() > 1) {
        places.put(name, of);
      }
    }
    assertThat(places).isEmpty();
  }

  /** The names of all types of the toolkit that these packages hold. */
  private static Collection<String> ownNames(List<String> packages) throws IOException {
    HashSet<String> names = new HashSet<>();
    for (String each : packages) {
      Path folder = Path.of("target/classes").resolve(each.replace('.', '/'));
      if (each.startsWith("tare.") && Files.isDirectory(folder)) {
        try (Stream<Path> files = Files.list(folder)) {
          files
              .map(file -> file.getFileName().toString())
              .filter(file -> file.matches("\\w+\\.class"))
              .forEach(file -> names.add(file.replace(".class", "")));
        }
      }
    }
    return names;
  }

  private static boolean isPublic(String name) {
    try {
      Class<?> type = Class.forName(name, false, NotebookShapeTest.class.getClassLoader());
      return Modifier.isPublic(type.getModifiers());
    } catch (ClassNotFoundException e) {
      return false;
    }
  }
}
