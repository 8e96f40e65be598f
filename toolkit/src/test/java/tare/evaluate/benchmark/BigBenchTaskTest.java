package tare.evaluate.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.evaluate.Generative;
import tare.evaluate.MultipleChoice;

class BigBenchTaskTest {

  @TempDir private Path folder;

  private Path file(String json) throws IOException {
    Path file = folder.resolve("bigbench/rivers/task.json");
    Files.createDirectories(file.getParent());
    return Files.writeString(file, json);
  }

  private static List<MultipleChoice.Item> all(BigBenchTask task) {
    List<MultipleChoice.Item> items = new ArrayList<>(task.reference());
    items.addAll(task.test());
    return items;
  }

  @Test
  void withoutPrefixesThePromptIsBigBenchsOwnAndItsLastSpaceGoesToTheChoice() throws IOException {
    Path file =
        file(
            """
            {"name": "rivers", "canary": "none", "examples": [
              {"input": "Is the Elbe long?", "target_scores": {"yes": 1, "no": 0}}]}
            """);
    MultipleChoice.Item item = all(BigBenchTask.read(file, "rivers")).get(0);

    assertThat(item.requests().get(0).context()).isEqualTo("\nQ: Is the Elbe long?\nA:");
    assertThat(item.requests().get(0).continuation()).isEqualTo(" yes");
    assertThat(item.choices()).containsExactly("yes", "no");
    assertThat(item.gold()).containsExactly(0);
  }

  @Test
  void prefixesOfTheFileAreUsedAndSeveralBestChoicesAreRight() throws IOException {
    Path file =
        file(
            """
            {"task_prefix": "Rivers.\\n", "example_input_prefix": "", "example_output_prefix": "?\\n",
             "examples": [{"input": "Long", "target_scores": {"Elbe": 0.2, "Oder": 0.7, "Rhine": 0.7}}]}
            """);
    MultipleChoice.Item item = all(BigBenchTask.read(file, "rivers")).get(0);

    assertThat(item.requests().get(0).context()).isEqualTo("Rivers.\nLong?");
    assertThat(item.requests().get(0).continuation()).isEqualTo("\nElbe");
    assertThat(item.gold()).containsExactly(1, 2);
  }

  @Test
  void exactAnswersAreWrittenAfterTheWholePrompt() throws IOException {
    StringBuilder examples = new StringBuilder();
    for (int i = 0; i < 100; i++) {
      examples.append(
          String.format(
              Locale.ROOT,
              "{\"input\": \"%d?\", \"target\": %s},",
              i,
              i % 2 == 0 ? "\"yes\"" : "[\"no\", \"No\"]"));
    }
    Path file =
        file(
            "{\"examples\": ["
                + examples
                + "{\"input\": \"last\", \"target\": \"yes\"}], \"metrics\": [\"exact_str_match\"]}");
    assertThat(BigBenchFile.isTask(file)).isTrue();
    TaskSource task = BigBenchFile.read(file).task("rivers");
    Generative writing = (Generative) task.first(20);
    Generative.Item item = writing.items().get(0);

    assertThat(writing.items()).hasSize(20);
    assertThat(item.request().context()).matches("\nQ: .*\\?\nA: ");
    assertThat(item.request().until()).containsExactly("\n\n");
    assertThat(item.shown()).matches("\nQ: .*\\?\nA: (yes|no)");
    assertThat(task.references()).hasSizeBetween(2, 25);
    Set<String> tested = new HashSet<>();
    ((Generative) task.first(1000)).items().forEach(each -> tested.add(each.shown()));
    assertThat(task.references()).noneMatch(each -> tested.contains(each.text()));
    assertThatThrownBy(
            () ->
                BigBenchFile.read(file("{\"examples\": [{\"input\": \"a\", \"target\": []}]}"))
                    .task("x"))
        .hasMessageContaining("examples[0] has no target");
    assertThatThrownBy(
            () ->
                BigBenchFile.read(
                        file(
                            "{\"output_regex\": \"(\", \"examples\": [{\"input\": \"%s\", \"target\": \"a\"}]}"
                                .formatted("on the test side")))
                    .task("x"))
        .hasMessageContaining("field output_regex");
  }

  @Test
  void tasksWithOtherMetricsAreNotScored() throws IOException {
    String example = "\"examples\": [{\"input\": \"a\", \"target\": \"b\"}]";
    for (String metrics : List.of("[\"bleu\"]", "[\"rouge\", \"bleu\"]")) {
      assertThat(BigBenchFile.isTask(file("{" + example + ", \"metrics\": " + metrics + "}")))
          .isFalse();
      assertThat(BigBenchFile.isTask(file("{\"metrics\": " + metrics + "," + example + "}")))
          .isFalse();
    }
    assertThat(BigBenchFile.isTask(file("{" + example + "}"))).isTrue();
    assertThat(BigBenchFile.isTask(file("{\"examples\": []}"))).isFalse();
    assertThat(BigBenchFile.isTask(file("[1]"))).isFalse();
    assertThat(BigBenchFile.isTask(file("{\"examples\": 3}"))).isFalse();
    for (String cut :
        List.of(
            "",
            "{\"examples\": 3",
            "{\"examples\": [{\"input\": \"Where do",
            "{\"metrics\": [\"exact_str_m")) {
      Path file = file(cut);
      assertThatThrownBy(() -> BigBenchFile.isTask(file)).hasMessageContaining("is not JSON");
    }
  }

  private static String manyExamples(int count, boolean reversed) {
    List<String> examples = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      // every question is asked twice, with different choices
      examples.add(
          String.format(
              Locale.ROOT,
              "{\"input\": \"Question %d\", \"target_scores\": {\"a\": 1, \"b\": 0}}",
              i));
      examples.add(
          String.format(
              Locale.ROOT,
              "{\"input\": \"Question %d\", \"target_scores\": {\"c\": 1, \"d\": 0}}",
              i));
    }
    if (reversed) {
      java.util.Collections.reverse(examples);
    }
    return "{\"examples\": [" + String.join(",", examples) + "]}";
  }

  @Test
  void noQuestionIsOnBothSidesAndAboutATenthIsForReference() throws IOException {
    BigBenchTask task = BigBenchTask.read(file(manyExamples(1000, false)), "rivers");
    Set<String> reference = new HashSet<>();
    task.reference().forEach(item -> reference.add(item.requests().get(0).context()));

    assertThat(task.test()).noneMatch(item -> reference.contains(item.requests().get(0).context()));
    assertThat(task.reference().size() + task.test().size()).isEqualTo(2000);
    assertThat(task.reference()).hasSizeBetween(120, 290);
  }

  @Test
  void theFirstItemsDoNotDependOnTheOrderInTheFileAndAreNotItsBeginning() throws IOException {
    MultipleChoice once = BigBenchTask.read(file(manyExamples(300, false)), "rivers").first(20);
    MultipleChoice again = BigBenchTask.read(file(manyExamples(300, true)), "rivers").first(20);

    assertThat(once.items()).isEqualTo(again.items()).hasSize(20);
    assertThat(once.items())
        .anyMatch(item -> item.requests().get(0).context().matches("(?s).*Question [12]\\d\\d.*"));
    assertThat(once.version()).isNotEqualTo(again.version());
  }

  @Test
  void repeatedItemsCountOnce() throws IOException {
    String example = "{\"input\": \"Q\", \"target_scores\": {\"a\": 1, \"b\": 0}}";
    BigBenchTask task =
        BigBenchTask.read(file("{\"examples\": [" + example + "," + example + "]}"), "rivers");

    assertThat(all(task)).hasSize(1);
  }

  @Test
  void wrongFilesAreNamedWithTheField() throws IOException {
    assertThatThrownBy(() -> BigBenchTask.read(folder.resolve("none.json"), "x"))
        .hasMessageContaining("none.json")
        .hasMessageContaining("tare fetch");
    assertThatThrownBy(() -> BigBenchTask.read(file("{\"examples\": []}"), "x"))
        .hasMessageContaining("task.json")
        .hasMessageContaining("examples");
    assertThatThrownBy(() -> BigBenchTask.read(file("{\"examples\": [{\"input\": \"a\"}]}"), "x"))
        .hasMessageContaining("examples[0]")
        .hasMessageContaining("target_scores");
    assertThatThrownBy(
            () ->
                BigBenchTask.read(
                    file(
                        "{\"examples\": [{\"input\": \"a\", \"target_scores\": {\"x\": 0, \"y\": 0}}]}"),
                    "x"))
        .hasMessageContaining("examples[0].target_scores");
    assertThatThrownBy(() -> BigBenchTask.read(file("{\"examples\": ["), "x"))
        .hasMessageContaining("not a BIG-bench task");
  }

  @Test
  void tasksAreTheFoldersWithMultipleChoiceItems() throws IOException {
    file(manyExamples(3, false));
    Map<String, String> files =
        Map.of(
            "lakes",
            "{\"name\": \"lakes\", \"metrics\": [], \"keywords\": {\"a\": 1}}",
            "lakes/deep",
            manyExamples(3, false),
            "lakes/wide",
            manyExamples(3, false),
            "stories",
            "{\"metrics\": [\"bleu\"], \"examples\": [{\"input\": \"Once\", \"target\": \"upon\"}, {\"target_scores\": {}}]}");
    for (Map.Entry<String, String> each : files.entrySet()) {
      Path task = folder.resolve("bigbench").resolve(each.getKey()).resolve("task.json");
      Files.createDirectories(task.getParent());
      Files.writeString(task, each.getValue());
    }
    Tasks tasks = new Tasks(folder);

    assertThat(tasks.names()).containsExactly("lakes/deep", "lakes/wide", "rivers");
    assertThat(tasks.named("lakes/deep").name()).isEqualTo("lakes/deep");
    assertThatThrownBy(() -> tasks.named("seas"))
        .hasMessageContaining("seas")
        .hasMessageContaining("lakes/wide");
    assertThatThrownBy(() -> new Tasks(folder.resolve("empty")).named("seas"))
        .hasMessageContaining("tare fetch");
    Path cut = folder.resolve("bigbench/stories/task.json");
    Files.writeString(cut, "{\"metrics\": [\"exact_str_match\"], \"exam");
    assertThatThrownBy(tasks::names).hasMessageContaining("stories cannot be read");
    assertThatThrownBy(() -> tasks.named("stories")).hasMessageContaining(cut.toString());
    assertThat(tasks.named("lakes/deep").name()).isEqualTo("lakes/deep");
  }
}
