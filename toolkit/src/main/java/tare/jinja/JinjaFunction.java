package tare.jinja;

import java.util.List;
import java.util.Map;

/** A function that a template may call. */
@FunctionalInterface
public interface JinjaFunction {

  /**
   * Computes the result: text, a number, a boolean, a list, a map or null.
   *
   * @throws JinjaException if the arguments do not fit, or the function refuses
   */
  Object call(Arguments given);

  /**
   * What a call in a template passes on.
   *
   * @param positional values by position
   * @param named values by name
   */
  record Arguments(List<Object> positional, Map<String, Object> named) {

    static final Arguments NONE = new Arguments(List.of(), Map.of());

    /** The value at a position or, if the call is shorter, of a name, else the given one. */
    Object at(int position, String name, Object otherwise) {
      if (position < positional.size()) {
        return positional.get(position);
      }
      return named.containsKey(name) ? named.get(name) : otherwise;
    }

    /**
     * The text at a position.
     *
     * @throws JinjaException if there is none
     */
    public String text(int position, String name) {
      Object value = at(position, name, null);
      if (value instanceof String text) {
        return text;
      }
      throw new JinjaException(
          "argument " + (position + 1) + " must be a text, not " + Values.typeName(value));
    }

    long number(int position, String name, long otherwise) {
      Object value = at(position, name, otherwise);
      if (value instanceof Boolean flag) {
        return flag ? 1 : 0;
      }
      if (value instanceof Long number) {
        return number;
      }
      throw new JinjaException(
          "argument " + (position + 1) + " must be a whole number, not " + Values.typeName(value));
    }

    boolean flag(int position, String name, boolean otherwise) {
      return Values.truth(at(position, name, otherwise));
    }

    /** The arguments after the first ones. */
    Arguments after(int count) {
      return new Arguments(
          positional.subList(Math.min(count, positional.size()), positional.size()), named);
    }
  }
}
