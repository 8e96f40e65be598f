package tare.adapt;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import tech.tablesaw.api.DoubleColumn;

/**
 * How well the order of the candidates after some blocks foretells their order as whole models.
 *
 * @param blocks number of compressed blocks
 * @param share the same as a share of all blocks, 0 to 1
 * @param candidates number of candidates, the random draws among them
 * @param correlation Spearman's rank correlation of the KL after these blocks with that of the
 *     whole models
 * @param regret the whole model's KL of the candidate that is best after these blocks, divided by
 *     the least of all candidates, minus 1
 */
public record EarlyOrder(
    int blocks, double share, int candidates, double correlation, double regret) {

  /**
   * Computes the agreement for each number of blocks but the last.
   *
   * @param scores a run in which no candidate was dropped
   */
  public static List<EarlyOrder> of(List<CandidateScore> scores) {
    TreeMap<Integer, List<CandidateScore>> depths =
        scores.stream()
            .collect(
                Collectors.groupingBy(CandidateScore::blocks, TreeMap::new, Collectors.toList()));
    Map<String, Double> whole =
        depths.lastEntry().getValue().stream()
            .collect(Collectors.toMap(CandidateScore::candidate, CandidateScore::kl));
    return depths.headMap(depths.lastKey()).values().stream()
        .map(early -> of(early, whole))
        .toList();
  }

  private static EarlyOrder of(List<CandidateScore> early, Map<String, Double> whole) {
    DoubleColumn before =
        DoubleColumn.create("early", early.stream().mapToDouble(CandidateScore::kl).toArray());
    DoubleColumn after =
        DoubleColumn.create(
            "whole", early.stream().mapToDouble(each -> whole.get(each.candidate())).toArray());
    CandidateScore best =
        early.stream().min(Comparator.comparingDouble(CandidateScore::kl)).orElseThrow();
    return new EarlyOrder(
        best.blocks(),
        best.share(),
        early.size(),
        before.spearmans(after),
        whole.get(best.candidate()) / after.min() - 1);
  }
}
