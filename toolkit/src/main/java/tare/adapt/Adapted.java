package tare.adapt;

import java.nio.file.Path;
import java.util.List;
import org.knowm.xchart.XYChart;
import tech.tablesaw.api.Table;

/**
 * The result of a run.
 *
 * @param plan the plan that was run
 * @param folder the folder with the model, the chosen set and the report
 * @param decision which set was taken, and on what evidence
 * @param sentences the verdict in three sentences
 * @param contenders all candidates
 * @param rounds the rounds, in order
 * @param measured the original, the result, and what it is compared with
 * @param notes what a reader must know
 * @param cost what the run took
 */
public record Adapted(
    Adaptation plan,
    Path folder,
    Decision decision,
    List<String> sentences,
    List<Contender> contenders,
    List<Round> rounds,
    List<Measured> measured,
    List<String> notes,
    Cost cost) {

  /** Copies the lists. */
  public Adapted {
    sentences = List.copyOf(sentences);
    contenders = List.copyOf(contenders);
    rounds = List.copyOf(rounds);
    measured = List.copyOf(measured);
    notes = List.copyOf(notes);
  }

  /** The scores of all candidates in all rounds. */
  public List<CandidateScore> scores() {
    return CandidateScore.of(plan, contenders, rounds);
  }

  /** One row for each candidate: how far it came, and how it compares there. */
  public Table candidates() {
    return AdaptTables.candidates(plan, this);
  }

  /** Candidates by number of compressed blocks, relative to the control. */
  public XYChart halving() {
    return AdaptReport.halving(plan, this);
  }

  /** One row for each score, one column for each model. */
  public Table beforeAndAfter() {
    return AdaptTables.scores(plan, this);
  }

  /** The best set against the control, on the purpose and on held-back text of the pool. */
  public XYChart elsewhere() {
    return AdaptReport.elsewhere(this);
  }

  /**
   * What a run took. Times of a stopped run add up.
   *
   * @param choosing seconds of choosing the sets
   * @param comparing seconds of compressing and scoring the candidates
   * @param compressing seconds of compressing the taken set once more into the result
   * @param measuring seconds of measuring for the report
   * @param mib peak memory of the process, in MiB; null if the system does not report it
   */
  public record Cost(
      double choosing, double comparing, double compressing, double measuring, Long mib) {

    /** All seconds. */
    public double seconds() {
      return choosing + comparing + compressing + measuring;
    }
  }
}
