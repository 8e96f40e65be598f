package tare.evaluate.benchmark;

import java.util.List;
import tare.evaluate.Fields;
import tare.evaluate.SolvedItem;
import tare.evaluate.Task;

/** Turns the records of a benchmark into a task: prompts, requests and metrics. */
public interface RecordReader {

  /**
   * Makes a task from records.
   *
   * @param name the task's name in results
   * @param version changes with prompts, items or metrics
   * @param records the records to score
   * @param examples records for solved examples; empty if none are needed
   * @param limit largest number of items, counted from the first; applies to each part of the
   *     benchmark
   * @throws IllegalArgumentException naming file, place and field of a wrong record
   */
  Task task(String name, String version, List<Fields> records, List<Fields> examples, int limit);

  /**
   * A record with its right answer, from which selection may learn.
   *
   * @param id id of the new item
   */
  SolvedItem solved(String id, Fields record);
}
