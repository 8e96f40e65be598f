package tare.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import tare.data.Corpus;
import tare.data.CorpusFile;
import tare.data.JoinedCorpus;
import tare.data.Provenance;
import tare.select.Mixture;

/**
 * The corpora of {@code --pool}.
 *
 * @param corpora the corpora, in their order
 * @param shares the share of each; empty if they form one pool
 */
record PoolParts(List<CorpusFile> corpora, List<Double> shares) {

  private static final Pattern SHARED = Pattern.compile("(.+):([^:/\\\\]*)");

  /** Reads one corpus. */
  interface Reader {
    /** Reads the corpus of a file or folder. */
    CorpusFile read(Path file) throws IOException;
  }

  /**
   * Reads the corpora.
   *
   * @param given names of files, each with a share behind a colon or all without
   * @throws IOException if a file cannot be read
   * @throws IllegalArgumentException if only some have shares, or the shares do not add up to 1,
   *     which is checked before a file is read; or if two corpora with shares are the same
   */
  static PoolParts read(List<String> given, Reader reader) throws IOException {
    List<Double> shares = new ArrayList<>();
    for (String each : given) {
      shared(each).ifPresent(parts -> shares.add(share(each, parts.group(2))));
    }
    if (!shares.isEmpty() && shares.size() < given.size()) {
      throw new IllegalArgumentException(
          "--pool: give each corpus a share, as in news.jsonl:0.7 code.jsonl:0.3, or none.");
    }
    Mixture.requireWhole(shares);
    List<CorpusFile> corpora = new ArrayList<>();
    for (Path file : files(given)) {
      corpora.add(reader.read(file));
    }
    if (!shares.isEmpty()) {
      requireDifferent(corpora);
    }
    return new PoolParts(corpora, shares);
  }

  /**
   * The files, without their shares.
   *
   * @param given names of files, each with a share behind a colon or all without
   */
  static List<Path> files(List<String> given) {
    return given.stream()
        .map(each -> Path.of(shared(each).map(parts -> parts.group(1)).orElse(each)))
        .toList();
  }

  /** The file and the share behind the last colon, unless the colon belongs to the name. */
  private static Optional<MatchResult> shared(String given) {
    Matcher shared = SHARED.matcher(given);
    boolean hasShare =
        !Files.exists(Path.of(given))
            && shared.matches()
            && (Files.exists(Path.of(shared.group(1))) || shared.group(2).matches("[0-9.eE+-]+"));
    return hasShare ? Optional.of(shared.toMatchResult()) : Optional.empty();
  }

  /** Refuses a corpus that gives two shares, because both would have the same samples. */
  private static void requireDifferent(List<CorpusFile> corpora) {
    Map<String, String> seen = new HashMap<>();
    for (CorpusFile corpus : corpora) {
      String other = seen.put(corpus.revision(), corpus.name());
      if (other != null) {
        throw new IllegalArgumentException(
            "--pool: %s and %s are the same corpus. Give it once, with the sum of the shares."
                .formatted(other, corpus.name()));
      }
    }
  }

  private static double share(String given, String number) {
    try {
      return Double.parseDouble(number);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "--pool " + given + ": '" + number + "' is not a share, which is a number from 0 to 1.",
          e);
    }
  }

  /** The pool: a mixture if there are shares. */
  Corpus corpus() {
    return shares.isEmpty()
        ? new JoinedCorpus(List.copyOf(corpora))
        : new Mixture(
            IntStream.range(0, corpora.size())
                .mapToObj(i -> new Mixture.Part(corpora.get(i), shares.get(i)))
                .toList());
  }

  boolean hasConversations() {
    return corpora.stream().anyMatch(corpus -> corpus.conversations() > 0);
  }

  /** The corpora, as the provenance names them. */
  List<Provenance.Source> sources() {
    return IntStream.range(0, corpora.size())
        .mapToObj(
            i -> Provenance.Source.of(corpora.get(i), shares.isEmpty() ? null : shares.get(i)))
        .toList();
  }
}
