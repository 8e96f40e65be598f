package tare.jinja;

/** A function that a template may call. */
@FunctionalInterface
public interface JinjaFunction {

  /**
   * Computes the result: text, a number, a boolean, a list, a map or null.
   *
   * @throws JinjaException if the arguments do not fit, or the function refuses
   */
  Object call(Arguments given);
}
