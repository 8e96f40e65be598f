package tare.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgGroupSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;
import tare.select.Selector;
import tare.study.Catalogue;
import tare.study.Selectors;

/**
 * The options that name a selector: {@code --selector}, and one option for each setting of a
 * selector, with the selector's own descriptions.
 */
final class SelectorOptions implements CommandLine.IModelTransformer {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SELECTOR = "--selector";
  private static final String UNIFORM = "uniform";

  /** A setting, and the selectors that have it. */
  private record Shared(Catalogue.Setting setting, List<String> selectors) {}

  @Override
  public CommandSpec transform(CommandSpec command) {
    ArgGroupSpec.Builder group =
        ArgGroupSpec.builder().exclusive(false).heading("How to choose:%n");
    group.addArg(
        OptionSpec.builder(SELECTOR)
            .type(String.class)
            .paramLabel("NAME")
            .description(String.join(", ", Selectors.names()) + " (default: " + UNIFORM + ")")
            .build());
    settings().values().forEach(each -> group.addArg(option(each)));
    return command.addArgGroup(group.build());
  }

  /** All settings by their names, in the order of the selectors. */
  private static Map<String, Shared> settings() {
    Map<String, Shared> settings = new LinkedHashMap<>();
    for (String name : Selectors.names()) {
      for (Catalogue.Setting setting : Selectors.settings(name)) {
        settings
            .computeIfAbsent(setting.name(), unseen -> new Shared(setting, new ArrayList<>()))
            .selectors()
            .add(name);
      }
    }
    return settings;
  }

  private static OptionSpec option(Shared shared) {
    Catalogue.Setting setting = shared.setting();
    OptionSpec.Builder option =
        OptionSpec.builder(setting.option())
            .paramLabel(setting.name().substring(0, 1).toUpperCase(Locale.ROOT))
            .description(description(shared).replace("%", "%%"));
    if (setting.standard() instanceof Collection) {
      return option.type(List.class).auxiliaryTypes(String.class).arity("1..*").build();
    }
    option.type(setting.type());
    if (setting.type() == boolean.class) {
      option.arity("0..1").fallbackValue("true").paramLabel("true|false");
    }
    return option.build();
  }

  private static String description(Shared shared) {
    Catalogue.Setting setting = shared.setting();
    String choices = setting.type().isEnum() ? ": ${COMPLETION-CANDIDATES}" : "";
    boolean none = setting.standard() instanceof Collection<?> values && values.isEmpty();
    return (shared.selectors().size() > 2 ? "" : String.join(", ", shared.selectors()) + ": ")
        + setting.description()
        + choices
        + (none ? "" : " (default: " + setting.standard() + ")");
  }

  /**
   * The selector that the options describe.
   *
   * @throws IllegalArgumentException if the selector has no such setting
   */
  static Selector selector(ParseResult parsed) {
    ObjectNode json = JSON.createObjectNode();
    String selector = parsed.matchedOptionValue(SELECTOR, UNIFORM);
    json.put("selector", selector.toLowerCase(Locale.ROOT));
    settings()
        .forEach(
            (name, shared) -> {
              Object value = parsed.matchedOptionValue(shared.setting().option(), null);
              if (value != null) {
                json.set(name, JSON.valueToTree(value));
              }
            });
    return Selectors.read(json);
  }
}
