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
 * Marks an answer that must be written exactly, by two metrics.
 *
 * <p>{@code exact_str_match} is BIG-bench's metric. The text is cut after the task's stop string,
 * and the first match of the task's regular expression must be one of the answers. White space at
 * the ends does not count, because some tokenizers cannot write a word without the space before it.
 *
 * <p>{@code exact_match} is lm-evaluation-harness's metric: the whole text must equal the first
 * answer, apart from punctuation.
 *
 * @param answers the right answers, at least one
 * @param stop the string that ends an answer
 * @param pattern finds the answer in the text; if it has a group, the group is the answer
 */
public record ExactAnswer(List<String> answers, Optional<String> stop, Optional<Pattern> pattern)
    implements Generative.Marking {

  /** The pattern of a BIG-bench task that gives neither a stop string nor an expression. */
  private static final Pattern UP_TO_A_STOP = Pattern.compile("[^.?!;\n]+");

  private static final Pattern PUNCTUATION = Pattern.compile("\\p{Punct}");

  /**
   * Makes a marking from the fields of a task file.
   *
   * @param stop may be null or empty
   * @param pattern a regular expression; may be null or empty
   * @throws IllegalArgumentException if the pattern is not a regular expression or has several
   *     groups
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
