package tare.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.evaluate.MultipleChoice;
import tare.evaluate.Perplexity;

/** What is wrong with a task's files is said when a study is checked, before the first trial. */
class StudyTasksTest {

  private static final String ITEM =
      "{\"goal\": \"g\", \"sol1\": \"s\", \"sol2\": \"t\", \"label\": %d}\n";

  @TempDir private Path data;

  private void write(String file, String content) throws IOException {
    Path path = data.resolve("fetched/tasks").resolve(file);
    Files.createDirectories(path.getParent());
    Files.writeString(path, content);
  }

  /** As {@link Materials#check} asks for each task of a study. */
  private String version(TaskPlan plan) {
    return new Materials(data).ofTask(plan);
  }

  @Test
  void publishedTasksAndTextsAreReadAndPinned() throws IOException {
    write("piqa/valid.jsonl", ITEM.formatted(0) + ITEM.formatted(1));
    write("wikitext/wiki.test.raw", " = Mill = \n \n It turns . \n");
    TaskPlan choice = new TaskPlan.Choice("piqa", 1);
    TaskPlan text = new TaskPlan.Published("wikitext2", 8, 2);

    assertThat(((MultipleChoice) new Materials(data).task(choice)).items()).hasSize(1);
    assertThat(((Perplexity) new Materials(data).task(text)).text()).contains("It turns");
    String before = version(choice);
    write("piqa/valid.jsonl", ITEM.formatted(1) + ITEM.formatted(1));
    assertThat(version(choice)).as("other files are another task").isNotEqualTo(before);
  }

  @Test
  void whatIsMissingOrWrongIsNamed() throws IOException {
    assertThatThrownBy(() -> version(new TaskPlan.Choice("piqa", 1)))
        .hasMessageContaining("tare fetch piqa")
        .hasMessageContaining("validation file");
    assertThatThrownBy(() -> version(new TaskPlan.Published("wikitext2", 8, 2)))
        .hasMessageContaining("test side");
    assertThatThrownBy(() -> version(new TaskPlan.Published("wikitext9", 8, 2)))
        .hasMessageContaining("wikitext2, ptb, c4");
    write("piqa/valid.jsonl", ITEM.formatted(0) + ITEM.formatted(2));
    assertThatThrownBy(() -> version(new TaskPlan.Choice("piqa", 1)))
        .as("also beyond the limit")
        .hasMessageContaining("valid.jsonl, line 2: field label is 2");
  }
}
