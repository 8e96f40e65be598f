package tare.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A corpus read from a file: JSON Lines of {@code {"id", "source", "text"}}, or a {@code .txt}
 * file, which is one document.
 *
 * @param name the file's name without its ending
 * @param revision SHA-256 of the whole file, whichever side is used
 * @param side which documents are used
 * @param content the documents, in the order of the file
 */
public record CorpusFile(String name, String revision, Side side, List<Document> content)
    implements Corpus {

  /** Copies the list. */
  public CorpusFile {
    content = List.copyOf(content);
  }

  /**
   * Reads a corpus.
   *
   * @throws IOException if the file is missing or not UTF-8
   * @throws IllegalArgumentException naming file and line of what is wrong: no JSON, a blank text,
   *     an id that occurs twice, no document at all on this side
   */
  public static CorpusFile read(Path file, Side side) throws IOException {
    if (!Files.isRegularFile(file)) {
      throw new IOException("There is no corpus file " + file + ".");
    }
    List<Document> all =
        file.toString().endsWith(".txt") ? List.of(plain(file)) : JsonLines.read(file);
    Set<String> ids = new HashSet<>();
    for (Document document : all) {
      if (!ids.add(document.id())) {
        throw new IllegalArgumentException(
            file + ": two documents have the id '" + document.id() + "'. Give each its own.");
      }
    }
    List<Document> used = all.stream().filter(document -> side.holds(document.text())).toList();
    if (used.isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              "%s: the corpus is empty: of its %d documents none is on the side %s.",
              file, all.size(), side.name().toLowerCase(Locale.ROOT)));
    }
    return new CorpusFile(name(file), Sha256.of(file), side, used);
  }

  private static Document plain(Path file) throws IOException {
    String text = TextFile.read(file).strip();
    if (text.isEmpty()) {
      throw new IllegalArgumentException(file + ": the corpus is empty.");
    }
    return new Document(name(file), name(file), text);
  }

  static String name(Path file) {
    return file.getFileName().toString().replaceFirst("\\.(jsonl|json|txt)$", "");
  }

  @Override
  public Stream<Document> documents() {
    return content.stream();
  }

  /** The name, the size and where it is pinned; not the text. */
  @Override
  public String toString() {
    return String.format(
        "CorpusFile[name=%s, side=%s, documents=%d, revision=%.12s]",
        name, side, content.size(), revision);
  }
}
