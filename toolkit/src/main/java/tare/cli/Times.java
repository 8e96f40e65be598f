package tare.cli;

import java.util.Locale;

/** Formats durations for readers. */
final class Times {

  private Times() {}

  /** {@code 45 s}, {@code 12 min}, {@code 2 h 05 min}, {@code 3 d 4 h}. */
  static String text(double seconds) {
    long whole = Math.max(0, Math.round(seconds));
    if (whole < 100) {
      return whole + " s";
    }
    long minutes = Math.round(whole / 60.0);
    if (minutes < 100) {
      return minutes + " min";
    }
    if (minutes < 48 * 60) {
      return String.format(Locale.ROOT, "%d h %02d min", minutes / 60, minutes % 60);
    }
    long hours = Math.round(minutes / 60.0);
    return String.format(Locale.ROOT, "%d d %d h", hours / 24, hours % 24);
  }
}
