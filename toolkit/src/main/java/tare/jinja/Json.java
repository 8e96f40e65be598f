package tare.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tare.jinja.JinjaFunction.Arguments;
import tare.jinja.Limits.Budget;
import tare.jinja.Limits.Output;

/**
 * Writes JSON as Python's {@code json.dumps} does, with the options that transformers passes on.
 */
final class Json {

  private final Output out;
  private final String indent; // null for one line
  private final String afterItem;
  private final String afterKey;
  private final boolean ascii;
  private final boolean sorted;

  private Json(Arguments given, Budget budget) {
    this.out = new Output(budget);
    this.ascii = given.flag(0, "ensure_ascii", false);
    Object depth = given.at(1, "indent", null);
    this.indent =
        depth == null
            ? null
            : depth instanceof String text
                ? text
                : " ".repeat((int) Math.max(0, Math.min(1000, given.number(1, "indent", 0))));
    Object separators = given.at(2, "separators", null);
    if (separators instanceof List<?> two
        && two.size() == 2
        && two.get(0) instanceof String item
        && two.get(1) instanceof String key) {
      this.afterItem = item;
      this.afterKey = key;
    } else {
      this.afterItem = indent == null ? ", " : ",";
      this.afterKey = ": ";
    }
    this.sorted = given.flag(3, "sort_keys", false);
  }

  static String of(Object value, Arguments given, Budget budget) {
    Json json = new Json(given, budget);
    json.write(value, 0);
    return json.out.toString();
  }

  private void write(Object value, int depth) {
    if (value instanceof String text) {
      quote(text);
    } else if (value == null || value instanceof Boolean || value instanceof Number) {
      out.add(scalar(value));
    } else if (value instanceof List<?> list) {
      out.add('[');
      for (int i = 0; i < list.size(); i++) {
        next(i > 0, depth + 1);
        write(list.get(i), depth + 1);
      }
      end(list.isEmpty(), depth, ']');
    } else if (value instanceof Map<?, ?> map) {
      out.add('{');
      boolean later = false;
      for (Map.Entry<?, ?> entry : entries(map)) {
        next(later, depth + 1);
        quote(entry.getKey() instanceof String text ? text : scalar(entry.getKey()));
        out.add(afterKey);
        write(entry.getValue(), depth + 1);
        later = true;
      }
      end(map.isEmpty(), depth, '}');
    } else {
      throw new JinjaException("tojson: " + Values.typeName(value) + " cannot be written");
    }
  }

  private List<Map.Entry<?, ?>> entries(Map<?, ?> map) {
    List<Map.Entry<?, ?>> entries = new ArrayList<>(map.entrySet());
    if (sorted) {
      entries.sort(
          (a, b) -> TextMethods.compare(String.valueOf(a.getKey()), String.valueOf(b.getKey())));
    }
    return entries;
  }

  private void next(boolean later, int depth) {
    if (later) {
      out.add(afterItem);
    }
    line(depth);
  }

  private void end(boolean empty, int depth, char close) {
    if (!empty) {
      line(depth);
    }
    out.add(close);
  }

  private void line(int depth) {
    if (indent != null) {
      out.add('\n');
      for (int i = 0; i < depth; i++) {
        out.add(indent);
      }
    }
  }

  private static String scalar(Object value) {
    if (value instanceof Double number) {
      return Double.isNaN(number)
          ? "NaN"
          : Double.isInfinite(number)
              ? (number > 0 ? "Infinity" : "-Infinity")
              : Text.decimal(number);
    }
    return String.valueOf(value);
  }

  private void quote(String text) {
    out.add('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.add("\\\"");
        case '\\' -> out.add("\\\\");
        case '\n' -> out.add("\\n");
        case '\r' -> out.add("\\r");
        case '\t' -> out.add("\\t");
        case '\b' -> out.add("\\b");
        case '\f' -> out.add("\\f");
        default ->
            out.add(
                c < ' ' || (ascii && c > '~')
                    ? String.format(Locale.ROOT, "\\u%04x", (int) c)
                    : String.valueOf(c));
      }
    }
    out.add('"');
  }
}
