package tare.notebook;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import tare.data.InventedCorpora;

/**
 * Runs the examples in the javadoc, on the tiny model and invented text, so that none of them goes
 * out of date.
 */
class ExamplesTest {

  private static final Path SOURCES = Path.of("src/main/java/tare");

  private static final Pattern JAVADOC = Pattern.compile("/\\*\\*.*?\\*/", Pattern.DOTALL);

  private static final Pattern EXAMPLE =
      Pattern.compile("<pre>\\{@code\\n(.*?)\\n *\\* *\\}</pre>", Pattern.DOTALL);

  /** The types that a reader begins with. Each opens with an example. */
  private static final List<String> MAIN_TYPES =
      List.of(
          "calibrate/BlockByBlock",
          "compress/Awq",
          "compress/Gptaq",
          "compress/Gptq",
          "compress/Hqq",
          "compress/Recipe",
          "compress/Rotation",
          "compress/Rtn",
          "compress/SparseGpt",
          "compress/Spqr",
          "compress/Wanda",
          "data/CorpusFile",
          "data/CalibrationSet",
          "evaluate/MultipleChoice",
          "evaluate/Perplexity",
          "evaluate/Task",
          "model/Checkpoint",
          "model/DecoderModel",
          "model/generation/Generation",
          "notebook/Lab",
          "report/ResultTable",
          "report/Results",
          "report/figure/SpreadBySource",
          "select/UniformDraw",
          "select/acdm/Acdm",
          "select/acdm/GramMatching",
          "select/acdm/MixtureSearch",
          "study/Study");

  /** Packages of libraries whose types an example may name. */
  private static final List<String> LIBRARIES =
      List.of(
          "java.nio.file",
          "java.util.random",
          "java.util.stream",
          "ai.djl",
          "ai.djl.ndarray",
          "ai.djl.ndarray.types",
          "tech.tablesaw.api",
          "org.knowm.xchart");

  @Test
  void theMainTypesOpenWithAnExample() {
    assertThat(MAIN_TYPES).allSatisfy(type -> assertThat(examples()).containsKey(type));
  }

  @TestFactory
  Stream<DynamicTest> everyExampleRuns(@TempDir Path folder) throws IOException {
    Path fetched = Path.of(System.getenv("TARE_DATA"), "fetched");
    InventedCorpora.write(fetched);
    Map<String, String> places =
        Map.of(
            "data/fetched/", fetched.toAbsolutePath() + "/",
            "data/tiny", Path.of("../data/tiny").toAbsolutePath().toString(),
            "data/results/", Path.of("../data/results").toAbsolutePath() + "/",
            "out/", folder + "/");
    return examples().entrySet().stream()
        .flatMap(
            type ->
                type.getValue().stream()
                    .map(
                        example ->
                            DynamicTest.dynamicTest(
                                type.getKey(), () -> run(example, type.getKey(), places))));
  }

  /** Examples name files as seen from the repository's folder; tests run elsewhere. */
  private static void run(String example, String type, Map<String, String> places) {
    String here = example;
    for (Map.Entry<String, String> place : places.entrySet()) {
      here = here.replace("\"" + place.getKey(), "\"" + place.getValue().replace('\\', '/'));
    }
    try (Cells cells = new Cells()) {
      cells.importAll(LIBRARIES);
      cells.importAll(packages());
      cells.run("import static tare.notebook.Inline.*;", "the imports");
      cells.run(here, type);
    }
  }

  /** The examples of each source file, by its path without the ending. */
  private static Map<String, List<String>> examples() {
    Map<String, List<String>> examples = new TreeMap<>();
    try (Stream<Path> files = Files.walk(SOURCES)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
        List<String> found = examples(Files.readString(file));
        if (!found.isEmpty()) {
          String name = SOURCES.relativize(file).toString().replace('\\', '/');
          examples.put(name.substring(0, name.length() - ".java".length()), found);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return examples;
  }

  private static List<String> examples(String source) {
    List<String> found = new ArrayList<>();
    Matcher javadoc = JAVADOC.matcher(source);
    while (javadoc.find()) {
      Matcher example = EXAMPLE.matcher(javadoc.group());
      while (example.find()) {
        found.add(example.group(1).replaceAll("(?m)^ *\\* ?", ""));
      }
    }
    return found;
  }

  private static List<String> packages() {
    try (Stream<Path> folders = Files.walk(SOURCES)) {
      return folders
          .filter(folder -> Files.exists(folder.resolve("package-info.java")))
          .map(
              folder ->
                  SOURCES.getParent().relativize(folder).toString().replaceAll("[/\\\\]", "."))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
