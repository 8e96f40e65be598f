package tare.data;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import tare.data.DocumentRows.LeftOut;

/**
 * Reads a corpus from a file or a folder.
 *
 * <pre>{@code
 * Corpus news = CorpusFile.read(Path.of("data/fetched/corpora/news.jsonl"), CorpusSide.TRAIN);
 * System.out.println(news.name() + ": " + news.documents().count() + " documents");
 * }</pre>
 *
 * <p>A file holds rows in one of the forms of {@link RowFile}; each row gives a document {@code
 * {"id", "source", "text"}}, of which only the text is needed. Plain text counts as one document. A
 * folder is the corpus of all such files in it and in its subfolders. Rows without text are left
 * out and counted. In a folder, files without text and the sets that {@code tare select} wrote are
 * passed over and named; hidden files are not looked at.
 *
 * @param name the name of the file without its ending, or the name of the folder
 * @param revision SHA-256 of the whole file, whichever side is used; for a folder, SHA-256 of the
 *     names and digests of its files
 * @param side which documents are used
 * @param field the field that holds the text
 * @param content the documents, in the order of the file
 * @param conversations number of rows of all sides that are conversations
 * @param blank number of rows of all sides that are left out, because their text is missing, null
 *     or blank
 * @param uncounted number of conversations of all sides that are left out, because none of their
 *     text counts
 * @param passedOver the files of a folder that are not read, each with the reason
 */
public record CorpusFile(
    String name,
    String revision,
    CorpusSide side,
    String field,
    List<Document> content,
    int conversations,
    int blank,
    int uncounted,
    List<String> passedOver)
    implements Corpus {

  private static final int NAMED = 10;

  /** Copies the lists. */
  public CorpusFile {
    content = List.copyOf(content);
    passedOver = List.copyOf(passedOver);
  }

  /**
   * Reads a corpus whose texts stand in the field {@code text}.
   *
   * @param file a file or a folder; in a folder, a document's id begins with the name of its file
   * @throws IOException if the file is missing, damaged or not UTF-8
   * @throws java.io.UncheckedIOException if the texts cannot be kept in a temporary file
   * @throws IllegalArgumentException if a row is wrong or is a conversation, no row has the field,
   *     an id occurs twice, or this side has no document; the message names file and place
   */
  public static CorpusFile read(Path file, CorpusSide side) throws IOException {
    return read(file, side, TextField.USUAL.path(), ChatWriter.REFUSED);
  }

  /**
   * Reads a corpus.
   *
   * @param field the field that holds the text; {@code a.b} also names the field b of the object a
   * @param writer writes the rows that hold conversations
   * @throws IOException as {@link #read(Path, CorpusSide)}
   * @throws IllegalArgumentException as {@link #read(Path, CorpusSide)}
   */
  public static CorpusFile read(Path file, CorpusSide side, String field, ChatWriter writer)
      throws IOException {
    if (!Files.exists(file)) {
      throw new IOException("There is no corpus file " + file + ".");
    }
    if (Files.isDirectory(file)) {
      return ofFolder(file, side, new TextField(field), writer);
    }
    DocumentRows rows =
        DocumentRows.read(file, new TextField(field), writer, new TextStore(), side);
    if (rows.refusal().isPresent()) {
      throw new IllegalArgumentException(file + ": " + rows.refusal().get() + ".");
    }
    return new CorpusFile(
        RowFile.name(file),
        Sha256.hexOfFile(file),
        side,
        field,
        onSide(file, side, rows.documents(), rows.leftOut()),
        rows.conversations(),
        rows.leftOut().blank(),
        rows.leftOut().uncounted(),
        List.of());
  }

  /** The documents of a side. */
  private static List<Document> onSide(
      Path file, CorpusSide side, List<DocumentRows.Entry> all, LeftOut leftOut) {
    Set<String> ids = new HashSet<>();
    for (DocumentRows.Entry entry : all) {
      if (!ids.add(entry.document().id())) {
        throw new IllegalArgumentException(
            file
                + ": two documents have the id '"
                + entry.document().id()
                + "'. Give each document its own id.");
      }
    }
    if (all.isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: the corpus is empty: it has %d rows%s.",
              file,
              leftOut.blank() + leftOut.uncounted(),
              leftOut.uncounted() == 0
                  ? ", all without text"
                  : " of which nothing counts. Is there an answer of an assistant? Otherwise count more (--count all)"));
    }
    List<Document> used =
        all.stream()
            .filter(entry -> side.holds(entry.side()))
            .map(DocumentRows.Entry::document)
            .toList();
    if (used.isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: the corpus is empty: none of its %d documents is on the side %s, which is chosen by a hash of the text. Take all documents (--side all), or give more.",
              file,
              all.size(),
              side.name().toLowerCase(Locale.ROOT).replace('_', '-')));
    }
    return used;
  }

  private static CorpusFile ofFolder(
      Path folder, CorpusSide side, TextField field, ChatWriter writer) throws IOException {
    List<DocumentRows.Entry> all = new ArrayList<>();
    List<String> passedOver = new ArrayList<>();
    TextStore store = new TextStore();
    StringBuilder parts = new StringBuilder();
    LeftOut leftOut = new LeftOut(0, 0);
    int conversations = 0;
    for (Path file : files(folder)) {
      String name = within(folder, file);
      if (!RowFile.isKnown(file)) {
        passedOver.add(name);
        continue;
      }
      if (name.endsWith(Provenance.ENDING)) {
        passedOver.add(name + " (provenance of a calibration set)");
        continue;
      }
      DocumentRows rows = DocumentRows.read(file, field, writer, store, side);
      if (rows.isSet()) {
        passedOver.add(name + " (a calibration set)");
      } else if (rows.refusal().isPresent()) {
        passedOver.add(name + " (" + rows.refusal().get() + ")");
      } else {
        boolean isOne = new RowFile(file).form() == RowFile.Form.TEXT;
        for (DocumentRows.Entry entry : rows.documents()) {
          Document document = entry.document();
          Document named =
              isOne
                  ? document.named(name, name)
                  : document.named(name + "/" + document.id(), document.source());
          all.add(new DocumentRows.Entry(named, entry.side()));
        }
        leftOut = leftOut.plus(rows.leftOut());
        conversations += rows.conversations();
        parts.append(name).append(' ').append(Sha256.hexOfFile(file)).append('\n');
      }
    }
    if (parts.isEmpty()) {
      throw new IllegalArgumentException(
          "%s: the folder holds no text. Text is read from .txt, .jsonl, .json, .csv, .tsv and .parquet files, also with .gz or .zst. %s"
              .formatted(folder, passed(passedOver)));
    }
    return new CorpusFile(
        RowFile.name(folder),
        Sha256.hex(parts.toString()),
        side,
        field.path(),
        onSide(folder, side, all, leftOut),
        conversations,
        leftOut.blank(),
        leftOut.uncounted(),
        passedOver);
  }

  /** The files in a folder and its subfolders without the hidden ones, sorted by name. */
  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder, FileVisitOption.FOLLOW_LINKS)) {
      return files
          .filter(file -> Files.isRegularFile(file) && !isHidden(folder, file))
          .sorted(Comparator.comparing(file -> within(folder, file)))
          .toList();
    }
  }

  private static boolean isHidden(Path folder, Path file) {
    return within(folder, file).matches("(.*/)?\\..*");
  }

  /** A file's path relative to a folder, with {@code /} on every system. */
  private static String within(Path folder, Path file) {
    return folder.relativize(file).toString().replace('\\', '/');
  }

  private static String passed(List<String> files) {
    if (files.isEmpty()) {
      return "It is empty.";
    }
    String named = String.join("; ", files.subList(0, Math.min(NAMED, files.size())));
    int more = files.size() - NAMED;
    return "Passed over: %s%s.".formatted(named, more > 0 ? "; and " + more + " more" : "");
  }

  /** The number of conversations, and what was left out, in sentences for the user. */
  public List<String> remarks() {
    List<String> remarks = new ArrayList<>();
    if (conversations > 0) {
      remarks.add(String.format(Locale.ROOT, "%s: %d conversations.", name, conversations));
    }
    remarks.addAll(leftOut());
    return remarks;
  }

  /** What was left out, in sentences for the user; empty if nothing was. */
  public List<String> leftOut() {
    List<String> remarks = new ArrayList<>();
    if (blank > 0) {
      remarks.add(
          String.format(
              Locale.ROOT,
              "%s: %d rows are left out, because their field '%s' is missing, null or blank.",
              name,
              blank,
              field));
    }
    if (uncounted > 0) {
      remarks.add(
          String.format(
              Locale.ROOT,
              "%s: %d conversations are left out, because none of their text counts.",
              name,
              uncounted));
    }
    if (!passedOver.isEmpty()) {
      remarks.add(name + ": " + passed(passedOver));
    }
    return remarks;
  }

  @Override
  public Stream<Document> documents() {
    return content.stream();
  }

  /** The name, the number of documents and the start of the revision, but not the text. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "CorpusFile[name=%s, side=%s, documents=%d, revision=%.12s]",
        name,
        side,
        content.size(),
        revision);
  }
}
