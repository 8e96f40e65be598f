package tare.select;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tare.data.Budget;
import tare.data.Sample;
import tare.model.ByteTokenizer;

class ZipCalTest {

  private static final CandidatePool ALL = new CandidatePool().pressure(0);

  /** Words are letters: of 6, 5, 2 and 3 kinds, and two that add nothing. */
  private static final WrittenCorpus LETTERS =
      WrittenCorpus.of("letters", "abcdef", "abcxyy", "aaaaaz", "ghhhaa", "fedddd", "AbCdAa");

  private static List<String> chosen(ExplainedSelector selector, WrittenCorpus corpus, int n) {
    return selector
        .choose(corpus, new Budget(n, 6), WrittenCorpus.seeded(1))
        .set()
        .samples()
        .stream()
        .map(Sample::text)
        .toList();
  }

  @Test
  void byHand() {
    // gains: 6; then x y and g h are two new each, and the window of five kinds goes first; then z
    assertThat(chosen(new ZipCal(ALL), LETTERS, 4))
        .containsExactly("abcdef", "abcxyy", "ghhhaa", "aaaaaz");
    List<Pick> picks =
        new ZipCal(ALL).choose(LETTERS, new Budget(4, 6), WrittenCorpus.seeded(1)).picks();
    assertThat(picks).extracting(Pick::score).containsExactly(6.0, 2.0, 2.0, 1.0);
    assertThat(picks.get(1).reason()).isEqualTo("2 new of its 5 words");
  }

  @Test
  void whenAllWordsAreCoveredASecondCoverBeginsAndIsNoted() {
    Selection selection =
        new ZipCal(ALL).choose(LETTERS, new Budget(6, 6), WrittenCorpus.seeded(1));
    // left are "fedddd", of 3 kinds, and "AbCdAa", of 4
    assertThat(selection.set().samples()).extracting(Sample::text).endsWith("AbCdAa", "fedddd");
    assertThat(selection.notes())
        .containsExactly("every word of the pool was covered 1 times over");
  }

  @Test
  void theSameAtAnyOrderOfTheDocuments() {
    assertThat(chosen(new ZipCal(ALL), LETTERS, 5))
        .isEqualTo(chosen(new ZipCal(ALL), LETTERS.reversed(), 5));
  }

  @Test
  void lookingAtAllWindowsAtEachStepIsTheExactRule() {
    WrittenCorpus many = random(60, 12);
    assertThat(chosen(new ZipCal(ALL).searchPool(60), many, 10))
        .isEqualTo(chosen(new ZipCal(ALL), many, 10));
    ZipCal few = new ZipCal(ALL).searchPool(5);
    assertThat(chosen(few, many, 10)).isEqualTo(chosen(few, many, 10)).doesNotHaveDuplicates();
  }

  private static WrittenCorpus random(int documents, int letters) {
    SplittableRandom random = new SplittableRandom(3);
    return WrittenCorpus.of(
        "random",
        IntStream.range(0, documents)
            .mapToObj(
                i ->
                    random
                        .ints(6, 'a', 'a' + letters)
                        .collect(
                            StringBuilder::new,
                            StringBuilder::appendCodePoint,
                            StringBuilder::append)
                        .toString())
            .toArray(String[]::new));
  }

  @Test
  void lazyGreedyTakesWhatPlainGreedyTakes() {
    SplittableRandom random = new SplittableRandom(5);
    for (int round = 0; round < 50; round++) {
      List<int[]> sets =
          IntStream.range(0, 30)
              .mapToObj(i -> random.ints(1 + i % 7, 0, 40).sorted().distinct().toArray())
              .toList();
      double[] weights = random.doubles(40).toArray();
      GreedyCover cover = new GreedyCover(weights, false);
      sets.forEach(cover::add);
      List<Integer> lazy = cover.choose(8).stream().map(GreedyCover.Step::index).toList();
      assertThat(lazy).isEqualTo(plainGreedy(sets, weights, 8));
    }
  }

  private static List<Integer> plainGreedy(List<int[]> sets, double[] weights, int count) {
    boolean[] covered = new boolean[weights.length];
    List<Integer> taken = new ArrayList<>();
    while (taken.size() < count) {
      int best = -1;
      double bestGain = 0;
      for (int i = 0; i < sets.size(); i++) {
        double gain =
            Arrays.stream(sets.get(i)).filter(e -> !covered[e]).mapToDouble(e -> weights[e]).sum();
        boolean larger = best >= 0 && sets.get(i).length > sets.get(best).length;
        if (!taken.contains(i) && (gain > bestGain || (gain > 0 && gain == bestGain && larger))) {
          best = i;
          bestGain = gain;
        }
      }
      if (best < 0) {
        Arrays.fill(covered, false);
      } else {
        taken.add(best);
        Arrays.stream(sets.get(best)).forEach(e -> covered[e] = true);
      }
    }
    return taken;
  }

  @Test
  void wordsInLowerCaseInsteadOfTokens() {
    Vocabulary vocabulary = new Vocabulary(new ByteTokenizer());
    Sample sample = new Sample("0", "s", "The the, cat's 7!", new int[0]);
    assertThat(vocabulary.units(sample, Vocabulary.Unit.WORDS)).containsExactly(0, 0, 1, 2, 3);
    assertThat(vocabulary.distinct(sample, Vocabulary.Unit.WORDS)).containsExactly(0, 1, 2, 3);
  }

  @Test
  void farthestFirstByHand() {
    // units 0 1 | 0 2 | 3 3 | 0 1: idf is ln(4/3), ln 2, ln 4, ln 4
    TextVectors vectors =
        new TextVectors(
            List.of(new int[] {0, 1}, new int[] {0, 2}, new int[] {3, 3}, new int[] {0, 1}), 4);
    List<TextVectors.Centre> centres = vectors.farthestFirst(0, 4);
    assertThat(centres).extracting(TextVectors.Centre::index).containsExactly(0, 2, 1, 3);
    assertThat(centres.get(1).distance()).isEqualTo(Math.sqrt(2));
    double i0 = Math.log(4 / 3.0);
    double dot = i0 * i0 / (Math.hypot(i0, Math.log(2)) * Math.hypot(i0, Math.log(4)));
    assertThat(centres.get(2).distance()).isCloseTo(Math.sqrt(2 - 2 * dot), within(1e-6));
    assertThat(centres.get(3).distance()).isLessThan(1e-3);
  }

  @Test
  void severalCorporaAreCoveredEachAndThenSpread() {
    // far more windows of one corpus than of the other; both have words that the other has not
    WrittenCorpus large = random(60, 8);
    WrittenCorpus small = WrittenCorpus.of("small", "uvwxyz", "zyxwvv", "uvwuuu");
    Selection selection =
        new ZipCalMulti(ALL).choose(large.and(small), new Budget(6, 6), WrittenCorpus.seeded(1));
    assertThat(selection.notes()).containsExactly("2 corpora gave 9 windows");
    assertThat(selection.set().samples())
        .hasSize(6)
        .extracting(Sample::source)
        .contains("small", "random");
    assertThat(selection.set().fingerprint())
        .isEqualTo(
            new ZipCalMulti(ALL)
                .select(small.and(large), new Budget(6, 6), WrittenCorpus.seeded(1))
                .fingerprint());
  }

  @Test
  void kCentreStartsWithTheLargestVocabularyAndGoesFar() {
    WrittenCorpus corpus = WrittenCorpus.of("c", "abcdef", "abcdee", "abccdd", "uvwuvw");
    assertThat(chosen(new KCentre(ALL), corpus, 2)).containsExactly("abcdef", "uvwuvw");
  }
}
