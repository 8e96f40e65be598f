package tare.adapt;

import java.util.List;
import java.util.Map;
import tare.study.Methods;

/**
 * The score of a candidate on the deciding part after some blocks: one row of {@code
 * candidates.csv}.
 *
 * @param model name of the model's folder or file
 * @param method short name of the method
 * @param settings its settings, as a study file writes them
 * @param purpose names of the targets, joined by {@code +}
 * @param samples samples of the candidate
 * @param tokensPerSample their length in tokens
 * @param candidate the candidate's name
 * @param random whether it is a random draw
 * @param blocks number of compressed blocks
 * @param share the same as a share of all blocks, 0 to 1
 * @param kl KL(original ‖ model) in nats, the weighted mean of the targets' means
 * @param loss squared change of the layers' outputs relative to the outputs, summed over layers
 */
public record CandidateScore(
    String model,
    String method,
    String settings,
    String purpose,
    int samples,
    int tokensPerSample,
    String candidate,
    boolean random,
    int blocks,
    double share,
    double kl,
    double loss) {

  /** All scores of a run. */
  static List<CandidateScore> of(Adaptation plan, List<Contender> contenders, List<Round> rounds) {
    Map<String, Double> weights = plan.purpose().weights();
    int all = plan.model().config().blocks();
    return rounds.stream()
        .flatMap(round -> round.scored().stream())
        .map(
            scored -> {
              Contender contender = Contender.named(contenders, scored.contender());
              return new CandidateScore(
                  plan.model().path().getFileName().toString(),
                  plan.method().label(),
                  Methods.json(plan.method()).toString(),
                  String.join("+", weights.keySet()),
                  contender.set().budget().samples(),
                  contender.set().budget().tokensPerSample(),
                  contender.name(),
                  contender.random(),
                  scored.blocks(),
                  (double) scored.blocks() / all,
                  scored.kl(weights),
                  scored.loss(weights));
            })
        .toList();
  }
}
