package tare.model;

import ai.djl.ndarray.NDArray;

/** Sees what goes into each group of linears while a block runs. */
@FunctionalInterface
public interface Tap {

  /** Sees nothing. */
  Tap NONE = (group, inputs) -> {};

  /**
   * Called once per group and batch, before the group's linears run.
   *
   * @param group the linears
   * @param inputs what feeds them, {@code [batch, tokens, in]}; belongs to the caller
   */
  void saw(LinearGroup group, NDArray inputs);
}
