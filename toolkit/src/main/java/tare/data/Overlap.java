package tare.data;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Text of test items, to be recognized in other text. Compared are words in lower case, without
 * punctuation. A text overlaps with a test item if it is the same, or if 13 words in a row stand in
 * both (the rule of Brown et al. 2020, appendix C). A run of words that stands in more than one in
 * twenty items of a task, and in more than ten (or half, of fewer than twenty items), is the format
 * of the task and not its content, and does not count. Of test texts that are documents and not
 * items (held-back text for perplexity), only the whole is recognized: documents of one kind share
 * phrases.
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

  /** Adds documents, of which only the whole is recognized. */
  public void addDocuments(List<String> documents) {
    documents.forEach(document -> whole.add(hash(words(document))));
  }

  /** Whether a text is the same as an item or a document, up to case and punctuation. */
  public boolean isSame(String text) {
    return whole.contains(hash(words(text)));
  }

  /** Whether a text is the same as an item or a document, or shares 13 words in a row. */
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
