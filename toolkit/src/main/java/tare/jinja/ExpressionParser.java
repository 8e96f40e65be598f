package tare.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import tare.jinja.Expression.Call;
import tare.jinja.Lexer.Kind;
import tare.jinja.Lexer.Token;
import tare.jinja.Limits.Output;

/** Reads expressions, with the precedence that Jinja gives to operators, filters and tests. */
class ExpressionParser extends Lexer.Tokens {

  private static final int DEEPEST = 200;
  private static final int LONGEST_CHAIN = 1000;
  private static final Set<String> COMPARE = Set.of("==", "!=", "<", "<=", ">", ">=");
  private static final Set<String> NO_OPERAND =
      Set.of("else", "or", "and", "if", "in", "is", "not");

  private int depth;

  ExpressionParser(List<Token> tokens) {
    super(tokens);
  }

  /** An expression or, with commas, a tuple. */
  Expression tupleOrOne() {
    return tupleOrOne(this::expression);
  }

  /** The values that a loop goes through: what follows {@code if} is its condition. */
  Expression iterable() {
    return tupleOrOne(this::or);
  }

  private Expression tupleOrOne(Supplier<Expression> part) {
    Expression first = part.get();
    if (!is(",")) {
      return first;
    }
    List<Expression> parts = new ArrayList<>(List.of(first));
    while (skip(",") && !ends()) {
      parts.add(part.get());
    }
    return scope -> new Values.Tuple(Expression.values(parts, scope));
  }

  private boolean ends() {
    return token().kind() == Kind.CLOSE || is(")") || is("]") || is("=");
  }

  Expression expression() {
    return nested(this::conditional);
  }

  private Expression nested(Supplier<Expression> inner) {
    if (++depth > DEEPEST) {
      throw broken("expressions are nested deeper than " + DEEPEST);
    }
    try {
      return inner.get();
    } finally {
      depth--;
    }
  }

  private Expression conditional() {
    Expression value = or();
    while (skip("if")) {
      Expression then = value;
      Expression condition = or();
      Expression otherwise =
          skip("else")
              ? expression()
              : scope -> new Values.Undefined("an if without else has no value");
      value =
          scope ->
              Values.truth(condition.value(scope)) ? then.value(scope) : otherwise.value(scope);
    }
    return value;
  }

  private Expression or() {
    return shortcut("or", () -> shortcut("and", this::not, false), true);
  }

  /** Operands up to the first whose truth decides. */
  private Expression shortcut(String word, Supplier<Expression> operand, boolean decides) {
    List<Expression> operands = new ArrayList<>(List.of(operand.get()));
    while (skip(word)) {
      operands.add(operand.get());
    }
    if (operands.size() == 1) {
      return operands.get(0);
    }
    return scope -> {
      Object value = null;
      for (Expression one : operands) {
        value = one.value(scope);
        if (Values.truth(value) == decides) {
          break;
        }
      }
      return value;
    };
  }

  private Expression not() {
    if (!skip("not")) {
      return comparison();
    }
    Expression negated = nested(this::not);
    return scope -> !Values.truth(negated.value(scope));
  }

  /** An operator and what follows it. */
  private record Operation(String operator, Expression right) {}

  private Expression comparison() {
    Expression first = sum();
    List<Operation> comparisons = new ArrayList<>();
    while (true) {
      boolean notIn = is("not") && following().is(Kind.NAME, "in");
      if (notIn) {
        next();
      }
      if ((token().kind() == Kind.OPERATOR && COMPARE.contains(token().text())) || is("in")) {
        String operator = (notIn ? "not " : "") + next().text();
        comparisons.add(new Operation(operator, sum()));
      } else {
        break;
      }
    }
    if (comparisons.isEmpty()) {
      return first;
    }
    return scope -> {
      Object left = first.value(scope);
      for (Operation comparison : comparisons) {
        Object right = comparison.right().value(scope);
        if (!Arithmetic.holds(comparison.operator(), left, right, scope.budget())) {
          return false;
        }
        left = right;
      }
      return true;
    };
  }

  private Expression sum() {
    return chain(Set.of("+", "-"), this::concatenation);
  }

  private Expression concatenation() {
    List<Expression> parts = new ArrayList<>(List.of(product()));
    while (skip("~")) {
      parts.add(product());
    }
    if (parts.size() == 1) {
      return parts.get(0);
    }
    return scope -> {
      Output out = new Output(scope.budget());
      parts.forEach(part -> out.add(Text.of(part.value(scope), scope.budget())));
      return out.toString();
    };
  }

  private Expression product() {
    return chain(Set.of("*", "/", "//", "%"), () -> chain(Set.of("**"), () -> unary(true)));
  }

  /** Operators of one precedence, from left to right. */
  private Expression chain(Set<String> operators, Supplier<Expression> operand) {
    Expression first = operand.get();
    List<Operation> operations = new ArrayList<>();
    while (token().kind() == Kind.OPERATOR && operators.contains(token().text())) {
      String operator = next().text();
      operations.add(new Operation(operator, operand.get()));
    }
    if (operations.isEmpty()) {
      return first;
    }
    return scope -> {
      Object value = first.value(scope);
      for (Operation operation : operations) {
        Object right = operation.right().value(scope);
        value = Arithmetic.apply(operation.operator(), value, right, scope.budget());
      }
      return value;
    };
  }

  private Expression unary(boolean withFilters) {
    Expression value;
    if (is("-") || is("+")) {
      String sign = next().text();
      Expression number = nested(() -> unary(false));
      value = scope -> Arithmetic.apply(sign, 0L, number.value(scope), scope.budget());
    } else {
      value = primary();
    }
    value = postfix(value);
    return withFilters ? filtered(value) : value;
  }

  private Expression primary() {
    Token token = next();
    return switch (token.kind()) {
      case NAME -> named(token.text());
      case STRING -> {
        StringBuilder text = new StringBuilder(token.text());
        while (token().kind() == Kind.STRING) {
          text.append(next().text());
        }
        String whole = text.toString();
        yield scope -> whole;
      }
      case INTEGER, FLOAT -> {
        Object number = number(token);
        yield scope -> number;
      }
      default -> bracket(token);
    };
  }

  private static Object number(Token token) {
    try {
      return token.kind() == Kind.INTEGER
          ? (Object) Long.valueOf(token.text())
          : (Object) Double.valueOf(token.text());
    } catch (NumberFormatException e) {
      throw new JinjaException("the number " + token.text() + " is too large").at(token.line());
    }
  }

  private static Expression named(String name) {
    return switch (name) {
      case "true", "True" -> scope -> true;
      case "false", "False" -> scope -> false;
      case "none", "None" -> scope -> null;
      default ->
          scope -> {
            scope.budget().step();
            return scope.get(name);
          };
    };
  }

  private Expression bracket(Token open) {
    if (open.is(Kind.OPERATOR, "(")) {
      if (skip(")")) {
        return scope -> new Values.Tuple(List.of());
      }
      Expression inner = tupleOrOne();
      expect(")");
      return inner;
    }
    if (open.is(Kind.OPERATOR, "[")) {
      List<Expression> elements = new ArrayList<>();
      while (!skip("]")) {
        elements.add(expression());
        if (!is("]")) {
          expect(",");
        }
      }
      return scope -> Expression.values(elements, scope);
    }
    if (open.is(Kind.OPERATOR, "{")) {
      return map();
    }
    throw new JinjaException("'" + open.text() + "' is unexpected").at(open.line());
  }

  private Expression map() {
    List<Expression> keys = new ArrayList<>();
    List<Expression> entries = new ArrayList<>();
    while (!skip("}")) {
      keys.add(expression());
      expect(":");
      entries.add(expression());
      if (!is("}")) {
        expect(",");
      }
    }
    return scope -> {
      scope.budget().take(keys.size());
      Map<Object, Object> map = new LinkedHashMap<>();
      for (int i = 0; i < keys.size(); i++) {
        map.put(Values.key(keys.get(i).value(scope)), entries.get(i).value(scope));
      }
      return map;
    };
  }

  private Expression postfix(Expression first) {
    Expression value = first;
    for (int i = 0; is(".") || is("[") || is("("); i++) {
      requireShort(i);
      value = is("(") ? called(value) : subscript(value);
    }
    return value;
  }

  private void requireShort(int chain) {
    if (chain > LONGEST_CHAIN) {
      throw broken("a chain is longer than " + LONGEST_CHAIN);
    }
  }

  private Expression subscript(Expression value) {
    if (skip(".")) {
      Token part = next();
      if (part.kind() == Kind.INTEGER) {
        Object index = number(part);
        return scope -> Lookup.item(value.value(scope), index, scope.budget());
      }
      if (part.kind() != Kind.NAME) {
        throw broken("a name is missing after '.'");
      }
      return scope -> Lookup.attribute(value.value(scope), part.text(), scope.budget());
    }
    expect("[");
    Expression from = is(":") ? scope -> null : tupleOrOne();
    if (skip("]")) {
      return scope -> Lookup.item(value.value(scope), from.value(scope), scope.budget());
    }
    expect(":");
    Expression to = is(":") || is("]") ? scope -> null : expression();
    Expression by = skip(":") && !is("]") ? expression() : scope -> null;
    expect("]");
    return scope ->
        Lookup.slice(
            value.value(scope),
            from.value(scope),
            to.value(scope),
            by.value(scope),
            scope.budget());
  }

  private Expression called(Expression function) {
    Call call = call();
    return scope -> {
      Object called = function.value(scope);
      if (called instanceof JinjaFunction known) {
        scope.budget().step();
        return known.call(call.arguments(scope));
      }
      throw new JinjaException(Values.typeName(called) + " cannot be called");
    };
  }

  Call call() {
    expect("(");
    Call call =
        new Call(new ArrayList<>(), new LinkedHashMap<>(), new ArrayList<>(), new ArrayList<>());
    while (!skip(")")) {
      if (skip("*")) {
        call.spread().add(expression());
      } else if (skip("**")) {
        call.spreadNamed().add(expression());
      } else if (token().kind() == Kind.NAME && following().is(Kind.OPERATOR, "=")) {
        String name = name();
        expect("=");
        call.named().put(name, expression());
      } else {
        call.positional().add(expression());
      }
      if (!is(")")) {
        expect(",");
      }
    }
    return call;
  }

  private Expression filtered(Expression first) {
    Expression value = first;
    for (int i = 0; ; i++) {
      requireShort(i);
      if (skip("|")) {
        value = filter(value);
      } else if (skip("is")) {
        value = test(value);
      } else if (is("(")) {
        value = called(value);
      } else {
        return value;
      }
    }
  }

  /** A filter whose name comes next, on a value. */
  Expression filter(Expression value) {
    String name = name();
    Filters.Filter filter = Filters.named(name);
    if (filter == null) {
      throw broken("the filter '" + name + "' is unknown");
    }
    Call call = is("(") ? call() : Call.EMPTY;
    return scope -> {
      scope.budget().step();
      return filter.apply(value.value(scope), call.arguments(scope), scope.budget());
    };
  }

  private Expression test(Expression value) {
    boolean negated = skip("not");
    String name = name();
    Tests.Test test = Tests.named(name);
    if (test == null) {
      throw broken("the test '" + name + "' is unknown");
    }
    Call call = Call.EMPTY;
    if (is("(")) {
      call = call();
    } else if (operandFollows()) {
      call = new Call(List.of(postfix(primary())), Map.of(), List.of(), List.of());
    }
    Call given = call;
    return scope -> {
      scope.budget().step();
      return negated != test.holds(value.value(scope), given.arguments(scope), scope.budget());
    };
  }

  private boolean operandFollows() {
    return switch (token().kind()) {
      case NAME -> !NO_OPERAND.contains(token().text());
      case STRING, INTEGER, FLOAT -> true;
      case OPERATOR -> is("[") || is("{");
      default -> false;
    };
  }
}
