package tare.jinja;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tare.jinja.JinjaFunction.Arguments;
import tare.jinja.Limits.Budget;

/** A part of a template that has a value. */
@FunctionalInterface
interface Expression {

  Object value(Scope scope);

  /** The values of expressions, one after another. */
  static List<Object> values(List<Expression> expressions, Scope scope) {
    scope.budget().take(expressions.size());
    List<Object> values = new ArrayList<>();
    expressions.forEach(one -> values.add(one.value(scope)));
    return values;
  }

  /** Variables by name. An inner scope sees those of the outer ones, and keeps its own. */
  final class Scope {

    private final Scope outer;
    private final Budget budget;
    private final Map<String, Object> own = new HashMap<>();

    Scope(Scope outer, Budget budget) {
      this.outer = outer;
      this.budget = budget;
    }

    Scope inner() {
      return new Scope(this, budget);
    }

    Budget budget() {
      return budget;
    }

    Object get(String name) {
      for (Scope scope = this; scope != null; scope = scope.outer) {
        if (scope.own.containsKey(name)) {
          return scope.own.get(name);
        }
      }
      return new Values.Undefined("'" + name + "' is undefined");
    }

    void set(String name, Object value) {
      own.put(name, value);
    }
  }

  /** The arguments of a call as they are written. */
  record Call(
      List<Expression> positional,
      Map<String, Expression> named,
      List<Expression> spread,
      List<Expression> spreadNamed) {

    static final Call EMPTY = new Call(List.of(), Map.of(), List.of(), List.of());

    Arguments arguments(Scope scope) {
      List<Object> values = values(positional, scope);
      spread.forEach(one -> values.addAll(Values.list(one.value(scope), scope.budget())));
      Map<String, Object> byName = new LinkedHashMap<>();
      named.forEach((name, one) -> byName.put(name, one.value(scope)));
      for (Expression one : spreadNamed) {
        if (one.value(scope) instanceof Map<?, ?> map) {
          map.forEach((key, value) -> byName.put(Text.of(key, scope.budget()), value));
        } else {
          throw new JinjaException("** takes a mapping");
        }
      }
      return new Arguments(values, byName);
    }
  }
}
