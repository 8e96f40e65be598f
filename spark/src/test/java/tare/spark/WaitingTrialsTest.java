package tare.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import tare.compress.Gptq;
import tare.data.Budget;
import tare.study.Trial;

class WaitingTrialsTest {

  private static final Set<String> BOTH = Set.of("0", "1");

  private static Trial trial(String model, String corpus, int set, int bits) {
    return new Trial(
        model,
        "",
        new Gptq(bits, 64).naturalOrder(),
        new Trial.Calibration(corpus, "", set, new Budget(2, 4), 7, null, null, null, null),
        List.of(),
        "f32");
  }

  /** More bits are taken for more work; the large model is ten times the small one. */
  private static double work(Trial trial) {
    int bits = ((Gptq) trial.method()).bits();
    return trial.model().equals("large") ? 10 * bits : bits;
  }

  private static WaitingTrials open(Trial... trials) {
    return new WaitingTrials(List.of(trials), WaitingTrialsTest::work);
  }

  @Test
  void anExecutorStaysWithWhatItHasOpenAndBeginsWithTheLongest() {
    WaitingTrials open =
        open(
            trial("small", "news", 0, 3),
            trial("large", "news", 0, 3),
            trial("large", "code", 0, 3),
            trial("large", "news", 0, 4),
            trial("large", "news", 1, 2));
    List<Trial> taken = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      open.next("0", Set.of("0")).ifPresent(taken::add);
    }
    assertThat(taken)
        .containsExactly(
            trial("large", "news", 0, 4), // the largest group, its longest first
            trial("large", "news", 0, 3),
            trial("large", "news", 1, 2), // the same model and corpus
            trial("large", "code", 0, 3), // the same model
            trial("small", "news", 0, 3));
    assertThat(open.isEmpty()).isTrue();
    assertThat(open.next("0", Set.of("0"))).isEmpty();
  }

  @Test
  void executorsTakeDifferentGroupsUntilNoneIsLeftAndThenHelp() {
    WaitingTrials open =
        open(
            trial("small", "news", 0, 4),
            trial("small", "news", 0, 3),
            trial("small", "news", 0, 2),
            trial("small", "code", 0, 4));
    assertThat(open.next("0", BOTH)).contains(trial("small", "news", 0, 4));
    assertThat(open.next("1", BOTH)).contains(trial("small", "code", 0, 4));
    assertThat(open.next("1", BOTH)).contains(trial("small", "news", 0, 3));
    assertThat(open.next("0", BOTH)).contains(trial("small", "news", 0, 2));
  }

  @Test
  void theGroupOfAnExecutorThatDiedIsFree() {
    WaitingTrials open =
        open(
            trial("large", "news", 0, 4),
            trial("large", "news", 0, 3),
            trial("small", "news", 0, 4),
            trial("small", "code", 0, 4));
    open.next("0", BOTH);
    assertThat(open.next("1", BOTH).map(Trial::model)).contains("small");
    assertThat(open.next("2", Set.of("1", "2"))).contains(trial("large", "news", 0, 3));
  }

  @Test
  void whatOneReturnedGoesToAnotherIfThereIsOne() {
    Trial only = trial("small", "news", 0, 3);
    WaitingTrials open = open(only);
    open.next("0", BOTH);
    open.putBack(only, "0");
    assertThat(open.isEmpty()).isFalse();
    assertThat(open.next("0", BOTH)).isEqualTo(Optional.empty());
    assertThat(open.next("1", BOTH)).contains(only);

    Trial other = trial("small", "code", 0, 3);
    WaitingTrials two = open(other);
    two.putBack(only, "0");
    assertThat(two.next("0", Set.of("0"))).contains(other);
    assertThat(two.next("0", Set.of("0"))).contains(only);
  }
}
