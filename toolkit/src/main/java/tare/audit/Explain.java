package tare.audit;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import tare.data.CalibrationSet;
import tare.data.Sample;
import tare.select.acdm.Diversity;
import tare.select.activation.OutlierChannels;
import tare.select.activation.OutlierCoverage;
import tare.select.activation.SelfCalibration;

/**
 * Describes the samples of a set, whatever chose them. Look at it before you believe a number.
 *
 * @param samples one report for each sample, in order
 * @param vocabulary number of different tokens in the set
 * @param tokens number of all tokens
 * @param counted number of the tokens whose weight is above 0
 * @param template number of the tokens that a chat template wrote
 * @param coverage the outlier channels that the set covers, if it was run through the model
 */
public record Explain(
    List<SampleReport> samples,
    int vocabulary,
    long tokens,
    long counted,
    long template,
    Optional<OutlierChannels.Covered> coverage) {

  private static final double FEW_WORDS = 0.1;
  private static final double FEW_LETTERS = 0.3;
  private static final double NEARLY = 0.5;
  private static final int BEGINNING = 70;

  /** Copies the list. */
  public Explain {
    samples = List.copyOf(samples);
  }

  /**
   * Describes a set and its effect in the model.
   *
   * @param outliers outlier channels of the text that the set was chosen from
   */
  public static Explain of(CalibrationSet set, OutlierCoverage outliers) {
    Explain explain = of(set);
    return new Explain(
        explain.samples,
        explain.vocabulary,
        explain.tokens,
        explain.counted,
        explain.template,
        Optional.of(outliers.of(set)));
  }

  /** Describes a set. */
  public static Explain of(CalibrationSet set) {
    List<Set<Long>> grams =
        set.samples().stream().map(sample -> Diversity.grams(sample.tokens())).toList();
    Set<Integer> vocabulary = new HashSet<>();
    set.samples().forEach(s -> Arrays.stream(s.tokens()).forEach(vocabulary::add));
    return new Explain(
        IntStream.range(0, grams.size()).mapToObj(i -> report(set, grams, i)).toList(),
        vocabulary.size(),
        set.samples().stream().mapToLong(sample -> sample.tokens().length).sum(),
        set.samples().stream().mapToLong(Sample::counted).sum(),
        set.samples().stream().mapToLong(Sample::template).sum(),
        Optional.empty());
  }

  private static SampleReport report(CalibrationSet set, List<Set<Long>> grams, int i) {
    Sample sample = set.samples().get(i);
    double distinct =
        (double) Arrays.stream(sample.tokens()).distinct().count() / sample.tokens().length;
    String text = sample.text();
    double letters =
        (double) text.codePoints().filter(Character::isLetter).count() / Math.max(1, text.length());
    double overlap =
        IntStream.range(0, grams.size())
            .filter(j -> j != i)
            .mapToDouble(j -> Diversity.jaccard(grams.get(i), grams.get(j)))
            .max()
            .orElse(0);
    String begins = text.replaceAll("\\s+", " ").strip();
    return new SampleReport(
        i,
        sample.source(),
        sample.document(),
        distinct,
        letters,
        overlap,
        remark(sample, distinct, letters, overlap),
        begins.substring(0, Math.min(BEGINNING, begins.length())));
  }

  private static String remark(Sample sample, double distinct, double letters, double overlap) {
    if (overlap == 1) {
      return "duplicate";
    }
    if (overlap > NEARLY) {
      return "nearly a duplicate";
    }
    if (SelfCalibration.loops(sample.tokens())) {
      return "loops";
    }
    if (distinct < FEW_WORDS) {
      return "few words";
    }
    return letters < FEW_LETTERS ? "hardly any letters" : "";
  }

  /** The number of samples with a remark, and the means of the measures, as one line. */
  public String summary() {
    long remarks = samples.stream().filter(each -> !each.remark().isEmpty()).count();
    return String.format(
        Locale.ROOT,
        "%d samples, %d tokens%s%s, %d different; mean share of different tokens in a sample %.2f,"
            + " largest overlap of two %.2f; %d samples with a remark%s",
        samples.size(),
        tokens,
        counted < tokens ? String.format(Locale.ROOT, " (of which %d count)", counted) : "",
        template > 0
            ? String.format(
                Locale.ROOT, " (%.1f %% written by the template)", 100.0 * template / tokens)
            : "",
        vocabulary,
        samples.stream().mapToDouble(SampleReport::distinctTokens).average().orElse(0),
        samples.stream().mapToDouble(SampleReport::overlap).max().orElse(0),
        remarks,
        coverage.map(covered -> "; " + covered).orElse(""));
  }

  /** One line for each sample that has a remark. */
  public List<String> remarks() {
    return samples.stream()
        .filter(each -> !each.remark().isEmpty())
        .map(
            each ->
                String.format(
                    Locale.ROOT,
                    "sample %d (%s): %s",
                    each.sample(),
                    each.document(),
                    each.remark()))
        .toList();
  }

  /**
   * Describes one sample of a set.
   *
   * @param sample its index in the set, from 0
   * @param source its corpus
   * @param document id of its (first) document
   * @param distinctTokens share of its tokens that are different, 0 to 1
   * @param letters share of the characters of its text that are letters
   * @param overlap the largest Jaccard index of its 5-grams with another sample's; 1 is a duplicate
   * @param remark {@code duplicate}, {@code nearly a duplicate}, {@code loops}, {@code few words},
   *     {@code hardly any letters}; empty if there is no remark
   * @param begins the beginning of its text
   */
  public record SampleReport(
      int sample,
      String source,
      String document,
      double distinctTokens,
      double letters,
      double overlap,
      String remark,
      String begins) {}
}
