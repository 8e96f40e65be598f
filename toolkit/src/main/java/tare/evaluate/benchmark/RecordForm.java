package tare.evaluate.benchmark;

import java.util.List;
import tare.evaluate.Fields;
import tare.evaluate.SolvedItem;
import tare.evaluate.Task;

/** How the records of a benchmark become a task: the prompts, what is asked and what is counted. */
public interface RecordForm {

  /**
   * The task of some records.
   *
   * @param name the name that results carry
   * @param version changes with prompts, items or metrics
   * @param records what is scored
   * @param examples what solved examples may be taken from; empty where none are wanted
   * @param limit the most items, counted from the first; where the benchmark has parts, of each
   * @throws IllegalArgumentException naming file, place and field of a record that is wrong
   */
  Task task(String name, String version, List<Fields> records, List<Fields> examples, int limit);

  /**
   * A record as it reads with its right answer: what selection may learn from.
   *
   * @param id the id that it gets
   */
  SolvedItem solved(String id, Fields record);
}
