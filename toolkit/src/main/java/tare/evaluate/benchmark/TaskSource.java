package tare.evaluate.benchmark;

import java.util.List;
import tare.data.Document;
import tare.evaluate.SolvedItem;
import tare.evaluate.Task;

/** A benchmark whose files were read without an error. */
public interface TaskSource {

  /** The task's name in results. */
  String name();

  /**
   * The task with its first items.
   *
   * @param limit largest number of items, at least 1; applies to each part of a benchmark of
   *     several parts
   */
  Task first(int limit);

  /**
   * Solved items for selection to learn from: items of the training side, none of which is scored.
   *
   * @throws IllegalArgumentException if the training side is not fetched or not published
   */
  List<SolvedItem> solved();

  /**
   * The solved items as documents.
   *
   * @throws IllegalArgumentException as {@link #solved}
   */
  default List<Document> references() {
    return solved().stream().map(item -> new Document(item.id(), name(), item.text())).toList();
  }
}
