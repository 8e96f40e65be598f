package tare.model;

import java.util.Optional;

/**
 * Rotary positions (Su et al. 2021): pair i of a head turns by position · frequency i.
 *
 * @param base base of the wavelengths
 * @param scaling how long wavelengths are stretched, if they are
 */
public record Rotary(double base, Optional<Scaling> scaling) {

  /**
   * The stretching of Llama 3.1 ({@code rope_type} {@code llama3}): wavelengths over {@code
   * originalContext / lowFactor} are stretched by {@code factor}, those under {@code
   * originalContext / highFactor} stay, and between the two it goes over smoothly.
   *
   * @param factor by how much
   * @param lowFactor original context over the wavelength from which all is stretched
   * @param highFactor original context over the wavelength up to which nothing is
   * @param originalContext context of the model before it was stretched
   */
  public record Scaling(
      double factor, double lowFactor, double highFactor, double originalContext) {

    double of(double frequency) {
      double turns = originalContext * frequency / (2 * Math.PI); // within the original context
      double smooth = Math.max(0, Math.min(1, (turns - lowFactor) / (highFactor - lowFactor)));
      return (1 - smooth) * frequency / factor + smooth * frequency;
    }
  }

  /** Radians per position of each pair of a head, {@code [headWidth / 2]}. */
  double[] frequencies(int headWidth) {
    double[] frequencies = new double[headWidth / 2];
    for (int i = 0; i < frequencies.length; i++) {
      double frequency = Math.pow(base, -2.0 * i / headWidth);
      frequencies[i] = scaling.map(s -> s.of(frequency)).orElse(frequency);
    }
    return frequencies;
  }
}
