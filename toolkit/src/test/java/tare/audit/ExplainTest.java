package tare.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Sample;

class ExplainTest {

  private static Sample sample(String document, String text, int... tokens) {
    return new Sample(document, "s", text, tokens);
  }

  @Test
  void saysWhatIsNoticeable() {
    int[] plain = IntStream.range(0, 100).toArray();
    int[] other = IntStream.range(200, 300).toArray();
    int[] looping = IntStream.range(0, 100).map(i -> 400 + i % 25).toArray();
    int[] single = IntStream.range(0, 100).map(i -> 500 + i % 3).toArray();
    Explain explain =
        Explain.of(
            new CalibrationSet(
                "test",
                new Budget(6, 100),
                List.of(
                    sample("a", "ordinary words", plain),
                    sample("b", "ordinary words", plain),
                    sample("c", "12 + 3 = 15; 4", other),
                    sample("d", "again and again", looping),
                    sample("e", "no no no", single),
                    sample("f", "fine words", IntStream.range(600, 700).toArray()))));
    assertThat(explain.samples())
        .extracting(SampleReport::remark)
        .containsExactly("duplicate", "duplicate", "hardly any letters", "loops", "loops", "");
    assertThat(explain.samples().get(3).distinctTokens()).isCloseTo(0.25, within(1e-12));
    assertThat(explain.samples().get(5).overlap()).isZero();
    assertThat(explain.vocabulary()).isEqualTo(100 + 100 + 25 + 3 + 100);
    assertThat(explain.summary())
        .contains("6 samples, 600 tokens, 328 different", "5 samples with a remark");
  }
}
