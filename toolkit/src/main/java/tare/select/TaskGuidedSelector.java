package tare.select;

import java.util.List;

/**
 * A selector that is guided by reference tasks, which are represented by items of their training
 * side.
 */
public interface TaskGuidedSelector extends Selector {

  /** The tasks, by name or with their items; empty for the tasks of the study. */
  List<TaskReference> tasks();

  /** Returns a copy for other tasks. */
  TaskGuidedSelector tasks(List<TaskReference> others);
}
