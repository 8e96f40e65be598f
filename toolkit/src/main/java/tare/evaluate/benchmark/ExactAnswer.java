package tare.evaluate.benchmark;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tare.evaluate.Generative;
import tare.evaluate.PythonText;

/**
 * An answer that must be written exactly, marked in two ways: {@code exact_str_match} as BIG-bench
 * does (what is written is cut after the task's stop string, and of the rest the first match of its
 * regular expression must be one of the answers; white space at the ends does not count, because
 * some tokenizers cannot write a word without the space before it), and {@code exact_match} as
 * lm-evaluation-harness does (all that is written must be the first answer, but for punctuation).
 *
 * @param answers the right ones, at least one
 * @param stop what the answer ends with
 * @param pattern what of the text is the answer; its group if it has one
 */
public record ExactAnswer(List<String> answers, Optional<String> stop, Optional<Pattern> pattern)
    implements Generative.Marking {

  /** What BIG-bench looks for in a task that names neither a stop string nor an expression. */
  private static final Pattern UP_TO_A_STOP = Pattern.compile("[^.?!;\n]+");

  private static final Pattern PUNCTUATION = Pattern.compile("\\p{Punct}");

  /**
   * With what a task file says.
   *
   * @param stop may be null or empty
   * @param pattern a regular expression; may be null or empty
   * @throws IllegalArgumentException if it is none, or has several groups
   */
  public static ExactAnswer of(List<String> answers, String stop, String pattern) {
    boolean free = stop == null && pattern == null;
    Optional<Pattern> compiled =
        free
            ? Optional.of(UP_TO_A_STOP)
            : Optional.ofNullable(pattern)
                .filter(each -> !each.isEmpty())
                .map(each -> Pattern.compile(each, Pattern.UNICODE_CHARACTER_CLASS));
    if (compiled.isPresent() && compiled.get().matcher("").groupCount() > 1) {
      throw new IllegalArgumentException(pattern + " has more than one group");
    }
    return new ExactAnswer(
        answers, Optional.ofNullable(stop).filter(each -> !each.isEmpty()), compiled);
  }

  @Override
  public Map<String, Double> mark(String written) {
    String found = PythonText.strip(found(written));
    boolean exact = answers.stream().map(PythonText::strip).anyMatch(found::equals);
    boolean same = plain(written).equals(plain(answers.get(0)));
    Map<String, Double> marks = new LinkedHashMap<>();
    marks.put("exact_str_match", exact ? 1.0 : 0.0);
    marks.put("exact_match", same ? 1.0 : 0.0);
    return marks;
  }

  private String found(String written) {
    int end = stop.isPresent() ? written.indexOf(stop.get()) : -1;
    String text = end > 0 ? written.substring(0, end + stop.get().length()) : written;
    if (pattern.isEmpty()) {
      return text;
    }
    Matcher match = pattern.get().matcher(text);
    return match.find() ? Objects.requireNonNullElse(match.group(match.groupCount()), "") : "";
  }

  private static String plain(String text) {
    return PUNCTUATION.matcher(text).replaceAll("");
  }
}
