package tare.select.acdm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ProjectionTest {

  @Test
  void theAxesHoldTheLargestSharesOfTheVariance() {
    // four points (±2, 0, 0) and (0, ±1, 0): inner products by hand
    double[][] gram = {{4, -4, 0, 0}, {-4, 4, 0, 0}, {0, 0, 1, -1}, {0, 0, -1, 1}};
    double[] values = new double[2];

    double[][] axes = Projection.axes(gram, 4, values);

    assertThat(values[0]).isCloseTo(8, within(1e-9));
    assertThat(values[1]).isCloseTo(2, within(1e-9));
    double along = 0;
    for (int i = 0; i < 4; i++) {
      along += gram[0][i] * axes[0][i];
    }
    assertThat(Math.abs(along)).as("the first point lies at 2").isCloseTo(2, within(1e-9));
  }
}
