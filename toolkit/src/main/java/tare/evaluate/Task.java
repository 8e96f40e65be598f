package tare.evaluate;

import java.util.List;

/** A benchmark: it asks a model for scores and turns them into one outcome per item and metric. */
public interface Task {

  /** The name that results carry, for instance {@code social_iqa}. */
  String name();

  /** Changes whenever prompts, items or metrics change. */
  String version();

  /** How many solved examples stand in the prompt. */
  default int shots() {
    return 0;
  }

  /** What a reader of its scores must know, such as items that are not scored. */
  default List<String> notes() {
    return List.of();
  }

  /** Runs every item. */
  List<Outcome> run(LanguageModel model);
}
