package tare.jinja;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import tare.jinja.JinjaFunction.Arguments;
import tare.jinja.Limits.Budget;
import tare.jinja.Limits.Output;

/** What a template can make of a value with {@code |}. */
final class Filters {

  /** Makes a value of a value. */
  @FunctionalInterface
  interface Filter {
    Object apply(Object value, Arguments given, Budget budget);
  }

  private static final Map<String, Filter> KNOWN = new HashMap<>();

  static {
    texts();
    numbers();
    lists();
    choices();
  }

  private Filters() {}

  /** The filter of a name, or null. */
  static Filter named(String name) {
    return KNOWN.get(name);
  }

  private static void texts() {
    KNOWN.put("string", (value, given, budget) -> Text.of(value, budget));
    KNOWN.put("safe", (value, given, budget) -> new Values.Markup(Text.of(value, budget)));
    KNOWN.put("tojson", Json::of);
    text("upper", text -> text.toUpperCase(Locale.ROOT));
    text("lower", text -> text.toLowerCase(Locale.ROOT));
    text("capitalize", TextMethods::capitalize);
    text("title", Filters::title);
    for (String name : List.of("escape", "e")) {
      KNOWN.put(name, (value, given, budget) -> Values.Markup.of(value, budget));
    }
    KNOWN.put(
        "trim",
        (value, given, budget) ->
            TextMethods.strip(
                Text.of(value, budget),
                given.at(0, "chars", null) == null ? null : given.text(0, "chars"),
                true,
                true));
    KNOWN.put(
        "replace",
        (value, given, budget) ->
            TextMethods.replace(
                Text.of(value, budget),
                Text.of(given.at(0, "old", ""), budget),
                Text.of(given.at(1, "new", ""), budget),
                given.at(2, "count", null) == null ? -1 : given.number(2, "count", -1),
                budget));
    KNOWN.put(
        "format",
        (value, given, budget) ->
            TextMethods.percent(
                Text.of(value, budget), new Values.Tuple(given.positional()), budget));
    KNOWN.put("indent", Filters::indent);
    KNOWN.put(
        "wordcount",
        (value, given, budget) -> {
          Object words =
              TextMethods.of(Text.of(value, budget), "split", budget).call(Arguments.NONE);
          return Values.length(words);
        });
  }

  private static void text(String name, UnaryOperator<String> change) {
    KNOWN.put(
        name,
        (value, given, budget) -> {
          String text = Text.of(value, budget);
          budget.take(text.length());
          return change.apply(text);
        });
  }

  private static String title(String text) {
    StringBuilder title = new StringBuilder();
    boolean begins = true;
    for (int c : text.codePoints().toArray()) {
      title.appendCodePoint(begins ? Character.toUpperCase(c) : Character.toLowerCase(c));
      begins = TextMethods.space(c) || "-({[<".indexOf(c) >= 0;
    }
    return title.toString();
  }

  private static Object indent(Object value, Arguments given, Budget budget) {
    Object width = given.at(0, "width", 4L);
    String spaces =
        width instanceof String text
            ? text
            : " ".repeat((int) Math.max(0, Math.min(1000, given.number(0, "width", 4))));
    boolean first = given.flag(1, "first", false);
    boolean blank = given.flag(2, "blank", false);
    Output out = new Output(budget);
    String[] lines = Text.of(value, budget).split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      boolean indented = i == 0 ? first : blank || !lines[i].isEmpty();
      out.add(i == 0 ? "" : "\n").add(indented ? spaces : "").add(lines[i]);
    }
    return out.toString();
  }

  private static void numbers() {
    KNOWN.put(
        "int",
        (value, given, budget) -> {
          try {
            return value instanceof String text
                ? (Object) (long) Double.parseDouble(text.strip())
                : Values.number(value) == null
                    ? given.number(0, "default", 0)
                    : Values.number(value).longValue();
          } catch (NumberFormatException e) {
            return given.number(0, "default", 0);
          }
        });
    KNOWN.put(
        "float",
        (value, given, budget) -> {
          try {
            return value instanceof String text
                ? Double.parseDouble(text.strip())
                : Values.number(value) == null ? 0.0 : Values.number(value).doubleValue();
          } catch (NumberFormatException e) {
            return given.at(0, "default", 0.0);
          }
        });
    KNOWN.put(
        "abs",
        (value, given, budget) ->
            value instanceof Double number
                ? (Object) Math.abs(number)
                : (Object) Math.abs(new Arguments(one(value), Map.of()).number(0, "", 0)));
    KNOWN.put(
        "round",
        (value, given, budget) -> {
          if (Values.number(value) == null) {
            throw new JinjaException(Values.typeName(value) + " cannot be rounded");
          }
          double scale = Math.pow(10, (double) given.number(0, "precision", 0));
          double scaled = Values.number(value).doubleValue() * scale;
          String method = String.valueOf(given.at(1, "method", "common"));
          double whole =
              method.equals("ceil")
                  ? Math.ceil(scaled)
                  : method.equals("floor") ? Math.floor(scaled) : Math.rint(scaled);
          return whole / scale;
        });
  }

  private static List<Object> one(Object value) {
    return Collections.singletonList(value);
  }

  private static void lists() {
    KNOWN.put("length", (value, given, budget) -> Values.length(value));
    KNOWN.put("count", KNOWN.get("length"));
    KNOWN.put("list", (value, given, budget) -> Values.list(value, budget));
    KNOWN.put(
        "first",
        (value, given, budget) -> {
          Iterator<Object> all = Values.iterator(value, budget);
          return all.hasNext() ? all.next() : new Values.Undefined("there is no first element");
        });
    KNOWN.put(
        "last",
        (value, given, budget) -> {
          List<Object> all = Values.list(value, budget);
          return all.isEmpty()
              ? new Values.Undefined("there is no last element")
              : all.get(all.size() - 1);
        });
    KNOWN.put(
        "reverse",
        (value, given, budget) ->
            value instanceof String || value instanceof Values.Tuple
                ? Lookup.slice(value, null, null, -1L, budget)
                : Lookup.slice(Values.list(value, budget), null, null, -1L, budget));
    KNOWN.put(
        "join",
        (value, given, budget) -> {
          String between = Text.of(given.at(0, "d", ""), budget);
          Object path = given.at(1, "attribute", null);
          Output out = new Output(budget);
          boolean later = false;
          for (Object element : Values.list(value, budget)) {
            out.add(later ? between : "").add(Text.of(part(element, path, budget), budget));
            later = true;
          }
          return out.toString();
        });
    KNOWN.put(
        "sum",
        (value, given, budget) -> {
          Object sum = given.at(1, "start", 0L);
          for (Object element : Values.list(value, budget)) {
            Object part = part(element, given.at(0, "attribute", null), budget);
            sum = Arithmetic.apply("+", sum, part, budget);
          }
          return sum;
        });
    KNOWN.put("min", (value, given, budget) -> extreme(value, given, budget, -1));
    KNOWN.put("max", (value, given, budget) -> extreme(value, given, budget, 1));
    KNOWN.put(
        "sort",
        (value, given, budget) -> {
          List<Object> sorted = Values.list(value, budget);
          Object path = given.at(2, "attribute", null);
          boolean exact = given.flag(1, "case_sensitive", false);
          Comparator<Object> order =
              (a, b) ->
                  Values.compare(
                      folded(part(a, path, budget), exact),
                      folded(part(b, path, budget), exact),
                      budget);
          sorted.sort(given.flag(0, "reverse", false) ? order.reversed() : order);
          return sorted;
        });
    KNOWN.put(
        "unique",
        (value, given, budget) -> {
          Set<Object> seen = new LinkedHashSet<>();
          List<Object> kept = new ArrayList<>();
          for (Object element : Values.list(value, budget)) {
            Object key = part(element, given.at(1, "attribute", null), budget);
            if (seen.add(Values.key(folded(key, given.flag(0, "case_sensitive", false))))) {
              kept.add(element);
            }
          }
          return new Values.Generator(kept.iterator());
        });
    KNOWN.put(
        "items",
        (value, given, budget) -> {
          if (value instanceof Map<?, ?> map) {
            return new Values.Generator(Lookup.pairs(map, budget).iterator());
          }
          if (value instanceof Values.Undefined) {
            return new Values.Generator(Collections.emptyIterator());
          }
          throw new JinjaException("items takes a mapping, not " + Values.typeName(value));
        });
    KNOWN.put(
        "dictsort",
        (value, given, budget) -> {
          if (!(value instanceof Map<?, ?> map)) {
            throw new JinjaException("dictsort takes a mapping");
          }
          int by = "value".equals(given.at(1, "by", "key")) ? 1 : 0;
          boolean exact = given.flag(0, "case_sensitive", false);
          List<Object> pairs = Lookup.pairs(map, budget);
          Comparator<Object> order =
              Comparator.comparing(
                  pair -> folded(((List<?>) pair).get(by), exact),
                  (a, b) -> Values.compare(a, b, budget));
          pairs.sort(given.flag(2, "reverse", false) ? order.reversed() : order);
          return pairs;
        });
  }

  private static Object folded(Object value, boolean exact) {
    return !exact && value instanceof String text ? text.toLowerCase(Locale.ROOT) : value;
  }

  private static Object extreme(Object value, Arguments given, Budget budget, int sign) {
    Object path = given.at(1, "attribute", null);
    boolean exact = given.flag(0, "case_sensitive", false);
    Object best = new Values.Undefined("there is no element");
    for (Object element : Values.list(value, budget)) {
      if (best instanceof Values.Undefined
          || sign
                  * Values.compare(
                      folded(part(element, path, budget), exact),
                      folded(part(best, path, budget), exact),
                      budget)
              > 0) {
        best = element;
      }
    }
    return best;
  }

  /** The part that a dotted path names; the value itself without a path. */
  private static Object part(Object value, Object path, Budget budget) {
    return part(value, path, null, budget);
  }

  /** The same, with a value in place of every part that is not there. */
  private static Object part(Object value, Object path, Object otherwise, Budget budget) {
    if (path == null) {
      return value;
    }
    Object part = value;
    for (String name : Text.of(path, budget).split("\\.", -1)) {
      Object key = name.matches("[0-9]{1,9}") ? (Object) Long.valueOf(name) : name;
      part = Lookup.item(part, key, budget);
      part = part instanceof Values.Undefined && otherwise != null ? otherwise : part;
    }
    return part;
  }

  private static void choices() {
    for (String name : List.of("default", "d")) {
      KNOWN.put(
          name,
          (value, given, budget) ->
              value instanceof Values.Undefined
                      || (given.flag(1, "boolean", false) && !Values.truth(value))
                  ? given.at(0, "default_value", "")
                  : value);
    }
    KNOWN.put(
        "attr", (value, given, budget) -> Lookup.attribute(value, given.text(0, "name"), budget));
    KNOWN.put("map", Filters::map);
    KNOWN.put("select", (value, given, budget) -> select(value, given, budget, false, true));
    KNOWN.put("reject", (value, given, budget) -> select(value, given, budget, false, false));
    KNOWN.put("selectattr", (value, given, budget) -> select(value, given, budget, true, true));
    KNOWN.put("rejectattr", (value, given, budget) -> select(value, given, budget, true, false));
  }

  private static Object map(Object value, Arguments given, Budget budget) {
    List<Object> results = new ArrayList<>();
    if (given.positional().isEmpty()) {
      Object path = given.text(0, "attribute");
      for (Object element : listIfAny(value, budget)) {
        results.add(part(element, path, given.named().get("default"), budget));
      }
    } else {
      String name = given.text(0, "name");
      Filter filter = named(name);
      if (filter == null) {
        throw new JinjaException("the filter '" + name + "' is unknown");
      }
      for (Object element : listIfAny(value, budget)) {
        results.add(filter.apply(element, given.after(1), budget));
      }
    }
    return new Values.Generator(results.iterator());
  }

  /** The elements of a value. What is false has none, also None. */
  private static List<Object> listIfAny(Object value, Budget budget) {
    return Values.truth(value) ? Values.list(value, budget) : List.of();
  }

  private static Object select(
      Object value, Arguments given, Budget budget, boolean byPart, boolean wanted) {
    int first = byPart ? 1 : 0;
    Object path = byPart ? given.at(0, "attribute", "") : null;
    Tests.Test test = (element, none, within) -> Values.truth(element);
    if (given.positional().size() > first) {
      String name = given.text(first, "test");
      test = Tests.named(name);
      if (test == null) {
        throw new JinjaException("the test '" + name + "' is unknown");
      }
    }
    List<Object> kept = new ArrayList<>();
    for (Object element : listIfAny(value, budget)) {
      if (test.holds(part(element, path, budget), given.after(first + 1), budget) == wanted) {
        kept.add(element);
      }
    }
    return new Values.Generator(kept.iterator());
  }
}
