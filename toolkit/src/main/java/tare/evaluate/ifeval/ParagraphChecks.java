package tare.evaluate.ifeval;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import tare.evaluate.Fields;
import tare.evaluate.PythonText;

/** Checks instructions about the place of text: paragraphs, beginning, end, postscript. */
final class ParagraphChecks {

  private static final Pattern DIVIDER =
      Pattern.compile("\\s?\\*\\*\\*\\s?", Pattern.UNICODE_CHARACTER_CLASS);
  private static final Pattern BLANK_LINE = Pattern.compile("\n\n");
  private static final Pattern SIX_ASTERISKS = Pattern.compile("\\*{6}");
  private static final Pattern SPACES = Pattern.compile("\\s+", Pattern.UNICODE_CHARACTER_CLASS);

  private ParagraphChecks() {}

  /** There are exactly n paragraphs with three asterisks between them. */
  static Instruction paragraphs(Fields given) {
    int exactly = Instruction.positive(given, "num_paragraphs");
    return text -> {
      List<String> parts = parts(DIVIDER, text);
      return innerAreFilled(parts) && filled(parts) == exactly;
    };
  }

  /**
   * There are exactly n paragraphs with blank lines between them, and one of them begins with a
   * given word.
   */
  static Instruction firstWord(Fields given) {
    int exactly = Instruction.positive(given, "num_paragraphs");
    int nth = Instruction.positive(given, "nth_paragraph");
    if (nth > exactly) {
      throw given.wrong(
          new String[] {"nth_paragraph"},
          String.format(Locale.ROOT, "is %d, but there are %d", nth, exactly));
    }
    String word = given.text("first_word").toLowerCase(Locale.ROOT);
    return text -> {
      List<String> parts = parts(BLANK_LINE, text);
      return filled(parts) == exactly && first(PythonText.strip(parts.get(nth - 1))).equals(word);
    };
  }

  /**
   * The first word of a paragraph in lower case, without leading quotation marks, up to the first
   * punctuation mark.
   */
  private static String first(String paragraph) {
    String word = SPACES.split(paragraph, 2)[0].replaceFirst("^'+", "").replaceFirst("^\"+", "");
    return word.split("[.,?!'\"]", 2)[0].toLowerCase(Locale.ROOT);
  }

  /** There is a postscript. */
  static Instruction postscript(Fields given) {
    String marker = PythonText.strip(given.text("postscript_marker"));
    String known =
        switch (marker) {
          case "P.P.S" -> "p\\.\\s?p\\.\\s?s";
          case "P.S." -> "p\\.\\s?s\\.";
          default -> marker.toLowerCase(Locale.ROOT);
        };
    Pattern pattern = Instruction.pattern(given, "postscript_marker", known, 0);
    return text -> pattern.matcher(text.toLowerCase(Locale.ROOT)).find();
  }

  /** Two different answers with six asterisks between them. */
  static boolean isTwoResponses(String text) {
    List<String> parts = parts(SIX_ASTERISKS, text);
    return innerAreFilled(parts)
        && filled(parts) == 2
        && parts.stream().map(PythonText::strip).filter(each -> !each.isEmpty()).distinct().count()
            == 2;
  }

  /** The request is repeated before the answer. */
  static Instruction repetition(Fields given) {
    String request = normal(given.text("prompt_to_repeat"));
    if (request.isEmpty()) {
      throw given.wrong(new String[] {"prompt_to_repeat"}, "is blank");
    }
    return text -> normal(text).startsWith(request);
  }

  /** A phrase ends the text, apart from white space and quotation marks. */
  static Instruction end(Fields given) {
    String phrase = normal(given.text("end_phrase"));
    return text ->
        PythonText.strip(text).replaceFirst("\"+$", "").toLowerCase(Locale.ROOT).endsWith(phrase);
  }

  private static String normal(String text) {
    return PythonText.strip(text).toLowerCase(Locale.ROOT);
  }

  private static List<String> parts(Pattern between, String text) {
    return Arrays.asList(between.split(text, -1));
  }

  private static long filled(List<String> parts) {
    return parts.stream().filter(part -> !PythonText.strip(part).isEmpty()).count();
  }

  /** Whether all parts but the first and the last are filled. */
  private static boolean innerAreFilled(List<String> parts) {
    return parts.size() < 3 || filled(parts.subList(1, parts.size() - 1)) == parts.size() - 2;
  }
}
