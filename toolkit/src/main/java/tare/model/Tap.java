package tare.model;

import ai.djl.ndarray.NDArray;

/** Receives the inputs of each group of linear layers while a block runs. */
@FunctionalInterface
public interface Tap {

  /** Ignores all inputs. */
  Tap NONE = (group, inputs) -> {};

  /**
   * Called once per group and batch, before the group's linear layers run.
   *
   * @param group the linear layers
   * @param inputs their common input, {@code [batch, tokens, in]}; belongs to the caller
   */
  void saw(LinearGroup group, NDArray inputs);
}
