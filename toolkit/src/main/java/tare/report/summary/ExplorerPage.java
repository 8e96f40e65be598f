package tare.report.summary;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import tare.report.Results;

/**
 * A page on which recorded studies are explored: the reader chooses a study and a score, and moves
 * sliders over what else varies. It is one HTML file that needs no server and no network: it holds
 * the values and the library that draws them, Chart.js.
 */
public final class ExplorerPage {

  private static final String CHART_LIBRARY =
      "/META-INF/resources/webjars/chart.js/4.4.9/dist/chart.umd.js";
  private static final ObjectMapper JSON = new ObjectMapper();

  private ExplorerPage() {}

  /**
   * The text of the page.
   *
   * @param studies the results of each study, by its name; a study without a perplexity,
   *     divergence, accuracy or margin is left out
   * @throws IllegalArgumentException if no study is left
   */
  public static String html(Map<String, Results> studies) {
    List<ExploredStudy> explored =
        studies.entrySet().stream()
            .map(each -> ExploredStudy.of(each.getKey(), each.getValue()))
            .filter(each -> !each.points().isEmpty())
            .toList();
    if (explored.isEmpty()) {
      throw new IllegalArgumentException(
          "No study has a perplexity, divergence, accuracy or margin to explore: "
              + studies.keySet());
    }
    try {
      return resource("explorer.html")
          .replace("@@CHART_LIBRARY@@", resource(CHART_LIBRARY).strip())
          .replace("@@STUDIES@@", JSON.writeValueAsString(explored).replace("</", "<\\/"));
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
