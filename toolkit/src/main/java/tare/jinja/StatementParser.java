package tare.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tare.jinja.Expression.Call;
import tare.jinja.Expression.Scope;
import tare.jinja.JinjaFunction.Arguments;
import tare.jinja.Lexer.Kind;
import tare.jinja.Lexer.Token;
import tare.jinja.Statement.Block;
import tare.jinja.Statement.Flow;
import tare.jinja.Statement.Loop;
import tare.jinja.Statement.Macro;
import tare.jinja.Statement.Placed;

/** Reads the tags of a template. */
final class StatementParser extends ExpressionParser {

  private static final int DEEPEST = 100;
  private static final Set<String> OTHER_FILES = Set.of("include", "import", "from", "extends");

  private int depth;

  StatementParser(List<Token> tokens) {
    super(tokens);
  }

  Block template() {
    Block block = block(Set.of());
    if (token().kind() != Kind.END) {
      throw broken("'" + token().text() + "' is unexpected");
    }
    return block;
  }

  /** Statements up to one of these tags; its name is the next token then. */
  private Block block(Set<String> ends) {
    if (++depth > DEEPEST) {
      throw broken("tags are nested deeper than " + DEEPEST);
    }
    List<Placed> statements = new ArrayList<>();
    while (token().kind() != Kind.END) {
      Token token = next();
      if (token.kind() == Kind.TEXT) {
        statements.add(
            new Placed(
                token.line(),
                (scope, out) -> {
                  out.add(token.text());
                  return Flow.NEXT;
                }));
      } else if (token.kind() == Kind.OPEN_PRINT) {
        Expression value = tupleOrOne();
        close();
        statements.add(
            new Placed(
                token.line(),
                (scope, out) -> {
                  out.add(Text.of(value.value(scope), scope.budget()));
                  return Flow.NEXT;
                }));
      } else if (ends.contains(token().text())) {
        depth--;
        return new Block(statements);
      } else {
        statements.add(new Placed(token.line(), tag(name())));
      }
    }
    if (!ends.isEmpty()) {
      throw broken(
          "the template ends before " + String.join(" or ", ends.stream().sorted().toList()));
    }
    depth--;
    return new Block(statements);
  }

  private void close() {
    if (token().kind() != Kind.CLOSE) {
      throw broken("'" + token().text() + "' is unexpected");
    }
    next();
  }

  /** The rest of a tag, the statements after it, and its end tag. */
  private Block body(String end) {
    close();
    Block body = block(Set.of(end));
    next();
    if (token().kind() == Kind.NAME) { // endmacro and endblock may repeat the name
      next();
    }
    close();
    return body;
  }

  private Statement tag(String name) {
    return switch (name) {
      case "if" -> condition();
      case "for" -> loop();
      case "set" -> set();
      case "macro" -> macro();
      case "call" -> callBlock();
      case "filter" -> filterBlock();
      case "with" -> with();
      case "generation" -> {
        Block body = body("endgeneration");
        yield (scope, out) -> {
          out.add(body.text(scope));
          return Flow.NEXT;
        };
      }
      case "break" -> flow(Flow.BREAK);
      case "continue" -> flow(Flow.CONTINUE);
      default ->
          throw broken(
              OTHER_FILES.contains(name)
                  ? "the tag '" + name + "' would read another file, which templates must not"
                  : "the tag '" + name + "' is unknown");
    };
  }

  private Statement flow(Flow flow) {
    close();
    return (scope, out) -> flow;
  }

  private Statement condition() {
    Expression test = tupleOrOne();
    close();
    Block then = block(Set.of("elif", "else", "endif"));
    String word = name();
    Statement otherwise = (scope, out) -> Flow.NEXT;
    if (word.equals("elif")) {
      if (++depth > DEEPEST) {
        throw broken("more than " + DEEPEST + " cases");
      }
      otherwise = condition();
      depth--;
    } else if (word.equals("else")) {
      close();
      otherwise = block(Set.of("endif"));
      next();
      close();
    } else {
      close();
    }
    Statement last = otherwise;
    return (scope, out) -> (Values.truth(test.value(scope)) ? then : last).run(scope, out);
  }

  private List<String> targets() {
    boolean brackets = skip("(");
    List<String> names = new ArrayList<>(List.of(name()));
    boolean several = false;
    while (skip(",")) {
      several = true;
      if (token().kind() == Kind.NAME && !is("in")) {
        names.add(name());
      }
    }
    if (brackets) {
      expect(")");
    }
    return several ? names : names.subList(0, 1);
  }

  private static void assign(Scope scope, List<String> names, boolean several, Object value) {
    if (!several) {
      scope.set(names.get(0), value);
      return;
    }
    List<Object> values = Values.list(value, scope.budget());
    if (values.size() != names.size()) {
      throw new JinjaException(values.size() + " values for " + names.size() + " names");
    }
    for (int i = 0; i < names.size(); i++) {
      scope.set(names.get(i), values.get(i));
    }
  }

  private Statement loop() {
    List<String> names = targets();
    boolean several = names.size() > 1;
    expect("in");
    Expression iterable = iterable();
    Expression condition = skip("if") ? expression() : null;
    if (is("recursive")) {
      throw broken("recursive loops are not supported");
    }
    close();
    Block body = block(Set.of("else", "endfor"));
    Block empty = null;
    if (name().equals("else")) {
      close();
      empty = block(Set.of("endfor"));
      next();
    }
    close();
    Block otherwise = empty;
    return (scope, out) -> {
      List<Object> elements = new ArrayList<>();
      for (Object element : Values.list(iterable.value(scope), scope.budget())) {
        Scope inner = scope.inner();
        if (condition != null) {
          assign(inner, names, several, element);
        }
        if (condition == null || Values.truth(condition.value(inner))) {
          elements.add(element);
        }
      }
      if (elements.isEmpty()) {
        return otherwise == null ? Flow.NEXT : otherwise.run(scope.inner(), out);
      }
      Loop loop = new Loop(elements, scope.budget());
      for (Object element : elements) {
        Scope inner = scope.inner();
        loop.step();
        inner.set("loop", loop);
        assign(inner, names, several, element);
        if (body.run(inner, out) == Flow.BREAK) {
          break;
        }
      }
      return Flow.NEXT;
    };
  }

  private Statement set() {
    List<String> names = targets();
    if (skip(".")) {
      String part = name();
      Expression value = assigned();
      return (scope, out) -> {
        if (scope.get(names.get(0)) instanceof Values.Namespace namespace) {
          namespace.variables().put(part, value.value(scope));
          return Flow.NEXT;
        }
        throw new JinjaException("'" + names.get(0) + "' is no namespace");
      };
    }
    Expression value = assigned();
    return (scope, out) -> {
      assign(scope, names, names.size() > 1, value.value(scope));
      return Flow.NEXT;
    };
  }

  /** The value after {@code =}, or the text of a block. */
  private Expression assigned() {
    if (skip("=")) {
      Expression value = tupleOrOne();
      close();
      return value;
    }
    Block[] body = new Block[1];
    Expression value = scope -> body[0].text(scope);
    while (skip("|")) {
      value = filter(value);
    }
    body[0] = body("endset");
    return value;
  }

  private Statement macro() {
    String name = name();
    Macro macro = parameters();
    Block body = body("endmacro");
    return (scope, out) -> {
      scope.set(name, (JinjaFunction) given -> macro.call(given, scope, body));
      return Flow.NEXT;
    };
  }

  private Macro parameters() {
    Map<String, Expression> parameters = new LinkedHashMap<>();
    expect("(");
    while (!skip(")")) {
      String name = name();
      parameters.put(name, skip("=") ? expression() : null);
      if (!is(")")) {
        expect(",");
      }
    }
    return new Macro(parameters);
  }

  private Statement callBlock() {
    Macro parameters = is("(") ? parameters() : new Macro(Map.of());
    Expression function = calledName();
    Call call = call();
    Block body = body("endcall");
    return (scope, out) -> {
      JinjaFunction caller = given -> parameters.call(given, scope, body);
      Arguments given = call.arguments(scope);
      given.named().put("caller", caller);
      if (function.value(scope) instanceof JinjaFunction known) {
        out.add(Text.of(known.call(given), scope.budget()));
        return Flow.NEXT;
      }
      throw new JinjaException("what is called is no macro");
    };
  }

  private Expression calledName() {
    String name = name();
    return scope -> scope.get(name);
  }

  private Statement filterBlock() {
    Block[] body = new Block[1];
    Expression value = filter(scope -> body[0].text(scope));
    while (skip("|")) {
      value = filter(value);
    }
    body[0] = body("endfilter");
    Expression text = value;
    return (scope, out) -> {
      out.add(Text.of(text.value(scope), scope.budget()));
      return Flow.NEXT;
    };
  }

  private Statement with() {
    Map<String, Expression> variables = new LinkedHashMap<>();
    while (token().kind() == Kind.NAME) {
      String name = name();
      expect("=");
      variables.put(name, expression());
      skip(",");
    }
    Block body = body("endwith");
    return (scope, out) -> {
      Scope inner = scope.inner();
      variables.forEach((name, value) -> inner.set(name, value.value(scope)));
      return body.run(inner, out);
    };
  }
}
