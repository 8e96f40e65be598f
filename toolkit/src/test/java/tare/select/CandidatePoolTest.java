package tare.select;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tare.data.Budget;
import tare.data.CalibrationSet;

class CandidatePoolTest {

  private static final Budget BUDGET = new Budget(3, 20);

  /** Documents of 25 bytes and, every third, of 10. */
  private static final WrittenCorpus CORPUS =
      WrittenCorpus.of(
          "numbers",
          IntStream.range(0, 90)
              .mapToObj(i -> ("<" + (100 + i) + ">").repeat(i % 3 == 0 ? 2 : 5))
              .toArray(String[]::new));

  private static List<String> texts(CandidatePool pool, WrittenCorpus corpus, long seed) {
    return texts(pool, corpus, WrittenCorpus.seeded(seed));
  }

  private static List<String> texts(CandidatePool pool, WrittenCorpus corpus, Surroundings given) {
    return pool.draw(corpus, BUDGET, given).list().stream()
        .map(each -> each.sample().text())
        .toList();
  }

  @Test
  void holdsEightWindowsForEachSampleEachFromOneDocument() {
    List<Candidate> all = new CandidatePool().draw(CORPUS, BUDGET, WrittenCorpus.seeded(1)).list();
    assertThat(all).hasSize(24);
    assertThat(all).extracting(Candidate::index).containsExactlyElementsOf(range(24));
    assertThat(all).extracting(each -> each.sample().document()).doesNotHaveDuplicates();
    assertThat(all)
        .allSatisfy(
            each -> {
              assertThat(each.documents()).isEqualTo(1);
              assertThat(each.sample().tokens()).hasSize(20);
              String whole =
                  CORPUS.content().get(Integer.parseInt(each.sample().document())).text();
              assertThat(whole).contains(each.sample().text());
            });
  }

  private static List<Integer> range(int end) {
    return IntStream.range(0, end).boxed().toList();
  }

  @Test
  void aSetThatIsTooSmallIsRefusedAlsoFromThePoolOfAllWindows() {
    UniformFromPool all = new UniformFromPool(new CandidatePool().pressure(0));
    assertThat(all.select(CORPUS, new Budget(60, 20), WrittenCorpus.seeded(1)).samples())
        .hasSize(60);
    assertThatThrownBy(() -> all.select(CORPUS, new Budget(61, 20), WrittenCorpus.seeded(1)))
        .hasMessageContaining(
            "chose 60 samples of 20 tokens from numbers, and the set needs 61. Lower");
    Selector fewer =
        (corpus, budget, given) ->
            new CalibrationSet("fewer", budget, all.select(corpus, BUDGET, given).samples());
    assertThatThrownBy(
            () -> Selection.by(fewer, CORPUS, new Budget(4, 20), WrittenCorpus.seeded(1)))
        .hasMessageContaining("chose 3 samples of 20 tokens from numbers, and the set needs 4");
  }

  @Test
  void dependsOnTheSeedAndNotOnTheOrderOfTheDocuments() {
    CandidatePool pool = new CandidatePool();
    assertThat(texts(pool, CORPUS, 1)).isEqualTo(texts(pool, CORPUS.reversed(), 1));
    assertThat(texts(pool, CORPUS, 1)).isNotEqualTo(texts(pool, CORPUS, 2));
    assertThat(texts(pool, CORPUS.and(CORPUS), 1))
        .as("an equal text counts once")
        .isEqualTo(texts(pool, CORPUS, 1));
  }

  @Test
  void poolsOfOneSeedShareNoDocument() {
    Set<String> seen = new HashSet<>();
    for (int number = 0; number < 2; number++) {
      new CandidatePool()
          .draw(CORPUS, BUDGET, WrittenCorpus.seeded(1).set(number))
          .forEach(each -> assertThat(seen.add(each.sample().document())).isTrue());
    }
    assertThat(seen).hasSize(48);
  }

  @Test
  void goingThroughTwiceGivesTheSame() {
    Candidates candidates = new CandidatePool().draw(CORPUS, BUDGET, WrittenCorpus.seeded(1));
    List<Candidate> all = candidates.list();
    assertThat(candidates.pick(List.of(7, 2)))
        .extracting(each -> each.sample().text())
        .containsExactly(all.get(7).sample().text(), all.get(2).sample().text());
  }

  @Test
  void aPackedPoolSaysHowManyDocumentsAWindowHas() {
    // each document gives 6 tokens with its blank line
    WrittenCorpus short4 = WrittenCorpus.of("short", "aaaa", "bbbb", "cccc", "dddd", "eeee");
    CandidatePool pool = CandidatePool.PACKED.pressure(0);
    assertThat(documents(pool, short4, 12)).containsExactly(2, 2);
    assertThat(documents(pool, short4, 9)).containsExactly(2, 2, 2);
    assertThat(documents(pool, short4, 14)).containsExactly(3, 3);
    assertThat(documents(pool, short4, 3)).containsOnly(1);
  }

  private static List<Integer> documents(CandidatePool pool, WrittenCorpus corpus, int length) {
    return pool.draw(corpus, new Budget(1, length), WrittenCorpus.seeded(1)).list().stream()
        .map(Candidate::documents)
        .toList();
  }

  @Test
  void aCorpusThatIsTooSmallSaysByHowMuchAndWhatToDo() {
    assertThatThrownBy(() -> texts(new CandidatePool(), CORPUS, WrittenCorpus.seeded(1).set(2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("numbers gives 60 windows of 20 tokens")
        .hasMessageContaining("pool 2 with 8 windows for each sample needs 72")
        .hasMessageContaining("Lower");
    assertThatThrownBy(() -> new CandidatePool().pressure(-1)).hasMessageContaining("-1");
    assertThatThrownBy(
            () -> texts(CandidatePool.PACKED.pressure(0), CORPUS, WrittenCorpus.seeded(1).set(1)))
        .hasMessageContaining("pressure 0");
  }

  @Test
  void aUniformDrawFromThePoolIsItsBeginning() {
    assertThat(new UniformFromPool().select(CORPUS, BUDGET, WrittenCorpus.seeded(1)).samples())
        .extracting(sample -> sample.text())
        .isEqualTo(texts(new CandidatePool(), CORPUS, 1).subList(0, 3));
  }
}
