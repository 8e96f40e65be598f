package tare.study;

import java.util.List;
import java.util.function.UnaryOperator;
import tare.evaluate.SolvedItem;
import tare.evaluate.benchmark.Tasks;
import tare.select.ReferenceItem;
import tare.select.TaskReference;

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
    return names.stream().map(name -> of(name, tasks.named(name).solved())).toList();
  }

  /** Reads the items of tasks that are only named, for {@link tare.select.Surroundings}. */
  public static UnaryOperator<TaskReference> reading(Tasks tasks) {
    return task ->
        task.items().isEmpty() ? of(task.task(), tasks.named(task.task()).solved()) : task;
  }

  static TaskReference of(String task, List<SolvedItem> solved) {
    return new TaskReference(
            task,
            solved.stream()
                .map(each -> new ReferenceItem(each.id(), each.prompt(), each.answer()))
                .toList())
        .requireItems();
  }
}
