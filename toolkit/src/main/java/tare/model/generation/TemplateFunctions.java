package tare.model.generation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.core.util.Separators.Spacing;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.filter.Filter;
import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;

/** The functions that {@code transformers} adds to Jinja for chat templates. */
public final class TemplateFunctions {

  private static final Map<Character, String> PATTERNS =
      Map.of(
          'd', "dd", 'm', "MM", 'Y', "yyyy", 'y', "yy", 'b', "MMM", 'B', "MMMM", 'a', "EEE", 'A',
          "EEEE", 'j', "DDD");

  private TemplateFunctions() {}

  /** A template's refusal of a conversation. */
  static final class Refusal extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    Refusal(String message) {
      super(message);
    }
  }

  /**
   * {@code raise_exception(message)}.
   *
   * @throws IllegalArgumentException always
   */
  @SuppressWarnings("DoNotCallSuggester") // a template calls it
  public static String refuse(String message) {
    throw new Refusal(message);
  }

  /**
   * {@code strftime_now(format)}: the template's date, in the notation of C's strftime.
   *
   * @throws IllegalArgumentException for a directive that does not concern the date
   */
  public static String dayAs(String format) {
    LocalDate day = (LocalDate) JinjavaInterpreter.getCurrent().getContext().get("strftime_now");
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      if (format.charAt(i) != '%' || i + 1 == format.length()) {
        text.append(format.charAt(i));
        continue;
      }
      char directive = format.charAt(++i);
      if (!PATTERNS.containsKey(directive)) {
        throw new Refusal("strftime_now knows no directive %" + directive);
      }
      text.append(DateTimeFormatter.ofPattern(PATTERNS.get(directive), Locale.ENGLISH).format(day));
    }
    return text.toString();
  }

  /** {@code tojson(indent=..)}, spaced as Python's json writes it. */
  static final class ToJson implements Filter {

    private static final ObjectMapper JSON = new ObjectMapper();

    @Override
    public String getName() {
      return "tojson";
    }

    @Override
    public Object filter(
        Object value, JinjavaInterpreter interpreter, Object[] given, Map<String, Object> named) {
      int indent = named.get("indent") instanceof Number spaces ? spaces.intValue() : 0;
      Spacing afterComma = indent > 0 ? Spacing.NONE : Spacing.AFTER;
      Separators separators =
          Separators.createDefaultInstance()
              .withObjectFieldValueSpacing(Spacing.AFTER)
              .withObjectEntrySpacing(afterComma)
              .withArrayValueSpacing(afterComma)
              .withObjectEmptySeparator("")
              .withArrayEmptySeparator("");
      DefaultPrettyPrinter.Indenter lines =
          indent > 0
              ? new DefaultIndenter(" ".repeat(indent), "\n")
              : DefaultPrettyPrinter.NopIndenter.instance;
      DefaultPrettyPrinter printer = new DefaultPrettyPrinter(separators);
      printer.indentObjectsWith(lines);
      printer.indentArraysWith(lines);
      try {
        return JSON.writer(printer).writeValueAsString(value);
      } catch (JsonProcessingException e) {
        throw new Refusal("tojson: " + e.getOriginalMessage());
      }
    }

    @Override
    public Object filter(Object value, JinjavaInterpreter interpreter, String... given) {
      return filter(value, interpreter, given, Map.of());
    }
  }
}
