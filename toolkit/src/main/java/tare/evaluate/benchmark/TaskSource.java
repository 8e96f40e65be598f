package tare.evaluate.benchmark;

import java.util.List;
import tare.data.Document;
import tare.evaluate.SolvedItem;
import tare.evaluate.Task;

/** A benchmark whose files have been read and found in order. */
public interface TaskSource {

  /** The name that results carry. */
  String name();

  /**
   * The task of the first items.
   *
   * @param limit the most items, at least 1; of a benchmark of several parts, of each part
   */
  Task first(int limit);

  /**
   * What selection may learn from: items of the training side with their right answers, none of
   * which is an item that is scored.
   *
   * @throws IllegalArgumentException if the training side was not fetched or not published
   */
  List<SolvedItem> solved();

  /**
   * The same as documents.
   *
   * @throws IllegalArgumentException as {@link #solved}
   */
  default List<Document> references() {
    return solved().stream().map(item -> new Document(item.id(), name(), item.text())).toList();
  }
}
