package tare.study;

import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tare.data.CalibrationSet;
import tare.data.CleanCorpus;
import tare.data.Corpus;
import tare.data.Document;
import tare.data.Overlap;
import tare.data.Sample;
import tare.evaluate.Task;
import tare.evaluate.TestItem;
import tare.select.ReferenceItem;
import tare.select.TaskReference;

/**
 * Keeps test items out of the text from which calibration sets are chosen, and out of the
 * references.
 */
public final class Separation {

  private final Overlap tests = new Overlap();
  private final Set<String> checked = new HashSet<>();

  /**
   * Protects the items of tasks.
   *
   * @param tasks benchmarks and texts
   * @param solved for each task whose solved items are a text, these items
   * @param heldBack scored documents of held-out sides
   */
  public Separation(List<Task> tasks, List<List<TestItem>> solved, List<Document> heldBack) {
    tasks.forEach(task -> protect(task.items()));
    solved.forEach(this::protect);
    tests.addDocuments(heldBack.stream().map(Document::text));
  }

  private void protect(List<? extends TestItem> items) {
    Map<Boolean, List<String>> running =
        items.stream()
            .collect(
                Collectors.partitioningBy(
                    TestItem::runningText,
                    Collectors.flatMapping(item -> item.solved().stream(), Collectors.toList())));
    tests.addDocuments(running.get(true).stream());
    tests.addItems(running.get(false));
  }

  /**
   * Removes the overlapping documents from a corpus.
   *
   * @param byRuns whether 13 consecutive words count as overlap as well, and not only the whole
   *     text
   */
  public CleanCorpus clean(Corpus corpus, boolean byRuns) {
    return CleanCorpus.of(corpus, byRuns ? tests::isIn : tests::isSame);
  }

  /**
   * Removes the overlapping items from a task's references.
   *
   * @param references items of the training side
   * @throws IllegalArgumentException if no item remains
   */
  public TaskReference clean(TaskReference references) {
    List<ReferenceItem> clean =
        references.items().stream().filter(item -> !tests.isIn(item.text())).toList();
    if (clean.isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "Each of the %d reference items of %s overlaps with a test item, so none can be used.",
              references.items().size(),
              references.task()));
    }
    return references.items(clean);
  }

  /**
   * Refuses a set if it holds a test item, or if the corpus that it was chosen from does.
   *
   * @param corpus the candidates
   * @param byRuns whether 13 consecutive words count as overlap as well in a sample, and not only
   *     the whole text
   * @throws IllegalArgumentException naming the document
   */
  public void require(CalibrationSet set, Corpus corpus, boolean byRuns) {
    for (Sample sample : set.samples()) {
      refuse(byRuns ? tests.isIn(sample.text()) : tests.isSame(sample.text()), sample.document());
    }
    if (checked.add(corpus.name() + corpus.revision() + corpus.getClass())) {
      try (Stream<Document> documents = corpus.documents()) {
        documents.forEach(document -> refuse(tests.isSame(document.text()), document.id()));
      }
    }
  }

  private static void refuse(boolean leaks, String document) {
    if (leaks) {
      throw new IllegalArgumentException(
          "Calibration would see a test item: document %s is one. Take it out of the corpus, or use other tasks."
              .formatted(document));
    }
  }
}
