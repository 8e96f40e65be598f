package tare.study;

import java.util.List;
import tare.evaluate.SolvedItem;
import tare.evaluate.benchmark.Tasks;
import tare.select.acdm.ReferenceItem;
import tare.select.acdm.TaskReference;

/** Reads the training sides of tasks for selectors. */
public final class ReferenceTasks {

  private ReferenceTasks() {}

  /**
   * Reads the training sides.
   *
   * @param names names of tasks
   * @throws IllegalArgumentException if a task or its training side is missing
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
