package tare.evaluate;

import java.util.List;

/** How the records of a benchmark become a task: the prompts, what is asked and what is counted. */
public interface Form {

  /**
   * The task of some records.
   *
   * @param name the name that results carry
   * @param version changes with prompts, items or metrics
   * @param records what is scored
   * @param examples what solved examples may be taken from; empty where none are wanted
   * @throws IllegalArgumentException naming file, place and field of a record that is wrong
   */
  Task task(String name, String version, List<Fields> records, List<Fields> examples);

  /** A record as it reads with its right answer: what selection may learn from. */
  String solved(Fields examples);

  /** The part of the benchmark that a record belongs to; empty where there are no parts. */
  default String group(Fields unused) {
    return "";
  }
}
