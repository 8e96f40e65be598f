package tare.report;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/**
 * Makes names that fit into a figure for methods and selectors with several settings: the name and
 * the settings that differ, instead of all settings.
 */
public final class ShortNames {

  private static final Pattern SETTING =
      Pattern.compile("(\\w+)=(\\[[^\\]]*]|[^,\\[\\]]+)(?=[,\\]])");

  /** Which of the disjoint sets it is, and the texts of references: no settings. */
  private static final List<String> NO_SETTINGS = List.of("set", "number", "tokensApart");

  /** The settings of ACDM where nothing else is asked for, as its text has them. */
  private static final Map<String, String> DEFAULTS =
      settings(
          "[form=PACKED, windows=64, pressure=8, cutting=ONE_DOCUMENT, points=GROUP_INPUTS,"
              + " part=EVERY, counted=ALL_BUT_FIRST, statistic=MEAN_ABS, scaling=Z_SCORE,"
              + " distance=L2, centroid=MEAN, sharing=QUOTA, rule=NEAREST, share=1.0]");

  private ShortNames() {}

  /**
   * The results with short names in the column {@code method}, where a method has several settings:
   * {@code gptq 3 bits g64}. Methods that would get the same name keep all their settings.
   *
   * @param results rows with the columns {@code method} and {@code recipe}
   */
  public static Table methods(Table results) {
    Map<String, TreeSet<String>> recipes = new TreeMap<>();
    Map<String, TreeSet<String>> meanings = new HashMap<>();
    StringColumn method = results.stringColumn("method");
    StringColumn recipe = results.stringColumn("recipe");
    for (int row = 0; row < results.rowCount(); row++) {
      recipes.computeIfAbsent(method.get(row), m -> new TreeSet<>()).add(recipe.get(row));
      meanings
          .computeIfAbsent(brief(method.get(row), recipe.get(row)), m -> new TreeSet<>())
          .add(recipe.get(row));
    }
    StringColumn names = StringColumn.create("method");
    for (int row = 0; row < results.rowCount(); row++) {
      String brief = brief(method.get(row), recipe.get(row));
      boolean alone = recipes.get(method.get(row)).size() == 1;
      boolean clear = meanings.get(brief).size() == 1;
      names.append(alone || !clear ? method.get(row) : brief);
    }
    return results.copy().replaceColumn("method", names);
  }

  private static String brief(String method, String recipe) {
    Map<String, String> settings = settings(recipe);
    String bits = settings.get("bits");
    String group = settings.get("groupSize");
    String pattern = settings.get("pattern");
    return method
        + (bits == null ? "" : " " + bits + " bits")
        + (group == null ? "" : " g" + group)
        + (pattern == null ? "" : " " + pattern.replaceFirst(" of .*", ""));
  }

  /** The settings of a record's text, innermost ones only; of equal names the first. */
  private static Map<String, String> settings(String text) {
    Map<String, String> settings = new LinkedHashMap<>();
    Matcher found = SETTING.matcher(text);
    while (found.find()) {
      settings.putIfAbsent(found.group(1), found.group(2));
    }
    settings.keySet().removeAll(NO_SETTINGS);
    return settings;
  }

  /**
   * What each selector is called in a figure: its name, and those settings that are not the
   * defaults; of a setting without a default here, where they are not what most others of the name
   * have.
   *
   * @param texts what the column {@code selector} holds, each once; empty ones stay so
   */
  public static Map<String, String> selectors(List<String> texts) {
    Map<String, List<Map<String, String>>> kinds = new TreeMap<>();
    for (String text : texts) {
      kinds.computeIfAbsent(kind(text), kind -> new ArrayList<>()).add(settings(text));
    }
    Map<String, String> names = new LinkedHashMap<>();
    for (String text : texts) {
      Map<String, String> usual = usual(kinds.get(kind(text)));
      StringBuilder name = new StringBuilder(kind(text));
      settings(text)
          .forEach(
              (setting, value) -> {
                if (!value.equals(usual.get(setting))) {
                  name.append(' ').append(setting).append(' ').append(brief(value));
                }
              });
      names.put(text, name.toString());
    }
    return names;
  }

  private static String kind(String selector) {
    int settings = selector.indexOf('[');
    return settings < 0 ? selector : selector.substring(0, settings);
  }

  /** Of a list of reference tasks, their names alone. */
  private static String brief(String value) {
    return value.replaceAll("\\([^)]*\\)", "").replaceAll("[\\w/]*/", "");
  }

  /** For each setting the default if one has it, else the value that most have. */
  private static Map<String, String> usual(List<Map<String, String>> all) {
    Map<String, Map<String, Integer>> counts = new LinkedHashMap<>();
    all.forEach(
        settings ->
            settings.forEach(
                (setting, value) ->
                    counts
                        .computeIfAbsent(setting, s -> new LinkedHashMap<>())
                        .merge(value, 1, Integer::sum)));
    Map<String, String> usual = new HashMap<>();
    counts.forEach(
        (setting, values) -> {
          String plain = DEFAULTS.get(setting);
          usual.put(setting, values.containsKey(plain) ? plain : most(values));
        });
    return usual;
  }

  /** The one that occurs most often; of equally many, the first. */
  private static String most(Map<String, Integer> counts) {
    String most = null;
    for (Map.Entry<String, Integer> each : counts.entrySet()) {
      if (most == null || each.getValue() > counts.get(most)) {
        most = each.getKey();
      }
    }
    return most;
  }
}
