package tare.notebook;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Text states no result: a cell prints it. A number with a decimal point, a percentage or a ± may
 * stand in text only if a cell of the same notebook sets it, or if the line quotes a paper and says
 * so.
 */
class NotebookProseTest {

  /** What holds no result: code, formulas, addresses, papers' numbers, the name of an interval. */
  private static final Pattern NO_PROSE =
      Pattern.compile(
          "(?s)```.*?```|`[^`]*`|\\$\\$.*?\\$\\$|\\$[^$]*\\$|\\]\\([^)]*\\)"
              + "|arXiv \\d{4}\\.\\d{5}|95 % interval");

  private static final Pattern QUOTED = Pattern.compile("\\b[Pp]apers?\\b|\\breported\\b");

  private static final Pattern RESULT =
      Pattern.compile(
          "(?<![\\w.])(?<percent>[\\d,]*\\d(\\.\\d+)?)( ?%| per cent)"
              + "|(?<![\\w.])(?<decimal>[\\d,]*\\d\\.\\d+)|\\d ± ?\\d");

  @Test
  void aNumberInTheTextIsSetByACellOrQuotedFromAPaper() throws IOException {
    for (Path notebook : NotebookCells.notebooks()) {
      String code = String.join("\n", NotebookCells.code(notebook));
      List<String> stated = new ArrayList<>();
      for (String text : NotebookCells.markdown(notebook)) {
        stated.addAll(results(text, code));
      }
      assertThat(stated)
          .as("%s states results. Let a cell compute and say() them", notebook.getFileName())
          .isEmpty();
    }
  }

  @Test
  void theRuleFindsResultsAndNothingElse() {
    String code = "double share = 0.05; new Wanda(0.5)";

    assertThat(results("RTN: 64.4 ± 3.9, by 8 %.", code)).containsExactly("64.4", "3.9", "8 %");
    assertThat(results("RTN: 64 ± 3", code)).containsExactly("4 ± 3");
    assertThat(results("At sparsity 0.5 we keep 5 % of `x 1.5` and $z = 1.96$.", code)).isEmpty();
    assertThat(results("The paper reports 0.95 points.", code)).isEmpty();
    assertThat(results("Qwen2.5-Coder, arXiv 2311.09755, a 95 % interval", code)).isEmpty();
  }

  private static List<String> results(String text, String code) {
    List<String> results = new ArrayList<>();
    NO_PROSE
        .matcher(text)
        .replaceAll("")
        .lines()
        .filter(line -> !QUOTED.matcher(line).find())
        .forEach(
            line -> {
              Matcher found = RESULT.matcher(line);
              while (found.find()) {
                if (!isSet(found, code)) {
                  results.add(found.group());
                }
              }
            });
    return results;
  }

  private static boolean isSet(Matcher found, String code) {
    if (found.group("percent") != null) {
      BigDecimal share = new BigDecimal(found.group("percent").replace(",", "")).movePointLeft(2);
      return holds(code, share.stripTrailingZeros().toPlainString());
    }
    return found.group("decimal") != null && holds(code, found.group("decimal"));
  }

  private static boolean holds(String code, String number) {
    return Pattern.compile("(?<![\\d.])" + Pattern.quote(number) + "(?!\\d)").matcher(code).find();
  }
}
