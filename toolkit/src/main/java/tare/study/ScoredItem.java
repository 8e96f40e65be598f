package tare.study;

import tare.data.Sha256;
import tare.evaluate.TestItem;

/**
 * What tells an item that a study scores from every other, without its text.
 *
 * @param task the task's name
 * @param taskVersion its version
 * @param item the item's id in the task, as its outcomes have it
 * @param sha256 of its prompt with all its choices, or with its answer where there are none
 */
public record ScoredItem(String task, String taskVersion, String item, String sha256) {

  public static ScoredItem of(String task, String taskVersion, TestItem item) {
    return new ScoredItem(task, taskVersion, item.id(), Sha256.hex(item.shown()));
  }
}
