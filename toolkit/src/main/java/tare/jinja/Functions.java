package tare.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tare.jinja.Expression.Scope;
import tare.jinja.JinjaFunction.Arguments;
import tare.jinja.Limits.Budget;

/** The functions that every template can call: range, dict, namespace, joiner and cycler. */
final class Functions {

  private static final long LONGEST_RANGE = 100_000; // as in Jinja's sandbox

  private Functions() {}

  /** The outermost scope of a rendering. */
  static Scope scope(Budget budget) {
    Scope scope = new Scope(null, budget);
    scope.set("range", (JinjaFunction) given -> range(given, budget));
    scope.set("dict", (JinjaFunction) Functions::dict);
    scope.set(
        "namespace",
        (JinjaFunction)
            given -> {
              Map<String, Object> variables = new LinkedHashMap<>();
              dict(given).forEach((name, value) -> variables.put(Text.of(name, budget), value));
              return new Values.Namespace(variables);
            });
    scope.set("joiner", (JinjaFunction) given -> joiner(given.at(0, "sep", ", ")));
    scope.set("cycler", (JinjaFunction) given -> new Cycler(given.positional(), new int[1]));
    return scope;
  }

  private static List<Object> range(Arguments given, Budget budget) {
    boolean one = given.positional().size() < 2;
    long start = one ? 0 : given.number(0, "start", 0);
    long end = given.number(one ? 0 : 1, "stop", 0);
    long step = given.number(2, "step", 1);
    if (step == 0) {
      throw new JinjaException("the step of a range is zero");
    }
    List<Object> range = new ArrayList<>();
    for (long i = start; step > 0 ? i < end : i > end; i += step) {
      if (range.size() >= LONGEST_RANGE) {
        throw new JinjaException("a range is longer than " + LONGEST_RANGE);
      }
      range.add(i);
    }
    budget.take(range.size());
    return range;
  }

  private static Map<Object, Object> dict(Arguments given) {
    Map<Object, Object> dict = new LinkedHashMap<>();
    if (given.at(0, "", Map.of()) instanceof Map<?, ?> first) {
      dict.putAll(first);
    } else {
      throw new JinjaException("dict takes a mapping");
    }
    dict.putAll(given.named());
    return dict;
  }

  private static JinjaFunction joiner(Object between) {
    boolean[] used = new boolean[1];
    return given -> {
      boolean first = !used[0];
      used[0] = true;
      return first ? "" : between;
    };
  }

  private record Cycler(List<Object> values, int[] position) implements Values.Attributes {
    @Override
    public Object attribute(String name) {
      return switch (name) {
        case "current" -> values.get(position[0]);
        case "next" ->
            (JinjaFunction)
                given -> {
                  Object value = values.get(position[0]);
                  position[0] = (position[0] + 1) % values.size();
                  return value;
                };
        case "reset" ->
            (JinjaFunction)
                given -> {
                  position[0] = 0;
                  return null;
                };
        default -> new Values.Undefined("a cycler has no " + name);
      };
    }
  }
}
