package tare.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tare.cli.TrialProgress.TimeLeft;

class TimeLeftTest {

  @Test
  void followsFromWhatTheFinishedPartTook() {
    TimeLeft unknown = new TimeLeft(400, false);
    assertThat(unknown.left(5)).isEmpty();
    unknown.done(100);
    assertThat(unknown.left(20)).isEqualTo(", about 60 s left");
    assertThat(new TimeLeft(7500, true).left(5)).isEqualTo(", about 2 h 05 min left");
  }

  @Test
  void spansAreSaidInTheirLargestUnits() {
    assertThat(Times.text(0.4)).isEqualTo("0 s");
    assertThat(Times.text(99)).isEqualTo("99 s");
    assertThat(Times.text(100)).isEqualTo("2 min");
    assertThat(Times.text(3600)).isEqualTo("60 min");
    assertThat(Times.text(6001)).isEqualTo("1 h 40 min");
    assertThat(Times.text(100 * 3600)).isEqualTo("4 d 4 h");
  }
}
