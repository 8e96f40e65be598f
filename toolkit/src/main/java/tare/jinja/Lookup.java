package tare.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tare.jinja.Limits.Budget;
import tare.jinja.Limits.Output;

/**
 * Parts of a value: attributes, elements and slices. Java's methods and fields are out of reach.
 */
final class Lookup {

  private static final Set<String> CHANGES =
      Set.of(
          "append",
          "extend",
          "insert",
          "pop",
          "remove",
          "clear",
          "sort",
          "reverse",
          "update",
          "setdefault",
          "popitem");

  private Lookup() {}

  /** {@code value.name}: a method or, of a map, the entry of that name. */
  static Object attribute(Object value, String name, Budget budget) {
    JinjaFunction method = method(value, name, budget);
    return method != null ? method : part(value, name);
  }

  /** {@code value[key]}: an element or entry, else a method. */
  static Object item(Object value, Object key, Budget budget) {
    if (value instanceof Values.Undefined undefined) {
      throw undefined.failure();
    }
    if (Values.number(key) instanceof Long index
        && (value instanceof List<?> || value instanceof String)) {
      long length = Values.length(value);
      long at = index < 0 ? index + length : index;
      if (at < 0 || at >= length) {
        return new Values.Undefined("there is no element " + index);
      }
      return value instanceof List<?> list
          ? list.get((int) at)
          : TextMethods.part((String) value, (int) at, (int) at + 1);
    }
    if (value instanceof Map<?, ?> map && map.containsKey(Values.key(key))) {
      return map.get(key);
    }
    return key instanceof String name
        ? attribute(value, name, budget)
        : new Values.Undefined(Values.typeName(value) + " has no element of that kind");
  }

  private static Object part(Object value, String name) {
    if (value instanceof Values.Undefined undefined) {
      throw undefined.failure();
    }
    if (value instanceof Map<?, ?> map && map.containsKey(name)) {
      return map.get(name);
    }
    if (value instanceof Values.Attributes parts) {
      return parts.attribute(name);
    }
    return new Values.Undefined(Values.typeName(value) + " has no '" + name + "'");
  }

  private static JinjaFunction method(Object value, String name, Budget budget) {
    if ((value instanceof List<?> || value instanceof Map<?, ?>) && CHANGES.contains(name)) {
      // Only a list has "append", but an entry of a map may have that name.
      boolean known = value instanceof List<?> || !((Map<?, ?>) value).containsKey(name);
      return known ? given -> refuse(name) : null;
    }
    if (value instanceof String text) {
      return TextMethods.of(text, name, budget);
    }
    if (value instanceof Map<?, ?> map) {
      return switch (name) {
        case "get" ->
            given -> {
              Object key = Values.key(given.at(0, "key", null));
              return map.containsKey(key) ? map.get(key) : given.at(1, "default", null);
            };
        case "items" -> given -> pairs(map, budget);
        case "keys" -> given -> new ArrayList<>(map.keySet());
        case "values" -> given -> new ArrayList<>(map.values());
        case "copy" -> given -> map;
        default -> null;
      };
    }
    if (value instanceof List<?> list) {
      return switch (name) {
        case "index" -> given -> index(list, given.at(0, "value", null), budget);
        case "count" ->
            given ->
                list.stream()
                    .filter(one -> Values.equal(one, given.at(0, "value", null), budget))
                    .count();
        case "copy" -> given -> list;
        default -> null;
      };
    }
    return null;
  }

  private static Object refuse(String name) {
    throw new JinjaException("a template must not change a value: " + name);
  }

  private static Object index(List<?> list, Object value, Budget budget) {
    for (int i = 0; i < list.size(); i++) {
      if (Values.equal(list.get(i), value, budget)) {
        return (long) i;
      }
    }
    throw new JinjaException("the list has no such element");
  }

  /** Keys and values of a map, as {@code items()} gives them. */
  static List<Object> pairs(Map<?, ?> map, Budget budget) {
    budget.take(map.size());
    List<Object> pairs = new ArrayList<>();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      List<Object> pair = new ArrayList<>();
      pair.add(entry.getKey());
      pair.add(entry.getValue());
      pairs.add(new Values.Tuple(pair));
    }
    return pairs;
  }

  /** {@code value[from:to:by]}; null where the template leaves a bound out. */
  static Object slice(Object value, Object from, Object to, Object by, Budget budget) {
    if (value instanceof Values.Undefined undefined) {
      throw undefined.failure();
    }
    if (!(value instanceof List<?>) && !(value instanceof String)) {
      throw new JinjaException(Values.typeName(value) + " has no slices");
    }
    int length = (int) Values.length(value);
    long step = bound(by, 1);
    if (step == 0) {
      throw new JinjaException("the step of a slice is zero");
    }
    long least = step > 0 ? 0 : -1;
    long most = step > 0 ? length : length - 1L;
    long start =
        from == null ? (step > 0 ? least : most) : clip(bound(from, 0), length, least, most);
    long end = to == null ? (step > 0 ? most : least) : clip(bound(to, 0), length, least, most);
    budget.take(length);
    if (value instanceof String text && step == 1) {
      return TextMethods.part(text, (int) start, (int) Math.max(start, end));
    }
    List<Object> all = Values.list(value, budget);
    List<Object> some = new ArrayList<>();
    for (long i = start;
        step > 0 ? i < end : i > end;
        i += Math.min(Math.max(step, -length - 1L), length + 1L)) {
      some.add(all.get((int) i));
    }
    if (value instanceof String) {
      Output out = new Output(budget);
      some.forEach(one -> out.add((String) one));
      return out.toString();
    }
    return value instanceof Values.Tuple ? new Values.Tuple(some) : some;
  }

  private static long bound(Object value, long otherwise) {
    if (value == null) {
      return otherwise;
    }
    if (Values.number(value) instanceof Long number) {
      return number;
    }
    throw new JinjaException(
        "a bound of a slice must be a whole number, not " + Values.typeName(value));
  }

  private static long clip(long bound, long length, long least, long most) {
    return Math.min(Math.max(bound < 0 ? bound + length : bound, least), most);
  }
}
