package tare.jinja;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import tare.jinja.JinjaFunction.Arguments;
import tare.jinja.Limits.Budget;
import tare.jinja.Limits.Output;

/** The methods of Python's {@code str}. Positions count characters, not UTF-16 units. */
final class TextMethods {

  private TextMethods() {}

  /** The method of a text, or null if there is none of that name. */
  static JinjaFunction of(String text, String name, Budget budget) {
    return switch (name) {
      case "upper" -> given -> text.toUpperCase(Locale.ROOT);
      case "lower", "casefold" -> given -> text.toLowerCase(Locale.ROOT);
      case "title" -> given -> title(text);
      case "capitalize" -> given -> capitalize(text);
      case "strip" -> given -> strip(text, characters(given), true, true);
      case "lstrip" -> given -> strip(text, characters(given), true, false);
      case "rstrip" -> given -> strip(text, characters(given), false, true);
      case "startswith" -> given -> any(given, text::startsWith);
      case "endswith" -> given -> any(given, text::endsWith);
      case "removeprefix" ->
          given ->
              text.startsWith(given.text(0, "prefix"))
                  ? text.substring(given.text(0, "prefix").length())
                  : text;
      case "removesuffix" ->
          given ->
              text.endsWith(given.text(0, "suffix"))
                  ? text.substring(0, text.length() - given.text(0, "suffix").length())
                  : text;
      case "split" -> given -> split(text, given, budget);
      case "rsplit" -> given -> splitFromEnd(text, given, budget);
      case "splitlines" -> given -> lines(text, given.flag(0, "keepends", false), budget);
      case "partition" ->
          given -> {
            int at = text.indexOf(separator(given));
            return three(text, at, separator(given), List.of(text, "", ""));
          };
      case "rpartition" ->
          given -> {
            int at = text.lastIndexOf(separator(given));
            return three(text, at, separator(given), List.of("", "", text));
          };
      case "join" -> given -> join(text, given.at(0, "iterable", null), budget);
      case "replace" ->
          given ->
              replace(
                  text,
                  given.text(0, "old"),
                  given.text(1, "new"),
                  given.number(2, "count", -1),
                  budget);
      case "find" -> given -> position(text, text.indexOf(given.text(0, "sub")));
      case "rfind" -> given -> position(text, text.lastIndexOf(given.text(0, "sub")));
      case "index" -> given -> present(position(text, text.indexOf(given.text(0, "sub"))));
      case "rindex" -> given -> present(position(text, text.lastIndexOf(given.text(0, "sub"))));
      case "count" -> given -> count(text, given.text(0, "sub"));
      case "isdigit", "isdecimal", "isnumeric" -> given -> all(text, Character::isDigit);
      case "isalpha" -> given -> all(text, Character::isLetter);
      case "isalnum" -> given -> all(text, Character::isLetterOrDigit);
      case "isspace" -> given -> all(text, TextMethods::space);
      case "isupper" -> given -> cased(text) && text.equals(text.toUpperCase(Locale.ROOT));
      case "islower" -> given -> cased(text) && text.equals(text.toLowerCase(Locale.ROOT));
      case "ljust" -> given -> text + padding(text, given, budget);
      case "rjust" -> given -> padding(text, given, budget) + text;
      case "format" -> given -> format(text, given, budget);
      default -> null;
    };
  }

  /** What Python takes for white space. */
  static boolean space(int c) {
    return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
  }

  private static String characters(Arguments given) {
    return given.at(0, "chars", null) == null ? null : given.text(0, "chars");
  }

  /** Drops characters at the ends: those of a set, or white space if the set is null. */
  static String strip(String text, String set, boolean left, boolean right) {
    IntPredicate drops = set == null ? TextMethods::space : c -> set.indexOf(c) >= 0;
    int from = 0;
    int to = text.length();
    while (left && from < to && drops.test(text.codePointAt(from))) {
      from += Character.charCount(text.codePointAt(from));
    }
    while (right && to > from && drops.test(text.codePointBefore(to))) {
      to -= Character.charCount(text.codePointBefore(to));
    }
    return text.substring(from, to);
  }

  private static boolean any(Arguments given, java.util.function.Predicate<String> test) {
    if (given.at(0, "prefix", null) instanceof Values.Tuple several) {
      return several.stream().anyMatch(one -> one instanceof String text && test.test(text));
    }
    return test.test(given.text(0, "prefix"));
  }

  static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = text.offsetByCodePoints(0, 1);
    return text.substring(0, first).toUpperCase(Locale.ROOT)
        + text.substring(first).toLowerCase(Locale.ROOT);
  }

  private static String title(String text) {
    StringBuilder title = new StringBuilder();
    boolean inWord = false;
    for (int c : text.codePoints().toArray()) {
      title.appendCodePoint(inWord ? Character.toLowerCase(c) : Character.toTitleCase(c));
      inWord = Character.isLetter(c);
    }
    return title.toString();
  }

  private static String separator(Arguments given) {
    String separator = given.text(0, "sep");
    if (separator.isEmpty()) {
      throw new JinjaException("the separator is empty");
    }
    return separator;
  }

  private static List<Object> split(String text, Arguments given, Budget budget) {
    budget.take(text.length());
    long most = given.number(1, "maxsplit", -1);
    List<Object> parts = new ArrayList<>();
    if (given.at(0, "sep", null) != null) {
      String separator = separator(given);
      int from = 0;
      for (int at = text.indexOf(separator); at >= 0 && parts.size() != most; ) {
        parts.add(text.substring(from, at));
        from = at + separator.length();
        at = text.indexOf(separator, from);
      }
      parts.add(text.substring(from));
      return parts;
    }
    int at = skip(text, 0, true);
    while (at < text.length()) {
      int end = parts.size() == most ? text.length() : skip(text, at, false);
      parts.add(text.substring(at, end));
      at = skip(text, end, true);
    }
    return parts;
  }

  /** The end of the white space, or of the word, that begins at a position. */
  private static int skip(String text, int from, boolean spaces) {
    int at = from;
    while (at < text.length() && space(text.charAt(at)) == spaces) {
      at++;
    }
    return at;
  }

  private static List<Object> splitFromEnd(String text, Arguments given, Budget budget) {
    long most = given.number(1, "maxsplit", -1);
    if (most < 0) {
      return split(text, given, budget);
    }
    String separator = separator(given);
    List<Object> parts = new ArrayList<>();
    int to = text.length();
    for (int at = text.lastIndexOf(separator); at >= 0 && parts.size() != most; ) {
      parts.add(0, text.substring(at + separator.length(), to));
      to = at;
      at = at == 0 ? -1 : text.lastIndexOf(separator, at - separator.length());
    }
    parts.add(0, text.substring(0, to));
    return parts;
  }

  private static List<Object> lines(String text, boolean keepEnds, Budget budget) {
    budget.take(text.length());
    List<Object> lines = new ArrayList<>();
    int from = 0;
    while (from < text.length()) {
      int end = from;
      while (end < text.length()
          && "\n\r\u000b\f\u001c\u001d\u001e\u0085\u2028\u2029".indexOf(text.charAt(end)) < 0) {
        end++;
      }
      int next = Math.min(text.length(), end + (text.startsWith("\r\n", end) ? 2 : 1));
      lines.add(text.substring(from, keepEnds ? next : end));
      from = next;
    }
    return lines;
  }

  private static Object three(String text, int at, String separator, List<Object> otherwise) {
    return new Values.Tuple(
        at < 0
            ? otherwise
            : List.of(text.substring(0, at), separator, text.substring(at + separator.length())));
  }

  private static String join(String between, Object values, Budget budget) {
    Output out = new Output(budget);
    boolean first = true;
    for (Iterator<Object> rest = Values.iterator(values, budget); rest.hasNext(); first = false) {
      if (rest.next() instanceof String text) {
        out.add(first ? "" : between).add(text);
      } else {
        throw new JinjaException("join takes texts only");
      }
    }
    return out.toString();
  }

  static String replace(String text, String old, String with, long most, Budget budget) {
    Output out = new Output(budget);
    int from = 0;
    long done = 0;
    while (done != most) {
      int at = text.indexOf(old, old.isEmpty() && done > 0 ? from + 1 : from);
      if (at < 0 || (old.isEmpty() && done > text.length())) {
        break;
      }
      out.add(text.substring(from, at)).add(with);
      from = at + old.length();
      done++;
    }
    return out.add(text.substring(from)).toString();
  }

  private static long position(String text, int at) {
    return at < 0 ? -1 : text.codePointCount(0, at);
  }

  private static long present(long position) {
    if (position < 0) {
      throw new JinjaException("the text is not found");
    }
    return position;
  }

  private static long count(String text, String part) {
    long count = 0;
    for (int at = text.indexOf(part); at >= 0 && !part.isEmpty(); count++) {
      at = text.indexOf(part, at + part.length());
    }
    return part.isEmpty() ? Values.length(text) + 1 : count;
  }

  private static boolean all(String text, IntPredicate test) {
    return !text.isEmpty() && text.codePoints().allMatch(test);
  }

  private static boolean cased(String text) {
    return text.codePoints().anyMatch(c -> Character.isUpperCase(c) || Character.isLowerCase(c));
  }

  private static String padding(String text, Arguments given, Budget budget) {
    long missing = Math.max(0, given.number(0, "width", 0) - Values.length(text));
    budget.take(missing);
    return (given.at(1, "fillchar", null) == null ? " " : given.text(1, "fillchar"))
        .repeat((int) missing);
  }

  /** The characters from one position to another. */
  static String part(String text, int from, int to) {
    int start = text.offsetByCodePoints(0, from);
    return text.substring(start, text.offsetByCodePoints(start, to - from));
  }

  /** Orders texts by their characters. */
  static int compare(String left, String right) {
    for (int i = 0; i < Math.min(left.length(), right.length()); i++) {
      if (left.charAt(i) != right.charAt(i)) {
        return Integer.compare(left.codePointAt(i), right.codePointAt(i));
      }
    }
    return Integer.compare(left.length(), right.length());
  }

  /** {@code "{} {name}".format(..)}, without widths and precisions. */
  private static String format(String pattern, Arguments given, Budget budget) {
    Output out = new Output(budget);
    int next = 0;
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      int end = pattern.indexOf('}', i);
      if ((c == '{' || c == '}') && pattern.startsWith(String.valueOf(c), i + 1)) {
        out.add(c);
        i++;
      } else if (c == '{' && end > 0) {
        String field = pattern.substring(i + 1, end);
        Object value;
        if (field.isEmpty() || field.matches("[0-9]{1,4}")) {
          int position = field.isEmpty() ? next++ : Integer.parseInt(field);
          value = given.at(position, "", new Values.Undefined("format has no value " + position));
        } else {
          value =
              given
                  .named()
                  .getOrDefault(field, new Values.Undefined("format knows no {" + field + "}"));
        }
        if (value instanceof Values.Undefined undefined) {
          throw undefined.failure();
        }
        out.add(Text.of(value, budget));
        i = end;
      } else {
        out.add(c);
      }
    }
    return out.toString();
  }

  /** {@code "%s" % value}. */
  static String percent(String pattern, Object value, Budget budget) {
    List<?> values =
        value instanceof Values.Tuple several
            ? several
            : java.util.Collections.singletonList(value);
    Output out = new Output(budget);
    int next = 0;
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c != '%' || i + 1 == pattern.length()) {
        out.add(c);
        continue;
      }
      char kind = pattern.charAt(++i);
      if (kind == '%') {
        out.add('%');
      } else if ("sdi".indexOf(kind) >= 0 && next < values.size()) {
        out.add(Text.of(values.get(next++), budget));
      } else {
        throw new JinjaException("% knows %s, %d and %%, each with a value; not %" + kind);
      }
    }
    return out.toString();
  }
}
