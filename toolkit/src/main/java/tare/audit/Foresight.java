package tare.audit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import tare.study.RecordCsv;

/**
 * Says which number that can be had before compression foretells perplexity or divergence after it,
 * by recorded trials.
 *
 * <p>Sets are only compared within a group: one study, model, method with its settings, text and
 * budget. (Budgets are compared for the tokens per width.) A relation is an average over groups.
 * Whole studies are left out to check it, with all of their sets.
 *
 * @param cases recorded trials
 */
public record Foresight(List<RecordedCase> cases) {

  /** Studies that confirm a relation, at least. */
  static final int STUDIES = 3;

  /** Copies the list. */
  public Foresight {
    cases = List.copyOf(cases);
  }

  /**
   * The recorded trials that this program carries, as {@code tare study numbers} wrote them.
   *
   * @throws UncheckedIOException if this program's copy is damaged
   */
  public static Foresight recorded() {
    try (InputStream in =
        new GZIPInputStream(Foresight.class.getResourceAsStream("cases.csv.gz"))) {
      return new Foresight(RecordCsv.records(RecordedCase.class, in));
    } catch (IOException e) {
      throw new UncheckedIOException("cases.csv.gz cannot be read: " + e.getMessage(), e);
    }
  }

  /** The relations of all methods, scores and numbers that have a group, sorted. */
  public List<Relation> relations() {
    Map<String, List<RecordedCase>> methods =
        cases.stream()
            .collect(
                Collectors.groupingBy(
                    each -> each.named() + "\n" + each.metric(),
                    TreeMap::new,
                    Collectors.toList()));
    List<Relation> relations = new ArrayList<>();
    methods.forEach(
        (key, of) ->
            of.get(0)
                .numbers()
                .byName()
                .keySet()
                .forEach(number -> relation(number, of).ifPresent(relations::add)));
    return relations;
  }

  /**
   * The sets of a study with a number of about one size.
   *
   * @param study name of the study
   * @param number mean of the number, minus the mean of its group
   * @param lnPerplexity mean of ln perplexity, minus the mean of its group
   */
  public record Fifth(String study, double number, double lnPerplexity) {}

  /**
   * The regression of ln perplexity: for each study, five parts of its sets by the number, from the
   * least to the greatest.
   *
   * @param method a method with its settings, see {@link Relation}
   * @param number see {@link SetNumbers}
   */
  public List<Fifth> fifths(String method, String number) {
    Map<String, List<ComparedSets.Point>> studies = new TreeMap<>();
    List<RecordedCase> recorded =
        cases.stream()
            .filter(each -> each.named().equals(method))
            .filter(each -> each.metric().equals(RecordedCase.PERPLEXITY))
            .toList();
    ComparedSets.of(number, recorded)
        .forEach(
            group ->
                studies
                    .computeIfAbsent(group.study(), key -> new ArrayList<>())
                    .addAll(group.centred()));
    List<Fifth> fifths = new ArrayList<>();
    studies.forEach(
        (study, points) -> {
          points.sort(Comparator.comparingDouble(ComparedSets.Point::number));
          for (int part = 0; part < 5 && points.size() >= 5; part++) {
            List<ComparedSets.Point> of =
                points.subList(part * points.size() / 5, (part + 1) * points.size() / 5);
            fifths.add(
                new Fifth(
                    study,
                    of.stream().mapToDouble(ComparedSets.Point::number).average().orElseThrow(),
                    of.stream().mapToDouble(ComparedSets.Point::score).average().orElseThrow()));
          }
        });
    return fifths;
  }

  private static Optional<Relation> relation(String number, List<RecordedCase> cases) {
    List<ComparedSets> groups = ComparedSets.of(number, cases);
    if (groups.isEmpty()) {
      return Optional.empty();
    }
    Set<String> studies =
        groups.stream().map(ComparedSets::study).collect(Collectors.toCollection(TreeSet::new));
    double correlation = ComparedSets.correlation(groups);
    double[] interval = ComparedSets.interval(groups);
    int confirmed = 0;
    double squares = 0;
    double left = 0;
    int free = 0;
    for (String study : studies) {
      List<ComparedSets> own = groups.stream().filter(each -> each.study().equals(study)).toList();
      List<ComparedSets> others = ComparedSets.others(study, groups);
      if (!others.isEmpty()) {
        confirmed += ComparedSets.correlation(own) * ComparedSets.correlation(others) > 0 ? 1 : 0;
        double slope = ComparedSets.slope(others);
        for (ComparedSets.Point point :
            own.stream().flatMap(each -> each.centred().stream()).toList()) {
          squares += point.score() * point.score();
          left += Math.pow(point.score() - slope * point.number(), 2);
        }
        free += own.stream().mapToInt(each -> each.points().size() - 1).sum();
      }
    }
    double explained = free == 0 ? Double.NaN : 1 - left / squares;
    boolean clear = interval[0] > 0 || interval[1] < 0;
    long sets =
        groups.stream()
            .flatMap(each -> each.points().stream())
            .map(ComparedSets.Point::set)
            .distinct()
            .count();
    return Optional.of(
        new Relation(
            cases.get(0).named(),
            cases.get(0).metric(),
            number,
            studies.size(),
            groups.size(),
            (int) sets,
            correlation,
            interval[0],
            interval[1],
            confirmed,
            explained,
            ComparedSets.slope(groups),
            free == 0 ? Double.NaN : Math.sqrt(left / free),
            clear && studies.size() >= STUDIES && confirmed == studies.size()));
  }
}
