package tare.select;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import tare.data.Budget;
import tare.data.Corpus;
import tare.data.Document;
import tare.data.Sample;
import tare.data.Sha256;
import tare.data.Windows;

/** The windows of a pool. They are cut and tokenized anew in each iteration. */
public final class Candidates implements Iterable<Candidate> {

  private final CandidatePool pool;
  private final int set;
  private final String corpus;
  private final int length;
  private final int first;
  private final int end;
  private final Windows cut;
  private final Map<Key, Document> documents = new TreeMap<>(Key.ORDER);

  /** 128 bits of the hash of a text and a seed. */
  private record Key(long high, long low) {
    static final Comparator<Key> ORDER =
        Comparator.comparingLong(Key::high).thenComparingLong(Key::low);

    static Key of(long seed, String text) {
      ByteBuffer hash = ByteBuffer.wrap(Sha256.digest(Long.toHexString(seed) + "\n" + text));
      return new Key(hash.getLong(), hash.getLong());
    }
  }

  Candidates(CandidatePool pool, Corpus corpus, Budget budget, Surroundings given) {
    this.pool = pool;
    set = given.set();
    this.corpus = corpus.name();
    long seed = given.random().nextLong();
    length = budget.tokensPerSample();
    cut = given.windows(length);
    boolean whole = pool.pressure() == 0;
    int size = Math.multiplyExact(pool.pressure(), budget.samples());
    first = Math.multiplyExact(size, set);
    end = whole ? Integer.MAX_VALUE : Math.addExact(first, size);
    try (var all = corpus.documents()) {
      all.forEach(each -> documents.putIfAbsent(Key.of(seed, each.text()), each));
    }
  }

  /** Number of tokens in each window. */
  public int length() {
    return length;
  }

  /**
   * {@inheritDoc}
   *
   * <p>The iteration throws {@link IllegalArgumentException} if the corpus has too few windows.
   */
  @Override
  public Iterator<Candidate> iterator() {
    Iterator<Candidate> windows = pool.packed() ? packed() : single();
    for (int i = 0; i < first; i++) {
      requireMore(windows.hasNext(), i);
      windows.next();
    }
    return new Section(windows);
  }

  /** All windows, in order. */
  public List<Candidate> list() {
    List<Candidate> all = new ArrayList<>();
    forEach(all::add);
    return all;
  }

  /**
   * All windows, which must be at least {@code samples}.
   *
   * @throws IllegalArgumentException if there are fewer windows
   */
  public List<Candidate> atLeast(int samples) {
    List<Candidate> all = list();
    requireMore(all.size() >= samples, all.size());
    return all;
  }

  /** The windows with the given indices, in the order of the indices. */
  public List<Candidate> pick(List<Integer> indices) {
    Set<Integer> wanted = new HashSet<>(indices);
    Map<Integer, Candidate> found = new HashMap<>();
    for (Iterator<Candidate> all = iterator(); found.size() < wanted.size(); ) {
      Candidate next = all.next();
      if (wanted.contains(next.index())) {
        found.put(next.index(), next);
      }
    }
    return indices.stream().map(found::get).toList();
  }

  private void requireMore(boolean more, int found) {
    if (!more) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "The corpus %s gives %d windows of %d tokens%s; pool %d with %d windows for each sample needs %s. Lower the number of samples, their length, the size of the pool or the number of pools, %sor give a larger corpus.",
              corpus,
              found,
              length,
              pool.packed() ? "" : ", one from each document that is long enough",
              set,
              pool.pressure(),
              end == Integer.MAX_VALUE ? "more" : Integer.toString(end),
              pool.packed() ? "" : "join documents and cut them (--packed), "));
    }
  }

  /** Iterates over the pool's own windows only. */
  private final class Section implements Iterator<Candidate> {
    private final Iterator<Candidate> windows;
    private int at = first;

    Section(Iterator<Candidate> windows) {
      this.windows = windows;
    }

    @Override
    public boolean hasNext() {
      if (at < end && end < Integer.MAX_VALUE) {
        requireMore(windows.hasNext(), at);
      }
      return at < end && windows.hasNext();
    }

    @Override
    public Candidate next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Candidate next = windows.next();
      return new Candidate(at++ - first, next.sample(), next.documents());
    }
  }

  private Iterator<Candidate> single() {
    return documents.entrySet().stream()
        .flatMap(entry -> window(entry.getKey(), entry.getValue()))
        .map(sample -> new Candidate(0, sample, 1))
        .iterator();
  }

  /** A window at a random place of a document, if it has one. */
  private Stream<Sample> window(Key key, Document document) {
    return cut.within(document, places -> new SplittableRandom(key.low()).nextInt(places)).stream();
  }

  private Iterator<Candidate> packed() {
    List<String> reached = new ArrayList<>();
    Iterator<Document> inOrder = documents.values().iterator();
    Iterable<Document> counted =
        () ->
            new Iterator<>() {
              @Override
              public boolean hasNext() {
                return inOrder.hasNext();
              }

              @Override
              public Document next() {
                Document next = inOrder.next();
                reached.add(next.source() + "\n" + next.id());
                return next;
              }
            };
    Iterator<Sample> packed = cut.pack(counted);
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return packed.hasNext();
      }

      @Override
      public Candidate next() {
        Sample sample =
            packed
                .next(); // nothing is packed beyond the window, so the last document reached is its
        // last
        int last = reached.size();
        int from = reached.lastIndexOf(sample.source() + "\n" + sample.document());
        return new Candidate(0, sample, last - from);
      }
    };
  }
}
