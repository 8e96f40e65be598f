package tare.study;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import tare.compress.Method;
import tare.select.Selector;

/**
 * Writes a method or selector as results keep it: its name, and the settings that differ from its
 * defaults. The names are those of study files, so a renamed class or component changes neither
 * recorded results nor the ids of trials. A test fixes the names.
 */
final class FrozenSettings {

  /** Fields that tell the kind of an object. They come first and are always kept. */
  private static final List<String> NAMES = List.of("method", "selector", "kind");

  /** Settings of methods that have their own columns. */
  private static final List<String> WITH_COLUMNS = List.of("bits", "groupSize", "sparsity");

  /** Fields with the method that compresses a pruner's remaining weights. */
  private static final List<String> FOLLOWING = List.of("rounding", "then");

  /** Kept because a study asks for the same few objects again and again. */
  private static final Map<Object, ObjectNode> KNOWN = new ConcurrentHashMap<>();

  private FrozenSettings() {}

  /**
   * The columns of a method.
   *
   * @param bits bits per weight; {@code null} for a method without bits
   * @param groupSize weights that share a scale; {@code null} for a method without groups
   * @param sparsityPattern {@code 0.5} or {@code 2:4}; {@code null} without pruning
   * @param settings canonical JSON of all other settings that differ from the defaults; {@code
   *     null} if there are none
   */
  record OfMethod(Integer bits, Integer groupSize, String sparsityPattern, String settings) {}

  /**
   * The columns of a selector.
   *
   * @param name its name in study files
   * @param label the name and the settings that differ from the defaults, for figures
   * @param settings canonical JSON of the settings that differ from the defaults; {@code null} if
   *     there are none
   */
  record OfSelector(String name, String label, String settings) {}

  /** The columns of a method. */
  static OfMethod ofMethod(Method method) {
    ObjectNode all = Methods.allSettings(method);
    JsonNode sparsity = all.path("sparsity");
    return new OfMethod(
        number(all, "bits"),
        number(all, "groupSize"),
        sparsity.isValueNode() && !sparsity.isNull() ? sparsity.asText() : null,
        settings(Methods.json(method), WITH_COLUMNS));
  }

  /**
   * The columns of a selector.
   *
   * @param selector {@code null} for a uniform draw from the whole corpus
   * @param own the study's own tasks, which are the references unless a selector names others
   */
  static OfSelector ofSelector(Selector selector, List<String> own) {
    if (selector == null) {
      return new OfSelector("uniform", "uniform", null);
    }
    ObjectNode frozen = json(selector);
    StringBuilder label = new StringBuilder(frozen.path("selector").asText());
    frozen
        .properties()
        .forEach(
            field -> {
              boolean usual =
                  field.getKey().equals("references")
                      && field.getValue().equals(StudyFile.tree(own, JsonNode.class));
              if (!NAMES.contains(field.getKey()) && !usual) {
                label.append(' ').append(words(field.getKey())).append(' ');
                label.append(brief(field.getValue()));
              }
            });
    return new OfSelector(
        frozen.path("selector").asText(), label.toString(), settings(frozen, List.of()));
  }

  /**
   * The frozen JSON of a selector or task: its name, and then, in alphabetical order, the fields
   * without which reading would give another object.
   */
  static ObjectNode json(Object value) {
    return KNOWN.computeIfAbsent(value, FrozenSettings::reduced).deepCopy();
  }

  private static ObjectNode reduced(Object value) {
    if (value instanceof Selector selector) {
      return Selectors.json(selector);
    }
    ObjectNode reduced = sorted(StudyFile.tree(value));
    for (ObjectNode object : objects(reduced)) {
      for (String field : names(object)) {
        if (!NAMES.contains(field)) {
          JsonNode setting = object.remove(field);
          if (!value.equals(StudyFile.read(reduced, value.getClass()))) {
            object.set(field, setting);
          }
        }
      }
    }
    return sorted(reduced);
  }

  /** The object itself and all objects in its fields, outermost first. */
  private static List<ObjectNode> objects(ObjectNode object) {
    List<ObjectNode> all = new ArrayList<>(List.of(object));
    object.forEach(
        child -> {
          if (child instanceof ObjectNode inner) {
            all.addAll(objects(inner));
          }
        });
    return all;
  }

  private static List<String> names(ObjectNode object) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  /**
   * Sorts an object at every depth: its name first, then all other fields in alphabetical order.
   */
  private static ObjectNode sorted(ObjectNode object) {
    Map<String, JsonNode> fields = new TreeMap<>();
    object
        .properties()
        .forEach(
            field -> {
              if (!field.getValue().isNull()) {
                fields.put(
                    field.getKey(),
                    field.getValue() instanceof ObjectNode inner
                        ? sorted(inner)
                        : field.getValue());
              }
            });
    ObjectNode sorted = JsonNodeFactory.instance.objectNode();
    NAMES.stream().filter(fields::containsKey).forEach(name -> sorted.set(name, fields.get(name)));
    fields.forEach(sorted::set);
    return sorted;
  }

  private static String settings(ObjectNode frozen, List<String> without) {
    ObjectNode rest = frozen.deepCopy();
    rest.remove(NAMES);
    rest.remove(without);
    return rest.isEmpty() ? null : StudyFile.canonical(rest);
  }

  /** A number among the settings of a method or, if it has none, of the method that follows it. */
  private static Integer number(ObjectNode method, String field) {
    if (method.path(field).isInt()) {
      return method.path(field).asInt();
    }
    return FOLLOWING.stream()
        .map(method::path)
        .filter(following -> following.path(field).isInt())
        .map(following -> following.path(field).asInt())
        .findFirst()
        .orElse(null);
  }

  /** Writes {@code firstBlocks} as {@code first blocks}. */
  private static String words(String field) {
    return field.replaceAll("([A-Z])", " $1").toLowerCase(Locale.ROOT);
  }

  /** The last part of each name in a list of tasks. */
  private static String brief(JsonNode setting) {
    if (setting.isArray()) {
      List<String> parts = new ArrayList<>();
      setting.forEach(each -> parts.add(each.asText().replaceFirst(".*/", "")));
      return String.join(" ", parts);
    }
    return (setting.isValueNode() ? setting.asText() : setting.toString())
        .toLowerCase(Locale.ROOT)
        .replace('_', '-');
  }
}
