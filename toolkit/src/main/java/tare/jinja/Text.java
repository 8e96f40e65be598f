package tare.jinja;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tare.jinja.Limits.Budget;
import tare.jinja.Limits.Output;

/** Writes values as Python's {@code str} and {@code repr} do. */
final class Text {

  private Text() {}

  /** The text that a template prints for a value. */
  static String of(Object value, Budget budget) {
    if (value instanceof String text) {
      return text;
    }
    if (value instanceof Values.Undefined) {
      return "";
    }
    if (value instanceof Values.Markup markup) {
      return markup.html();
    }
    Output out = new Output(budget);
    write(value, out);
    return out.toString();
  }

  private static void write(Object value, Output out) {
    if (value instanceof String text) {
      quote(text, out);
    } else if (value instanceof Values.Tuple tuple) {
      elements("(", tuple, tuple.size() == 1 ? ",)" : ")", out);
    } else if (value instanceof List<?> list) {
      elements("[", list, "]", out);
    } else if (value instanceof Map<?, ?> map) {
      out.add('{');
      String between = "";
      for (Map.Entry<?, ?> entry : map.entrySet()) {
        out.add(between);
        write(entry.getKey(), out);
        out.add(": ");
        write(entry.getValue(), out);
        between = ", ";
      }
      out.add('}');
    } else if (value instanceof Values.Undefined) {
      out.add("Undefined");
    } else if (value == null || value instanceof Boolean || value instanceof Number) {
      out.add(scalar(value));
    } else {
      throw new JinjaException(Values.typeName(value) + " has no text");
    }
  }

  private static void elements(String open, List<?> list, String close, Output out) {
    out.add(open);
    String between = "";
    for (Object element : list) {
      out.add(between);
      write(element, out);
      between = ", ";
    }
    out.add(close);
  }

  private static String scalar(Object value) {
    return value == null
        ? "None"
        : value instanceof Boolean flag
            ? flag ? "True" : "False"
            : value instanceof Double number ? decimal(number) : value.toString();
  }

  /** The shortest decimal that stands for a number, as Python writes it. */
  static String decimal(double number) {
    if (Double.isNaN(number) || Double.isInfinite(number)) {
      return Double.isNaN(number) ? "nan" : number > 0 ? "inf" : "-inf";
    }
    if (number == 0) {
      return 1 / number < 0 ? "-0.0" : "0.0";
    }
    BigDecimal exact = new BigDecimal(number);
    BigDecimal shortest = exact;
    for (int digits = 1; digits <= 17; digits++) {
      shortest = exact.round(new MathContext(digits, RoundingMode.HALF_EVEN));
      if (shortest.doubleValue() == number) {
        break;
      }
    }
    int exponent = shortest.precision() - shortest.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      String plain = shortest.toPlainString();
      return plain.contains(".") ? plain : plain + ".0";
    }
    String digits = shortest.unscaledValue().abs().toString().replaceFirst("0+$", "");
    return (number < 0 ? "-" : "")
        + digits.charAt(0)
        + (digits.length() > 1 ? "." + digits.substring(1) : "")
        + String.format(Locale.ROOT, "e%s%02d", exponent < 0 ? "-" : "+", Math.abs(exponent));
  }

  private static void quote(String text, Output out) {
    char quote = text.indexOf('\'') >= 0 && text.indexOf('"') < 0 ? '"' : '\'';
    out.add(quote);
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '\n' -> out.add("\\n");
                case '\r' -> out.add("\\r");
                case '\t' -> out.add("\\t");
                case '\\' -> out.add("\\\\");
                default -> out.add(c == quote ? "\\" + quote : shown(c));
              }
            });
    out.add(quote);
  }

  private static String shown(int c) {
    boolean hidden =
        switch (Character.getType(c)) {
          case Character.CONTROL,
              Character.FORMAT,
              Character.SURROGATE,
              Character.PRIVATE_USE,
              Character.UNASSIGNED,
              Character.LINE_SEPARATOR,
              Character.PARAGRAPH_SEPARATOR ->
              true;
          case Character.SPACE_SEPARATOR -> c != ' ';
          default -> false;
        };
    if (!hidden) {
      return Character.toString(c);
    }
    String format = c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x";
    return String.format(Locale.ROOT, format, c);
  }
}
