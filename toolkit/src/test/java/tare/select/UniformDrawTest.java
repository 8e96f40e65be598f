package tare.select;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.Document;
import tare.data.Sample;
import tare.model.ByteTokenizer;

class UniformDrawTest {

  /** Documents of 30 bytes, each with words that no other has. */
  private record Numbered(int count) implements Corpus {
    @Override
    public String name() {
      return "numbered";
    }

    @Override
    public String revision() {
      return "0";
    }

    @Override
    public Stream<Document> documents() {
      return Stream.iterate(0, i -> i + 1)
          .limit(count)
          .map(i -> new Document("d" + i, "numbered", ("<" + (1000 + i) + ">").repeat(5)));
    }
  }

  private static Surroundings seeded(long seed) {
    return new Surroundings(
        new ByteTokenizer(),
        () -> {
          throw new AssertionError("a uniform draw needs no model");
        },
        new SplittableRandom(seed));
  }

  private static CalibrationSet draw(int set, long seed) {
    return new UniformDraw().select(new Numbered(100), new Budget(8, 32), seeded(seed).set(set));
  }

  @Test
  void givesExactlyTheBudget() {
    CalibrationSet set = draw(0, 1);
    assertThat(set.samples()).hasSize(8);
    assertThat(set.samples()).allSatisfy(s -> assertThat(s.tokens()).hasSize(32));
    assertThat(set.selector()).isEqualTo("UniformDraw[]");
    assertThat(set.samples())
        .allSatisfy(s -> assertThat(s.text()).isEqualTo(new ByteTokenizer().decode(s.tokens())));
  }

  @Test
  void theSameSeedGivesTheSameSetAndAnotherSeedAnother() {
    assertThat(draw(1, 5).fingerprint()).isEqualTo(draw(1, 5).fingerprint());
    assertThat(draw(1, 5).fingerprint()).isNotEqualTo(draw(1, 6).fingerprint());
  }

  @Test
  void setsOfOneSeedShareNoDocument() {
    // 32 bytes are one document of 30 and its blank line, so windows are documents here.
    Set<String> seen = new HashSet<>();
    List<String> all = new ArrayList<>();
    for (int set = 0; set < 12; set++) {
      for (Sample sample : draw(set, 3).samples()) {
        seen.add(sample.document());
        all.add(sample.text());
      }
    }
    assertThat(seen).hasSize(96);
    assertThat(new HashSet<>(all)).hasSize(96);
  }

  private static CalibrationSet nested(int set, int samples, int length) {
    return new NestedDraw(256)
        .select(new Numbered(100), new Budget(samples, length), seeded(3).set(set));
  }

  private static List<Integer> tokens(CalibrationSet set) {
    return set.samples().stream().flatMap(s -> Arrays.stream(s.tokens()).boxed()).toList();
  }

  @Test
  void nestedSetsBeginWithTheSmallerOnesAndStayDisjoint() {
    for (int set = 0; set < 3; set++) {
      List<Integer> largest = tokens(nested(set, 8, 32));
      assertThat(largest).hasSize(256);
      assertThat(tokens(nested(set, 2, 32))).isEqualTo(largest.subList(0, 64));
      assertThat(tokens(nested(set, 1, 128))).isEqualTo(largest.subList(0, 128));
      assertThat(tokens(nested(set, 4, 32))).isEqualTo(tokens(nested(set, 1, 128)));
    }
    Set<String> texts = new HashSet<>();
    for (int set = 0; set < 3; set++) {
      nested(set, 8, 32).samples().forEach(sample -> texts.add(sample.text()));
    }
    assertThat(texts).hasSize(24);
    assertThat(tokens(nested(0, 4, 32)))
        .isEqualTo(
            tokens(new UniformDraw().select(new Numbered(100), new Budget(4, 32), seeded(3))));
    assertThatThrownBy(() -> nested(0, 9, 32)).hasMessageContaining("overlap");
  }

  @Test
  void everyDocumentIsAboutEquallyLikelyToComeFirst() {
    int[] first = new int[4];
    for (int seed = 0; seed < 4000; seed++) {
      String id =
          new UniformDraw()
              .select(new Numbered(4), new Budget(1, 32), seeded(seed))
              .samples()
              .get(0)
              .document();
      first[id.charAt(1) - '0']++;
    }
    // 1000 are expected, with a standard deviation of 27.
    for (int count : first) {
      assertThat(count).isBetween(860, 1140);
    }
  }

  @Test
  void anEqualTextCountsOnce() {
    Corpus twice =
        new Corpus() {
          @Override
          public String name() {
            return "twice";
          }

          @Override
          public String revision() {
            return "0";
          }

          @Override
          public Stream<Document> documents() {
            return Stream.concat(new Numbered(3).documents(), new Numbered(3).documents());
          }
        };
    assertThatThrownBy(() -> new UniformDraw().select(twice, new Budget(4, 32), seeded(1)))
        .hasMessageContaining("gives 3 windows");
  }

  @Test
  void aCorpusThatIsTooSmallSaysByHowMuchAndWhatToLower() {
    assertThatThrownBy(() -> draw(12, 1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("numbered gives 100 windows of 32 tokens")
        .hasMessageContaining("set 12 of 8 samples needs 104")
        .hasMessageContaining("Lower");
    assertThatThrownBy(() -> seeded(1).set(-1)).hasMessageContaining("from 0");
  }
}
