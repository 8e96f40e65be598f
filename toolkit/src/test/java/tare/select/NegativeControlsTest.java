package tare.select;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Sample;
import tare.model.Checkpoint;
import tare.model.DecoderModel;
import tare.model.Precision;

class NegativeControlsTest {

  @Test
  void randomTokensComeFromTheWholeVocabulary() {
    Checkpoint tiny = Checkpoint.open(Path.of("../data/tiny"));
    Budget budget = new Budget(16, 128);
    try (DecoderModel model = DecoderModel.load(tiny, Device.cpu(), Precision.F32)) {
      List<CalibrationSet> sets = new ArrayList<>();
      for (int set : new int[] {0, 0, 1}) {
        Surroundings given =
            new Surroundings(tiny.tokenizer(), () -> model, new SplittableRandom(7)).set(set);
        sets.add(new RandomTokens().select(WrittenCorpus.of("unused", "x"), budget, given));
      }
      assertThat(sets.get(0).fingerprint()).isEqualTo(sets.get(1).fingerprint());
      assertThat(sets.get(0).fingerprint()).isNotEqualTo(sets.get(2).fingerprint());
      int[] all =
          sets.get(0).samples().stream().flatMapToInt(s -> Arrays.stream(s.tokens())).toArray();
      assertThat(all).hasSize(16 * 128);
      // 2,048 draws from 2,047 tokens: about 1 − 1/e of them are seen; 4 standard deviations are 90
      long distinct = Arrays.stream(all).distinct().count();
      assertThat(distinct).isBetween(1200L, 1390L);
      assertThat(all).as("the end of text is not text").doesNotContain(0);
    }
  }

  @Test
  void shuffledWordsAreTheSameWordsInAnotherOrder() {
    WrittenCorpus corpus =
        WrittenCorpus.of(
            "sentences",
            IntStream.range(0, 40)
                .mapToObj(i -> "alpha" + i + " beta" + i + " gamma" + i + " delta" + i + " end.")
                .toArray(String[]::new));
    Selector shuffled = new ShuffledWords();
    CalibrationSet set = shuffled.select(corpus, new Budget(4, 24), WrittenCorpus.seeded(1));
    assertThat(set.samples()).hasSize(4).allMatch(sample -> sample.tokens().length == 24);
    String words = set.samples().stream().map(Sample::text).collect(Collectors.joining());
    String original = corpus.content().toString();
    List<String> whole = List.of(words.split(" "));
    // a window may begin and end inside a word, so the first and last of all are left out
    assertThat(new HashSet<>(whole.subList(1, whole.size() - 1)))
        .allMatch(word -> original.contains(word));
    assertThat(words).doesNotContain("alpha1 beta1").doesNotContain("alpha2 beta2");
    assertThat(set.fingerprint())
        .isEqualTo(
            shuffled
                .select(corpus.reversed(), new Budget(4, 24), WrittenCorpus.seeded(1))
                .fingerprint());
    assertThat(set.fingerprint())
        .isNotEqualTo(
            shuffled.select(corpus, new Budget(4, 24), WrittenCorpus.seeded(2)).fingerprint());
  }
}
