package tare.evaluate.benchmark;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tare.evaluate.Generative;

/**
 * Marks an answer in LaTeX, as in MATH (Hendrycks et al. 2021). Two answers are equal if they have
 * the same normal form. The normal form has no spaces, sizes of brackets, degrees, units or percent
 * signs, and one notation for fractions and roots.
 *
 * @param gold the right answer
 */
public record LatexAnswer(String gold) implements Generative.Marking {

  private static final Pattern BARE_ROOT = Pattern.compile("\\\\sqrt([^{])");
  private static final Pattern BARE_FRACTION = Pattern.compile("\\\\frac([^{])(\\{|([^{]))");
  private static final Pattern SLASH = Pattern.compile("(-?(?:0|[1-9]\\d*))/(-?(?:0|[1-9]\\d*))");

  @Override
  public Map<String, Double> mark(String written) {
    int first = written.indexOf('$');
    int last = written.lastIndexOf('$');
    String answer = first < last ? written.substring(first + 1, last) : written;
    return Map.of("exact_match", normal(answer).equals(normal(gold)) ? 1.0 : 0.0);
  }

  /** The content of the last {@code \boxed} in a solution; empty if there is none. */
  public static String boxed(String solution) {
    int start = solution.lastIndexOf("\\boxed{");
    if (start < 0) {
      return "";
    }
    int from = start + "\\boxed{".length();
    int depth = 1;
    for (int i = from; i < solution.length(); i++) {
      depth += solution.charAt(i) == '{' ? 1 : solution.charAt(i) == '}' ? -1 : 0;
      if (depth == 0) {
        return solution.substring(from, i);
      }
    }
    return "";
  }

  /** The normal form of an answer. */
  static String normal(String answer) {
    String text = answer.replace("\n", "").replace("\\!", "").replace("\\\\", "\\");
    text = text.replace("tfrac", "frac").replace("dfrac", "frac");
    text = text.replace("\\left", "").replace("\\right", "");
    text = text.replace("^{\\circ}", "").replace("^\\circ", "").replace("\\$", "");
    int unit = text.indexOf("\\text{ ");
    if (unit >= 0) {
      text = text.substring(0, unit);
    }
    text = text.replace("\\%", "").replace(" .", " 0.").replace("{.", "{0.");
    if (text.startsWith(".")) {
      text = "0" + text;
    }
    text = withoutName(text);
    text = BARE_ROOT.matcher(text).replaceAll("\\\\sqrt{$1}").replace(" ", "");
    text = BARE_FRACTION.matcher(text).replaceAll(LatexAnswer::fraction);
    if (text.equals("0.5")) {
      return "\\frac{1}{2}";
    }
    Matcher slash = SLASH.matcher(text);
    return slash.matches() ? "\\frac{%s}{%s}".formatted(slash.group(1), slash.group(2)) : text;
  }

  /** Removes a name: {@code x = 3} becomes 3. */
  private static String withoutName(String text) {
    int equals = text.indexOf('=');
    boolean named = equals >= 0 && equals <= 2 && text.indexOf('=', equals + 1) < 0;
    return named ? text.substring(equals + 1) : text;
  }

  /** Adds the missing braces to {@code \frac12} and {@code \frac1{72}}. */
  private static String fraction(java.util.regex.MatchResult found) {
    String below = found.group(3) == null ? "{" : "{" + found.group(3) + "}";
    return Matcher.quoteReplacement("\\frac{" + found.group(1) + "}" + below);
  }
}
