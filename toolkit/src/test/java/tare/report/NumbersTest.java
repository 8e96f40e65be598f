package tare.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tech.tablesaw.api.DoubleColumn;

class NumbersTest {

  @Test
  void numbersAreShort() {
    DoubleColumn column =
        Numbers.column("x", 0.12345, -0.0009999, 3.331e-4, 6.75e-37, 0, Double.NaN);
    assertThat(IntStream.range(0, column.size()).mapToObj(column::getString))
        .containsExactly("0.1235", "-0.0010", "3.33e-04", "6.75e-37", "0.0000", "");
    assertThat(column.get(0)).isEqualTo(0.12345);
  }
}
