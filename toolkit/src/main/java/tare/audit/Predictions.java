package tare.audit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Says what the relations of recorded trials foretell of a set, in words. */
final class Predictions {

  private static final double NORMAL_95_PERCENT = 1.959964;

  private Predictions() {}

  /**
   * One line for each method that was recorded in three studies or more: what its closest relation
   * foretells (one that foretells an amount, if there is one), or that none holds.
   *
   * @param relations see {@link Foresight#relations}
   * @param yours the numbers of a set
   * @param random the numbers of random draws of the same size
   */
  static List<String> of(List<Relation> relations, SetNumbers yours, List<SetNumbers> random) {
    Map<String, List<Relation>> methods =
        relations.stream()
            .filter(relation -> relation.metric().equals(RecordedCase.PERPLEXITY))
            .filter(relation -> relation.studies() >= Foresight.STUDIES)
            .collect(Collectors.groupingBy(Relation::method, TreeMap::new, Collectors.toList()));
    List<String> lines = new ArrayList<>();
    methods.forEach(
        (method, of) ->
            lines.add(
                of.stream()
                    .filter(Relation::holds)
                    .filter(relation -> !relation.number().equals(ComparedSets.OF_BUDGETS))
                    .filter(relation -> known(relation, yours, random))
                    .max(
                        Comparator.comparing(Relation::foretellsAmount)
                            .thenComparing(relation -> Math.abs(relation.correlation())))
                    .map(relation -> prediction(relation, yours, random))
                    .orElse(method + ": no number foretold the order of sets in all studies")));
    return lines;
  }

  private static boolean known(Relation relation, SetNumbers yours, List<SetNumbers> random) {
    return Stream.concat(Stream.of(yours), random.stream())
        .allMatch(each -> Double.isFinite(each.byName().get(relation.number())));
  }

  private static String prediction(Relation relation, SetNumbers yours, List<SetNumbers> random) {
    double own = yours.byName().get(relation.number());
    double others =
        random.stream()
            .mapToDouble(each -> each.byName().get(relation.number()))
            .average()
            .orElseThrow();
    double direction = (own - others) * relation.correlation();
    double change = relation.slope() * (own - others);
    double half = NORMAL_95_PERCENT * relation.residual() * Math.sqrt(1 + 1.0 / random.size());
    String amount =
        relation.foretellsAmount()
            ? String.format(
                Locale.ROOT,
                "by %+.0f %% (95 of 100 sets: %+.0f to %+.0f %%)",
                percent(change),
                percent(change - half),
                percent(change + half))
            : "by how much differs from study to study";
    return String.format(
        Locale.ROOT,
        "%s: %s perplexity %s after a random draw, by the number '%s': %.3f, random draws %.3f"
            + " (rank correlation %.2f, 95 %% interval %.2f to %.2f, %d studies); %s",
        relation.method(),
        direction > 0 ? "higher" : direction < 0 ? "lower" : "the same",
        direction == 0 ? "as" : "than",
        relation.number(),
        own,
        others,
        relation.correlation(),
        relation.low(),
        relation.high(),
        relation.studies(),
        amount);
  }

  private static double percent(double change) {
    return 100 * Math.expm1(change);
  }
}
