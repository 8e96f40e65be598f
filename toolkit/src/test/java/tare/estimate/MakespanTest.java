package tare.estimate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class MakespanTest {

  @Test
  void theLongestAreTakenFirst() {
    // 7 | 6, then 5 to the second, 4 to the first, 3 to the second or first: 11 and 11, and 3 more
    assertThat(Makespan.seconds(List.of(3.0, 4.0, 5.0, 6.0, 7.0), 2)).isEqualTo(14);
    assertThat(Makespan.seconds(List.of(3.0, 4.0, 5.0, 6.0, 7.0), 1)).isEqualTo(25);
    // 7 | 6 | 5, then 4 to the third, 3 to the second
    assertThat(Makespan.seconds(List.of(3.0, 4.0, 5.0, 6.0, 7.0), 3)).isEqualTo(9);
    assertThat(Makespan.seconds(List.of(3.0, 4.0, 5.0, 6.0, 7.0), 9)).isEqualTo(7);
    // Graham's worst case for two workers: 3 + 2 + 2 against the best, 6
    assertThat(Makespan.seconds(List.of(2.0, 2.0, 2.0, 3.0, 3.0), 2)).isEqualTo(7);
    assertThat(Makespan.seconds(List.of(), 4)).isZero();
    assertThatThrownBy(() -> Makespan.seconds(List.of(1.0), 0)).hasMessageContaining("1 or more");
  }
}
