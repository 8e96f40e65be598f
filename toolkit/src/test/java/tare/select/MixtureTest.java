package tare.select;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Sample;

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
  void textThatTwoCorporaShareIsNoted() {
    Mixture twice = new Mixture(List.of(new Mixture.Part(NEWS, 0.5), new Mixture.Part(NEWS, 0.5)));
    Budget budget = new Budget(4, 24); // a document and the blank line behind it
    assertThat(Selection.by(new UniformDraw(), twice, budget, WrittenCorpus.seeded(3)).notes())
        .contains("2 samples repeat another one: the corpora share text");
    assertThat(
            Selection.by(new UniformDraw(), mixture(0.5, 0.5, 0), budget, WrittenCorpus.seeded(3))
                .notes())
        .noneMatch(note -> note.contains("repeat"));
  }
}
