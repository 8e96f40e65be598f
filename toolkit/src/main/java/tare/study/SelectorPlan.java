package tare.study;

import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tare.select.CandidatePool;
import tare.select.KCentre;
import tare.select.RandomTokens;
import tare.select.Selector;
import tare.select.SelfCalibration;
import tare.select.ShuffledWords;
import tare.select.UniformDraw;
import tare.select.UniformFromPool;
import tare.select.ZipCal;
import tare.select.ZipCalMulti;
import tare.select.acdm.Acdm;
import tare.select.acdm.AcdmHerding;
import tare.select.acdm.Centroid;
import tare.select.acdm.Composition;
import tare.select.acdm.Diversity;
import tare.select.acdm.Geometry;
import tare.select.acdm.References;
import tare.select.acdm.SetRule;
import tare.select.acdm.Sharing;
import tare.select.acdm.Statistic;
import tare.select.acdm.TaskReference;
import tare.select.activation.ActivationClusters;
import tare.select.activation.BlockChoice;
import tare.select.activation.ByPerplexity;
import tare.select.activation.CoverCal;
import tare.select.activation.Distance;
import tare.select.activation.Observation;
import tare.select.activation.Scaling;
import tare.select.activation.SelfGenerated;
import tare.select.activation.Stratified;

/**
 * How a study file or the command line names a selector, for instance {@code {"selector": "acdm",
 * "references": ["social_iqa"], "statistic": "RMS"}}. All but the name may be left out; what a
 * selector does not have is refused.
 *
 * @param selector its name, see {@link Kind}
 * @param references tasks whose training side is the reference
 * @param referenceForm see {@link References}
 * @param referenceWindows the most reference windows of each task
 * @param pressure windows in the pool for each sample, 0 for all
 * @param packed whether windows may be packed from several documents
 * @param statistic see {@link Geometry}
 * @param scaling see {@link Geometry}
 * @param distance see {@link Geometry}
 * @param centroid see {@link Geometry}
 * @param sharing see {@link Composition}
 * @param rule see {@link Composition}
 * @param share see {@link Composition}
 * @param points see {@link Observation}
 * @param counted see {@link Observation}
 * @param firstBlocks how many blocks are looked at
 * @param order see {@link ByPerplexity}
 */
public record SelectorPlan(
    String selector,
    List<String> references,
    References.Form referenceForm,
    Integer referenceWindows,
    Integer pressure,
    Boolean packed,
    Statistic statistic,
    Scaling scaling,
    Distance distance,
    Centroid centroid,
    Sharing sharing,
    SetRule rule,
    Double share,
    Observation.Points points,
    Observation.Counted counted,
    Integer firstBlocks,
    ByPerplexity.Order order) {

  /** All components but the first. */
  private static final List<String> SETTINGS =
      Arrays.stream(SelectorPlan.class.getRecordComponents())
          .skip(1)
          .map(RecordComponent::getName)
          .toList();

  private static final Set<String> POOL = Set.of("pressure", "packed");
  private static final Set<String> ALIGNED =
      Set.of(
          "pressure",
          "packed",
          "references",
          "referenceForm",
          "referenceWindows",
          "statistic",
          "scaling",
          "distance",
          "centroid",
          "sharing",
          "rule",
          "share",
          "points",
          "counted",
          "firstBlocks");

  /** The selectors by name. */
  public enum Kind {
    /** {@link UniformDraw}: text packed from the whole corpus. */
    UNIFORM(Set.of()),
    /** {@link UniformFromPool}: the baseline of those that choose from a pool. */
    UNIFORM_POOL(POOL),
    /** {@link RandomTokens}. */
    RANDOM_TOKENS(Set.of()),
    /** {@link ShuffledWords}. */
    SHUFFLED_WORDS(POOL),
    /** {@link ZipCal}. */
    ZIPCAL(POOL),
    /** {@link ZipCalMulti}. */
    ZIPCAL_MULTI(POOL),
    /** {@link CoverCal}. */
    COVERCAL(POOL),
    /** {@link Acdm}. */
    ACDM(ALIGNED),
    /** {@link AcdmHerding}. */
    ACDM_HERDING(without(ALIGNED, "rule", "sharing")),
    /** {@link ActivationClusters}. */
    CLUSTERS(POOL),
    /** {@link ByPerplexity}. */
    PERPLEXITY(with(POOL, "order")),
    /** {@link KCentre}. */
    K_CENTRE(POOL),
    /** {@link Stratified}. */
    STRATIFIED(POOL),
    /** {@link SelfCalibration}. */
    SELF(Set.of()),
    /** {@link SelfGenerated}. */
    SELF_GENERATED(POOL);

    @SuppressWarnings("ImmutableEnumChecker") // never changed, though Set could be
    private final Set<String> fields;

    Kind(Set<String> fields) {
      this.fields = fields;
    }

    /** The name as files and the command line have it: {@code acdm-herding}. */
    public String label() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static Set<String> with(Set<String> fields, String more) {
      return Stream.concat(fields.stream(), Stream.of(more)).collect(Collectors.toSet());
    }

    private static Set<String> without(Set<String> fields, String... less) {
      return fields.stream()
          .filter(field -> !List.of(less).contains(field))
          .collect(Collectors.toSet());
    }
  }

  /** Checks that the selector is known and has all that is given. */
  public SelectorPlan {
    references = references == null ? null : List.copyOf(references);
    Kind kind = kind(selector);
    Object[] values = { // as the components stand
      references, referenceForm, referenceWindows, pressure, packed, statistic, scaling, distance,
      centroid, sharing, rule, share, points, counted, firstBlocks, order
    };
    List<String> strange =
        IntStream.range(0, values.length)
            .filter(i -> values[i] != null && !kind.fields.contains(SETTINGS.get(i)))
            .mapToObj(SETTINGS::get)
            .sorted()
            .toList();
    if (!strange.isEmpty()) {
      throw new IllegalArgumentException(
          "the selector %s has no %s; it has: %s"
              .formatted(
                  selector,
                  String.join(", ", strange),
                  kind.fields.isEmpty()
                      ? "no settings"
                      : kind.fields.stream().sorted().collect(Collectors.joining(", "))));
    }
  }

  /** A selector with its own defaults. */
  public static SelectorPlan named(String selector) {
    return new SelectorPlan(
        selector, null, null, null, null, null, null, null, null, null, null, null, null, null,
        null, null, null);
  }

  private static Kind kind(String name) {
    Optional<Kind> kind =
        EnumSet.allOf(Kind.class).stream().filter(each -> each.label().equals(name)).findFirst();
    return kind.orElseThrow(
        () ->
            new IllegalArgumentException(
                "No selector is called '%s'. Known: %s"
                    .formatted(
                        name,
                        Arrays.stream(Kind.values())
                            .map(Kind::label)
                            .collect(Collectors.joining(", ")))));
  }

  /** Whether it needs reference tasks. */
  public boolean aligned() {
    return kind(selector) == Kind.ACDM || kind(selector) == Kind.ACDM_HERDING;
  }

  /** Whether it asks for the model in order to choose, or looks at text alone. */
  public boolean asksForModel() {
    return switch (kind(selector)) {
      case UNIFORM, UNIFORM_POOL, SHUFFLED_WORDS, ZIPCAL, ZIPCAL_MULTI, K_CENTRE -> false;
      default -> true;
    };
  }

  /** The same with other reference tasks. */
  public SelectorPlan referring(List<String> tasks) {
    return StudyFile.with(this, "references", tasks);
  }

  /**
   * The selector.
   *
   * @param set which of the disjoint sets or pools, from 0
   * @param tasks the reference tasks, where they are needed
   */
  public Selector selector(int set, List<TaskReference> tasks) {
    CandidatePool defaults = new CandidatePool();
    CandidatePool pool =
        new CandidatePool(
            or(pressure, defaults.pressure()),
            set,
            or(packed, false) ? CandidatePool.Cutting.PACKED : CandidatePool.Cutting.ONE_DOCUMENT);
    return switch (kind(selector)) {
      case UNIFORM -> new UniformDraw(set);
      case UNIFORM_POOL -> new UniformFromPool(pool);
      case RANDOM_TOKENS -> new RandomTokens(set);
      case SHUFFLED_WORDS -> new ShuffledWords(pool);
      case ZIPCAL -> new ZipCal(pool);
      case ZIPCAL_MULTI -> new ZipCalMulti(pool);
      case COVERCAL -> new CoverCal(pool);
      case CLUSTERS -> new ActivationClusters(pool);
      case PERPLEXITY -> new ByPerplexity(pool, or(order, ByPerplexity.Order.MIDDLE));
      case K_CENTRE -> new KCentre(pool);
      case STRATIFIED -> new Stratified(pool);
      case SELF -> new SelfCalibration(set);
      case SELF_GENERATED -> new SelfGenerated(pool);
      case ACDM -> acdm(pool, tasks);
      case ACDM_HERDING -> new AcdmHerding(acdm(pool, tasks));
    };
  }

  private Acdm acdm(CandidatePool pool, List<TaskReference> tasks) {
    References plain = new References(tasks);
    Geometry g = new Geometry();
    Composition c = new Composition();
    Observation o = new Observation();
    return new Acdm(
        new References(
            tasks, or(referenceForm, plain.form()), or(referenceWindows, plain.windows())),
        pool,
        new Observation(
            or(points, o.points()),
            firstBlocks == null ? o.blocks() : BlockChoice.first(firstBlocks),
            or(counted, o.counted())),
        new Geometry(
            or(statistic, g.statistic()),
            or(scaling, g.scaling()),
            or(distance, g.distance()),
            or(centroid, g.centroid())),
        new Composition(
            or(sharing, c.sharing()),
            or(rule, c.rule()),
            pool.cutting() == CandidatePool.Cutting.PACKED ? Diversity.OVERLAP : c.diversity(),
            or(share, c.share())));
  }

  private static <T> T or(T value, T otherwise) {
    return value == null ? otherwise : value;
  }
}
