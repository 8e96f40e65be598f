package tare.jinja;

import java.util.Map;
import tare.jinja.Expression.Scope;
import tare.jinja.Limits.Budget;
import tare.jinja.Limits.Output;

/** A template that was read once and can be rendered often, also by several threads. */
public final class JinjaTemplate {

  private final Statement.Block body;

  private JinjaTemplate(Statement.Block body) {
    this.body = body;
  }

  /**
   * Reads a template.
   *
   * @throws JinjaException if the template is no Jinja, or uses what is not supported; the message
   *     names the line
   */
  public static JinjaTemplate of(String source) {
    try {
      return new JinjaTemplate(new StatementParser(new Lexer(source).tokens()).template());
    } catch (StackOverflowError e) { // from a template only: this package holds no locks
      throw new JinjaException("the template is nested too deeply");
    }
  }

  /**
   * Renders the template.
   *
   * @param variables texts, numbers, booleans, nulls, lists, maps and {@link JinjaFunction}s
   * @throws JinjaException if the template fails, refuses, exceeds the limits, or the thread is
   *     interrupted
   * @throws IllegalArgumentException if a variable is of another type
   */
  public String render(Map<String, Object> variables, Limits limits) {
    Budget budget = new Budget(limits);
    Scope scope = new Scope(Functions.scope(budget), budget);
    variables.forEach((name, value) -> scope.set(name, Values.of(value)));
    Output out = new Output(budget);
    try {
      body.run(scope, out);
    } catch (StackOverflowError e) {
      throw new JinjaException("a value of the template is nested too deeply");
    }
    return out.toString();
  }
}
