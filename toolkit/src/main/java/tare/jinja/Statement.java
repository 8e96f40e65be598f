package tare.jinja;

import java.util.List;

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
}
