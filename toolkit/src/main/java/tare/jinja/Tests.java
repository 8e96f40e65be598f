package tare.jinja;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tare.jinja.JinjaFunction.Arguments;
import tare.jinja.Limits.Budget;

/** What a template can ask of a value with {@code is}. */
final class Tests {

  /** Whether a value has a property. */
  @FunctionalInterface
  interface Test {
    boolean holds(Object value, Arguments given, Budget budget);
  }

  private static final Map<String, Test> KNOWN = new HashMap<>();

  static {
    KNOWN.put("defined", (value, given, budget) -> !(value instanceof Values.Undefined));
    KNOWN.put("undefined", (value, given, budget) -> value instanceof Values.Undefined);
    KNOWN.put("none", (value, given, budget) -> value == null);
    KNOWN.put("boolean", (value, given, budget) -> value instanceof Boolean);
    KNOWN.put("true", (value, given, budget) -> Boolean.TRUE.equals(value));
    KNOWN.put("false", (value, given, budget) -> Boolean.FALSE.equals(value));
    KNOWN.put("integer", (value, given, budget) -> value instanceof Long);
    KNOWN.put("float", (value, given, budget) -> value instanceof Double);
    KNOWN.put("number", (value, given, budget) -> Values.number(value) != null);
    KNOWN.put("string", (value, given, budget) -> value instanceof String);
    KNOWN.put("mapping", (value, given, budget) -> value instanceof Map);
    KNOWN.put("sequence", (value, given, budget) -> sized(value));
    KNOWN.put(
        "iterable", (value, given, budget) -> sized(value) || value instanceof Values.Generator);
    KNOWN.put("callable", (value, given, budget) -> value instanceof JinjaFunction);
    KNOWN.put("odd", (value, given, budget) -> remainder(value, 2) == 1);
    KNOWN.put("even", (value, given, budget) -> remainder(value, 2) == 0);
    KNOWN.put(
        "divisibleby", (value, given, budget) -> remainder(value, given.number(0, "num", 0)) == 0);
    KNOWN.put(
        "lower",
        (value, given, budget) -> {
          String text = Text.of(value, budget);
          return text.equals(text.toLowerCase(Locale.ROOT))
              && !text.equals(text.toUpperCase(Locale.ROOT));
        });
    KNOWN.put(
        "upper",
        (value, given, budget) -> {
          String text = Text.of(value, budget);
          return text.equals(text.toUpperCase(Locale.ROOT))
              && !text.equals(text.toLowerCase(Locale.ROOT));
        });
    KNOWN.put("sameas", (value, given, budget) -> same(value, other(given)));
    KNOWN.put("filter", (value, given, budget) -> Filters.named(Text.of(value, budget)) != null);
    KNOWN.put("test", (value, given, budget) -> named(Text.of(value, budget)) != null);
    comparison("==", "eq", "equalto");
    comparison("!=", "ne");
    comparison("<", "lt", "lessthan");
    comparison("<=", "le");
    comparison(">", "gt", "greaterthan");
    comparison(">=", "ge");
    comparison("in", "in");
  }

  private Tests() {}

  private static void comparison(String operator, String... names) {
    Test test = (value, given, budget) -> Arithmetic.holds(operator, value, other(given), budget);
    KNOWN.put(operator, test);
    for (String name : names) {
      KNOWN.put(name, test);
    }
  }

  private static Object other(Arguments given) {
    return given.at(0, "other", new Values.Undefined("the test lacks a value"));
  }

  private static boolean sized(Object value) {
    return value instanceof String
        || value instanceof List
        || value instanceof Map
        || value instanceof Values.Undefined;
  }

  private static boolean same(Object a, Object b) {
    return a == b || (a instanceof Boolean && a.equals(b)) || (a instanceof Long && a.equals(b));
  }

  private static long remainder(Object value, long divisor) {
    if (value instanceof Long number && divisor != 0) {
      return Math.floorMod(number, divisor);
    }
    throw new JinjaException("the test needs whole numbers");
  }

  /** The test of a name, or null. */
  static Test named(String name) {
    return KNOWN.get(name);
  }
}
