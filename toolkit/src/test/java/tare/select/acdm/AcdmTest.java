package tare.select.acdm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tare.data.Budget;
import tare.data.Corpus;
import tare.data.CorpusSide;
import tare.data.JoinedCorpus;
import tare.model.DecoderModel;
import tare.model.Precision;
import tare.select.ExplainedSelector;
import tare.select.Passage;
import tare.select.Pick;
import tare.select.ReferenceItem;
import tare.select.Selection;
import tare.select.Surroundings;
import tare.select.TaskReference;
import tare.select.TinyTexts;
import tare.select.activation.Observation;
import tare.select.activation.StatisticScaling;

/** ACDM on the tiny trained model and invented text of clearly different kinds. */
class AcdmTest {

  private static final Budget BUDGET = new Budget(6, 48);
  private static TinyTexts tiny;
  private static Corpus pool;
  private static References code;
  private static References dialogue;

  @TempDir static Path folder;

  @BeforeAll
  static void prepare() throws IOException {
    tiny = TinyTexts.in(folder);
    pool =
        new JoinedCorpus(
            List.of(tiny.read("code", CorpusSide.TRAIN), tiny.read("dialogue", CorpusSide.TRAIN)));
    code = new References(List.of(tiny.task("code")));
    dialogue = new References(List.of(tiny.task("dialogue")));
  }

  @AfterAll
  static void close() {
    tiny.close();
  }

  private static References both() {
    return new References(List.of(code.tasks().get(0), dialogue.tasks().get(0)));
  }

  @Test
  void ofTwoDomainsItPicksTheOneThatMatches() {
    Selection forCode = new Acdm(code).choose(pool, BUDGET, tiny.given(1));
    Selection forDialogue = new Acdm(dialogue).choose(pool, BUDGET, tiny.given(1));
    assertThat(forCode.picks()).hasSize(6).allMatch(pick -> pick.source().equals("code"));
    assertThat(forDialogue.picks()).hasSize(6).allMatch(pick -> pick.source().equals("dialogue"));
    assertThat(forCode.picks().get(0).reason()).isEqualTo("near code");
    assertThat(forCode.notes().toString())
        .contains("by corpus: code 6", "documents in a window: 1.00 in the set, 1.00 in the pool");
  }

  @Test
  void eachTaskGetsItsShare() {
    for (ExplainedSelector selector : List.of(new Acdm(both()), new AcdmHerding(both()))) {
      Selection selection = selector.choose(pool, BUDGET, tiny.given(1));
      assertThat(selection.picks()).filteredOn(p -> p.source().equals("code")).hasSize(3);
      assertThat(selection.picks()).extracting(Pick::document).doesNotHaveDuplicates();
      assertThat(selection.set().selector()).isEqualTo(selector.name());
    }
  }

  @Test
  void leavingATaskOutLeavesItsDomainOut() {
    Selection selection = new Acdm(both().without("code")).choose(pool, BUDGET, tiny.given(1));
    assertThat(selection.picks()).allMatch(pick -> pick.source().equals("dialogue"));
    assertThatThrownBy(() -> both().without("news")).hasMessageContaining("news");
  }

  @Test
  void byItsOwnMeasureItBeatsTheDrawThatComesFromTheSamePool() {
    try (Alignment space = new Acdm(code).align(pool, BUDGET, tiny.given(1))) {
      double drawn = IntStream.range(0, 6).mapToDouble(i -> space.distance(i, 0)).sum();
      double nearest =
          new Acdm(code)
              .choose(pool, BUDGET, tiny.given(1)).picks().stream().mapToDouble(Pick::score).sum();
      assertThat(space.windows()).isEqualTo(48);
      assertThat(nearest).isLessThan(0.8 * drawn);
    }
  }

  @Test
  void theSameSeedGivesTheSameSetAtAnyOrderOfTheDocuments() throws IOException {
    Corpus reversed =
        new JoinedCorpus(
            List.of(tiny.read("dialogue", CorpusSide.TRAIN), tiny.read("code", CorpusSide.TRAIN)));
    String fingerprint = new Acdm(both()).select(pool, BUDGET, tiny.given(3)).fingerprint();
    assertThat(new Acdm(both()).select(reversed, BUDGET, tiny.given(3)).fingerprint())
        .isEqualTo(fingerprint);
    assertThat(new Acdm(both()).select(pool, BUDGET, tiny.given(4)).fingerprint())
        .isNotEqualTo(fingerprint);
  }

  static Stream<Acdm> options() {
    Acdm plain = new Acdm(both());
    return Stream.of(
            Stream.of(Statistic.values()).map(plain::statistic),
            Stream.of(StatisticScaling.values()).map(plain::scaling),
            Stream.of(SetRule.values()).map(plain::rule),
            Stream.of(TaskSharing.values()).map(plain::sharing),
            Stream.of(Observation.Counted.values())
                .map(tokens -> plain.firstBlocks(2).counted(tokens)),
            Stream.of(
                plain.referenceWindows(16), plain.pressure(4), plain.packed(), plain.share(0.5)))
        .flatMap(each -> each);
  }

  @ParameterizedTest
  @MethodSource("options")
  void everyOptionGivesAWholeSetAndSaysSoInItsName(Acdm acdm) {
    Selection selection = acdm.choose(pool, BUDGET, tiny.given(1));
    assertThat(selection.set().samples()).hasSize(6);
    assertThat(selection.set().fingerprint())
        .isEqualTo(acdm.select(pool, BUDGET, tiny.given(1)).fingerprint());
    assertThat(acdm.name()).doesNotContain("\n").contains("code(", "dialogue(");
  }

  @Test
  void theNearestSetIsNearerThanTheFarthest() {
    double near = score(new Acdm(code));
    double far = score(new Acdm(code).rule(SetRule.FARTHEST));
    assertThat(near).isLessThan(0.7 * far);
  }

  private static double score(Acdm acdm) {
    return acdm.choose(pool, BUDGET, tiny.given(1)).picks().stream().mapToDouble(Pick::score).sum();
  }

  @Test
  void referencesAreAsLongAsCandidatesAndMarkTheirAnswers() {
    List<Passage> windows =
        code.tasks().get(0).packed(tiny.model().checkpoint().tokenizer(), 48, 5);
    assertThat(windows).hasSize(5).allMatch(window -> window.tokens().length == 48);
    assertThat(windows.get(0).answers()).hasSize(48);
    TaskReference few =
        new TaskReference("few", List.of(new ReferenceItem("1", "What?", " That.")));
    assertThatThrownBy(() -> few.packed(tiny.model().checkpoint().tokenizer(), 48, 5))
        .hasMessageContaining("The 1 reference items of few")
        .hasMessageContaining("Lower the length");
  }

  @Test
  void controlsKeepTheItemsAndLoseTheTasksOrTheFormat() {
    References shuffled = both().shuffled(new SplittableRandom(1));
    assertThat(shuffled.names()).isEqualTo(both().names());
    assertThat(shuffled.tasks().stream().flatMap(t -> t.items().stream()))
        .containsExactlyInAnyOrderElementsOf(
            both().tasks().stream().flatMap(t -> t.items().stream()).toList());
    assertThat(shuffled.tasks().get(0).items()).isNotEqualTo(both().tasks().get(0).items());
    References words =
        new References(
                List.of(
                    new TaskReference("q", List.of(new ReferenceItem("1", "Q: a, b?\nA:", " c.")))))
            .wordsOnly();
    assertThat(words.tasks().get(0).items().get(0).text()).isEqualTo("Q a b A c");
  }

  @Test
  void tasksByNameAreReadWhenASetIsChosen() {
    Acdm named = new Acdm(List.of("code", "dialogue"));
    Surroundings reading =
        tiny.given(1)
            .references(
                task -> both().tasks().get(task.task().equals("code") ? 0 : 1).requireItems());
    assertThat(named.select(pool, BUDGET, reading).fingerprint())
        .isEqualTo(new Acdm(both()).select(pool, BUDGET, tiny.given(1)).fingerprint());
    assertThatThrownBy(() -> named.select(pool, BUDGET, tiny.given(1)))
        .hasMessageContaining("The task code has no reference items");
    assertThatThrownBy(() -> new Acdm(List.of()).select(pool, BUDGET, tiny.given(1)))
        .hasMessageContaining("There are no references");
  }

  @Test
  void whatDoesNotFitTogetherIsRefused() {
    Acdm plain = new Acdm(code);
    assertThatThrownBy(() -> plain.share(0)).hasMessageContaining("share");
    assertThatThrownBy(() -> plain.sharing(TaskSharing.MEAN).rule(SetRule.HERDING_IN_NEAREST))
        .hasMessageContaining("needs the sharing QUOTA");
    assertThatThrownBy(() -> plain.firstBlocks(-1)).hasMessageContaining("firstBlocks");
  }

  @Test
  void fewReferencesAreNoted() {
    References few =
        new References(
            List.of(new TaskReference("code", code.tasks().get(0).items().subList(0, 1))));
    assertThat(new Acdm(few).choose(pool, BUDGET, tiny.given(1)).notes())
        .anyMatch(note -> note.contains("fewer than 16"));
  }

  @Test
  void statisticsInAnotherPrecisionAreRefused() {
    try (DecoderModel low =
        DecoderModel.load(tiny.model().checkpoint(), Device.cpu(), Precision.BF16)) {
      Surroundings given =
          new Surroundings(
              tiny.model().checkpoint().tokenizer(), () -> low, new SplittableRandom(1));
      assertThatThrownBy(() -> new Acdm(code).select(pool, BUDGET, given))
          .hasMessageContaining("float32")
          .hasMessageContaining("bf16");
    }
  }
}
