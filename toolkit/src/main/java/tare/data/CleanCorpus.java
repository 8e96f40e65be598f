package tare.data;

import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * A corpus without the documents that overlap with test items.
 *
 * @param name name of the whole corpus
 * @param revision revision of the whole corpus
 * @param content the remaining documents, in their order
 * @param leftOut number of documents that were removed
 */
public record CleanCorpus(String name, String revision, List<Document> content, long leftOut)
    implements Corpus {

  /** Copies the list. */
  public CleanCorpus {
    content = List.copyOf(content);
  }

  /**
   * Removes the documents that overlap with test items.
   *
   * @param overlaps tells whether a document's text overlaps
   * @throws IllegalArgumentException if no document remains
   */
  public static CleanCorpus of(Corpus corpus, Predicate<String> overlaps) {
    try (Stream<Document> documents = corpus.documents()) {
      List<Document> all = documents.toList();
      List<Document> clean =
          all.parallelStream().filter(document -> !overlaps.test(document.text())).toList();
      if (clean.isEmpty()) {
        throw new IllegalArgumentException(
            "Every document of %s overlaps with a test item: take another corpus."
                .formatted(corpus.name()));
      }
      return new CleanCorpus(
          corpus.name(), corpus.revision(), clean, (long) all.size() - clean.size());
    }
  }

  @Override
  public Stream<Document> documents() {
    return content.stream();
  }
}
