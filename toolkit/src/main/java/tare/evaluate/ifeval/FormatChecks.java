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

/** Instructions about marks in the text: lists, headings, brackets, quotation marks, JSON. */
final class FormatChecks {

  /** What Python's regular expressions do: all white space and digits, lines end with \n only. */
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

  /** As Python reads JSON: numbers may be NaN, and nothing may follow. */
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private FormatChecks() {}

  /** There are at least so many placeholders in square brackets. */
  static Instruction placeholders(Fields given) {
    int least = Instruction.positive(given, "num_placeholders");
    return text -> count(PLACEHOLDER, text) >= least;
  }

  /** There are exactly so many points of lists. */
  static Instruction bullets(Fields given) {
    int exactly = Instruction.positive(given, "num_bullets");
    return text -> count(STAR_POINT, text) + count(DASH_POINT, text) == exactly;
  }

  /** At least so many passages stand between asterisks; one between two counts twice. */
  static Instruction highlights(Fields given) {
    int least = Instruction.positive(given, "num_highlights");
    return text -> {
      long single = filled(HIGHLIGHT, text, 1);
      return single + filled(DOUBLE_HIGHLIGHT, text, 2) >= least;
    };
  }

  /** How many matches have more than white space within so many characters at each side. */
  private static long filled(Pattern pattern, String text, int sides) {
    return pattern
        .matcher(text)
        .results()
        .map(MatchResult::group)
        .filter(each -> !PythonText.strip(each.substring(sides, each.length() - sides)).isEmpty())
        .count();
  }

  /** At least so many sections begin with a word and a number. */
  static Instruction sections(Fields given) {
    int least = Instruction.positive(given, "num_sections");
    String word = PythonText.strip(given.text("section_spliter"));
    Pattern heading =
        Instruction.pattern(given, "section_spliter", "\\s?" + word + "\\s?\\d+\\s?", 0);
    return text -> count(heading, text) >= least;
  }

  /** One of three given answers occurs. */
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

  /** All of it stands between double quotation marks. */
  static boolean isQuoted(String text) {
    String stripped = PythonText.strip(text);
    return stripped.length() > 1 && stripped.startsWith("\"") && stripped.endsWith("\"");
  }

  /** All of it is JSON, perhaps within a fence of Markdown. */
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
