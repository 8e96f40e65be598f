package tare.report.figure;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The names that papers give to what results call by short names. */
public final class HumanNames {

  private static final Map<String, String> NAMES =
      Map.ofEntries(
          Map.entry("rtn", "RTN"),
          Map.entry("gptq", "GPTQ"),
          Map.entry("gptaq", "GPTAQ"),
          Map.entry("awq", "AWQ"),
          Map.entry("awq-unclipped", "AWQ without clipping"),
          Map.entry("smoothquant-gptq", "SmoothQuant + GPTQ"),
          Map.entry("spqr", "SpQR"),
          Map.entry("hqq", "HQQ"),
          Map.entry("wanda", "Wanda"),
          Map.entry("sparsegpt", "SparseGPT"),
          Map.entry("uniform", "random draw"),
          Map.entry("uniform-pool", "random draw"),
          Map.entry("random-tokens", "random tokens"),
          Map.entry("shuffled-words", "shuffled words"),
          Map.entry("self", "self-calibration"),
          Map.entry("zipcal", "ZipCal"),
          Map.entry("covercal", "COVERCAL"),
          Map.entry("acdm", "ACDM"),
          Map.entry("acdm-herding", "ACDM with herding"),
          Map.entry("gram-matching", "Gram matching"));

  /** A whole name: it is no part of a longer one, and no part of a path or a setting. */
  private static final Pattern NAME =
      Pattern.compile(
          NAMES.keySet().stream()
              .collect(Collectors.joining("|", "(?<![\\w./=-])(", ")(?![\\w./=-])")));

  private HumanNames() {}

  /** A text with the names of papers in place of short names. */
  public static String in(String text) {
    return NAME.matcher(text)
        .replaceAll(found -> Matcher.quoteReplacement(NAMES.get(found.group())));
  }
}
