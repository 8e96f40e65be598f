package tare.study;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import tare.compress.Awq;
import tare.compress.Gptaq;
import tare.compress.Gptq;
import tare.compress.Magnitude;
import tare.compress.MaskedCompressor;
import tare.compress.Method;
import tare.compress.Pruner;
import tare.compress.Rtn;
import tare.compress.SmoothQuant;
import tare.compress.SmoothQuantGptq;
import tare.compress.SparseGpt;
import tare.compress.Spqr;
import tare.compress.Wanda;

/**
 * The methods that study files and the command line may name, for instance {@code {"method":
 * "gptq", "bits": 3, "groupSize": 64}}. A new method is a record and one line here.
 */
public final class Methods {

  private static final String KEY = "method";

  /** Each kind with its defaults. Bits, group size and sparsity have no default in files. */
  private static final Catalogue<Method> KINDS =
      new Catalogue<>(
          KEY,
          Method::nameOf,
          List.of(
              new Method.Uncompressed(),
              new Rtn(4, 128),
              new Gptq(4, 128),
              new Gptaq(4, 128),
              new Awq(4, 128),
              new SmoothQuant(),
              new SmoothQuantGptq(4, 128),
              new Spqr(4, 16),
              new Magnitude(0.5),
              new Wanda(0.5),
              new SparseGpt(0.5)));

  private static final String THEN = "then";

  private Methods() {}

  /** All names, in the order in which help texts list them. */
  public static Set<String> names() {
    return KINDS.names();
  }

  /** The settings of a method by its name. */
  public static List<Catalogue.Setting> settings(String name) {
    return KINDS.settings(name);
  }

  /**
   * The JSON of a method in results and trial ids: its name under {@code method}, then in
   * alphabetical order the settings that differ from the defaults. A method outside the toolkit has
   * the simple name of its record and all its components.
   *
   * @throws IllegalArgumentException for a method outside the toolkit that is not a record
   */
  public static ObjectNode json(Method method) {
    if (method instanceof Pruner.InSequence both) {
      ObjectNode json = json(both.first());
      json.set(THEN, json(both.second()));
      return json;
    }
    return KINDS.json(method);
  }

  /** The JSON of a method with all its settings, defaults included. */
  public static ObjectNode allSettings(Method method) {
    if (method instanceof Pruner.InSequence both) {
      ObjectNode json = allSettings(both.first());
      json.set(THEN, allSettings(both.second()));
      return json;
    }
    return KINDS.all(method);
  }

  /**
   * Reads the JSON of {@link #json}.
   *
   * @throws IllegalArgumentException if the name is unknown, a field is unknown, missing or wrong,
   *     or a method cannot follow a pruner
   */
  public static Method read(JsonNode json) {
    String name = json.path(KEY).asText();
    if (!KINDS.names().contains(name) && name.matches("[A-Z].*")) {
      throw ownCode(name);
    }
    if (!json.has(THEN) || !(json instanceof ObjectNode object)) {
      return KINDS.read(json);
    }
    ObjectNode first = object.deepCopy();
    JsonNode then = first.remove(THEN);
    Method method = KINDS.read(first);
    if (!(method instanceof Pruner pruner)) {
      return KINDS.read(json); // a chain has no such field
    }
    if (then.isNull()) {
      return method;
    }
    Method next = read(then);
    if (!(next instanceof MaskedCompressor quantizer)) {
      throw new IllegalArgumentException(
          next.label()
              + " cannot follow a pruner, because it moves zeros; rtn, gptq and gptaq keep them");
    }
    return pruner.then(quantizer);
  }

  /** The settings of a method's final grid: its own, or those of a part. */
  public static JsonNode grid(Method method) {
    JsonNode settings = allSettings(method);
    return Stream.of(settings, settings.path(THEN), settings.path("rounding"))
        .filter(part -> part.has("bits"))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(method.label() + " has no grid"));
  }

  /** A method with its bits, group size and sparsity, where it has them. */
  public static String described(Method method) {
    JsonNode settings = allSettings(method);
    return method.label()
        + (settings.has("bits") ? ", " + settings.get("bits").asText() + " bits" : "")
        + (settings.has("groupSize") ? ", groups of " + settings.get("groupSize").asText() : "")
        + (settings.has("sparsity") ? ", " + settings.get("sparsity").asText() : "");
  }

  /**
   * Checks that a method belongs to the toolkit, so that other processes can read it.
   *
   * @throws IllegalArgumentException if it does not
   */
  static void requireKnown(Method method) {
    if (method instanceof Pruner.InSequence both) {
      requireKnown(both.first());
      requireKnown(both.second());
    } else if (!KINDS.has(method)) {
      throw ownCode(Method.nameOf(method.getClass()));
    }
  }

  private static IllegalArgumentException ownCode(String name) {
    return new IllegalArgumentException(
        "%s is a method of your own: no code travels to a cluster or into a file. Move it into the toolkit, as notebook 10 shows at its end, name it in tare.study.Methods, and build again"
            .formatted(name));
  }

  /** Reads and writes methods in all places of a study. */
  static SimpleModule module() {
    return Catalogue.module(Method.class, Methods::json, Methods::read);
  }
}
