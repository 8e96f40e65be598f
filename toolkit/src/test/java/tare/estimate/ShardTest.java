package tare.estimate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tare.compress.Awq;
import tare.compress.Gptq;
import tare.compress.Rtn;
import tare.data.Budget;
import tare.study.Revisions;
import tare.study.Study;
import tare.study.TaskPlan;
import tare.study.Trial;

class ShardTest {

  /** Two models, two methods that share calibration sets of two sizes. */
  private static final List<Trial> TRIALS =
      new Study(
              "colours",
              List.of("red", "blue"),
              List.of("news", "code"),
              3,
              List.of(new Budget(2, 64), new Budget(16, 64)),
              List.of(new Rtn(3, 64), new Gptq(3, 64), new Awq(3, 64)),
              List.of(new TaskPlan.HeldBack("news", 64, 4)),
              1,
              "f32")
          .trials(Revisions.NONE);

  private static final ToDoubleFunction<Trial> WORK = new RelativeCost(model -> 1000);

  private static double work(List<Trial> trials) {
    return trials.stream().mapToDouble(WORK).sum();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 100})
  void togetherTheyHaveEachTrialOnceAndAboutEqualWork(int count) {
    List<Trial> all = new ArrayList<>();
    double longest = TRIALS.stream().mapToDouble(WORK).max().orElseThrow();
    for (int number = 1; number <= count; number++) {
      List<Trial> part = new Shard(number, count).of(TRIALS, WORK);
      assertThat(new Shard(number, count).of(TRIALS, WORK)).isEqualTo(part);
      assertThat(Math.abs(work(part) - work(TRIALS) / count)).isLessThan(longest);
      all.addAll(part);
    }
    assertThat(all).hasSameSizeAs(TRIALS).containsAll(TRIALS);
  }

  @Test
  void trialsOfACalibrationSetStayTogetherButAtACut() {
    int apart = 0;
    Set<Object> seen = new HashSet<>();
    for (int number = 1; number <= 4; number++) {
      Set<Object> sets = new HashSet<>();
      for (Trial trial : new Shard(number, 4).of(TRIALS, WORK)) {
        if (trial.calibration() != null) {
          sets.add(List.of(trial.model(), trial.calibration()));
        }
      }
      for (Object set : sets) {
        apart += seen.add(set) ? 0 : 1;
      }
    }
    assertThat(seen).hasSize(24);
    assertThat(apart).isLessThanOrEqualTo(3);
  }

  @Test
  void alargerModelIsMoreWork() {
    ToDoubleFunction<Trial> sizes = new RelativeCost(model -> model.equals("red") ? 3000 : 1000);
    List<Trial> first = new Shard(1, 4).of(TRIALS, sizes);
    assertThat(first).hasSize(TRIALS.size() / 2).allMatch(trial -> trial.model().equals("blue"));
  }

  @Test
  void isWrittenAsNumberAndCount() {
    assertThat(Shard.parse("3/8")).isEqualTo(new Shard(3, 8)).hasToString("3/8");
    assertThatThrownBy(() -> Shard.parse("0/8")).hasMessageContaining("1/8 to 8/8; got 0/8");
    assertThatThrownBy(() -> Shard.parse("9/8")).hasMessageContaining("got 9/8");
    assertThatThrownBy(() -> Shard.parse("first")).hasMessageContaining("for instance 3/8");
  }
}
