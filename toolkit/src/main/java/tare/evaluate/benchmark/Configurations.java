package tare.evaluate.benchmark;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Chooses the configuration that a task means, where its folder holds several, as a folder of the
 * Hugging Face Hub does when it is cloned whole. A configuration is a folder, or a part of a file's
 * name.
 *
 * @param meant what the paths of the meant files hold; the first pattern that is there counts
 * @param others what the paths of other configurations hold; such files are never read
 * @param joined whether all folders together are the benchmark, if none of them is meant
 */
record Configurations(List<Pattern> meant, Pattern others, boolean joined) {

  /** A folder or a file's name that tells a side, or holds everything. */
  private static final String NO_CONFIGURATION =
      "(?i)data|train|test|val|valid|validation|dev|prompt|reference";

  private static final Configurations ANY = new Configurations(List.of(), "(?!)", false);

  private static final String GLUE =
      "(^|/)(ax|ax[bg]|cb|cola|copa|mnli\\w*|mrpc|multirc|qnli|qqp|record|sst-?2|stsb|sts-b|wic|wnli|wsc[\\w.]*";

  /** By the name of the folder of a task. */
  private static final Map<String, Configurations> BY_FOLDER =
      Map.ofEntries(
          Map.entry("arc_easy", new Configurations(List.of("arc-easy"), "arc-challenge", false)),
          Map.entry(
              "arc_challenge", new Configurations(List.of("arc-challenge"), "arc-easy", false)),
          Map.entry("boolq", new Configurations(List.of("(^|/)boolq/"), GLUE + "|rte)/", false)),
          Map.entry("rte", new Configurations(List.of("(^|/)rte/"), GLUE + "|boolq)/", false)),
          Map.entry(
              "lambada_openai",
              new Configurations(
                  List.of("(^|/)default/", "lambada_test\\.", "(^|/)en/", "_en\\."),
                  "(^|/)(de|es|fr|it)/|_(de|es|fr|it)\\.",
                  false)),
          Map.entry(
              "openbookqa",
              new Configurations(List.of("(^|/)main/"), "(^|/)additional/|_complete\\.", false)),
          Map.entry("storycloze_2016", new Configurations(List.of("2016"), "2018", false)),
          Map.entry("storycloze_2018", new Configurations(List.of("2018"), "2016", false)),
          Map.entry(
              "winogrande",
              new Configurations(
                  List.of("(^|/)winogrande_xl/"), "(^|/)winogrande_(xs|s|m|l|debiased)/", false)),
          Map.entry(
              "mmlu", new Configurations(List.of("(^|/)all/"), "(^|/)auxiliary_train/", true)),
          Map.entry(
              "wikitext",
              new Configurations(
                  List.of("wikitext-2-raw"), "wikitext-103|wikitext-2(-v1)?/", false)),
          Map.entry("ptb", new Configurations(List.of(), "\\.char\\.", false)),
          Map.entry(
              "c4",
              new Configurations(
                  List.of("(^|/)en/"), "(^|/)(en\\.no\\w+|realnewslike|multilingual)/", false)),
          Map.entry("gsm8k", new Configurations(List.of("(^|/)main/"), "socratic", false)),
          Map.entry("mbpp", new Configurations(List.of("(^|/)full/"), "sanitized", false)));

  private Configurations(List<String> meant, String others, boolean joined) {
    this(meant.stream().map(Configurations::pattern).toList(), pattern(others), joined);
  }

  private static Pattern pattern(String text) {
    return Pattern.compile(text, Pattern.CASE_INSENSITIVE);
  }

  /**
   * Chooses the files that a task means.
   *
   * @param folder the folder of the task, whose name tells which task it is
   * @param files all files in the folder
   * @throws IllegalArgumentException if the files belong to several configurations, none of which
   *     is known to be meant; the message lists them
   */
  static List<Path> meant(Path folder, List<Path> files) {
    Path name = folder.toAbsolutePath().normalize().getFileName();
    Configurations known = BY_FOLDER.getOrDefault(name == null ? "" : name.toString(), ANY);
    return known.choose(folder, files);
  }

  private List<Path> choose(Path folder, List<Path> files) {
    for (Pattern pattern : meant) {
      List<Path> found =
          files.stream()
              .filter(file -> pattern.matcher(within(folder, file)).find())
              .filter(file -> !isOther(folder, file))
              .toList();
      if (!found.isEmpty()) {
        return found;
      }
    }
    List<Path> rest = files.stream().filter(file -> !isOther(folder, file)).toList();
    Map<String, List<Path>> byFolder =
        rest.stream()
            .collect(
                Collectors.groupingBy(
                    file -> configuration(folder, file), TreeMap::new, Collectors.toList()));
    if (byFolder.size() > 1 && !joined) {
      throw new IllegalArgumentException(
          "%s holds several configurations, in %s: keep the one that you mean."
              .formatted(
                  folder,
                  byFolder.keySet().stream()
                      .map(each -> each.isEmpty() ? "the folder itself" : each)
                      .collect(Collectors.joining(", "))));
    }
    if (rest.isEmpty() && !files.isEmpty()) {
      throw new IllegalArgumentException(
          "%s holds other configurations only: %s. The task %s is meant."
              .formatted(
                  folder,
                  files.stream()
                      .map(file -> within(folder, file))
                      .collect(Collectors.joining(", ")),
                  folder.getFileName()));
    }
    return rest;
  }

  private boolean isOther(Path folder, Path file) {
    return others.matcher(within(folder, file)).find();
  }

  /** The folders on the way to a file, without those that only tell a side. */
  private static String configuration(Path folder, Path file) {
    Path way = folder.relativize(file).getParent();
    StringBuilder name = new StringBuilder();
    for (Path step : way == null ? List.<Path>of() : way) {
      if (!step.toString().isEmpty() && !step.toString().matches(NO_CONFIGURATION)) {
        name.append(name.isEmpty() ? "" : "/").append(step);
      }
    }
    return name.toString();
  }

  private static String within(Path folder, Path file) {
    return folder.relativize(file).toString().replace('\\', '/');
  }
}
