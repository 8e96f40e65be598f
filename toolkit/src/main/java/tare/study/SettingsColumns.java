package tare.study;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tare.compress.Method;
import tare.select.Selector;

/**
 * The columns of results that hold the settings of a method and a selector. Names and values are
 * those of study files, so readers of results never parse the text of a record.
 */
final class SettingsColumns {

  /** Settings of methods that have their own columns. */
  private static final List<String> WITH_COLUMNS = List.of("bits", "groupSize", "sparsity");

  private static final String REFERENCES = "references";

  private SettingsColumns() {}

  /**
   * The columns of a method.
   *
   * @param bits bits of a weight; {@code null} if the method has none
   * @param groupSize weights that share a scale; {@code null} if the method has none
   * @param sparsityPattern what is pruned, {@code 0.5} or {@code 2:4}; {@code null} without pruning
   * @param settings canonical JSON of all other settings that differ from the defaults; {@code
   *     null} if none differs
   */
  record OfMethod(Integer bits, Integer groupSize, String sparsityPattern, String settings) {

    static OfMethod of(Method method) {
      ObjectNode all = Methods.allSettings(method);
      ObjectNode others = Methods.json(method);
      others.remove("method");
      others.remove(WITH_COLUMNS);
      return new OfMethod(
          number(all, "bits"),
          number(all, "groupSize"),
          setting(all, "sparsity").map(JsonNode::asText).orElse(null),
          text(others));
    }

    private static Integer number(ObjectNode method, String setting) {
      return setting(method, setting).filter(JsonNode::isInt).map(JsonNode::asInt).orElse(null);
    }

    /** A setting of the method or, if it has none, of the first part that has it. */
    private static Optional<JsonNode> setting(ObjectNode method, String setting) {
      return Methods.parts(method)
          .map(part -> part.path(setting))
          .filter(JsonNode::isValueNode)
          .findFirst();
    }
  }

  /**
   * The columns of a selector.
   *
   * @param name its name in study files
   * @param label the name and the settings that differ from the defaults, for a figure
   * @param settings canonical JSON of the settings that differ from the defaults; {@code null} if
   *     none differs
   */
  record OfSelector(String name, String label, String settings) {

    /**
     * The columns of a selector.
     *
     * @param selector {@code null} for a uniform draw from the whole corpus
     * @param own the study's own tasks; the label leaves them out if they are the references
     */
    static OfSelector of(Selector selector, List<String> own) {
      if (selector == null) {
        return new OfSelector("uniform", "uniform", null);
      }
      ObjectNode settings = Selectors.json(selector);
      String name = settings.remove("selector").asText();
      StringBuilder label = new StringBuilder(name);
      settings
          .properties()
          .forEach(
              setting -> {
                if (!setting.getKey().equals(REFERENCES)
                    || !texts(setting.getValue()).equals(own)) {
                  label.append(' ').append(words(setting.getKey()));
                  label.append(' ').append(brief(setting.getValue()));
                }
              });
      return new OfSelector(name, label.toString(), text(settings));
    }

    /** Writes {@code firstBlocks} as {@code first blocks}. */
    private static String words(String setting) {
      return setting.replaceAll("([A-Z])", " $1").toLowerCase(Locale.ROOT);
    }

    /** A value in small letters; tasks by the last parts of their names. */
    private static String brief(JsonNode value) {
      if (value.isArray()) {
        return String.join(
            " ", texts(value).stream().map(each -> each.replaceFirst(".*/", "")).toList());
      }
      String text = value.isValueNode() ? value.asText() : value.toString();
      return text.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static List<String> texts(JsonNode values) {
      List<String> texts = new ArrayList<>();
      values.forEach(value -> texts.add(value.asText()));
      return texts;
    }
  }

  private static String text(ObjectNode settings) {
    return settings.isEmpty() ? null : StudyFile.canonical(settings);
  }
}
