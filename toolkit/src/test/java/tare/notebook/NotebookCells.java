package tare.notebook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The notebooks of the repository and the sources of their cells. */
final class NotebookCells {

  /** Maven runs tests in the module's folder; notebooks run in theirs, which is as deep. */
  private static final Path NOTEBOOKS = Path.of("../notebooks");

  private NotebookCells() {}

  static List<Path> notebooks() throws IOException {
    try (Stream<Path> files = Files.list(NOTEBOOKS)) {
      return files.filter(file -> file.toString().endsWith(".ipynb")).sorted().toList();
    }
  }

  /** The sources of the code cells. */
  static List<String> code(Path notebook) throws IOException {
    return sources(notebook, "code");
  }

  /** The sources of the cells with text. */
  static List<String> markdown(Path notebook) throws IOException {
    return sources(notebook, "markdown");
  }

  /** All texts and tables that the code cells have put out, as they are recorded. */
  static String outputs(Path notebook) throws IOException {
    StringBuilder outputs = new StringBuilder();
    for (JsonNode cell : new ObjectMapper().readTree(notebook.toFile()).get("cells")) {
      for (JsonNode output : cell.path("outputs")) {
        for (String type : List.of("text/plain", "text/html", "text/markdown")) {
          output.path("data").path(type).forEach(line -> outputs.append(line.asText()));
          outputs.append(output.path("data").path(type).asText()).append('\n');
        }
      }
    }
    return outputs.toString();
  }

  /** The sources of the code cells that a reader has to unfold. */
  static List<String> folded(Path notebook) throws IOException {
    return sources(
        notebook,
        cell ->
            cell.at("/metadata/jupyter/source_hidden").asBoolean()
                && cell.at("/metadata/jupyter/outputs_hidden").asBoolean()
                && cell.at("/metadata/tags/0").asText().equals("solution"));
  }

  private static List<String> sources(Path notebook, String type) throws IOException {
    return sources(notebook, cell -> cell.get("cell_type").asText().equals(type));
  }

  private static List<String> sources(Path notebook, Predicate<JsonNode> which) throws IOException {
    List<String> sources = new ArrayList<>();
    for (JsonNode cell : new ObjectMapper().readTree(notebook.toFile()).get("cells")) {
      if (which.test(cell)) {
        StringBuilder source = new StringBuilder();
        if (cell.get("source").isTextual()) {
          source.append(cell.get("source").asText());
        } else {
          cell.get("source").forEach(line -> source.append(line.asText()));
        }
        sources.add(source.toString());
      }
    }
    return sources;
  }
}
