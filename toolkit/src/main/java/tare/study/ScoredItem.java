package tare.study;

import tare.data.Sha256;
import tare.evaluate.TestItem;

/**
 * Identifies a scored item without its text.
 *
 * @param task the task's name
 * @param taskVersion its version
 * @param item the item's id in the task and its outcomes
 * @param sha256 SHA-256 of its prompt with all choices, or with its answer if it has no choices
 */
public record ScoredItem(String task, String taskVersion, String item, String sha256) {

  public static ScoredItem of(String task, String taskVersion, TestItem item) {
    return new ScoredItem(task, taskVersion, item.id(), Sha256.hex(item.shown()));
  }
}
