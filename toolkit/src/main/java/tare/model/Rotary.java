package tare.model;

import java.util.Optional;

/**
 * Rotary positions (Su et al. 2021): pair i of a head turns by position · frequency i.
 *
 * @param base base of the wavelengths
 * @param scaling how wavelengths are stretched, if they are
 */
public record Rotary(double base, Optional<Scaling> scaling) {

  /**
   * The stretching of Llama 3.1 ({@code rope_type} {@code llama3}). Wavelengths over {@code
   * originalContext / lowFactor} are stretched by {@code factor}. Wavelengths under {@code
   * originalContext / highFactor} do not change. Between the two, the factor changes smoothly.
   *
   * @param factor the stretching factor
   * @param lowFactor original context divided by the wavelength above which stretching is complete
   * @param highFactor original context divided by the wavelength below which there is no stretching
   * @param originalContext context of the model before stretching
   */
  public record Scaling(
      double factor, double lowFactor, double highFactor, double originalContext) {

    double stretched(double frequency) {
      double turns =
          originalContext * frequency / (2 * Math.PI); // turns within the original context
      double smooth = Math.max(0, Math.min(1, (turns - lowFactor) / (highFactor - lowFactor)));
      return (1 - smooth) * frequency / factor + smooth * frequency;
    }
  }

  /** Radians per position of each pair of a head, {@code [headWidth / 2]}. */
  double[] frequencies(int headWidth) {
    double[] frequencies = new double[headWidth / 2];
    for (int i = 0; i < frequencies.length; i++) {
      double frequency = Math.pow(base, -2.0 * i / headWidth);
      frequencies[i] = scaling.map(s -> s.stretched(frequency)).orElse(frequency);
    }
    return frequencies;
  }
}
