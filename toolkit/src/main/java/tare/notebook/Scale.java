package tare.notebook;

import java.util.Arrays;
import java.util.Locale;

/**
 * How much a notebook computes. The environment variable {@code TARE_SCALE} chooses; without it,
 * {@link #SMALL}.
 */
public enum Scale {
  /** Seconds, on the tiny model: for tests and a classroom. */
  TINY,
  /** Minutes, on a laptop without a GPU. */
  SMALL,
  /** The papers' own sizes, on a GPU. */
  FULL;

  /**
   * The scale in the environment variable {@code TARE_SCALE}, in upper or lower case.
   *
   * @throws IllegalArgumentException if the variable names no scale
   */
  public static Scale fromEnvironment() {
    return of(System.getenv().getOrDefault("TARE_SCALE", "small"));
  }

  static Scale of(String name) {
    return Arrays.stream(values())
        .filter(scale -> scale.name().equalsIgnoreCase(name.strip()))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "TARE_SCALE is \"" + name + "\"; it must be tiny, small or full."));
  }

  /** The argument for this scale. */
  public <T> T choose(T tiny, T small, T full) {
    return switch (this) {
      case TINY -> tiny;
      case SMALL -> small;
      case FULL -> full;
    };
  }

  /** The name as the command line writes it, for instance {@code small}. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
