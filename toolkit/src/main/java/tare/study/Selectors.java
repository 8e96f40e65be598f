package tare.study;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Set;
import tare.select.KCentre;
import tare.select.RandomTokens;
import tare.select.Selector;
import tare.select.ShuffledWords;
import tare.select.UniformDraw;
import tare.select.UniformFromPool;
import tare.select.ZipCal;
import tare.select.ZipCalMulti;
import tare.select.acdm.Acdm;
import tare.select.acdm.AcdmHerding;
import tare.select.acdm.GramMatching;
import tare.select.activation.ActivationClusters;
import tare.select.activation.ByPerplexity;
import tare.select.activation.CoverCal;
import tare.select.activation.SelfCalibration;
import tare.select.activation.SelfGenerated;
import tare.select.activation.Stratified;

/**
 * The selectors that study files and the command line may name, for instance {@code {"selector":
 * "acdm", "references": ["social_iqa"], "statistic": "RMS"}}. A new selector is a record and one
 * line here.
 */
public final class Selectors {

  private static final String KEY = "selector";

  /** Each kind with its defaults. */
  private static final Catalogue<Selector> KINDS =
      new Catalogue<>(
          KEY,
          Selector::nameOf,
          List.of(
              new UniformDraw(),
              new UniformFromPool(),
              new RandomTokens(),
              new ShuffledWords(),
              new ZipCal(),
              new ZipCalMulti(),
              new CoverCal(),
              new Acdm(List.of()),
              new AcdmHerding(List.of()),
              new GramMatching(List.of()),
              new ActivationClusters(),
              new ByPerplexity(),
              new KCentre(),
              new Stratified(),
              new SelfCalibration(),
              new SelfGenerated()));

  private Selectors() {}

  /** All names, in the order in which help texts list them. */
  public static Set<String> names() {
    return KINDS.names();
  }

  /**
   * A selector with its defaults.
   *
   * @throws IllegalArgumentException if none has that name
   */
  public static Selector named(String name) {
    return KINDS.standard(name);
  }

  /** The settings of a selector by its name. */
  public static List<Catalogue.Setting> settings(String name) {
    return KINDS.settings(name);
  }

  /**
   * A selector as results and trial ids have it: its name under {@code selector}, then in
   * alphabetical order the settings that differ from the defaults. A selector that is not of the
   * toolkit has the simple name of its record and all its components.
   *
   * @throws IllegalArgumentException for a selector outside the toolkit that is not a record
   */
  public static ObjectNode json(Selector selector) {
    return KINDS.json(selector);
  }

  /**
   * Reads the JSON of {@link #json}.
   *
   * @throws IllegalArgumentException if the name is unknown, or a field is unknown or wrong
   */
  public static Selector read(JsonNode json) {
    String name = json.path(KEY).asText();
    if (!KINDS.names().contains(name) && json.path(KEY).isTextual() && name.matches("[A-Z].*")) {
      throw ownCode(name);
    }
    try {
      return KINDS.read(json);
    } catch (Catalogue.UnknownField unknown) {
      throw new IllegalArgumentException(
          "the selector %s has no %s; it has: %s"
              .formatted(
                  name,
                  unknown.field(),
                  unknown.known().isEmpty()
                      ? "no settings"
                      : String.join(", ", unknown.known().stream().sorted().toList())),
          unknown);
    }
  }

  /**
   * Checks that a selector belongs to the toolkit, so that other processes can read it.
   *
   * @throws IllegalArgumentException if it does not
   */
  static void requireKnown(Selector selector) {
    if (!KINDS.has(selector)) {
      throw ownCode(selector.label());
    }
  }

  private static IllegalArgumentException ownCode(String name) {
    return new IllegalArgumentException(
        "%s is a selector of your own: no code travels to a cluster or into a file. Move it into the toolkit, as notebook 10 shows at its end, name it in tare.study.Selectors, and build again"
            .formatted(name));
  }

  /** Reads and writes selectors in all places of a study. */
  static SimpleModule module() {
    return Catalogue.module(Selector.class, Selectors::json, Selectors::read);
  }
}
