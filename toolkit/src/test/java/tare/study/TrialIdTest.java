package tare.study;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Recorded trials are found by their ids. If one of these tests fails, the frozen JSON of a trial
 * has changed, and {@code study run} would run everything again.
 */
class TrialIdTest {

  private static final Path PUBLISHED = Path.of("../data/results");

  private static final String STUDY =
      """
      {"name": "frozen", "models": ["m"], "corpora": ["news"], "sets": 1,
       "budgets": [{"samples": 2, "tokensPerSample": 4}],
       "recipes": [{"method": "gptq", "bits": 3, "groupSize": 64, "actOrder": false}],
       "tasks": [{"kind": "choice", "task": "birds", "limit": 5},
                 {"kind": "perplexity", "corpus": "news", "window": 32, "windows": 4},
                 {"kind": "text", "text": "wikitext2", "window": 32, "windows": 4}],
       "seed": 7, "precision": "bf16",
       "selectors": [{"selector": "acdm", "rule": "FARTHEST"}]}
      """;

  /** What pins the inputs, as it was recorded. */
  private record Recorded(Map<String, String> known) implements Revisions {

    static Recorded of(PublishedStudy published) {
      Map<String, String> known = new HashMap<>();
      for (List<Map<String, String>> rows : published.rows().values()) {
        for (Map<String, String> row : rows) {
          known.put("model " + row.get("model"), row.get("model_revision"));
          known.put("corpus " + row.get("corpus"), row.get("corpus_revision"));
          known.put(
              "task " + row.get("task") + row.get("evaluation_length"), row.get("task_version"));
          known.put("references " + references(row), row.get("references_revision"));
        }
      }
      return new Recorded(known);
    }

    private static List<String> references(Map<String, String> row) {
      try {
        List<String> names = new ArrayList<>();
        String settings = row.get("selector_settings");
        JsonNode tree = new ObjectMapper().readTree(settings.isEmpty() ? "{}" : settings);
        tree.path("references").forEach(name -> names.add(name.asText()));
        return names;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public String ofModel(String model) {
      return known.get("model " + model);
    }

    @Override
    public String ofCorpus(String corpus) {
      return known.get("corpus " + corpus);
    }

    @Override
    public String ofTask(TaskPlan task) {
      if (task instanceof TaskPlan.Choice choice) {
        return known.get("task " + choice.task());
      }
      if (task instanceof TaskPlan.Answers answers) {
        return known.get("task " + answers.corpus());
      }
      TaskPlan.InWindows text = (TaskPlan.InWindows) task;
      return known.get("task " + text.name() + text.window());
    }

    @Override
    public String ofReferences(List<String> tasks) {
      return known.get("references " + tasks);
    }
  }

  private static Stream<Path> studies() throws IOException {
    try (Stream<Path> folders = Files.list(PUBLISHED)) {
      return folders.filter(PublishedStudy::isAt).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("studies")
  void everyRecordedTrialHasTheIdThatTheStudyGives(Path folder) {
    PublishedStudy published = new PublishedStudy(folder);
    String name = published.rows().values().iterator().next().get(0).get("study");
    Study study = Study.read(PUBLISHED.resolve(name).resolve("study.json"));

    assertThat(study.trials(Recorded.of(published)).stream().map(Trial::id))
        .containsAll(published.ids());
  }

  @Test
  void theFrozenJsonHasLiteralNames() {
    Trial trial = Study.parse(STUDY).trials(Revisions.NONE).get(1);

    assertThat(StudyFile.canonical(trial.frozen()))
        .isEqualTo(
            """
            {"calibration":{"corpus":"news","corpusRevision":"","references":"","samples":2,"seed":7,\
            "selector":{"selector":"acdm","references":["birds"],"rule":"FARTHEST"},"set":0,"tokensPerSample":4},\
            "method":{"method":"gptq","actOrder":false,"bits":3,"groupSize":64},\
            "model":"m","modelRevision":"","precision":"bf16",\
            "tasks":[{"kind":"choice","limit":5,"task":"birds","version":""},\
            {"kind":"perplexity","corpus":"news","window":32,"windows":4,"version":""},\
            {"kind":"text","text":"wikitext2","window":32,"windows":4,"version":""}]}""");
    assertThat(trial.id()).isEqualTo("f9a190dc52b8ab79");
  }
}
