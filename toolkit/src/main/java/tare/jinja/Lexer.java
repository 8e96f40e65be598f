package tare.jinja;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Splits a template into texts, tags and the words within them, and drops white space as asked. */
final class Lexer {

  enum Kind {
    TEXT,
    OPEN_PRINT,
    OPEN_TAG,
    CLOSE,
    NAME,
    STRING,
    INTEGER,
    FLOAT,
    OPERATOR,
    END
  }

  record Token(Kind kind, String text, int line) {
    boolean is(Kind other, String word) {
      return kind == other && text.equals(word);
    }
  }

  private static final Pattern RAW = Pattern.compile("\\{%[-+]?\\s*raw\\s*(-%}\\s*|%})");
  private static final Pattern END_RAW =
      Pattern.compile("\\{%([-+]?)\\s*endraw\\s*(\\+%}|-%}\\s*|%}\\n?)");
  private static final Pattern NAME =
      Pattern.compile("[\\p{L}_][\\p{L}\\p{N}\\p{M}_]*", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern FLOAT =
      Pattern.compile("[0-9][0-9_]*(?:(?:\\.[0-9][0-9_]*)?[eE][-+]?[0-9]+|\\.[0-9][0-9_]*)");
  private static final Pattern INTEGER = Pattern.compile("[0-9][0-9_]*");
  private static final Pattern OPERATOR =
      Pattern.compile("\\*\\*|//|==|!=|<=|>=|[-+*/%~|.,:()\\[\\]{}=<>]");

  private final String source;
  private final List<Token> tokens = new ArrayList<>();
  private int at;
  private int line = 1;
  private int counted; // up to here, lines are counted
  private boolean lineBegins = true;

  Lexer(String source) {
    String unix = source.replace("\r\n", "\n").replace('\r', '\n');
    this.source = unix.endsWith("\n") ? unix.substring(0, unix.length() - 1) : unix;
  }

  List<Token> tokens() {
    while (at < source.length()) {
      int begin = opening();
      if (begin < 0) {
        add(Kind.TEXT, source.substring(at));
        at = source.length();
      } else {
        char kind = source.charAt(begin + 1);
        Matcher raw = RAW.matcher(source).region(begin, source.length());
        boolean isRaw = kind == '%' && raw.lookingAt();
        text(begin, source.startsWith("-", begin + 2), source.startsWith("+", begin + 2), kind);
        at = begin + 2;
        if (isRaw) {
          at = raw.end();
          raw();
        } else {
          at += source.startsWith("-", at) || source.startsWith("+", at) ? 1 : 0;
          if (kind == '#') {
            comment();
          } else {
            words(kind == '{');
          }
        }
      }
    }
    add(Kind.END, "the end of the template");
    return tokens;
  }

  private int opening() {
    for (int i = source.indexOf('{', at); i >= 0; i = source.indexOf('{', i + 1)) {
      if (i + 1 < source.length() && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
        return i;
      }
    }
    return -1;
  }

  /** The text before a tag. Tags on lines of their own take the spaces before them along. */
  private void text(int end, boolean strip, boolean keep, char kind) {
    String text = source.substring(at, end);
    if (strip) {
      text = TextMethods.strip(text, null, false, true);
    } else if (!keep && kind != '{') {
      int lineStart = text.lastIndexOf('\n') + 1;
      if ((lineStart > 0 || lineBegins)
          && text.substring(lineStart).chars().allMatch(c -> c == ' ' || c == '\t')) {
        text = text.substring(0, lineStart);
      }
    }
    if (!text.isEmpty()) {
      add(Kind.TEXT, text);
    }
  }

  private void comment() {
    int end = source.indexOf("#}", at);
    if (end < 0) {
      throw broken("a comment does not end");
    }
    char sign = end > at ? source.charAt(end - 1) : ' ';
    at = end + 2;
    afterTag(sign, true);
  }

  private void raw() {
    Matcher end = END_RAW.matcher(source);
    if (!end.find(at)) {
      throw broken("a raw block does not end");
    }
    lineBegins = at > 0 && source.charAt(at - 1) == '\n';
    text(end.start(), end.group(1).equals("-"), end.group(1).equals("+"), '%');
    at = end.end();
    lineBegins = source.charAt(at - 1) == '\n';
  }

  /** Drops the white space that the end of a tag asks for. */
  private void afterTag(char sign, boolean dropsLine) {
    int end = at;
    if (sign == '-') {
      while (at < source.length() && TextMethods.space(source.charAt(at))) {
        at++;
      }
    } else if (sign != '+' && dropsLine && source.startsWith("\n", at)) {
      at++;
    }
    lineBegins = at > end && source.charAt(at - 1) == '\n';
  }

  private void words(boolean print) {
    add(print ? Kind.OPEN_PRINT : Kind.OPEN_TAG, print ? "{{" : "{%");
    String close = print ? "}}" : "%}";
    Deque<Character> open = new ArrayDeque<>();
    while (true) {
      while (at < source.length() && TextMethods.space(source.charAt(at))) {
        at++;
      }
      if (at >= source.length()) {
        throw broken("a tag does not end");
      }
      char first = source.charAt(at);
      boolean signed = first == '-' || (first == '+' && !print);
      if (open.isEmpty() && source.startsWith(close, signed ? at + 1 : at)) {
        add(Kind.CLOSE, close);
        at += signed ? 3 : 2;
        afterTag(first, !print);
        return;
      }
      word(first, open);
    }
  }

  private void word(char first, Deque<Character> open) {
    if (first == '"' || first == '\'') {
      string(first);
      return;
    }
    boolean afterDot = !tokens.isEmpty() && tokens.get(tokens.size() - 1).is(Kind.OPERATOR, ".");
    if (match(NAME, Kind.NAME)
        || (!afterDot && match(FLOAT, Kind.FLOAT))
        || match(INTEGER, Kind.INTEGER)) {
      return;
    }
    if (!match(OPERATOR, Kind.OPERATOR)) {
      throw broken("unexpected character '" + first + "'");
    }
    if ("([{".indexOf(first) >= 0) {
      open.push(first == '(' ? ')' : first == '[' ? ']' : '}');
    } else if (")]}".indexOf(first) >= 0 && (open.isEmpty() || open.pop() != first)) {
      throw broken("unexpected '" + first + "'");
    }
  }

  private boolean match(Pattern pattern, Kind kind) {
    Matcher matcher = pattern.matcher(source).region(at, source.length());
    if (!matcher.lookingAt()) {
      return false;
    }
    add(kind, kind == Kind.NAME ? matcher.group() : matcher.group().replace("_", ""));
    at = matcher.end();
    return true;
  }

  private void string(char quote) {
    int end = at + 1;
    while (end < source.length() && source.charAt(end) != quote) {
      end += source.charAt(end) == '\\' ? 2 : 1;
    }
    if (end >= source.length()) {
      throw broken("a string does not end");
    }
    add(Kind.STRING, unescaped(source.substring(at + 1, end)));
    at = end + 1;
  }

  /** The text that a string literal of Python stands for. */
  private String unescaped(String literal) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < literal.length(); i++) {
      char c = literal.charAt(i);
      if (c != '\\' || i + 1 == literal.length()) {
        text.append(c);
        continue;
      }
      char escape = literal.charAt(++i);
      int simple = "abfnrtv\\'\"".indexOf(escape);
      int digits = escape == 'x' ? 2 : escape == 'u' ? 4 : escape == 'U' ? 8 : 0;
      if (simple >= 0) {
        text.append("\u0007\b\f\n\r\t\u000b\\'\"".charAt(simple));
      } else if (digits > 0) {
        text.appendCodePoint(codePoint(literal, i + 1, digits));
        i += digits;
      } else if (escape >= '0' && escape <= '7') {
        int end = i;
        while (end < Math.min(i + 3, literal.length())
            && "01234567".indexOf(literal.charAt(end)) >= 0) {
          end++;
        }
        text.appendCodePoint(Integer.parseInt(literal.substring(i, end), 8));
        i = end - 1;
      } else if (escape != '\n') { // a line that goes on
        text.append('\\').append(escape);
      }
    }
    return text.toString();
  }

  private int codePoint(String literal, int from, int digits) {
    String hex = literal.substring(from, Math.min(literal.length(), from + digits));
    if (hex.length() == digits && hex.chars().allMatch(c -> Character.digit(c, 16) >= 0)) {
      long code = Long.parseLong(hex, 16);
      if (code <= Character.MAX_CODE_POINT) {
        return (int) code;
      }
    }
    throw broken("a string has an escape that is no character");
  }

  private void add(Kind kind, String text) {
    while (counted < Math.min(at, source.length())) {
      line += source.charAt(counted++) == '\n' ? 1 : 0;
    }
    tokens.add(new Token(kind, text, line));
  }

  private JinjaException broken(String reason) {
    long lines =
        source.substring(0, Math.min(at, source.length())).chars().filter(c -> c == '\n').count();
    return new JinjaException(reason).at((int) lines + 1);
  }

  /** A parser's place among the tokens. */
  static class Tokens {

    private final List<Token> tokens;
    private int at;

    Tokens(List<Token> tokens) {
      this.tokens = tokens;
    }

    /** The next token. */
    Token token() {
      return tokens.get(at);
    }

    /** The token after the next one. */
    Token following() {
      return tokens.get(at + 1);
    }

    /** Goes on to the token after the next one, and gives the next one. */
    Token next() {
      Token token = tokens.get(at);
      at += token.kind() == Kind.END ? 0 : 1;
      return token;
    }

    boolean is(String word) {
      return token().is(Kind.NAME, word) || token().is(Kind.OPERATOR, word);
    }

    boolean skip(String word) {
      boolean there = is(word);
      if (there) {
        next();
      }
      return there;
    }

    void expect(String word) {
      if (!skip(word)) {
        throw broken("'" + word + "' is missing before '" + token().text() + "'");
      }
    }

    String name() {
      Token token = next();
      if (token.kind() != Kind.NAME) {
        throw new JinjaException("a name is missing before '" + token.text() + "'")
            .at(token.line());
      }
      return token.text();
    }

    JinjaException broken(String reason) {
      return new JinjaException(reason).at(token().line());
    }
  }
}
