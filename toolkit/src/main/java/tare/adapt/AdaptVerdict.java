package tare.adapt;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The verdict of a run in words. */
final class AdaptVerdict {

  private AdaptVerdict() {}

  /** The verdict in three sentences: the choice, its score on other text, and a loss elsewhere. */
  static List<String> sentences(Adaptation plan, Decision decision, List<Measured> measured) {
    return List.of(choice(decision), scores(plan, measured), elsewhere(decision, measured));
  }

  private static String choice(Decision decision) {
    Contrast best = decision.contrasts().get(0);
    long sets = Math.round(Decision.LEVEL / decision.level());
    String evidence =
        String.format(
            Locale.ROOT,
            "on the deciding part, its KL divergence from the original is %s that of a random draw (95 %% interval %s, corrected for %d sets)",
            best.apart(),
            best.interval(),
            sets);
    if (decision.isBetter()) {
      return "The set " + decision.taken() + " is taken: " + evidence + ".";
    }
    return String.format(
        Locale.ROOT,
        "No set is better than a random draw here, as far as %d draws can tell, so the random draw %s is taken. For the best set, %s: %s.",
        decision.spread().draws(),
        decision.taken(),
        decision.best(),
        evidence);
  }

  private static String scores(Adaptation plan, List<Measured> measured) {
    Map<String, Double> weights = plan.purpose().weights();
    Measured result = Measured.named(measured, Measured.RESULT);
    Measured original = Measured.named(measured, Measured.ORIGINAL);
    Set<String> told = Set.of(Measured.RESULT, Measured.ORIGINAL);
    String others =
        measured.stream()
            .filter(each -> !told.contains(each.model()))
            .map(each -> String.format(Locale.ROOT, "%s %.4g", each.model(), each.kl(weights)))
            .collect(Collectors.joining(", "));
    String perplexities =
        weights.keySet().stream()
            .map(
                name ->
                    String.format(
                        Locale.ROOT,
                        "%s %.4g (before compression %.4g)",
                        name,
                        result.score(name, "perplexity").orElseThrow(),
                        original.score(name, "perplexity").orElseThrow()))
            .collect(Collectors.joining(", "));
    return String.format(
        Locale.ROOT,
        "On the reporting part, which took no part in the choice, the written model has a KL of %.4g nats%s and a perplexity of %s.",
        result.kl(weights),
        others.isEmpty() ? "" : " (" + others + ")",
        perplexities);
  }

  private static String elsewhere(Decision decision, List<Measured> measured) {
    List<Contrast> domains = Elsewhere.contrasts(decision, measured);
    if (domains.isEmpty()) {
      return "No held-back text of the pool was long enough to see a loss elsewhere.";
    }
    String worse =
        domains.stream()
            .filter(Contrast::isWorse)
            .map(each -> each.contender() + " (" + each.apart() + ")")
            .collect(Collectors.joining(", "));
    String better =
        domains.stream()
            .filter(Contrast::isBetter)
            .map(each -> each.contender() + " (" + each.apart() + ")")
            .collect(Collectors.joining(", "));
    List<String> told = new ArrayList<>();
    if (!worse.isEmpty()) {
      told.add("worse than with a random draw on " + worse);
    }
    if (!better.isEmpty()) {
      told.add("better than with a random draw on " + better);
    }
    long unknown = domains.stream().filter(each -> !each.isWorse() && !each.isBetter()).count();
    if (unknown > 0) {
      told.add("not told apart from a random draw's on " + unknown + " of " + domains.size());
    }
    return String.format(
        Locale.ROOT,
        "On held-back text of the pool (%s), the KL with the set %s is %s.",
        domains.stream().map(Contrast::contender).collect(Collectors.joining(", ")),
        decision.best(),
        String.join("; ", told));
  }
}
