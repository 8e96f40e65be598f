package tare.adapt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.data.Document;
import tare.select.ReferenceItem;

/** Own text and training sides are split into three parts that share no item. */
class PurposeTest {

  @TempDir private Path folder;
  private InventedPurpose invented;

  @BeforeEach
  void write() {
    invented = new InventedPurpose(folder);
  }

  @Test
  void noItemIsInTwoParts() throws IOException {
    Target target = invented.of(invented.file("news")).targets().get(0);
    Set<String> scored = new HashSet<>(target.scored());
    List<String> guide = target.guide().items().stream().map(ReferenceItem::text).toList();
    List<String> calibrating = target.calibrating().stream().map(Document::text).toList();
    assertThat(guide).isNotEmpty().doesNotContainAnyElementsOf(scored);
    assertThat(calibrating).containsAll(guide).doesNotContainAnyElementsOf(scored);
    assertThat(scored.size() + calibrating.size()).isEqualTo(target.items());
    assertThat(target.scored())
        .allMatch(
            text ->
                target.deciding().text().contains(text)
                    != target.reporting().text().contains(text));
  }

  @Test
  void theSameSeedGivesTheSamePartsAndAnotherOthers() throws IOException {
    assertThat(invented.of(invented.file("news")).revision())
        .isEqualTo(invented.of(invented.file("news")).revision())
        .isNotEqualTo(invented.of(invented.file("code")).revision());
  }

  @Test
  void weightsAddUpToOne() throws IOException {
    Purpose purpose = invented.of(invented.file("news") + ":3", "social_iqa");
    assertThat(purpose.weights().get("news")).isCloseTo(0.75, within(1e-12));
    assertThat(purpose.weights().get("social_iqa")).isCloseTo(0.25, within(1e-12));
  }

  @Test
  void aLongTextIsCutSoThatItCanBeSplit() throws IOException {
    Path book = folder.resolve("book.txt");
    String line = "The %d-th line of this book says again that there is not much to be said.\n";
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      text.append(line.formatted(i)).append(i % 5 == 0 ? "\n" : "");
    }
    Files.writeString(book, text);
    Target target = invented.of(book.toString()).targets().get(0);
    assertThat(target.items()).isGreaterThan(10);
    assertThat(target.deciding().text()).isNotEqualTo(target.reporting().text());
  }

  @Test
  void ofATaskOnlyTheTrainingSideIsRead() throws IOException {
    Target target = invented.of("social_iqa").targets().get(0);
    assertThat(target.tests()).hasSize(1);
    List<String> tests = target.tests().get(0).solvedTexts().toList();
    assertThat(target.scored()).doesNotContainAnyElementsOf(tests);
    assertThat(target.calibrating()).noneMatch(item -> tests.contains(item.text()));
  }

  @Test
  void whatIsNeitherTaskNorFileIsRefusedByName() {
    assertThatThrownBy(() -> invented.of("humaneval"))
        .hasMessageContaining("--for humaneval")
        .hasMessageContaining("missing");
    assertThatThrownBy(() -> invented.of("my-logs.jsonl"))
        .hasMessageContaining("--for my-logs.jsonl is neither a file nor a task");
  }

  @Test
  void aTaskWithoutATrainingSideIsRefusedByName() throws IOException {
    Path piqa = Files.createDirectories(folder.resolve("tasks/piqa"));
    Files.writeString(
        piqa.resolve("valid.jsonl"), "{\"goal\": \"a\", \"sol1\": \"b\", \"sol2\": \"c\"}\n");
    Files.writeString(piqa.resolve("valid-labels.lst"), "1\n");
    assertThatThrownBy(() -> invented.of("piqa"))
        .hasMessageContaining("--for piqa has no training side")
        .hasMessageContaining("Take another task");
  }

  @Test
  void aTextThatIsTooShortIsRefusedWithWhatItNeeds() throws IOException {
    Path notes = Files.writeString(folder.resolve("notes.txt"), "Buy milk. Call Anna. ");
    assertThatThrownBy(() -> invented.of(notes.toString()))
        .hasMessageContaining("--for notes")
        .hasMessageContaining("96 tokens in all");
  }

  @Test
  void weightsAndNamesAreChecked() {
    assertThatThrownBy(() -> invented.of("social_iqa:0"))
        .hasMessageContaining("weight 0 is not above 0");
    assertThatThrownBy(() -> invented.of("social_iqa", "social_iqa:2"))
        .hasMessageContaining("named twice");
    assertThatThrownBy(invented::of).hasMessageContaining("--for names no purpose");
  }

  @Test
  void textOfThePurposeIsRemovedFromThePoolAndCounted() throws IOException {
    Purpose purpose = invented.of(invented.file("news"));
    AdaptPool pool = invented.pool(purpose, "news", "code");
    Target target = purpose.targets().get(0);
    assertThat(pool.removed()).containsOnlyKeys("news");
    assertThat(pool.removedDocuments()).isPositive();
    assertThat(pool.notes()).anyMatch(note -> note.contains("overlap with the purpose"));
    try (var documents = pool.joined().documents()) {
      assertThat(documents.map(Document::text)).doesNotContainAnyElementsOf(target.scored());
    }
    assertThat(pool.domains()).hasSize(2);
  }

  @Test
  void aPoolThatIsAllPurposeIsRefused() throws IOException {
    Path same = folder.resolve("mine.txt");
    Files.writeString(same, "One two three. ".repeat(20) + "\n" + "Four five six. ".repeat(200));
    Purpose purpose = invented.of(same.toString());
    assertThatThrownBy(
            () ->
                AdaptPool.of(
                    purpose, List.of(invented.corpus(same)), InventedPurpose.model().tokenizer()))
        .hasMessageContaining("--pool holds nothing but text of the purpose");
  }
}
