package tare.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import tare.jinja.Limits.Budget;

/** Python's operators on numbers, texts and lists. */
final class Arithmetic {

  private Arithmetic() {}

  static Object apply(String operator, Object a, Object b, Budget budget) {
    budget.step();
    Number left = Values.number(a);
    Number right = Values.number(b);
    try {
      if (left instanceof Long x && right instanceof Long y) {
        return whole(operator, x, y);
      }
      if (left != null && right != null) {
        return real(operator, left.doubleValue(), right.doubleValue());
      }
    } catch (ArithmeticException e) {
      throw new JinjaException("a number is too large, or divided by zero");
    }
    return switch (operator) {
      case "+" -> sum(a, b, budget);
      case "*" ->
          right instanceof Long times
              ? repeated(a, times, budget)
              : left instanceof Long times ? repeated(b, times, budget) : none(operator, a, b);
      case "%" ->
          a instanceof String pattern
              ? TextMethods.percent(pattern, b, budget)
              : none(operator, a, b);
      default -> none(operator, a, b);
    };
  }

  /** Whether a comparison is true. */
  static boolean holds(String operator, Object left, Object right, Budget budget) {
    return switch (operator) {
      case "==" -> Values.equal(left, right, budget);
      case "!=" -> !Values.equal(left, right, budget);
      case "in" -> Values.contains(right, left, budget);
      case "not in" -> !Values.contains(right, left, budget);
      case "<" -> Values.compare(left, right, budget) < 0;
      case "<=" -> Values.compare(left, right, budget) <= 0;
      case ">" -> Values.compare(left, right, budget) > 0;
      default -> Values.compare(left, right, budget) >= 0;
    };
  }

  private static Object none(String operator, Object a, Object b) {
    throw new JinjaException(
        Values.typeName(a) + " " + operator + " " + Values.typeName(b) + " is not possible");
  }

  private static Object whole(String operator, long x, long y) {
    return switch (operator) {
      case "+" -> Math.addExact(x, y);
      case "-" -> Math.subtractExact(x, y);
      case "*" -> Math.multiplyExact(x, y);
      case "/" -> y == 0 ? zero() : (double) x / y;
      case "//" -> Math.floorDiv(x, y);
      case "%" -> Math.floorMod(x, y);
      default -> y < 0 ? (Object) Math.pow((double) x, (double) y) : (Object) power(x, y);
    };
  }

  private static double zero() {
    throw new ArithmeticException("zero");
  }

  private static long power(long base, long exponent) {
    if (Math.abs(base) <= 1) {
      return base == 0 && exponent > 0 ? 0 : exponent % 2 == 0 ? 1 : base;
    }
    long result = 1;
    for (long i = 0; i < exponent; i++) { // ends within 64 steps: the product overflows
      result = Math.multiplyExact(result, base);
    }
    return result;
  }

  private static Object real(String operator, double x, double y) {
    return switch (operator) {
      case "+" -> x + y;
      case "-" -> x - y;
      case "*" -> x * y;
      case "/" -> y == 0 ? zero() : x / y;
      case "//" -> y == 0 ? zero() : Math.floor(x / y);
      case "%" -> y == 0 ? zero() : x - y * Math.floor(x / y);
      default -> Math.pow(x, y);
    };
  }

  @SuppressWarnings("unchecked") // values of templates hold values of templates
  private static Object sum(Object a, Object b, Budget budget) {
    if (a instanceof String left && b instanceof String right) {
      budget.take((long) left.length() + right.length());
      return left + right;
    }
    if (a instanceof List<?> left
        && b instanceof List<?> right
        && left instanceof Values.Tuple == right instanceof Values.Tuple) {
      budget.take((long) left.size() + right.size());
      List<Object> both = new ArrayList<>((List<Object>) left);
      both.addAll(right);
      return left instanceof Values.Tuple ? new Values.Tuple(both) : both;
    }
    boolean texts = a instanceof Values.Markup || b instanceof Values.Markup;
    if (texts
        && (a instanceof String
            || b instanceof String
            || (a instanceof Values.Markup && b instanceof Values.Markup))) {
      return Values.Markup.joined(a, b, budget);
    }
    return none("+", a, b);
  }

  private static Object repeated(Object value, long times, Budget budget) {
    long count = Math.max(0, times);
    long size = value instanceof String || value instanceof List ? Values.length(value) : 0;
    // No product of a size and a number that is not larger than it overflows here.
    budget.take(count > budget.longest() ? Long.MAX_VALUE / 2 : 2 * size * count);
    if (value instanceof String text) {
      return text.repeat((int) count);
    }
    if (value instanceof List<?> list) {
      List<Object> copies = new ArrayList<>();
      Collections.nCopies((int) count, list).forEach(copies::addAll);
      return copies;
    }
    return none("*", value, times);
  }
}
