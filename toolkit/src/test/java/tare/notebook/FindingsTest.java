package tare.notebook;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The findings are those of the recorded notebooks. A decimal number or a percentage in a section
 * of docs/findings.md must stand, rounded, in an output of a notebook that the section links. One
 * of the README's findings must stand in docs/findings.md.
 */
class FindingsTest {

  private static final Path FINDINGS = Path.of("../docs/findings.md");

  private static final Pattern NOTEBOOK = Pattern.compile("\\.\\./notebooks/([\\w-]+\\.ipynb)");

  private static final Pattern NO_PROSE =
      Pattern.compile(
          "\\]\\([^)]*\\)|\\(paper: [^)]*\\)|`[^`]*`|95 % interval|[\\w.-]*\\w-[\\w.]*\\d[BM]\\b");

  /** A number with a decimal point, or in front of a percent sign. */
  private static final Pattern FINDING =
      Pattern.compile("(?<![\\w.])([\\d,]*\\d(?:\\.\\d+)?)( ?%)|(?<![\\w.])([\\d,]*\\d\\.\\d+)");

  private static final Pattern NUMBER =
      Pattern.compile("(?<![\\w.])\\d[\\d,]*(?:\\.\\d+)?(?:e-?\\d+)?");

  private record Finding(String text, double value, int decimals, boolean percent) {

    static List<Finding> in(String text) {
      List<Finding> findings = new ArrayList<>();
      Matcher found = FINDING.matcher(NO_PROSE.matcher(text).replaceAll(" "));
      while (found.find()) {
        boolean percent = found.group(2) != null;
        String digits = found.group(percent ? 1 : 3);
        int point = digits.indexOf('.');
        findings.add(
            new Finding(
                found.group(),
                Double.parseDouble(digits.replace(",", "")),
                point < 0 ? 0 : digits.length() - point - 1,
                percent));
      }
      return findings;
    }

    /** Whether one of the numbers rounds to this, or is the share or the factor that it says. */
    boolean isAmong(NavigableSet<Double> numbers) {
      return isNear(value, decimals, numbers)
          || (percent
              && (isNear(value / 100, decimals + 2, numbers)
                  || isNear(1 - value / 100, decimals + 2, numbers)
                  || isNear(1 + value / 100, decimals + 2, numbers)));
    }

    private static boolean isNear(double value, int decimals, NavigableSet<Double> numbers) {
      double half = 0.5000001 * Math.pow(10, -decimals);
      Double next = numbers.ceiling(value - half);
      return next != null && next <= value + half;
    }
  }

  @Test
  void theNumbersOfASectionStandInItsNotebooks() throws IOException {
    for (String section : Files.readString(FINDINGS).split("(?m)^(?=##+ )", -1)) {
      NavigableSet<Double> recorded = recorded(section);
      if (!recorded.isEmpty()) {
        assertThat(Finding.in(section).stream().filter(each -> !each.isAmong(recorded)))
            .as(section.lines().findFirst().orElseThrow())
            .extracting(Finding::text)
            .isEmpty();
      }
    }
  }

  @Test
  void theFindingsOfTheReadmeStandInTheFindings() throws IOException {
    String readme = Files.readString(Path.of("../README.md"));
    String section = readme.split("(?m)^## Five findings", -1)[1].split("(?m)^## ", -1)[0];
    NavigableSet<Double> numbers = numbers(Files.readString(FINDINGS));

    assertThat(Finding.in(section)).hasSizeGreaterThan(5);
    assertThat(Finding.in(section).stream().filter(each -> !each.isAmong(numbers)))
        .extracting(Finding::text)
        .isEmpty();
  }

  /** The numbers in the outputs of all notebooks that a text links. */
  private static NavigableSet<Double> recorded(String text) throws IOException {
    TreeSet<Double> numbers = new TreeSet<>();
    Matcher link = NOTEBOOK.matcher(text);
    while (link.find()) {
      numbers.addAll(numbers(NotebookCells.outputs(Path.of("../notebooks", link.group(1)))));
    }
    return numbers;
  }

  private static NavigableSet<Double> numbers(String text) {
    TreeSet<Double> numbers = new TreeSet<>();
    Matcher found = NUMBER.matcher(text);
    while (found.find()) {
      numbers.add(Double.parseDouble(found.group().replace(",", "")));
    }
    return numbers;
  }
}
