package tare.select;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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

/** Shares of several corpora, and the negative controls. */
class MixtureTest {

  private static final WrittenCorpus NEWS = corpus("news", "n");
  private static final WrittenCorpus CODE = corpus("code", "c");
  private static final WrittenCorpus CHAT = corpus("chat", "h");

  private static WrittenCorpus corpus(String name, String letter) {
    return WrittenCorpus.of(
        name,
        IntStream.range(0, 40).mapToObj(i -> letter.repeat(20) + (10 + i)).toArray(String[]::new));
  }

  private static Mixture mixture(double news, double code, double chat) {
    return new Mixture(
        List.of(
            new Mixture.Part(NEWS, news),
            new Mixture.Part(CODE, code),
            new Mixture.Part(CHAT, chat)));
  }

  @Test
  void sharesAreExactToOneSampleAndAddUp() {
    assertThat(mixture(0.5, 0.3, 0.2).samples(10)).containsExactly(5, 3, 2);
    assertThat(mixture(0.5, 0.3, 0.2).samples(8)).containsExactly(4, 2, 2); // rests 0, 0.4, 0.6
    assertThat(mixture(1.0 / 3, 1.0 / 3, 1.0 / 3).samples(7)).containsExactly(3, 2, 2);
    assertThat(mixture(1, 0, 0).samples(5)).containsExactly(5, 0, 0);
    for (int all = 1; all < 40; all++) {
      List<Integer> counts = mixture(0.47, 0.29, 0.24).samples(all);
      assertThat(counts.stream().mapToInt(n -> n).sum()).isEqualTo(all);
      assertThat(counts.get(0)).isBetween((int) (0.47 * all), (int) (0.47 * all) + 1);
    }
  }

  @Test
  void sharesThatDoNotAddUpAreRefused() {
    assertThatThrownBy(() -> mixture(0.5, 0.3, 0.1))
        .hasMessageContaining("add up to 1; 0.5 + 0.3 + 0.1 is 0.9");
    assertThatThrownBy(() -> mixture(1.5, -0.5, 0)).hasMessageContaining("from 0 to 1");
  }

  @Test
  void anySelectorChoosesInsideEachShare() {
    for (Selector selector : List.of(new UniformDraw(), new UniformFromPool(), new ZipCal())) {
      CalibrationSet set =
          Selection.by(
                  selector, mixture(0.5, 0.25, 0.25), new Budget(8, 10), WrittenCorpus.seeded(3))
              .set();
      assertThat(set.samples().stream().map(Sample::source))
          .containsExactly("news", "news", "news", "news", "code", "code", "chat", "chat");
      assertThat(set.selector()).contains("news:0.5+code:0.25+chat:0.25");
    }
  }

  @Test
  void aShareDoesNotChangeWhatTheOtherPartsGive() {
    List<Sample> two =
        Selection.by(
                new UniformDraw(), mixture(0.5, 0.5, 0), new Budget(8, 10), WrittenCorpus.seeded(3))
            .set()
            .samples();
    List<Sample> three =
        Selection.by(
                new UniformDraw(),
                mixture(0.5, 0.25, 0.25),
                new Budget(8, 10),
                WrittenCorpus.seeded(3))
            .set()
            .samples();
    assertThat(three.subList(0, 4).stream().map(Sample::text))
        .isEqualTo(two.subList(0, 4).stream().map(Sample::text).toList());
    assertThat(three.subList(4, 6).stream().map(Sample::text))
        .isEqualTo(two.subList(4, 6).stream().map(Sample::text).toList());
  }

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
