package tare.audit;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.commons.statistics.ranking.NaturalRanking;
import tare.study.RecordCsv;

/**
 * Says which number that can be had before compression foretells perplexity after it, by recorded
 * trials.
 *
 * <p>Sets are only compared within a group: one study, model, method with its settings, text and
 * budget. (Budgets are compared for the tokens per width.) A relation is an average over groups.
 * Whole studies are left out to check it, with all of their sets.
 *
 * @param cases recorded trials
 */
public record Foresight(List<Case> cases) {

  /** Sets of a group, at least. */
  private static final int LEAST = 4;

  /** Studies that confirm a relation, at least. */
  private static final int STUDIES = 3;

  private static final int DRAWS = 200;
  private static final double NORMAL_95_PERCENT = 1.959964;
  private static final String OF_BUDGETS = "tokens per width";

  /** Copies the list. */
  public Foresight {
    cases = List.copyOf(cases);
  }

  /**
   * A number and what it says of perplexity after a method.
   *
   * @param method the method with its settings
   * @param number see {@link SetNumbers}
   * @param studies studies with at least one group
   * @param groups number of groups
   * @param sets different sets in them
   * @param correlation Spearman's rank correlation of the number with ln perplexity, averaged over
   *     the groups by their numbers of sets
   * @param low lower end of its 95 % interval by the bootstrap over sets
   * @param high upper end
   * @param confirmed studies in which the correlation has the sign that all others together have
   * @param explained share of the variance of ln perplexity within groups that a line explains
   *     whose slope comes from all other studies; below 0 if it is worse than no line
   * @param slope change of ln perplexity by one unit of the number; of its logarithm for the tokens
   *     per width
   * @param residual standard deviation around the lines from all other studies
   * @param holds whether the interval leaves out 0, and three studies or more all confirm the sign
   */
  public record Relation(
      String method,
      String number,
      int studies,
      int groups,
      int sets,
      double correlation,
      double low,
      double high,
      int confirmed,
      double explained,
      double slope,
      double residual,
      boolean holds) {

    /**
     * Whether not only the order holds: lines from other studies explain something, and rise or
     * fall as the ranks do. Models differ in how much a text changes them, so this is rare.
     */
    public boolean foretellsAmount() {
      return holds && explained > 0 && slope * correlation > 0;
    }
  }

  /**
   * The recorded trials that this program carries, as {@code tare study numbers} wrote them.
   *
   * @throws UncheckedIOException if this program's copy is damaged
   */
  public static Foresight recorded() {
    try (InputStream in =
        new GZIPInputStream(Foresight.class.getResourceAsStream("cases.csv.gz"))) {
      return new Foresight(RecordCsv.records(Case.class, in));
    } catch (IOException e) {
      throw new UncheckedIOException("cases.csv.gz cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * What was known of a recorded trial before compression, and ln perplexity on one text after it.
   *
   * @param study the study that recorded it
   * @param model name of the model
   * @param method name of the method
   * @param settings what else tells two settings of the method apart, for instance {@code 3 bits}
   * @param task the text on which the model was scored
   * @param samples samples of the set
   * @param tokensPerSample tokens of a sample
   * @param set fingerprint of the set
   * @param tokensPerWidth see {@link SetNumbers}, as for the five that follow
   * @param lnPerplexity ln perplexity on the text, minus the uncompressed model's
   */
  public record Case(
      String study,
      String model,
      String method,
      String settings,
      String task,
      int samples,
      int tokensPerSample,
      String set,
      double tokensPerWidth,
      double diversity,
      double repeats,
      double distance,
      double unseen,
      double surprise,
      double lnPerplexity) {

    /** The numbers that were known before compression, by their names. */
    Map<String, Double> numbers() {
      return new SetNumbers(tokensPerWidth, diversity, repeats, distance, unseen, surprise)
          .byName();
    }
  }

  /** A number and ln perplexity of one set. */
  private record Point(String set, double number, double score) {}

  /** The sets that are compared. */
  private record Group(String study, String model, List<Point> points) {

    boolean compares() {
      return points.size() >= LEAST && varies();
    }

    boolean varies() {
      return points.stream().mapToDouble(Point::number).distinct().count() > 1
          && points.stream().mapToDouble(Point::score).distinct().count() > 1;
    }

    double correlation() {
      NaturalRanking ranking = new NaturalRanking();
      double[] x = ranking.apply(points.stream().mapToDouble(Point::number).toArray());
      double[] y = ranking.apply(points.stream().mapToDouble(Point::score).toArray());
      double middle = (points.size() + 1) / 2.0;
      double xx = 0;
      double yy = 0;
      double xy = 0;
      for (int i = 0; i < x.length; i++) {
        xx += (x[i] - middle) * (x[i] - middle);
        yy += (y[i] - middle) * (y[i] - middle);
        xy += (x[i] - middle) * (y[i] - middle);
      }
      return xy / Math.sqrt(xx * yy);
    }

    /** The points around their means. */
    List<Point> centred() {
      double x = points.stream().mapToDouble(Point::number).average().orElseThrow();
      double y = points.stream().mapToDouble(Point::score).average().orElseThrow();
      return points.stream()
          .map(point -> new Point(point.set(), point.number() - x, point.score() - y))
          .toList();
    }
  }

  /** The relations of all methods and numbers that have a group, sorted. */
  public List<Relation> relations() {
    Map<String, List<Case>> methods =
        cases.stream()
            .collect(Collectors.groupingBy(Foresight::named, TreeMap::new, Collectors.toList()));
    List<Relation> relations = new ArrayList<>();
    methods.forEach(
        (method, of) ->
            of.get(0)
                .numbers()
                .keySet()
                .forEach(number -> relation(method, number, of).ifPresent(relations::add)));
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
   * The regression to look at: for each study, five parts of its sets by the number, from the least
   * to the greatest.
   *
   * @param method a method with its settings, see {@link Relation}
   * @param number see {@link SetNumbers}
   */
  public List<Fifth> fifths(String method, String number) {
    Map<String, List<Point>> studies = new TreeMap<>();
    groups(number, cases.stream().filter(each -> named(each).equals(method)).toList())
        .forEach(
            group ->
                studies
                    .computeIfAbsent(group.study(), key -> new ArrayList<>())
                    .addAll(group.centred()));
    List<Fifth> fifths = new ArrayList<>();
    studies.forEach(
        (study, points) -> {
          points.sort(Comparator.comparingDouble(Point::number));
          for (int part = 0; part < 5 && points.size() >= 5; part++) {
            List<Point> of =
                points.subList(part * points.size() / 5, (part + 1) * points.size() / 5);
            fifths.add(
                new Fifth(
                    study,
                    of.stream().mapToDouble(Point::number).average().orElseThrow(),
                    of.stream().mapToDouble(Point::score).average().orElseThrow()));
          }
        });
    return fifths;
  }

  private static String named(Case of) {
    return (of.method() + " " + of.settings()).strip();
  }

  private static Optional<Relation> relation(String method, String number, List<Case> cases) {
    List<Group> groups = groups(number, cases);
    if (groups.isEmpty()) {
      return Optional.empty();
    }
    Set<String> studies =
        groups.stream().map(Group::study).collect(Collectors.toCollection(TreeSet::new));
    double correlation = correlation(groups);
    double[] interval = interval(groups);
    int confirmed = 0;
    double squares = 0;
    double left = 0;
    int free = 0;
    for (String study : studies) {
      List<Group> own = groups.stream().filter(each -> each.study().equals(study)).toList();
      List<Group> others = others(study, groups);
      if (!others.isEmpty()) {
        confirmed += correlation(own) * correlation(others) > 0 ? 1 : 0;
        double slope = slope(others);
        for (Point point : own.stream().flatMap(each -> each.centred().stream()).toList()) {
          squares += point.score() * point.score();
          left += Math.pow(point.score() - slope * point.number(), 2);
        }
        free += own.stream().mapToInt(each -> each.points().size() - 1).sum();
      }
    }
    double explained = free == 0 ? Double.NaN : 1 - left / squares;
    boolean clear = interval[0] > 0 || interval[1] < 0;
    long sets =
        groups.stream().flatMap(each -> each.points().stream()).map(Point::set).distinct().count();
    return Optional.of(
        new Relation(
            method,
            number,
            studies.size(),
            groups.size(),
            (int) sets,
            correlation,
            interval[0],
            interval[1],
            confirmed,
            explained,
            slope(groups),
            free == 0 ? Double.NaN : Math.sqrt(left / free),
            clear && studies.size() >= STUDIES && confirmed == studies.size()));
  }

  /** The groups of all other studies, without the sets that this study has too. */
  private static List<Group> others(String study, List<Group> groups) {
    Set<String> own =
        groups.stream()
            .filter(each -> each.study().equals(study))
            .flatMap(each -> each.points().stream())
            .map(Point::set)
            .collect(Collectors.toSet());
    return groups.stream()
        .filter(each -> !each.study().equals(study))
        .map(
            each ->
                new Group(
                    each.study(),
                    each.model(),
                    each.points().stream().filter(point -> !own.contains(point.set())).toList()))
        .filter(Group::compares)
        .toList();
  }

  /** A trial that two studies recorded counts once, in the study whose name comes first. */
  private static List<Case> once(List<Case> cases) {
    Map<List<String>, Case> once = new LinkedHashMap<>();
    cases.stream()
        .sorted(Comparator.comparing(Case::study))
        .forEach(
            each ->
                once.putIfAbsent(
                    List.of(each.model(), named(each), each.task(), each.set()), each));
    return List.copyOf(once.values());
  }

  private static List<Group> groups(String number, List<Case> cases) {
    Map<List<Object>, List<Case>> conditions = new HashMap<>();
    for (Case each : once(cases)) {
      boolean budgets = number.equals(OF_BUDGETS);
      conditions
          .computeIfAbsent(
              List.of(
                  each.study(),
                  each.model(),
                  each.task(),
                  budgets ? 0 : each.samples(),
                  budgets ? 0 : each.tokensPerSample()),
              key -> new ArrayList<>())
          .add(each);
    }
    return conditions.values().stream()
        .map(
            of ->
                new Group(
                    of.get(0).study(),
                    of.get(0).model(),
                    of.stream()
                        .map(
                            each ->
                                new Point(
                                    each.set(),
                                    scaled(number, each.numbers().get(number)),
                                    each.lnPerplexity()))
                        .filter(point -> Double.isFinite(point.number()))
                        .sorted(Comparator.comparing(Point::set))
                        .toList()))
        .filter(Group::compares)
        .sorted(
            Comparator.comparing(Group::study)
                .thenComparing(Group::model)
                .thenComparing(group -> group.points().toString()))
        .toList();
  }

  private static double scaled(String number, double value) {
    return number.equals(OF_BUDGETS) ? Math.log(value) : value;
  }

  private static double correlation(List<Group> groups) {
    double sum = 0;
    double weight = 0;
    for (Group group : groups) {
      sum += group.points().size() * group.correlation();
      weight += group.points().size();
    }
    return sum / weight;
  }

  private static double slope(List<Group> groups) {
    double xy = 0;
    double xx = 0;
    for (Point point : groups.stream().flatMap(each -> each.centred().stream()).toList()) {
      xy += point.number() * point.score();
      xx += point.number() * point.number();
    }
    return xy / xx;
  }

  /** Draws the sets of each model anew, and with them the points of all its groups. */
  private static double[] interval(List<Group> groups) {
    SplittableRandom random = new SplittableRandom(1);
    Map<String, Set<String>> sets = new TreeMap<>();
    for (Group group : groups) {
      group
          .points()
          .forEach(
              point ->
                  sets.computeIfAbsent(group.model(), key -> new TreeSet<>()).add(point.set()));
    }
    double[] drawn = new double[DRAWS];
    for (int draw = 0; draw < DRAWS; draw++) {
      Map<String, Map<String, Integer>> counts = new HashMap<>();
      sets.forEach(
          (key, of) -> {
            List<String> names = List.copyOf(of);
            Map<String, Integer> count = new HashMap<>();
            names.forEach(
                unused -> count.merge(names.get(random.nextInt(names.size())), 1, Integer::sum));
            counts.put(key, count);
          });
      List<Group> anew =
          groups.stream()
              .map(group -> anew(group, counts.get(group.model())))
              .filter(Group::varies)
              .toList();
      drawn[draw] = anew.isEmpty() ? 0 : correlation(anew);
    }
    Arrays.sort(drawn);
    return new double[] {drawn[DRAWS / 40], drawn[DRAWS - 1 - DRAWS / 40]};
  }

  private static Group anew(Group group, Map<String, Integer> counts) {
    return new Group(
        group.study(),
        group.model(),
        group.points().stream()
            .flatMap(
                point -> Stream.generate(() -> point).limit(counts.getOrDefault(point.set(), 0)))
            .toList());
  }

  /**
   * One line for each method that was recorded in three studies or more: what its closest relation
   * foretells (one that foretells an amount, if there is one), or that none holds.
   *
   * @param relations see {@link #relations}
   * @param yours the numbers of a set
   * @param random the numbers of random draws of the same size
   */
  public static List<String> predictions(
      List<Relation> relations, SetNumbers yours, List<SetNumbers> random) {
    Map<String, List<Relation>> methods =
        relations.stream()
            .filter(relation -> relation.studies() >= STUDIES)
            .collect(Collectors.groupingBy(Relation::method, TreeMap::new, Collectors.toList()));
    List<String> lines = new ArrayList<>();
    methods.forEach(
        (method, of) ->
            lines.add(
                of.stream()
                    .filter(Relation::holds)
                    .filter(relation -> !relation.number().equals(OF_BUDGETS))
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
