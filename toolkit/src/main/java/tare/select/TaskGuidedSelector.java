package tare.select;

import java.util.List;

/** A selector that goes by what some tasks look like, each by items of its training side. */
public interface TaskGuidedSelector extends Selector {

  /** The tasks, by name or with their items; none for those of the study. */
  List<TaskReference> tasks();

  /** The same for other tasks. */
  TaskGuidedSelector tasks(List<TaskReference> others);
}
