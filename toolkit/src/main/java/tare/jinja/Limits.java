package tare.jinja;

import java.time.Duration;

/**
 * How much a template may take.
 *
 * @param time longest time of rendering
 * @param characters longest text, of the result and of every value on the way
 * @param depth deepest nesting of macros
 */
public record Limits(Duration time, int characters, int depth) {

  /** Far above what the template of any published model takes. */
  public static final Limits USUAL = new Limits(Duration.ofSeconds(10), 16_000_000, 100);
}
