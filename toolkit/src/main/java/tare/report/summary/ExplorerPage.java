package tare.report.summary;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tare.report.Results;

/**
 * A page on which recorded studies are explored: the reader chooses a study and a score, and moves
 * sliders over what else varies. It is one HTML file that needs no server and no network: it holds
 * the values and the library that draws them, Chart.js.
 *
 * @param html the text of the page
 * @param studies number of studies on it
 * @param leftOut which studies and values are not on it, in sentences
 */
public record ExplorerPage(String html, int studies, List<String> leftOut) {

  private static final String CHART_LIBRARY =
      "/META-INF/resources/webjars/chart.js/4.4.9/dist/chart.umd.js";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Copies the list. */
  public ExplorerPage {
    leftOut = List.copyOf(leftOut);
  }

  /**
   * Makes the page.
   *
   * @param studies the results of each study, by its name; a study without a perplexity,
   *     divergence, accuracy or margin is left out, and so are values that are not finite, and
   *     studies of such values
   * @throws IllegalArgumentException if no study is left
   */
  public static ExplorerPage of(Map<String, Results> studies) {
    List<ExploredStudy> explored = new ArrayList<>();
    List<String> leftOut = new ArrayList<>();
    studies.forEach(
        (name, results) -> {
          ExploredStudy study = ExploredStudy.of(name, results);
          int scored = ExploredStudy.scored(results).table().rowCount();
          if (scored == 0) {
            leftOut.add(name + " has no perplexity, divergence, accuracy or margin");
            return;
          }
          if (!study.points().isEmpty()) {
            explored.add(study);
          }
          int infinite = scored - study.points().size();
          if (infinite > 0) {
            leftOut.add(name + ", values that are not finite: " + infinite);
          }
        });
    if (explored.isEmpty()) {
      throw new IllegalArgumentException(
          "No study has a perplexity, divergence, accuracy or margin to explore: "
              + studies.keySet());
    }
    try {
      String html =
          resource("explorer.html")
              .replace("@@CHART_LIBRARY@@", resource(CHART_LIBRARY).strip())
              .replace("@@STUDIES@@", JSON.writeValueAsString(explored).replace("</", "<\\/"));
      return new ExplorerPage(html, explored.size(), leftOut);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Results cannot be written as JSON: " + e.getMessage(), e);
    }
  }

  private static String resource(String name) {
    try (InputStream in = ExplorerPage.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("The toolkit was built without " + name + ".");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(name + " cannot be read: " + e.getMessage(), e);
    }
  }
}
