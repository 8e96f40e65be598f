package tare.data;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Joins several corpora into one pool, in the given order.
 *
 * @param parts the corpora, at least one
 */
public record JoinedCorpus(List<Corpus> parts) implements Corpus {

  /** Copies the list. */
  public JoinedCorpus {
    parts = List.copyOf(parts);
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("A joined corpus needs at least one part.");
    }
  }

  /** The names, joined by {@code +}. */
  @Override
  public String name() {
    return parts.stream().map(Corpus::name).collect(Collectors.joining("+"));
  }

  /** The SHA-256 of the parts' revisions. A single part keeps its own revision. */
  @Override
  public String revision() {
    return parts.size() == 1
        ? parts.get(0).revision()
        : Sha256.hex(parts.stream().map(Corpus::revision).collect(Collectors.joining("\n")));
  }

  @Override
  public Stream<Document> documents() {
    return parts.stream().flatMap(Corpus::documents);
  }
}
