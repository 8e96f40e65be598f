package tare.jinja;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tare.jinja.Expression.Scope;
import tare.jinja.JinjaFunction.Arguments;
import tare.jinja.Limits.Budget;
import tare.jinja.Limits.Output;

/** A part of a template that writes text or sets variables. */
@FunctionalInterface
interface Statement {

  /** How a loop goes on after a statement. */
  enum Flow {
    NEXT,
    BREAK,
    CONTINUE
  }

  Flow run(Scope scope, Output out);

  /** A statement and the line on which it begins. */
  record Placed(int line, Statement statement) {}

  /** Statements one after another. Failures name the line. */
  record Block(List<Placed> statements) implements Statement {
    @Override
    public Flow run(Scope scope, Output out) {
      for (Placed placed : statements) {
        try {
          scope.budget().step();
          Flow flow = placed.statement().run(scope, out);
          if (flow != Flow.NEXT) {
            return flow;
          }
        } catch (JinjaException e) {
          throw e.at(placed.line());
        }
      }
      return Flow.NEXT;
    }

    /** The text that the statements write, with variables of their own. */
    String text(Scope scope) {
      Output inner = new Output(scope.budget());
      run(scope.inner(), inner);
      return inner.toString();
    }
  }

  /** What a template knows of a loop: its {@code loop} variable. */
  final class Loop implements Values.Attributes {

    private final List<Object> elements;
    private final Budget budget;
    private int index = -1;
    private List<Object> changed;

    Loop(List<Object> elements, Budget budget) {
      this.elements = elements;
      this.budget = budget;
    }

    /** Goes on to the next element. */
    void step() {
      index++;
    }

    @Override
    public Object attribute(String name) {
      long length = elements.size();
      return switch (name) {
        case "index" -> index + 1L;
        case "index0" -> (long) index;
        case "revindex" -> length - index;
        case "revindex0" -> length - index - 1;
        case "first" -> index == 0;
        case "last" -> index == length - 1;
        case "length" -> length;
        case "depth" -> 1L; // it counts recursive loops only
        case "depth0" -> 0L;
        case "previtem" -> element(index - 1);
        case "nextitem" -> element(index + 1);
        case "cycle" ->
            (JinjaFunction)
                given -> {
                  if (given.positional().isEmpty()) {
                    throw new JinjaException("cycle needs values");
                  }
                  return given.positional().get(index % given.positional().size());
                };
        case "changed" ->
            (JinjaFunction)
                given -> {
                  boolean same =
                      changed != null && Values.equal(changed, given.positional(), budget);
                  changed = given.positional();
                  return !same;
                };
        default -> new Values.Undefined("the loop has no " + name);
      };
    }

    private Object element(int at) {
      return at >= 0 && at < elements.size()
          ? elements.get(at)
          : new Values.Undefined("there is no such element");
    }
  }

  /** Names and defaults of the parameters of a macro. */
  record Macro(Map<String, Expression> parameters) {

    Object call(Arguments given, Scope outer, Block body) {
      Budget budget = outer.budget();
      budget.enter();
      Scope scope = outer.inner();
      int position = 0;
      Map<String, Object> named = new LinkedHashMap<>(given.named());
      for (Map.Entry<String, Expression> parameter : parameters.entrySet()) {
        Object value =
            given.at(
                position++,
                parameter.getKey(),
                parameter.getValue() == null
                    ? new Values.Undefined("'" + parameter.getKey() + "' was not given")
                    : parameter.getValue().value(scope));
        named.remove(parameter.getKey());
        scope.set(parameter.getKey(), value);
      }
      if (named.containsKey("caller")) {
        scope.set("caller", named.remove("caller"));
      }
      scope.set("varargs", new Values.Tuple(given.after(position).positional()));
      scope.set("kwargs", named);
      Output inner = new Output(budget);
      body.run(scope, inner);
      budget.leave();
      return inner.toString();
    }
  }
}
