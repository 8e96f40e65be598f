package tare.data;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Finds text of test items in other text, so that calibration text can be kept clean of them. The
 * comparison uses words in lower case, without punctuation. A text overlaps with a test item if
 * both are equal or share 13 consecutive words (the rule of Brown et al. 2020, appendix C).
 *
 * <p>Some runs of 13 words belong to the format of a task and not to its content; they do not
 * count. Such a run occurs in more than one of twenty items of the task, and in more than ten items
 * (more than half, for a task with fewer than twenty items).
 *
 * <p>Some test texts are whole documents: held-out text for perplexity. They are only compared as a
 * whole, because documents of one kind share phrases.
 */
public final class Overlap {

  private static final int RUN = 13;
  private static final int FORMAT_ITEMS = 10;
  private static final int FORMAT_SHARE = 20;
  private static final Pattern NO_WORD = Pattern.compile("[^\\p{L}\\p{N}]+");

  private final Set<String> whole = new HashSet<>();
  private final Set<Long> runs = new HashSet<>();

  /** Adds the items of one task. */
  public void addItems(List<String> items) {
    Map<Long, Integer> counts = new HashMap<>();
    for (String item : items) {
      whole.add(hash(words(item)));
      runs(words(item)).forEach(run -> counts.merge(run, 1, Integer::sum));
    }
    int few = Math.max(1, Math.min(FORMAT_ITEMS, items.size() / 2));
    int most = Math.max(few, items.size() / FORMAT_SHARE);
    counts.forEach(
        (run, count) -> {
          if (count <= most) {
            runs.add(run);
          }
        });
  }

  /** Adds documents, which are only compared as a whole. */
  public void addDocuments(Stream<String> documents) {
    documents.forEach(document -> whole.add(hash(words(document))));
  }

  /** Whether a text equals an item or a document, apart from case and punctuation. */
  public boolean isSame(String text) {
    return whole.contains(hash(words(text)));
  }

  /** Whether a text equals an item or a document, or shares 13 consecutive words with an item. */
  public boolean isIn(String text) {
    List<String> words = words(text);
    return whole.contains(hash(words)) || runs(words).stream().anyMatch(runs::contains);
  }

  private static List<String> words(String text) {
    List<String> words = new ArrayList<>();
    for (String word : NO_WORD.split(text.toLowerCase(Locale.ROOT), -1)) {
      if (!word.isEmpty()) {
        words.add(word);
      }
    }
    return words;
  }

  private static String hash(List<String> words) {
    return Sha256.hex(String.join(" ", words));
  }

  private static Set<Long> runs(List<String> words) {
    Set<Long> runs = new HashSet<>();
    for (int from = 0; from + RUN <= words.size(); from++) {
      long hash = 0;
      for (String word : words.subList(from, from + RUN)) {
        hash = (hash + word.hashCode() + 1) * 0x9E3779B97F4A7C15L;
        hash ^= hash >>> 29;
      }
      runs.add(hash);
    }
    return runs;
  }
}
