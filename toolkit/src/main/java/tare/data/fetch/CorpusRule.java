package tare.data.fetch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tare.data.Document;
import tare.data.JsonLines;

/**
 * Says how one corpus is built from fetched files.
 *
 * @param corpus name of the corpus
 * @param files the files, relative to the folder of fetched files
 * @param extraction how text is extracted from each file
 * @param shortest documents with fewer characters are left out
 * @param longest documents with more characters are left out
 * @param messages whether the lines {@code A: …} and {@code B: …} of a text become the messages of
 *     a user and an assistant; otherwise a document is plain text
 */
public record CorpusRule(
    String corpus,
    List<String> files,
    Extraction extraction,
    int shortest,
    int longest,
    boolean messages) {

  private static final Pattern TURN = Pattern.compile("(?m)^([AB]): ");

  private static final String WIKILINGUA = "bigbench/gem/wikilingua_multilingual/task.json";

  /** The sources of the corpora, by their names in {@code data/sources.csv}. */
  public static final List<String> SOURCES = List.of("bigbench", "java-sources");

  /** The corpora of the default data. They differ clearly in kind. */
  public static final List<CorpusRule> ALL =
      List.of(
          new CorpusRule(
              "news",
              List.of("bigbench/gem/xsum/task.json"),
              new Extraction.Inputs(
                  "xsum",
                  "(?m)^(Media playback is (not supported on this|unsupported on your) device"
                      + "|.{0,20}Last updated at \\d\\d:\\d\\d \\w+|Follow .* on Twitter.*)$\\n?"),
              300,
              40_000),
          new CorpusRule(
              "how-to",
              List.of("bigbench/gem/wikilingua_en/task.json"),
              new Extraction.Inputs("wikilingua", "\\{\"smallUrl\".*?\\}"),
              300,
              40_000),
          new CorpusRule(
              "dialogue",
              List.of("bigbench/topical_chat/task.json"),
              new Extraction.Conversations(),
              300,
              40_000),
          new CorpusRule(
              "chat",
              List.of("bigbench/topical_chat/task.json"),
              new Extraction.Conversations(),
              300,
              40_000,
              true),
          new CorpusRule(
              "encyclopedia",
              List.of(
                  "bigbench/natural_instructions/subtask002_quoref_answer_generation/task.json"),
              new Extraction.Inputs("quoref", "(?s)^Passage:\\s*|\\s*\\nQuestion:.*$"),
              300,
              40_000),
          new CorpusRule(
              "mathematics",
              List.of("bigbench/elementary_math_qa/question_with_language_hint/task.json"),
              new Extraction.WordProblems("mathqa"),
              30,
              40_000),
          new CorpusRule(
              "code",
              List.of(
                  "java-sources/commons-lang3-3.18.0-sources.jar",
                  "java-sources/commons-io-2.19.0-sources.jar",
                  "java-sources/jsoup-1.21.1-sources.jar"),
              new Extraction.JavaFiles(),
              300,
              40_000),
          howTo("de", "wiki_lingua_german"),
          howTo("es", "wiki_lingua_spanish"),
          howTo("ru", "wiki_lingua_russian"),
          howTo("zh", "wiki_lingua_chinese"),
          howTo("ar", "wiki_lingua_arabic"));

  /** Articles like those of {@code how-to}, in another language. */
  private static CorpusRule howTo(String language, String comment) {
    return new CorpusRule(
        "how-to-" + language, List.of(WIKILINGUA), new Extraction.Language(comment), 100, 40_000);
  }

  /** Copies the list. */
  public CorpusRule {
    files = List.copyOf(files);
  }

  /** The rule of a corpus of plain text. */
  CorpusRule(String corpus, List<String> files, Extraction extraction, int shortest, int longest) {
    this(corpus, files, extraction, shortest, longest, false);
  }

  /** Path of the built corpus below the folder of fetched files. */
  public Path file(Path fetched) {
    return fetched.resolve("corpora").resolve(corpus + ".jsonl");
  }

  /**
   * Builds the corpus and writes it. Equal texts count once. The same input gives the same bytes.
   *
   * @param fetched the folder of fetched files
   * @return the documents
   * @throws IOException if a file is missing, has another form or gives no text
   */
  public List<Document> build(Path fetched) throws IOException {
    List<Document> documents = new ArrayList<>();
    Set<String> seen = new HashSet<>();
    for (String file : files) {
      Path path = fetched.resolve(file);
      if (!Files.isRegularFile(path)) {
        throw new IOException(path + " is missing: the corpus " + corpus + " is built from it.");
      }
      for (Map.Entry<String, String> each : extraction.texts(path).entrySet()) {
        String text = each.getValue().strip();
        if (text.length() >= shortest && text.length() <= longest && seen.add(text)) {
          documents.add(new Document(each.getKey(), corpus, text));
        }
      }
    }
    if (documents.isEmpty()) {
      throw new IOException(files + " gave no text for the corpus " + corpus + ".");
    }
    if (messages) {
      JsonLines.writeObjects(
          file(fetched), documents.stream().map(CorpusRule::conversation).toList());
    } else {
      JsonLines.write(file(fetched), documents);
    }
    return documents;
  }

  private record Message(String role, String content) {}

  private record Talk(String id, String source, List<Message> messages) {}

  /** The conversation of a text whose turns begin with {@code A:} or {@code B:}. */
  private static Talk conversation(Document document) {
    List<Message> messages = new ArrayList<>();
    Matcher turn = TURN.matcher(document.text());
    for (boolean isMore = turn.find(); isMore; ) {
      String role = turn.group(1).equals("A") ? "user" : "assistant";
      int from = turn.end();
      isMore = turn.find();
      int to = isMore ? turn.start() : document.text().length();
      messages.add(new Message(role, document.text().substring(from, to).strip()));
    }
    return new Talk(document.id(), document.source(), messages);
  }
}
