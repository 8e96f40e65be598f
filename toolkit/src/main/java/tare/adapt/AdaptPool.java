package tare.adapt;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import tare.data.Budget;
import tare.data.CleanCorpus;
import tare.data.Corpus;
import tare.data.CorpusFile;
import tare.data.Document;
import tare.data.JoinedCorpus;
import tare.data.Sha256;
import tare.data.Windows;
import tare.evaluate.Perplexity;
import tare.model.TextTokenizer;

/**
 * The text that candidates choose from, without what overlaps with the purpose, and held-back text
 * of the same corpora on which a loss elsewhere shows.
 *
 * @param parts the corpora, without documents that overlap with the purpose
 * @param removed for each corpus that lost documents, by its name, how many
 * @param domains windows of the held-back side of each corpus that has enough text
 * @param notes what a reader must know of the pool
 */
public record AdaptPool(
    List<Corpus> parts, Map<String, Long> removed, List<Perplexity> domains, List<String> notes) {

  /** Copies the lists. */
  public AdaptPool {
    parts = List.copyOf(parts);
    removed = Map.copyOf(removed);
    domains = List.copyOf(domains);
    notes = List.copyOf(notes);
  }

  /**
   * Cleans a pool.
   *
   * @param train the training side of each corpus
   * @param heldBack the held-back side of the corpora that have one
   * @param tokenizer the model's
   * @param window tokens of a window of held-back text
   * @param windows windows of each corpus, at most
   * @throws IllegalArgumentException if nothing remains, or two corpora have one name
   */
  public static AdaptPool of(
      Purpose purpose,
      List<? extends Corpus> train,
      List<? extends Corpus> heldBack,
      TextTokenizer tokenizer,
      int window,
      int windows) {
    Map<String, Long> removed = new LinkedHashMap<>();
    List<Corpus> parts = new ArrayList<>();
    List<String> notes = new ArrayList<>();
    var overlaps = purpose.overlap();
    for (Corpus corpus : train) {
      if (parts.stream().anyMatch(each -> each.name().equals(corpus.name()))) {
        throw new IllegalArgumentException(
            "--pool names two corpora that are both called %s: rename a file, as the report would mix them up."
                .formatted(corpus.name()));
      }
      CleanCorpus clean;
      try {
        clean = CleanCorpus.of(corpus, overlaps);
      } catch (IllegalArgumentException e) {
        notes.add(
            "%s is left out of the pool: each of its documents overlaps with the purpose."
                .formatted(corpus.name()));
        continue;
      }
      if (clean.leftOut() > 0) {
        removed.put(corpus.name(), clean.leftOut());
        notes.add(
            String.format(
                Locale.ROOT,
                "%s: %d documents are left out of the pool, because they overlap with the purpose.",
                corpus.name(),
                clean.leftOut()));
      }
      parts.add(clean);
    }
    if (parts.isEmpty()) {
      throw new IllegalArgumentException(
          "--pool holds nothing but text of the purpose, which must not calibrate and decide at once. Give other text: %s."
              .formatted(train.stream().map(Corpus::name).collect(Collectors.joining(", "))));
    }
    List<Perplexity> domains = new ArrayList<>();
    var known = purpose.known();
    for (Corpus corpus : heldBack) {
      String text = text(corpus, known, tokenizer, window, windows);
      int tokens = tokenizer.encodePrompt(text).length;
      if (tokens < 2 * window) {
        notes.add(
            String.format(
                Locale.ROOT,
                "%s has only %d tokens of held-back text that is not of the purpose, so a loss on it cannot be seen.",
                corpus.name(),
                tokens));
      } else {
        domains.add(
            new Perplexity(
                corpus.name(), Sha256.hex(text).substring(0, 12), text, window, windows));
      }
    }
    return new AdaptPool(parts, removed, domains, notes);
  }

  /** Documents that are not of the purpose, until they have enough tokens. */
  private static String text(
      Corpus corpus, Predicate<String> known, TextTokenizer tokenizer, int window, int windows) {
    StringBuilder text = new StringBuilder();
    long tokens = 0;
    try (var documents = corpus.documents()) {
      for (Iterator<String> all = documents.map(Document::text).filter(known.negate()).iterator();
          all.hasNext() && tokens < (long) window * (windows + 1); ) {
        String next = all.next() + Windows.JOINT;
        tokens += tokenizer.encode(next).length;
        text.append(next);
      }
    }
    return text.toString();
  }

  /** A pool of corpus files without held-back sides. */
  public static AdaptPool of(Purpose purpose, List<CorpusFile> train, TextTokenizer tokenizer) {
    return of(purpose, train, List.of(), tokenizer, 2, 1);
  }

  /** All corpora as one pool. */
  public Corpus joined() {
    return new JoinedCorpus(parts);
  }

  /** Number of removed documents. */
  public long removedDocuments() {
    return removed.values().stream().mapToLong(each -> each).sum();
  }

  /**
   * Number of windows that the documents give when they are packed, counted up to a bound.
   *
   * @param most where counting stops
   */
  long windows(TextTokenizer tokenizer, Budget budget, long most) {
    long tokens = 0;
    long enough = most * budget.tokensPerSample();
    try (var documents = joined().documents()) {
      for (Iterator<Document> all = documents.iterator(); all.hasNext() && tokens < enough; ) {
        tokens += tokenizer.encode(all.next().text() + Windows.JOINT).length;
      }
    }
    return tokens / budget.tokensPerSample();
  }
}
