package tare.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Reads a corpus from a file or a folder.
 *
 * <pre>{@code
 * Corpus news = CorpusFile.read(Path.of("data/fetched/corpora/news.jsonl"), CorpusSide.TRAIN);
 * System.out.println(news.name() + ": " + news.documents().count() + " documents");
 * }</pre>
 *
 * <p>A file is JSON Lines of {@code {"id", "source", "text"}}, or a {@code .txt} file, which counts
 * as one document. A folder is the corpus of all such files in it and in its subfolders.
 *
 * @param name the name of the file without its ending, or the name of the folder
 * @param revision SHA-256 of the whole file, whichever side is used; for a folder, SHA-256 of the
 *     names and digests of its files
 * @param side which documents are used
 * @param content the documents, in the order of the file
 */
public record CorpusFile(String name, String revision, CorpusSide side, List<Document> content)
    implements Corpus {

  private static final Pattern ENDING = Pattern.compile("\\.(jsonl|json|txt)$");

  /** Copies the list. */
  public CorpusFile {
    content = List.copyOf(content);
  }

  /**
   * Reads a corpus.
   *
   * @param file a file or a folder; in a folder, a document's id begins with the name of its file
   * @throws IOException if the file is missing or not UTF-8
   * @throws IllegalArgumentException if a line is not JSON, a text is blank, an id occurs twice, or
   *     this side has no document; the message names file and line
   */
  public static CorpusFile read(Path file, CorpusSide side) throws IOException {
    if (!Files.exists(file)) {
      throw new IOException("There is no corpus file " + file + ".");
    }
    if (Files.isDirectory(file)) {
      List<Path> parts = textFiles(file);
      return of(file, side, ofFolder(file, parts), revision(file, parts));
    }
    return of(file, side, ofFile(file), Sha256.hexOfFile(file));
  }

  private static CorpusFile of(Path file, CorpusSide side, List<Document> all, String revision) {
    Set<String> ids = new HashSet<>();
    for (Document document : all) {
      if (!ids.add(document.id())) {
        throw new IllegalArgumentException(
            file
                + ": two documents have the id '"
                + document.id()
                + "'. Give each document its own id.");
      }
    }
    List<Document> used = all.stream().filter(document -> side.holds(document.text())).toList();
    if (used.isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              "%s: the corpus is empty: none of its %d documents is on the side %s.",
              file, all.size(), side.name().toLowerCase(Locale.ROOT)));
    }
    return new CorpusFile(name(file), revision, side, used);
  }

  private static List<Document> ofFile(Path file) throws IOException {
    return file.toString().endsWith(".txt") ? List.of(plain(file)) : JsonLines.read(file);
  }

  private static List<Document> ofFolder(Path folder, List<Path> files) throws IOException {
    List<Document> all = new ArrayList<>();
    for (Path file : files) {
      String name = within(folder, file);
      boolean isOne = file.toString().endsWith(".txt");
      for (Document document : ofFile(file)) {
        String id = isOne ? name : name + "/" + document.id();
        all.add(new Document(id, isOne ? name : document.source(), document.text()));
      }
    }
    return all;
  }

  private static String revision(Path folder, List<Path> files) throws IOException {
    StringBuilder parts = new StringBuilder();
    for (Path file : files) {
      parts.append(within(folder, file)).append(' ').append(Sha256.hexOfFile(file)).append('\n');
    }
    return Sha256.hex(parts.toString());
  }

  /** Lists the text files in a folder and its subfolders, sorted by name. */
  private static List<Path> textFiles(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      List<Path> found =
          files
              .filter(file -> Files.isRegularFile(file) && ENDING.matcher(file.toString()).find())
              .sorted(Comparator.comparing(file -> within(folder, file)))
              .toList();
      if (found.isEmpty()) {
        throw new IllegalArgumentException(
            folder + ": the folder holds no text: no file ends in .txt, .jsonl or .json.");
      }
      return found;
    }
  }

  /** A file's path relative to a folder, with {@code /} on every system. */
  private static String within(Path folder, Path file) {
    return folder.relativize(file).toString().replace('\\', '/');
  }

  private static Document plain(Path file) throws IOException {
    String text = TextFile.read(file).strip();
    if (text.isEmpty()) {
      throw new IllegalArgumentException(file + ": the corpus is empty.");
    }
    return new Document(name(file), name(file), text);
  }

  static String name(Path file) {
    return ENDING
        .matcher(file.toAbsolutePath().normalize().getFileName().toString())
        .replaceFirst("");
  }

  @Override
  public Stream<Document> documents() {
    return content.stream();
  }

  /** The name, the number of documents and the start of the revision, but not the text. */
  @Override
  public String toString() {
    return String.format(
        "CorpusFile[name=%s, side=%s, documents=%d, revision=%.12s]",
        name, side, content.size(), revision);
  }
}
