package tare.evaluate.ifeval;

import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import tare.evaluate.Fields;
import tare.evaluate.PythonText;

/** Checks instructions about words and letters. Keywords are regular expressions, as in IFEval. */
final class WordChecks {

  private static final int ANY_CASE = Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE;

  private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}_]+");

  private WordChecks() {}

  /** All keywords occur. */
  static Instruction allOf(Fields given) {
    List<Pattern> keywords =
        given.texts("keywords").stream()
            .map(word -> Instruction.pattern(given, "keywords", word, ANY_CASE))
            .toList();
    return text -> keywords.stream().allMatch(word -> word.matcher(text).find());
  }

  /** None of the words occurs. */
  static Instruction noneOf(Fields given) {
    List<Pattern> words =
        given.texts("forbidden_words").stream()
            .map(
                word ->
                    Instruction.pattern(given, "forbidden_words", "\\b" + word + "\\b", ANY_CASE))
            .toList();
    return text -> words.stream().noneMatch(word -> word.matcher(text).find());
  }

  /** A keyword occurs a given number of times. */
  static Instruction frequency(Fields given) {
    Pattern keyword =
        Instruction.pattern(given, "keyword", PythonText.strip(given.text("keyword")), ANY_CASE);
    IntPredicate often = Instruction.compared(given, "relation", "frequency");
    return text -> often.test((int) keyword.matcher(text).results().count());
  }

  /** A letter occurs a given number of times, in upper or lower case. */
  static Instruction letters(Fields given) {
    String letter = given.text("letter").toLowerCase(Locale.ROOT);
    IntPredicate often = Instruction.compared(given, "let_relation", "let_frequency");
    return text ->
        often.test(
            (int) text.toLowerCase(Locale.ROOT).chars().filter(c -> c == letter.charAt(0)).count());
  }

  /** The text has a given number of words. */
  static Instruction words(Fields given) {
    IntPredicate many = Instruction.compared(given, "relation", "num_words");
    return text -> many.test((int) WORD.matcher(text).results().count());
  }
}
