package tare.jinja;

import java.util.HashMap;
import java.util.Map;

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
