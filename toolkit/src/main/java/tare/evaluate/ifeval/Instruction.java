package tare.evaluate.ifeval;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import tare.evaluate.Fields;

/**
 * An instruction of IFEval (Zhou et al. 2023) that a program can check by looking at the text. The
 * rules are those of lm-evaluation-harness.
 */
@FunctionalInterface
public interface Instruction {

  /**
   * Instructions that cannot be checked here, because they need a language detector or trained
   * models of sentences and words. The frequency of a sign that is not a letter is not checked
   * either.
   */
  Set<String> NOT_CHECKED =
      Set.of(
          "language:response_language",
          "change_case:english_capital",
          "change_case:english_lowercase",
          "change_case:capital_word_frequency",
          "length_constraints:number_sentences");

  /** Makes each checked instruction from its arguments. */
  Map<String, Function<Fields, Instruction>> CHECKED =
      Map.ofEntries(
          Map.entry("keywords:existence", WordChecks::allOf),
          Map.entry("keywords:frequency", WordChecks::frequency),
          Map.entry("keywords:forbidden_words", WordChecks::noneOf),
          Map.entry("keywords:letter_frequency", WordChecks::letters),
          Map.entry("length_constraints:number_words", WordChecks::words),
          Map.entry("length_constraints:number_paragraphs", ParagraphChecks::paragraphs),
          Map.entry("length_constraints:nth_paragraph_first_word", ParagraphChecks::firstWord),
          Map.entry("detectable_content:number_placeholders", FormatChecks::placeholders),
          Map.entry("detectable_content:postscript", ParagraphChecks::postscript),
          Map.entry("detectable_format:number_bullet_lists", FormatChecks::bullets),
          Map.entry("detectable_format:constrained_response", given -> FormatChecks::isConstrained),
          Map.entry("detectable_format:number_highlighted_sections", FormatChecks::highlights),
          Map.entry("detectable_format:multiple_sections", FormatChecks::sections),
          Map.entry("detectable_format:json_format", given -> FormatChecks::isJson),
          Map.entry("detectable_format:title", given -> FormatChecks::hasTitle),
          Map.entry("combination:two_responses", given -> ParagraphChecks::isTwoResponses),
          Map.entry("combination:repeat_prompt", ParagraphChecks::repetition),
          Map.entry("startend:end_checker", ParagraphChecks::end),
          Map.entry("startend:quotation", given -> FormatChecks::isQuoted),
          Map.entry("punctuation:no_comma", given -> text -> text.indexOf(',') < 0));

  /** Whether a text, which must not be blank, follows the instruction. */
  boolean isFollowedBy(String text);

  /**
   * Makes an instruction.
   *
   * @param id IFEval's name of the instruction
   * @param given its arguments
   * @return empty if the instruction cannot be checked here
   * @throws IllegalArgumentException if there is no such instruction, or an argument is missing or
   *     out of range; the message names file, place and field
   */
  static Optional<Instruction> of(String id, Fields given) {
    if (NOT_CHECKED.contains(id) || (given.has("letter") && !isLetter(given.text("letter")))) {
      return Optional.empty();
    }
    if (!CHECKED.containsKey(id)) {
      throw given.wrong(
          new String[] {"instruction_id_list"}, "names \"" + id + "\", which is unknown");
    }
    return Optional.of(CHECKED.get(id).apply(given));
  }

  /**
   * A regular expression with Python's character classes and line ends.
   *
   * @throws IllegalArgumentException naming the field, if the expression is invalid
   */
  static Pattern pattern(Fields given, String field, String expression, int flags) {
    try {
      return Pattern.compile(
          expression, flags | Pattern.UNICODE_CHARACTER_CLASS | Pattern.UNIX_LINES);
    } catch (PatternSyntaxException e) {
      throw given.wrong(new String[] {field}, "is not a regular expression: " + e.getDescription());
    }
  }

  /**
   * Whether the sign is a letter. IFEval has a few other signs, for which the harness draws a
   * random letter.
   */
  private static boolean isLetter(String letter) {
    return letter.matches("[A-Za-z]");
  }

  /** Reads a number of at least one. */
  static int positive(Fields given, String field) {
    int number = given.number(field);
    if (number < 1) {
      throw given.wrong(new String[] {field}, "is " + number + ", but must be 1 or more");
    }
    return number;
  }

  /** Compares a count with a number: less than, or at least. */
  static IntPredicate compared(Fields given, String relation, String field) {
    int number = positive(given, field);
    boolean less = given.indexAmong(List.of("less than", "at least"), relation) == 0;
    return less ? count -> count < number : count -> count >= number;
  }
}
