package tare.evaluate.benchmark;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tare.evaluate.Generative;

/**
 * Marks a number at the end of a chain of thought, as in GSM8K (Cobbe et al. 2021). The strict
 * filter takes the number after the mark {@code ####}; the flexible filter takes the last number of
 * the text.
 *
 * @param gold the right answer with its chain of thought and its mark
 */
public record NumberAnswer(String gold) implements Generative.Marking {

  private static final Pattern MARKED = Pattern.compile("#### (-?[0-9.,]+)");
  private static final Pattern ANY = Pattern.compile("(-?[$0-9.,]{2,})|(-?[0-9]+)");
  private static final Pattern UP_TO_THE_MARK = Pattern.compile("(?s).*#### ");
  private static final String NONE = "[invalid]";

  @Override
  public Map<String, Double> mark(String written) {
    Map<String, Double> marks = new LinkedHashMap<>();
    Matcher marked = MARKED.matcher(written);
    marks.put("exact_match,strict-match", equal(marked.find() ? marked.group(1) : NONE));
    Matcher any = ANY.matcher(written);
    String last = NONE;
    while (any.find()) {
      last = any.group();
    }
    marks.put("exact_match,flexible-extract", equal(last));
    return marks;
  }

  private double equal(String answer) {
    return plain(answer).equals(plain(gold)) ? 1 : 0;
  }

  /**
   * Removes thousands' commas, dollar signs, everything up to the mark, and a full stop at the end.
   */
  private static String plain(String answer) {
    String number = answer.strip().replace(",", "").replace("$", "");
    return UP_TO_THE_MARK
        .matcher(number)
        .replaceAll("")
        .replaceFirst("\\.$", "")
        .toLowerCase(Locale.ROOT);
  }
}
