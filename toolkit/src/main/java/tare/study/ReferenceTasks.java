package tare.study;

import java.util.List;
import tare.evaluate.SolvedItem;
import tare.evaluate.benchmark.Tasks;
import tare.select.acdm.ReferenceItem;
import tare.select.acdm.TaskReference;

/** The training sides of tasks as a selector sees them. */
public final class ReferenceTasks {

  private ReferenceTasks() {}

  /**
   * Reads them.
   *
   * @param names names of tasks
   * @throws IllegalArgumentException if a task or its training side is not there
   */
  public static List<TaskReference> of(Tasks tasks, List<String> names) {
    return names.stream()
        .map(
            name ->
                new TaskReference(
                    name, tasks.named(name).solved().stream().map(ReferenceTasks::item).toList()))
        .toList();
  }

  static ReferenceItem item(SolvedItem solved) {
    return new ReferenceItem(solved.id(), solved.prompt(), solved.answer());
  }
}
