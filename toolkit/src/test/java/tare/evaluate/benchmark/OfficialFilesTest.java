package tare.evaluate.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tare.data.CorpusFile;
import tare.data.CorpusSide;
import tare.data.Document;
import tare.evaluate.Generative;
import tare.evaluate.LastWord;
import tare.evaluate.MultipleChoice;
import tare.evaluate.Solutions;
import tare.evaluate.WholeTexts;

/**
 * The loaders on real files, which are not part of the project: {@code mvn test
 * -Dtare.samples=FOLDER}, where FOLDER holds {@code arc_easy/test.jsonl} and so on.
 */
class OfficialFilesTest {

  @TempDir private Path folder;
  private Path samples;

  @BeforeEach
  void find() {
    String named = System.getProperty("tare.samples");
    assumeTrue(named != null, "name a folder of real files with -Dtare.samples=FOLDER");
    samples = Path.of(named);
  }

  private TaskSource read(String task, String home, String file, String side) throws IOException {
    Path tasks = Files.createDirectories(folder.resolve("tasks").resolve(task));
    for (String each : List.of(side, "train", "reference", "dev", "prompt")) {
      Path from = samples.resolve(home).resolve((each.equals(side) ? file : each) + ".jsonl");
      Path to = tasks.resolve(each + ".jsonl");
      if (Files.exists(from) && !Files.exists(to)) {
        Files.copy(from, to);
      }
    }
    return new Tasks(folder, program -> true).named(task);
  }

  @ParameterizedTest
  @CsvSource({
    "arc_easy, arc_easy, test, test, 1000",
    "arc_challenge, arc_challenge, test, test, 700",
    "boolq, boolq, test, validation, 500",
    "hellaswag, hellaswag, validation, validation, 1005",
    "openbookqa, openbookqa, test, test, 300",
    "piqa, piqa, validation, validation, 1000",
    "winogrande, winogrande, validation, validation, 801",
    "mmlu, mmlu, test, test, 798",
    "commonsense_qa, commonsense_qa, validation, validation, 700"
  })
  void choices(String task, String home, String file, String side, int items) throws IOException {
    MultipleChoice choice = (MultipleChoice) read(task, home, file, side).first(Integer.MAX_VALUE);
    assertThat(choice.items()).hasSize(items);
    assertThat(choice.items().stream().map(MultipleChoice.Item::id)).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @CsvSource({
    "arc_easy, test, test",
    "arc_challenge, test, test",
    "boolq, test, validation",
    "hellaswag, validation, validation",
    "openbookqa, test, test",
    "piqa, validation, validation",
    "winogrande, validation, validation",
    "commonsense_qa, validation, validation",
    "gsm8k, test, test",
    "math500, test, test",
    "mbpp, test, test"
  })
  void theTrainingSideIsReadAsWell(String task, String file, String side) throws IOException {
    List<Document> references = read(task, task, file, side).references();
    assertThat(references).hasSizeGreaterThan(200);
  }

  @ParameterizedTest
  @CsvSource({"gsm8k, 500", "math500, 300", "humaneval, 99", "mbpp, 300"})
  void writings(String task, int items) throws IOException {
    Generative writing = (Generative) read(task, task, "test", "test").first(Integer.MAX_VALUE);
    assertThat(writing.items()).hasSize(items);
  }

  @ParameterizedTest
  @CsvSource({"gsm8k, 500", "humaneval, 99", "mbpp, 300"})
  void solutions(String task, int items) throws IOException {
    read(task, task, "test", "test");
    TaskSource source = new Tasks(folder).named(task + "/solutions");
    assertThat(((Solutions) source.first(Integer.MAX_VALUE)).items()).hasSize(items);
  }

  @Test
  void lastWords() throws IOException {
    TaskSource source = read("lambada_openai", "lambada", "test", "test");
    assertThat(((LastWord) source.first(Integer.MAX_VALUE)).items()).hasSize(500);
    assertThat(source.references()).hasSizeGreaterThan(200);
  }

  @Test
  void instructions() throws IOException {
    Generative writing =
        (Generative) read("ifeval", "ifeval", "input_data", "test").first(Integer.MAX_VALUE);
    assertThat(writing.notes()).hasSize(1);
    int leftOut = Integer.parseInt(writing.notes().get(0).replaceFirst(" of 341 items.*", ""));
    assertThat(writing.items()).hasSize(341 - leftOut).hasSizeGreaterThan(200);
  }

  /** BIG-Bench Hard has the layout of BIG-bench, a file for each task. */
  @Test
  void exactAnswers() throws IOException {
    ObjectMapper json = new ObjectMapper();
    Map<String, ObjectNode> files = new TreeMap<>();
    for (String line : Files.readAllLines(samples.resolve("bbh/test.jsonl"))) {
      JsonNode item = json.readTree(line);
      files
          .computeIfAbsent(item.get("task").asText(), unseen -> json.createObjectNode())
          .withArray("examples")
          .add(item);
    }
    for (Map.Entry<String, ObjectNode> each : files.entrySet()) {
      Path home = folder.resolve("bigbench").resolve(each.getKey());
      Files.createDirectories(home);
      json.writeValue(home.resolve("task.json").toFile(), each.getValue());
    }
    Tasks tasks = new Tasks(folder);
    assertThat(tasks.names()).hasSize(12).containsAll(files.keySet());
    for (String name : tasks.names()) {
      Generative task = (Generative) tasks.named(name).first(Integer.MAX_VALUE);
      assertThat(task.items().size() + tasks.named(name).references().size())
          .as(name)
          .isBetween(50, 60);
    }
    assertThatThrownBy(() -> BigBenchFile.read(samples.resolve("bbh/test.jsonl")).task("bbh"))
        .hasMessageContaining("test.jsonl")
        .hasMessageContaining("examples");
  }

  @Test
  void texts() throws IOException {
    Path wikitext = Files.createDirectories(folder.resolve("tasks/wikitext"));
    Files.copy(samples.resolve("wikitext2/wiki.test.raw"), wikitext.resolve("wiki.test.raw"));
    assertThat(WindowText.named("wikitext2").read(folder.resolve("tasks")))
        .hasSizeGreaterThan(1_200_000);
    WholeTexts pages = (WholeTexts) new Tasks(folder).named("wikitext").first(Integer.MAX_VALUE);
    assertThat(pages.items()).hasSize(62);
  }

  @ParameterizedTest
  @CsvSource({
    "encyclopedia, 60",
    "wikipedia_passages, 1341",
    "math, 2322",
    "dialogue, 1093",
    "books, 87",
    "government_news, 416",
    "technical_docs, 147",
    "web_crawl_sample, 40"
  })
  void corpora(String name, int documents) throws IOException {
    Path file = samples.resolve("calibration").resolve(name + ".jsonl");
    assertThat(CorpusFile.read(file, CorpusSide.ALL).documents().count()).isEqualTo(documents);
  }
}
