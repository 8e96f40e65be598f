package tare.model.generation;

import java.time.LocalDate;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Map;
import tare.jinja.JinjaException;
import tare.jinja.JinjaFunction;

/** The functions that {@code transformers} adds to Jinja for chat templates. */
final class TemplateFunctions {

  private static final Map<Character, String> PATTERNS =
      Map.of(
          'd', "dd", 'm', "MM", 'Y', "yyyy", 'y', "yy", 'b', "MMM", 'B', "MMMM", 'a', "EEE", 'A',
          "EEEE", 'j', "DDD");

  private TemplateFunctions() {}

  /** {@code raise_exception(message)}, and {@code strftime_now(format)} of a day, by name. */
  static Map<String, JinjaFunction> on(LocalDate today) {
    return Map.of(
        "raise_exception",
        given -> {
          throw JinjaException.refusal(given.text(0, "message"));
        },
        "strftime_now",
        given -> dayAs(given.text(0, "format"), today));
  }

  /** A day in the notation of C's strftime. */
  private static String dayAs(String format, LocalDate day) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      if (format.charAt(i) != '%' || i + 1 == format.length()) {
        text.append(format.charAt(i));
        continue;
      }
      char directive = format.charAt(++i);
      if (!PATTERNS.containsKey(directive)) {
        throw new JinjaException("strftime_now knows no directive %" + directive);
      }
      text.append(DateTimeFormatter.ofPattern(PATTERNS.get(directive), Locale.ENGLISH).format(day));
    }
    return text.toString();
  }
}
