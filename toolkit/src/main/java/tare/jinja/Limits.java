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

  /**
   * Counts what one rendering takes and ends it at its limits, or when its thread is interrupted.
   */
  static final class Budget {

    private static final int STEPS_PER_CHECK = 256;
    private static final int TEXTS_OF_FULL_LENGTH = 8; // all values of a rendering together

    private final Limits limits;
    private final long start = System.nanoTime();
    private long steps;
    private long taken;
    private int depth;

    Budget(Limits limits) {
      this.limits = limits;
    }

    /** Counts one operation. */
    void step() {
      if (++steps % STEPS_PER_CHECK == 0) {
        check();
      }
    }

    private void check() {
      if (Thread.currentThread().isInterrupted()) {
        throw new JinjaException("rendering was interrupted");
      }
      if (System.nanoTime() - start > limits.time().toNanos()) {
        throw new JinjaException("rendering takes longer than " + limits.time().toSeconds() + " s");
      }
    }

    /**
     * Counts a value before it is made.
     *
     * @param size its characters, or its elements
     */
    void take(long size) {
      step();
      taken += size;
      if (size > limits.characters() || taken > (long) TEXTS_OF_FULL_LENGTH * limits.characters()) {
        throw new JinjaException("a value exceeds " + limits.characters() + " characters");
      }
    }

    int longest() {
      return limits.characters();
    }

    void enter() {
      if (++depth > limits.depth()) {
        throw new JinjaException("macros are nested deeper than " + limits.depth());
      }
    }

    void leave() {
      depth--;
    }
  }

  /** Text that grows within the limits of a rendering. */
  static final class Output {

    private final StringBuilder text = new StringBuilder();
    private final Budget budget;

    Output(Budget budget) {
      this.budget = budget;
    }

    Output add(String more) {
      budget.take(more.length());
      if (text.length() + more.length() > budget.longest()) {
        throw new JinjaException("a text exceeds " + budget.longest() + " characters");
      }
      text.append(more);
      return this;
    }

    Output add(char more) {
      return add(String.valueOf(more));
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }
}
