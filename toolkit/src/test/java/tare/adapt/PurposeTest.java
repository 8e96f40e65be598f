package tare.adapt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.data.Document;
import tare.data.Marks;
import tare.evaluate.Perplexity;
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

  /** What does not count in a conversation does not count in a set of the purpose either. */
  @Test
  void marksStayAtTheirTextWhenItIsCut() {
    StringBuilder text = new StringBuilder();
    List<Marks.Span> asked = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      int from = text.length();
      text.append("Question ").append(i).append("?");
      asked.add(new Marks.Span(from, text.length()));
      text.append(" The answer is ").append(i * i).append(".\n\n");
    }
    Target.Item talk =
        new Target.Item(
            new ReferenceItem("talk", "", text.toString()), new Marks(List.of(), asked));
    Target target =
        Target.split(
            "talks",
            1,
            List.of(talk),
            List.of(),
            InventedPurpose.model().tokenizer(),
            InventedPurpose.SIZES,
            1);
    assertThat(target.calibrating()).isNotEmpty();
    for (Document document : target.calibrating()) {
      StringBuilder counted = new StringBuilder(document.text());
      List<Marks.Span> spans = document.marks().uncounted();
      for (int i = spans.size() - 1; i >= 0; i--) {
        counted.delete(spans.get(i).from(), spans.get(i).to());
      }
      assertThat(spans).isNotEmpty();
      assertThat(counted).contains("The answer is").doesNotContain("Question", "?");
      assertThat(counted.toString().split("The answer is", -1))
          .hasSameSizeAs(document.text().split("The answer is", -1));
    }
  }

  @Test
  void whatDecidesAndHowMuchOfItIsPartOfTheRevision() throws IOException {
    Purpose purpose = invented.of(invented.file("news"));
    Target target = purpose.targets().get(0);
    Perplexity deciding = target.deciding();
    Perplexity fewer =
        new Perplexity(
            deciding.name(), "same", deciding.text(), deciding.window(), deciding.windows() - 1);
    Perplexity more =
        new Perplexity(
            deciding.name(), "same", deciding.text(), deciding.window(), deciding.windows());
    List<Document> rest = target.calibrating().subList(1, target.calibrating().size());
    assertThat(
            Stream.of(
                    with(target, more, target.calibrating()),
                    with(target, fewer, target.calibrating()),
                    with(target, more, rest))
                .map(Purpose::revision))
        .doesNotHaveDuplicates();
  }

  private static Purpose with(Target target, Perplexity deciding, List<Document> calibrating) {
    return new Purpose(
        List.of(
            new Target(
                target.name(),
                target.weight(),
                target.guide(),
                deciding,
                target.reporting(),
                target.scored(),
                calibrating,
                target.tests(),
                target.items(),
                target.notes())));
  }

  @Test
  void writtenAnswersAreNotScoredAndThisIsSaid() throws IOException {
    Path task = Files.createDirectories(folder.resolve("tasks/gsm8k"));
    for (String side : List.of("train", "test")) {
      StringBuilder lines = new StringBuilder();
      int first = side.equals("test") ? 100 : 0; // no item is on both sides
      for (int i = first; i < first + 40; i++) {
        lines.append(
            String.format(
                Locale.ROOT,
                "{\"question\": \"A %s has %d apples and eats one. How many are left?\", \"answer\": \"%d\\n#### %d\"}%n",
                side,
                i + 1,
                i,
                i));
      }
      Files.writeString(task.resolve(side + ".jsonl"), lines);
    }
    Purpose purpose = invented.of("gsm8k");
    assertThat(purpose.targets().get(0).tests()).isEmpty();
    assertThat(purpose.notes()).hasSize(1).first().asString().contains("--for gsm8k/solutions");
    assertThat(invented.of("gsm8k/solutions").notes()).isEmpty();
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
        .hasMessageContaining("--for my-logs.jsonl is no file, and no task");
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
    assertThat(pool.domains()).extracting(Perplexity::name).contains("code");
    assertThat(pool.domains())
        .allSatisfy(
            domain ->
                assertThat(target.calibrating())
                    .noneMatch(own -> domain.text().contains(own.text())));
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
