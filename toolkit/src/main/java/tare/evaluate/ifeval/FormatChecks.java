package tare.evaluate.ifeval;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import tare.evaluate.Fields;
import tare.evaluate.PythonText;

/**
 * Checks instructions about marks in the text: lists, headings, brackets, quotation marks, JSON.
 */
final class FormatChecks {

  /**
   * Flags that make Java's regular expressions behave like Python's: all white space and digits
   * count, and lines end with \n only.
   */
  private static final int PYTHON =
      Pattern.UNICODE_CHARACTER_CLASS | Pattern.UNIX_LINES | Pattern.MULTILINE;

  private static final Pattern PLACEHOLDER = Pattern.compile("\\[.*?\\]", PYTHON);
  private static final Pattern STAR_POINT = Pattern.compile("^\\s*\\*[^\\*].*$", PYTHON);
  private static final Pattern DASH_POINT = Pattern.compile("^\\s*-.*$", PYTHON);
  private static final Pattern HIGHLIGHT = Pattern.compile("\\*[^\\n\\*]*\\*");
  private static final Pattern DOUBLE_HIGHLIGHT = Pattern.compile("\\*\\*[^\\n\\*]*\\*\\*");
  private static final Pattern TITLE = Pattern.compile("<<[^\\n]+>>");
  private static final List<String> CONSTRAINED =
      List.of("My answer is yes.", "My answer is no.", "My answer is maybe.");

  /** Reads JSON as Python does: numbers may be NaN, and nothing may follow. */
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private FormatChecks() {}

  /** At least n placeholders stand in square brackets. */
  static Instruction placeholders(Fields given) {
    int least = Instruction.positive(given, "num_placeholders");
    return text -> count(PLACEHOLDER, text) >= least;
  }

  /** Lists have exactly n points. */
  static Instruction bullets(Fields given) {
    int exactly = Instruction.positive(given, "num_bullets");
    return text -> count(STAR_POINT, text) + count(DASH_POINT, text) == exactly;
  }

  /**
   * At least n passages stand between asterisks. A passage between double asterisks counts twice.
   */
  static Instruction highlights(Fields given) {
    int least = Instruction.positive(given, "num_highlights");
    return text -> {
      long single = filled(HIGHLIGHT, text, 1);
      return single + filled(DOUBLE_HIGHLIGHT, text, 2) >= least;
    };
  }

  /**
   * Number of matches that have more than white space left after removing {@code sides} characters
   * at each side.
   */
  private static long filled(Pattern pattern, String text, int sides) {
    return pattern
        .matcher(text)
        .results()
        .map(MatchResult::group)
        .filter(each -> !PythonText.strip(each.substring(sides, each.length() - sides)).isEmpty())
        .count();
  }

  /** At least n sections begin with a word and a number. */
  static Instruction sections(Fields given) {
    int least = Instruction.positive(given, "num_sections");
    String word = PythonText.strip(given.text("section_spliter"));
    Pattern heading =
        Instruction.pattern(given, "section_spliter", "\\s?" + word + "\\s?\\d+\\s?", 0);
    return text -> count(heading, text) >= least;
  }

  /** One of three fixed answers occurs. */
  static boolean isConstrained(String text) {
    return CONSTRAINED.stream().anyMatch(text::contains);
  }

  /** There is a title in double angular brackets. */
  static boolean hasTitle(String text) {
    return TITLE
        .matcher(text)
        .results()
        .map(match -> match.group().replaceFirst("^<+", "").replaceFirst(">+$", ""))
        .anyMatch(title -> !PythonText.strip(title).isEmpty());
  }

  /** The whole text stands between double quotation marks. */
  static boolean isQuoted(String text) {
    String stripped = PythonText.strip(text);
    return stripped.length() > 1 && stripped.startsWith("\"") && stripped.endsWith("\"");
  }

  /** The whole text is JSON, possibly within a Markdown fence. */
  static boolean isJson(String text) {
    String json = PythonText.strip(text);
    for (String fence : List.of("```json", "```Json", "```JSON", "```")) {
      json = json.startsWith(fence) ? json.substring(fence.length()) : json;
    }
    json = json.endsWith("```") ? json.substring(0, json.length() - 3) : json;
    try {
      return !JSON.readTree(PythonText.strip(json)).isMissingNode();
    } catch (JsonProcessingException e) {
      return false;
    }
  }

  private static long count(Pattern pattern, String text) {
    return pattern.matcher(text).results().count();
  }
}
