package tare.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import tare.compress.Method;
import tare.compress.Rotation;
import tare.study.Catalogue;
import tare.study.Methods;

/**
 * The options that name a method. Each setting of {@link Methods} becomes an option: {@code
 * groupSize} becomes {@code --group-size}. A method takes the options that it has settings for, and
 * so does a method that follows a pruner or a rotation.
 *
 * @param spec the command that has the options
 */
record MethodOptions(CommandSpec spec) {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static final String GROUP_SIZE = "groupSize";

  /** The group size of a method that has no default of its own. */
  private static final int STANDARD_GROUP = 64;

  /** A setting, and the methods that have it. */
  private record Shared(
      Catalogue.Setting setting,
      List<String> methods,
      List<Object> standards,
      Map<String, List<String>> descriptions) {

    /** Adds a method; without words of its own, it shares those of the first one. */
    void add(String method, Catalogue.Setting other) {
      methods.add(method);
      standards.add(other.standard());
      String words = other.description().isEmpty() ? setting.description() : other.description();
      descriptions.computeIfAbsent(words, unseen -> new ArrayList<>()).add(method);
    }

    /** What the option does, by method where that differs. */
    String described() {
      return descriptions.entrySet().stream()
          .map(each -> String.join(", ", each.getValue()) + ": " + each.getKey())
          .collect(Collectors.joining("; "));
    }
  }

  /** Adds all options to a command. */
  static void addTo(CommandSpec spec) {
    String names = names().stream().collect(Collectors.joining(", "));
    spec.addOption(
        OptionSpec.builder("--recipe")
            .type(String.class)
            .required(true)
            .paramLabel("NAME")
            .description("the method: " + names)
            .build());
    shared().values().forEach(each -> spec.addOption(option(each)));
    spec.addOption(
        OptionSpec.builder("--then")
            .type(String.class)
            .paramLabel("NAME")
            .description(
                "pruners: the quantizer of the remaining weights, rtn, gptq or gptaq; rotation:"
                    + " the method that compresses the rotated model")
            .build());
    spec.addOption(
        OptionSpec.builder("--joint")
            .type(boolean.class)
            .description("sparsegpt: round the weights that are left in the same loop")
            .build());
  }

  private static List<String> names() {
    return Methods.names().stream().filter(name -> !name.equals("none")).toList();
  }

  /**
   * The settings of all methods by their names. A setting that is a method itself has no option.
   */
  private static Map<String, Shared> shared() {
    Map<String, Shared> all = new LinkedHashMap<>();
    for (String name : names()) {
      for (Catalogue.Setting setting : Methods.settings(name)) {
        if (!Method.class.isAssignableFrom(setting.type())) {
          Shared shared =
              all.computeIfAbsent(
                  setting.name(),
                  unseen ->
                      new Shared(
                          setting, new ArrayList<>(), new ArrayList<>(), new LinkedHashMap<>()));
          shared.add(name, setting);
        }
      }
    }
    return all;
  }

  private static OptionSpec option(Shared shared) {
    Catalogue.Setting setting = shared.setting();
    Class<?> type = setting.type();
    boolean text = !type.isPrimitive() && !type.isEnum();
    List<String> names = new ArrayList<>(List.of(setting.option()));
    if (setting.name().equals(GROUP_SIZE)) {
      names.add(0, "--group");
    }
    String choices = type.isEnum() ? ": ${COMPLETION-CANDIDATES}" : "";
    OptionSpec.Builder option =
        OptionSpec.builder(names.toArray(String[]::new))
            .type(text ? String.class : type == boolean.class ? Boolean.class : type)
            .description("%s%s%s".formatted(shared.described(), choices, defaults(shared)));
    if (type == boolean.class) {
      return option
          .arity("0")
          .fallbackValue("true")
          .negatable(shared.standards().contains(true))
          .build();
    }
    String label = setting.name().equals(GROUP_SIZE) ? "G" : setting.name().substring(0, 1);
    return option.paramLabel(label.toUpperCase(Locale.ROOT)).build();
  }

  /** The defaults of an option, by method where they differ. */
  private static String defaults(Shared shared) {
    Catalogue.Setting setting = shared.setting();
    if (setting.required()) {
      return setting.name().equals(GROUP_SIZE) ? " (default: " + STANDARD_GROUP + ")" : "";
    }
    if (!shared.standards().contains(true) && setting.type() == boolean.class) {
      return "";
    }
    String first = String.valueOf(shared.standards().get(0));
    StringBuilder defaults = new StringBuilder(" (default: " + first);
    for (int i = 1; i < shared.methods().size(); i++) {
      if (!shared.standards().get(i).equals(shared.standards().get(0))) {
        defaults.append("; ").append(shared.methods().get(i)).append(": ");
        defaults.append(shared.standards().get(i));
      }
    }
    return defaults.append(")").toString();
  }

  /**
   * The method that the options describe.
   *
   * @throws ParameterException if a required option is missing, an option belongs to other methods
   *     only, or no method has this name
   * @throws IllegalArgumentException if the method refuses a value
   */
  Method method() {
    String recipe = text("--recipe");
    ObjectNode json = json(recipe);
    List<String> methods = new ArrayList<>(List.of(recipe.toLowerCase(Locale.ROOT)));
    String then = text("--then");
    if (then != null) {
      requireMayGoOn(recipe);
      json.set("then", json(then));
      methods.add(then.toLowerCase(Locale.ROOT));
    }
    if (Boolean.TRUE.equals(given("--joint"))) {
      requireOneOf("--joint", recipe, with("rounding"));
      json.set("rounding", json("rtn"));
      methods.add("rtn");
    }
    requireUsed(methods);
    return Methods.read(json);
  }

  /** Refuses a second method after one that is neither a pruner nor a rotation. */
  private void requireMayGoOn(String recipe) {
    List<String> owners = new ArrayList<>(with("sparsity"));
    owners.add(Method.nameOf(Rotation.class));
    requireOneOf("--then", recipe, owners);
  }

  private void requireOneOf(String option, String recipe, List<String> owners) {
    if (!owners.contains(recipe.toLowerCase(Locale.ROOT))) {
      throw unused(option, owners, List.of(recipe));
    }
  }

  /** The methods that have a setting. */
  private static List<String> with(String setting) {
    return names().stream().filter(name -> has(name, setting)).toList();
  }

  private static boolean has(String method, String setting) {
    return Methods.settings(method).stream().anyMatch(each -> each.name().equals(setting));
  }

  /** Refuses options that none of the methods has, because they would change nothing. */
  private void requireUsed(List<String> methods) {
    for (Shared each : shared().values()) {
      String option = each.setting().option();
      if (given(option) != null && Collections.disjoint(each.methods(), methods)) {
        throw unused(option, each.methods(), methods);
      }
    }
  }

  private ParameterException unused(String option, List<String> owners, List<String> methods) {
    return new ParameterException(
        spec.commandLine(),
        "%s is an option of %s, but not of %s: leave it out."
            .formatted(option, String.join(", ", owners), String.join(" or ", methods)));
  }

  private ObjectNode json(String written) {
    String name = written.toLowerCase(Locale.ROOT);
    if (!names().contains(name)) {
      throw new ParameterException(
          spec.commandLine(),
          "No method is called '%s'. Known: %s".formatted(written, String.join(", ", names())));
    }
    ObjectNode json = JSON.createObjectNode().put("method", name);
    for (Catalogue.Setting setting : Methods.settings(name)) {
      Object value = given(setting.option());
      if (value != null) {
        json.set(setting.name(), JSON.valueToTree(value));
      } else if (setting.required() && setting.name().equals(GROUP_SIZE)) {
        json.put(GROUP_SIZE, STANDARD_GROUP);
      } else if (setting.required()) {
        String label = setting.name().substring(0, 1).toUpperCase(Locale.ROOT);
        throw new ParameterException(
            spec.commandLine(),
            "Missing required option: '%s=%s'".formatted(setting.option(), label));
      }
    }
    return json;
  }

  private String text(String option) {
    return (String) given(option);
  }

  /** The value of an option, or null. */
  private Object given(String option) {
    return spec.commandLine().getParseResult().matchedOptionValue(option, null);
  }
}
