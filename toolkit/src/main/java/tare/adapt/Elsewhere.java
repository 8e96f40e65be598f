package tare.adapt;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tech.tablesaw.api.DoubleColumn;
import tech.tablesaw.api.StringColumn;
import tech.tablesaw.api.Table;

/** The best set against the random control on other text, so that a loss elsewhere is seen. */
final class Elsewhere {

  private Elsewhere() {}

  /** The best set against the control, on each domain of the pool. */
  static List<Contrast> contrasts(Decision decision, List<Measured> measured) {
    Measured best = of(measured, decision, decision.best());
    Measured control = of(measured, decision, Contender.CONTROL);
    return contrasts(best.domains(), control.domains(), decision);
  }

  private static List<Contrast> contrasts(
      Map<String, List<Double>> ours, Map<String, List<Double>> control, Decision decision) {
    return ours.keySet().stream()
        .map(
            name ->
                Contrast.of(
                    name, ours, control, Map.of(name, 1.0), decision.spread(), Decision.LEVEL))
        .toList();
  }

  /** A candidate's measures; those of the written model if it is the taken one. */
  private static Measured of(List<Measured> measured, Decision decision, String contender) {
    return Measured.named(
        measured, contender.equals(decision.taken()) ? Measured.RESULT : contender);
  }

  /** The best set against the control, on the purpose and elsewhere, in percent. */
  static Table differences(Adapted adapted) {
    Decision decision = adapted.decision();
    Measured best = of(adapted.measured(), decision, decision.best());
    Measured control = of(adapted.measured(), decision, Contender.CONTROL);
    StringColumn corpus = StringColumn.create("corpus");
    StringColumn method = StringColumn.create("method");
    StringColumn metric = StringColumn.create("metric");
    StringColumn unit = StringColumn.create("unit");
    DoubleColumn mean = DoubleColumn.create("mean_difference");
    DoubleColumn low = DoubleColumn.create("low");
    DoubleColumn high = DoubleColumn.create("high");
    List<Contrast> all = new ArrayList<>();
    contrasts(best.kl(), control.kl(), decision)
        .forEach(
            each ->
                all.add(
                    new Contrast(
                        each.contender() + " (purpose)", each.ratio(), each.low(), each.high())));
    all.addAll(contrasts(decision, adapted.measured()));
    for (Contrast each : all) {
      corpus.append(each.contender());
      method.append(decision.best());
      metric.append("kl");
      unit.append("%");
      mean.append(AdaptTables.rounded((each.ratio() - 1) * 100));
      low.append(AdaptTables.rounded((each.low() - 1) * 100));
      high.append(AdaptTables.rounded((each.high() - 1) * 100));
    }
    return Table.create("KL by domain", corpus, method, metric, unit, mean, low, high);
  }
}
