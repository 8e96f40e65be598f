package tare.audit;

/**
 * A number and what it says of a score after a method.
 *
 * @param method the method with its settings
 * @param metric the score: {@link RecordedCase#PERPLEXITY} or {@link RecordedCase#KL}
 * @param number see {@link SetNumbers}
 * @param studies studies with at least one group
 * @param groups number of groups
 * @param sets different sets in them
 * @param correlation Spearman's rank correlation of the number with the score, averaged over the
 *     groups by their numbers of sets
 * @param low lower end of its 95 % interval by the bootstrap over sets
 * @param high upper end
 * @param confirmed studies in which the correlation has the sign that all others together have
 * @param explained share of the variance of its logarithm within groups that a line explains whose
 *     slope comes from all other studies; below 0 if it is worse than no line
 * @param slope change of the score's logarithm by one unit of the number; of its logarithm for the
 *     tokens per width
 * @param residual standard deviation around the lines from all other studies
 * @param holds whether the interval leaves out 0, and three studies or more all confirm the sign
 */
public record Relation(
    String method,
    String metric,
    String number,
    int studies,
    int groups,
    int sets,
    double correlation,
    double low,
    double high,
    int confirmed,
    double explained,
    double slope,
    double residual,
    boolean holds) {

  private static final double LEAST_EXPLAINED = 0.05;

  /**
   * Whether not only the order holds: lines from other studies explain a twentieth of the variance
   * or more, and rise or fall as the ranks do. Models differ in how much a text changes them, so
   * this is rare.
   */
  public boolean foretellsAmount() {
    return holds && explained > LEAST_EXPLAINED && slope * correlation > 0;
  }
}
