package tare.select;

import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.random.RandomGenerator;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.Document;
import tare.data.Sample;
import tare.data.Sha256;

/**
 * Draws text uniformly.
 *
 * <pre>{@code
 * Checkpoint model = Checkpoint.open(Path.of("data/tiny"));
 * Corpus news = CorpusFile.read(Path.of("data/fetched/corpora/news.jsonl"), CorpusSide.TRAIN);
 * Surroundings given =
 *     new Surroundings(model.tokenizer(), () -> null, new SplittableRandom(2026));
 * CalibrationSet set = new UniformDraw().select(news, new Budget(8, 64), given);
 * }</pre>
 *
 * <p>The documents are shuffled (equal texts count once), packed one after another and cut into
 * windows; set k takes the windows from k·N up to (k+1)·N ({@code given.set(k)}). Sets with
 * different k therefore share no window and no text, if they are drawn with generators of the same
 * seed.
 */
@JsonTypeName("uniform")
public record UniformDraw() implements Selector {

  @Override
  public boolean asksForModel() {
    return false;
  }

  @Override
  public CalibrationSet select(Corpus pool, Budget budget, Surroundings given) {
    long from = (long) given.set() * budget.samples();
    return new CalibrationSet(name(), budget, windows(pool, budget, given, from));
  }

  /**
   * The windows of one set.
   *
   * @param from index of its first window
   * @throws CorpusTooSmall if the corpus has too few windows
   */
  static List<Sample> windows(Corpus pool, Budget budget, Surroundings given, long from) {
    Iterator<Sample> packed =
        given.windows(budget.tokensPerSample()).pack(shuffled(pool, given.random()));
    long to = from + budget.samples();
    List<Sample> chosen = new ArrayList<>();
    for (long window = 0; window < to; window++) {
      if (!packed.hasNext()) {
        throw tooSmall(pool, budget, given.set(), window, to);
      }
      Sample sample = packed.next();
      if (window >= from) {
        chosen.add(sample);
      }
    }
    return chosen;
  }

  private static CorpusTooSmall tooSmall(
      Corpus pool, Budget budget, int set, long found, long needed) {
    return new CorpusTooSmall(
        String.format(
            Locale.ROOT,
            "The corpus %s gives %d windows of %d tokens; set %d of %d samples needs %d."
                + " Lower the number of samples, their length or the set, or give a larger corpus.",
            pool.name(),
            found,
            budget.tokensPerSample(),
            set,
            budget.samples(),
            needed));
  }

  /** Shuffles the documents so that every order has the same probability (Fisher and Yates). */
  private static List<Document> shuffled(Corpus pool, RandomGenerator random) {
    Set<String> texts = new HashSet<>();
    Document[] documents;
    try (var all = pool.documents()) {
      documents = all.filter(each -> texts.add(Sha256.hex(each.text()))).toArray(Document[]::new);
    }
    for (int i = documents.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      Document swapped = documents[i];
      documents[i] = documents[j];
      documents[j] = swapped;
    }
    return Arrays.asList(documents);
  }
}
