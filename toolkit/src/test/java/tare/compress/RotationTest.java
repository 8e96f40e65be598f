package tare.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tare.NumericFixture;
import tare.compress.Rotation.Turn;

class RotationTest {

  /** Q with columns Q e_j, as {@code [j][i]}. */
  private static float[][] columns(Turn turn) {
    float[][] columns = new float[turn.size()][turn.size()];
    for (int j = 0; j < columns.length; j++) {
      columns[j][j] = 1;
      turn.apply(columns[j]);
    }
    return columns;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 8, 12, 20, 28, 36, 44, 52, 60, 64, 104, 576, 896, 1536, 6, 9, 184})
  void aTurnIsOrthogonal(int size) {
    float[][] columns = columns(new Rotation(3).turn(size));
    int step = Math.max(1, size / 40);
    for (int i = 0; i < size; i += step) {
      for (int j = 0; j < size; j += step) {
        double product = 0;
        for (int k = 0; k < size; k++) {
          product += (double) columns[i][k] * columns[j][k];
        }
        assertThat(product).isCloseTo(i == j ? 1 : 0, within(1e-6));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 8, 12, 20, 28, 36, 44, 60, 64, 104, 576, 896, 960, 1536, 3584, 5120})
  void allNumbersOfAHadamardMatrixHaveOneSize(int size) {
    Turn turn = new Rotation(3).turn(size);
    float[] column = new float[size];
    column[size / 3] = 1;
    turn.apply(column);
    for (float value : column) {
      assertThat(Math.abs(value)).isCloseTo((float) (1 / Math.sqrt(size)), within(1e-6f));
    }
  }

  @Test
  void theSeedDecides() {
    assertThat(columns(new Rotation(3).turn(24))).isEqualTo(columns(new Rotation(3).turn(24)));
    assertThat(columns(new Rotation(3).turn(24))).isNotEqualTo(columns(new Rotation(4).turn(24)));
    assertThat(columns(new Rotation(3).turn(9))).isNotEqualTo(columns(new Rotation(4).turn(9)));
  }

  /** Sylvester's matrix with signs, or any orthogonal matrix, of the fixture. */
  private static Turn turn(double[][] q) {
    double[] signs = new double[q.length];
    Arrays.fill(signs, 1);
    if (Integer.bitCount(q.length) != 1) {
      return new Turn(signs, q);
    }
    Arrays.setAll(signs, j -> Math.signum(q[0][j]));
    return new Turn(signs, new double[][] {{1}});
  }

  @Test
  void vectorsAndWeightsAreTurnedAsInTheReference() throws IOException {
    for (JsonNode pair : NumericFixture.read("rotation.json").json().get("pairs")) {
      Turn turn = turn(NumericFixture.matrix(pair.get("Q")));
      assertTurned(turn, pair.get("x"), null, pair.get("x_rotated"));
      assertTurned(turn, pair.get("W"), pair.get("norm_weight"), pair.get("W_folded"));
    }
  }

  private static void assertTurned(Turn turn, JsonNode rows, JsonNode gain, JsonNode wanted) {
    double[] values = NumericFixture.values(rows);
    float[] vectors = new float[values.length];
    for (int i = 0; i < vectors.length; i++) {
      double times = gain == null ? 1 : gain.get(i % turn.size()).asDouble();
      vectors[i] = (float) (values[i] * times);
    }
    turn.apply(vectors);
    double[] expected = NumericFixture.values(wanted);
    for (int i = 0; i < vectors.length; i++) {
      assertThat((double) vectors[i]).isCloseTo(expected[i], within(1e-5));
    }
  }

  @Test
  void aMethodFollowsWithItsSchedule() {
    Method rotated = new Rotation(2).then(new Gptq(3, 64).trueSequential());
    assertThat(rotated.label()).isEqualTo("rotation+gptq");
    assertThat(rotated.schedule()).isEqualTo(Method.Schedule.TRUE_SEQUENTIAL);
    assertThat(rotated.recipe().parts()).startsWith("Rotation[seed=2] + Gptq[");
    assertThat(rotated.calibrated()).isTrue();
    assertThat(new Rotation().then(new Rtn(4, 64)).calibrated()).isFalse();
    assertThat(new Rotation().calibrated()).isFalse();
  }

  @Test
  void whatCompressesNothingCannotFollow() {
    assertThatThrownBy(() -> new Rotation().then(new Method.Uncompressed()))
        .hasMessageContaining("none cannot follow a rotation");
    assertThatThrownBy(() -> new Rotation().then(new Rotation().then(new Rtn(4, 64))))
        .hasMessageContaining("rotation+rtn cannot follow a rotation");
  }
}
