package tare.study;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import tare.compress.Awq;
import tare.compress.Gptaq;
import tare.compress.Gptq;
import tare.compress.Hqq;
import tare.compress.Magnitude;
import tare.compress.MaskedCompressor;
import tare.compress.Method;
import tare.compress.Pruner;
import tare.compress.Rotation;
import tare.compress.Rtn;
import tare.compress.SmoothQuant;
import tare.compress.SmoothQuantGptq;
import tare.compress.SparseGpt;
import tare.compress.Spqr;
import tare.compress.Wanda;
import tare.grid.NumberFormat;

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
              new Hqq(4, 64),
              new Gptq(4, 128),
              new Gptaq(4, 128),
              new Awq(4, 128),
              new SmoothQuant(),
              new SmoothQuantGptq(4, 128),
              new Spqr(4, 16),
              new Magnitude(0.5),
              new Wanda(0.5),
              new SparseGpt(0.5),
              new Rotation()));

  private static final String THEN = "then";

  private Methods() {}

  /** A method that another one follows. */
  private record Chain(Method first, Method then) {

    static Optional<Chain> of(Method method) {
      if (method instanceof Pruner.InSequence both) {
        return Optional.of(new Chain(both.first(), both.second()));
      }
      return method instanceof Rotation.Rotated both
          ? Optional.of(new Chain(both.rotation(), both.then()))
          : Optional.empty();
    }
  }

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
    Optional<Chain> chain = Chain.of(method);
    ObjectNode json = KINDS.json(chain.map(Chain::first).orElse(method));
    chain.ifPresent(parts -> json.set(THEN, json(parts.then())));
    return json;
  }

  /** The JSON of a method with all its settings, defaults included. */
  public static ObjectNode allSettings(Method method) {
    Optional<Chain> chain = Chain.of(method);
    ObjectNode json = KINDS.all(chain.map(Chain::first).orElse(method));
    chain.ifPresent(parts -> json.set(THEN, allSettings(parts.then())));
    return json;
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
    if (!(method instanceof Pruner) && !(method instanceof Rotation)) {
      return KINDS.read(json); // a chain has no such field
    }
    if (then.isNull()) {
      return method;
    }
    Method next = Catalogue.within(THEN, () -> read(then));
    if (method instanceof Rotation rotation) {
      return rotation.then(next);
    }
    if (!(next instanceof MaskedCompressor quantizer)) {
      throw new IllegalArgumentException(
          next.label()
              + " cannot follow a pruner, because it moves zeros; rtn, gptq and gptaq keep them");
    }
    return ((Pruner) method).then(quantizer);
  }

  /** The settings of a method's final grid: its own, or those of a part. */
  public static JsonNode grid(Method method) {
    return parts(allSettings(method))
        .filter(part -> part.has("bits"))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException(method.label() + " has no grid"));
  }

  /** A method's settings, then those of its parts and of their parts. */
  static Stream<JsonNode> parts(JsonNode settings) {
    return settings.isObject()
        ? Stream.concat(
            Stream.of(settings),
            Stream.of(settings.path(THEN), settings.path("rounding")).flatMap(Methods::parts))
        : Stream.empty();
  }

  /** A method with its numbers, bits, group size and sparsity, where it has them. */
  public static String described(Method method) {
    JsonNode settings = allSettings(method);
    return method.label()
        + described(settings, "numbers", " %s").replace(" " + NumberFormat.INT, "")
        + described(settings, "bits", ", %s bits")
        + described(settings, "groupSize", ", groups of %s")
        + described(settings, "sparsity", ", %s");
  }

  private static String described(JsonNode settings, String name, String words) {
    return parts(settings)
        .map(part -> part.path(name))
        .filter(JsonNode::isValueNode)
        .findFirst()
        .map(value -> words.formatted(value.asText()))
        .orElse("");
  }

  /**
   * Checks that a method belongs to the toolkit, so that other processes can read it.
   *
   * @throws IllegalArgumentException if it does not
   */
  static void requireKnown(Method method) {
    Optional<Chain> chain = Chain.of(method);
    if (chain.isPresent()) {
      requireKnown(chain.get().first());
      requireKnown(chain.get().then());
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
