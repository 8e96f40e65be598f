package tare.report.summary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.report.ResultTable;
import tare.report.Results;

/** The page on which recorded studies are explored. */
class ExplorerPageTest {

  private static final Path DATA = Path.of("../data");

  @TempDir private Path folder;

  private Results results(String... rows) throws IOException {
    Path file = Files.createTempFile(folder, "results", ".csv");
    String columns =
        "model,method,bits,group_size,sparsity_pattern,method_settings,selector_label,corpus,"
            + "samples,tokens_per_sample,set,task,metric,value";
    Files.writeString(file, columns + "\n" + String.join("\n", rows) + "\n");
    return new Results(ResultTable.file(file));
  }

  private static List<String> names(ExploredStudy study, int dimension) {
    return study.dimensions().get(dimension).values();
  }

  @Test
  void dimensionsAreInOrderAndPointsLeadToThem() throws IOException {
    ExploredStudy study =
        ExploredStudy.of(
            "some",
            results(
                "m,none,,,,,,,,,,news,perplexity,21.42",
                "m,gptq,4,128,,,uniform,news,16,256,1,news,perplexity,30.123456",
                "m,gptq,3,128,,,uniform,code,8,256,0,news,perplexity,91.2",
                "m,gptq,3,128,,,uniform,code,8,256,0,news,nll,4.5",
                "m,gptq,3,128,,,uniform,code,8,256,0,arc,acc,0.25",
                "m,wanda,,,2:4,,uniform,code,128,256,0,news/divergence,kl,0.5"));

    assertThat(names(study, 0)).containsExactly("m");
    assertThat(names(study, 1)).containsExactly("GPTQ", "Wanda");
    assertThat(names(study, 2)).containsExactly("3 bits", "4 bits", "sparsity 2:4");
    assertThat(names(study, 3)).containsExactly("code", "news");
    assertThat(names(study, 4)).containsExactly("uniform");
    assertThat(names(study, 5))
        .containsExactly("8 × 256 tokens", "16 × 256 tokens", "128 × 256 tokens");
    assertThat(study.scores())
        .containsExactly(
            new ExploredStudy.Measure("perplexity on news", "lower"),
            new ExploredStudy.Measure("divergence from the original (nats) on news", "lower"),
            new ExploredStudy.Measure("accuracy (share of items) on arc", "higher"));
    assertThat(study.points()).hasSize(5);
    assertThat(study.points())
        .anySatisfy(
            uncompressed -> {
              assertThat(uncompressed.at()).containsExactly(0, -1, -1, -1, -1, -1);
              assertThat(uncompressed.set()).isEqualTo(-1);
              assertThat(uncompressed.value()).isEqualByComparingTo("21.42");
            })
        .anySatisfy(
            gptq -> {
              assertThat(gptq.at()).containsExactly(0, 0, 1, 1, 0, 1);
              assertThat(gptq.set()).isEqualTo(1);
              assertThat(gptq.score()).isZero();
              assertThat(gptq.value()).isEqualByComparingTo("30.123");
            });
  }

  @Test
  void whatIsNotOnThePageIsNamed() throws IOException {
    Map<String, Results> studies = new TreeMap<>();
    studies.put("written", results("m,none,,,,,,,,,,gsm8k,exact_match,0.25"));
    studies.put(
        "some",
        results("m,none,,,,,,,,,,news,perplexity,21", "m,none,,,,,,,,,,code,perplexity,Infinity"));
    ExplorerPage page = ExplorerPage.of(studies);
    assertThat(page.studies()).isEqualTo(1);
    assertThat(page.leftOut())
        .containsExactly(
            "some, values that are not finite: 1",
            "written has no perplexity, divergence, accuracy or margin");
  }

  @Test
  void settingsTellMethodsApartOnlyWithinACompression() throws IOException {
    ExploredStudy study =
        ExploredStudy.of(
            "some",
            results(
                "m,gptq,3,64,,,uniform,news,8,256,0,news,perplexity,50",
                "m,gptq,4,64,,,uniform,news,8,256,0,news,perplexity,30",
                "m,gptq,4,32,,,uniform,news,8,256,0,news,perplexity,29"));
    assertThat(names(study, 1)).containsExactly("GPTQ", "GPTQ 4 bits g32", "GPTQ 4 bits g64");
  }

  @Test
  void theCommittedPageHoldsThePublishedResults() throws IOException {
    Map<String, Results> studies = new TreeMap<>();
    try (Stream<Path> folders = Files.list(DATA.resolve("results"))) {
      for (Path each : folders.toList()) {
        studies.put(each.getFileName().toString(), Results.of(each));
      }
    }
    assertThat(
            Files.readString(Path.of("../docs/explore.html"))
                .equals(ExplorerPage.of(studies).html()))
        .as(
            "out of date? java -jar toolkit/target/toolkit.jar study explore --out docs/explore.html")
        .isTrue();
  }

  @Test
  void theNumbersOfThePageAreThoseOfTheResults() throws IOException {
    String page = Files.readString(Path.of("../docs/explore.html"));
    String before = "<script id=\"studies\" type=\"application/json\">";
    int from = page.indexOf(before) + before.length();
    String json = page.substring(from, page.indexOf("</script>", from));
    List<Double> onPage = new ArrayList<>();
    for (JsonNode study : new ObjectMapper().readTree(json)) {
      if (study.get("name").asText().equals("quality-small")) {
        study.get("points").forEach(point -> onPage.add(point.get("value").asDouble()));
      }
    }
    List<Double> recorded = new ArrayList<>();
    Results.of(DATA.resolve("results/quality-small"))
        .metric("perplexity")
        .values()
        .forEach(each -> recorded.add(each));
    assertThat(onPage).hasSameSizeAs(recorded);
    assertThat(onPage.stream().mapToDouble(each -> each).sum())
        .isCloseTo(recorded.stream().mapToDouble(each -> each).sum(), withinPercentage(0.01));
    assertThat(page).contains("Chart.js v4").doesNotContain("@@").doesNotContain("<script src");
  }
}
