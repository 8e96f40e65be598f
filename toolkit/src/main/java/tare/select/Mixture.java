package tare.select;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tare.data.Corpus;
import tare.data.Document;
import tare.data.Sha256;

/**
 * Several corpora of which each gives a share of the samples. As all samples of a set have the same
 * length, it is the share of the tokens too.
 *
 * <p>A selector chooses in each part by itself, as many samples as are its share ({@link
 * Selection#by}).
 *
 * @param parts the corpora with their shares, which add up to 1
 */
public record Mixture(List<Part> parts) implements Corpus {

  private static final double ROUNDING = 1e-6;

  /**
   * A corpus of a mixture.
   *
   * @param corpus the corpus
   * @param share its share of the samples, 0 to 1
   */
  public record Part(Corpus corpus, double share) {}

  /**
   * Copies the list.
   *
   * @throws IllegalArgumentException if a share is not from 0 to 1, or the shares do not add up to
   *     1
   */
  public Mixture {
    parts = List.copyOf(parts);
    requireWhole(parts.stream().map(Part::share).toList());
  }

  /**
   * Checks shares.
   *
   * @param shares the shares of a mixture; none is fine too
   * @throws IllegalArgumentException if one is not from 0 to 1, or they do not add up to 1
   */
  public static void requireWhole(List<Double> shares) {
    double sum = shares.stream().mapToDouble(share -> share).sum();
    boolean fits = shares.stream().allMatch(share -> share >= 0 && share <= 1);
    if (!shares.isEmpty() && !(fits && Math.abs(sum - 1) <= ROUNDING)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "The shares of a mixture must be from 0 to 1 and add up to 1; %s is %.6g.",
              shares.stream().map(String::valueOf).collect(Collectors.joining(" + ")),
              sum));
    }
  }

  /**
   * The number of samples of each part. The numbers add up to all samples, and each is less than
   * one sample from its share: the samples that rounding down leaves over go to the largest rests.
   */
  public List<Integer> samples(int all) {
    return samples(parts.stream().map(Part::share).toList(), all);
  }

  /** The numbers of samples by which parts with these shares give all samples, as above. */
  public static List<Integer> samples(List<Double> shares, int all) {
    List<Integer> counts = new ArrayList<>();
    List<Double> rests = new ArrayList<>();
    for (double share : shares) {
      double exact = share * all;
      int whole = (int) Math.floor(exact + ROUNDING);
      counts.add(whole);
      rests.add(exact - whole);
    }
    int left = all - counts.stream().mapToInt(count -> count).sum();
    IntStream.range(0, shares.size())
        .boxed()
        .sorted(Comparator.comparing(rests::get, Collections.reverseOrder()))
        .limit(left)
        .forEach(i -> counts.set(i, counts.get(i) + 1));
    return counts;
  }

  /** The names with their shares: {@code news:0.5+code:0.5}. */
  @Override
  public String name() {
    return parts.stream()
        .map(part -> part.corpus.name() + ":" + part.share)
        .collect(Collectors.joining("+"));
  }

  /** The SHA-256 of the parts' revisions and shares. */
  @Override
  public String revision() {
    return Sha256.hex(
        parts.stream()
            .map(part -> part.corpus.revision() + " " + part.share)
            .collect(Collectors.joining("\n")));
  }

  /** The documents of all parts whose share is above 0. */
  @Override
  public Stream<Document> documents() {
    return parts.stream().filter(part -> part.share > 0).flatMap(part -> part.corpus.documents());
  }
}
