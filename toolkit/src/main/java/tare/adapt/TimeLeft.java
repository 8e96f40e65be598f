package tare.adapt;

import java.util.Locale;

/**
 * Forecasts the rest of a run from what its steps took so far. There are three kinds of work:
 * compressing a block, scoring a model on the deciding part, and measuring a model for the report.
 */
final class TimeLeft {

  /** What measuring takes, in scorings, until one was measured. */
  private static final double SCORINGS_OF_A_MEASURE = 4;

  private double blocks;
  private double blockSeconds;
  private double scorings;
  private double scoringSeconds;
  private double measures;
  private double measureSeconds;

  void compressed(int number, double seconds) {
    blocks += number;
    blockSeconds += seconds;
  }

  void scored(double seconds) {
    scorings++;
    scoringSeconds += seconds;
  }

  void measured(double seconds) {
    measures++;
    measureSeconds += seconds;
  }

  /**
   * Says how long the rest takes: {@code , about 12 min left}.
   *
   * @return empty before the first candidate is scored
   */
  String after(double blocksLeft, double scoringsLeft, double measuresLeft) {
    if (blocks == 0 || scorings == 0) {
      return "";
    }
    double scoring = scoringSeconds / scorings;
    double measure = measures == 0 ? SCORINGS_OF_A_MEASURE * scoring : measureSeconds / measures;
    double seconds =
        blocksLeft * blockSeconds / blocks + scoringsLeft * scoring + measuresLeft * measure;
    return seconds < 90
        ? String.format(Locale.ROOT, ", about %.0f s left", seconds)
        : String.format(Locale.ROOT, ", about %.0f min left", seconds / 60);
  }
}
