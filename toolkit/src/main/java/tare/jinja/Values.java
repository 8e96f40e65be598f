package tare.jinja;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.RandomAccess;
import tare.jinja.Limits.Budget;
import tare.jinja.Limits.Output;

/**
 * What values of a template are and how they compare, as in Python. Texts are String, whole numbers
 * Long, others Double, then Boolean, null for None, List, Map, and the types here.
 */
final class Values {

  private static final List<Map.Entry<Class<?>, String>> NAMES =
      List.of(
          Map.entry(String.class, "a text"),
          Map.entry(Boolean.class, "a boolean"),
          Map.entry(Number.class, "a number"),
          Map.entry(Tuple.class, "a tuple"),
          Map.entry(List.class, "a list"),
          Map.entry(Map.class, "a mapping"),
          Map.entry(Markup.class, "a text that is marked as safe"),
          Map.entry(Generator.class, "a generator"));

  private Values() {}

  /** What a template names but nobody gave. */
  record Undefined(String reason) {
    JinjaException failure() {
      return new JinjaException(reason);
    }
  }

  /** A list that Python would write in round brackets. */
  static final class Tuple extends AbstractList<Object> implements RandomAccess {
    private final List<Object> elements;

    Tuple(List<Object> elements) {
      this.elements = elements;
    }

    @Override
    public Object get(int index) {
      return elements.get(index);
    }

    @Override
    public int size() {
      return elements.size();
    }
  }

  /** Values that are there once, as the results of {@code map} and {@code select}. */
  record Generator(Iterator<Object> rest) {}

  /** A text of HTML, of {@code safe} or {@code escape}: what is joined to it is escaped. */
  record Markup(String html) {

    static Markup of(Object value, Budget budget) {
      if (value instanceof Markup markup) {
        return markup;
      }
      String text = Text.of(value, budget);
      budget.take(text.length());
      return new Markup(
          text.replace("&", "&amp;")
              .replace(">", "&gt;")
              .replace("<", "&lt;")
              .replace("'", "&#39;")
              .replace("\"", "&#34;"));
    }

    static Markup joined(Object left, Object right, Budget budget) {
      Output out = new Output(budget).add(of(left, budget).html()).add(of(right, budget).html());
      return new Markup(out.toString());
    }
  }

  /** A value with named parts of its own. */
  interface Attributes {
    Object attribute(String name);
  }

  /** Variables that inner blocks can change: {@code namespace(..)}. */
  record Namespace(Map<String, Object> variables) implements Attributes {
    @Override
    public Object attribute(String name) {
      return variables.containsKey(name)
          ? variables.get(name)
          : new Undefined("the namespace has no " + name);
    }
  }

  /** A value for templates: copies of lists and maps, so that no Java object is seen. */
  static Object of(Object given) {
    if (given instanceof Integer || given instanceof Short || given instanceof Byte) {
      return ((Number) given).longValue();
    }
    if (given instanceof Float number) {
      return number.doubleValue();
    }
    if (given instanceof List<?> list) {
      List<Object> copy = new ArrayList<>(list.size());
      list.forEach(element -> copy.add(of(element)));
      return Collections.unmodifiableList(copy);
    }
    if (given instanceof Map<?, ?> map) {
      Map<Object, Object> copy = new LinkedHashMap<>();
      map.forEach((key, value) -> copy.put(of(key), of(value)));
      return Collections.unmodifiableMap(copy);
    }
    if (given == null
        || given instanceof String
        || given instanceof Long
        || given instanceof Double
        || given instanceof Boolean
        || given instanceof JinjaFunction) {
      return given;
    }
    throw new IllegalArgumentException(
        "a template cannot be given a " + given.getClass().getSimpleName());
  }

  static boolean truth(Object value) {
    if (value instanceof Boolean flag) {
      return flag;
    }
    if (value instanceof String text) {
      return !text.isEmpty();
    }
    if (value instanceof List<?> list) {
      return !list.isEmpty();
    }
    if (value instanceof Map<?, ?> map) {
      return !map.isEmpty();
    }
    if (value instanceof Number number) {
      return number.doubleValue() != 0;
    }
    return value != null && !(value instanceof Undefined);
  }

  static String typeName(Object value) {
    if (value instanceof Undefined undefined) {
      throw undefined.failure();
    }
    if (value == null) {
      return "None";
    }
    return NAMES.stream()
        .filter(name -> name.getKey().isInstance(value))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse("a function or namespace");
  }

  /** The elements of a value; the characters of a text, the keys of a map. */
  @SuppressWarnings("unchecked") // values of templates hold values of templates
  static Iterator<Object> iterator(Object value, Budget budget) {
    if (value instanceof Undefined) {
      return Collections.emptyIterator();
    }
    if (value instanceof Generator generator) {
      return generator.rest();
    }
    if (value instanceof List<?> list) {
      return ((List<Object>) list).iterator();
    }
    if (value instanceof Map<?, ?> map) {
      return ((Map<Object, Object>) map).keySet().iterator();
    }
    if (value instanceof String text) {
      budget.take(text.length());
      return text.codePoints().<Object>mapToObj(Character::toString).iterator();
    }
    throw new JinjaException(typeName(value) + " has no elements to go through");
  }

  static List<Object> list(Object value, Budget budget) {
    List<Object> list = new ArrayList<>();
    for (Iterator<Object> rest = iterator(value, budget); rest.hasNext(); ) {
      budget.take(1);
      list.add(rest.next());
    }
    return list;
  }

  static long length(Object value) {
    if (value instanceof String text) {
      return text.codePointCount(0, text.length());
    }
    if (value instanceof List<?> list) {
      return list.size();
    }
    if (value instanceof Map<?, ?> map) {
      return map.size();
    }
    if (value instanceof Undefined) {
      return 0;
    }
    throw new JinjaException(typeName(value) + " has no length");
  }

  /** A number, where booleans are 0 and 1; null for anything else. */
  static Number number(Object value) {
    return value instanceof Boolean flag
        ? Long.valueOf(flag ? 1 : 0)
        : value instanceof Number number ? number : null;
  }

  static boolean equal(Object a, Object b, Budget budget) {
    budget.step();
    Number first = number(a);
    Number second = number(b);
    if (first != null && second != null) {
      return (first instanceof Long && second instanceof Long)
          ? first.longValue() == second.longValue()
          : first.doubleValue() == second.doubleValue();
    }
    if (a instanceof Undefined && b instanceof Undefined) {
      return true;
    }
    if (a instanceof List<?> left && b instanceof List<?> right) {
      boolean same = left instanceof Tuple == right instanceof Tuple && left.size() == right.size();
      for (int i = 0; same && i < left.size(); i++) {
        same = equal(left.get(i), right.get(i), budget);
      }
      return same;
    }
    if (a instanceof Map<?, ?> left && b instanceof Map<?, ?> right) {
      boolean same = left.size() == right.size();
      for (Map.Entry<?, ?> entry : left.entrySet()) {
        same =
            same
                && right.containsKey(entry.getKey())
                && equal(entry.getValue(), right.get(entry.getKey()), budget);
      }
      return same;
    }
    return (a instanceof String || a == null) ? Objects.equals(a, b) : a == b;
  }

  /**
   * Orders numbers, texts and lists.
   *
   * @throws JinjaException for values without an order
   */
  static int compare(Object a, Object b, Budget budget) {
    budget.step();
    Number first = number(a);
    Number second = number(b);
    if (first != null && second != null) {
      return first instanceof Long && second instanceof Long
          ? Long.compare(first.longValue(), second.longValue())
          : Double.compare(first.doubleValue(), second.doubleValue());
    }
    if (a instanceof String left && b instanceof String right) {
      budget.take(Math.min(left.length(), right.length()));
      return TextMethods.compare(left, right);
    }
    if (a instanceof List<?> left && b instanceof List<?> right) {
      for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
        if (!equal(left.get(i), right.get(i), budget)) {
          return compare(left.get(i), right.get(i), budget);
        }
      }
      return Integer.compare(left.size(), right.size());
    }
    throw new JinjaException(typeName(a) + " and " + typeName(b) + " have no order");
  }

  static boolean contains(Object container, Object element, Budget budget) {
    if (container instanceof String text) {
      if (element instanceof String part) {
        budget.take(text.length());
        return text.contains(part);
      }
      throw new JinjaException("a text can contain a text only, not " + typeName(element));
    }
    if (container instanceof Map<?, ?> map) {
      return map.containsKey(key(element));
    }
    for (Iterator<Object> rest = iterator(container, budget); rest.hasNext(); ) {
      if (equal(rest.next(), element, budget)) {
        return true;
      }
    }
    return false;
  }

  /**
   * A key of a map.
   *
   * @throws JinjaException for what can be none, such as a list
   */
  static Object key(Object value) {
    if (value == null
        || value instanceof String
        || value instanceof Number
        || value instanceof Boolean) {
      return value;
    }
    throw new JinjaException(
        "a key must be a text, number, boolean or None, not " + typeName(value));
  }
}
