package tare.select;

import com.fasterxml.jackson.annotation.JsonTypeName;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.Sample;
import tare.data.Windows;

/**
 * Shuffles the words of uniformly drawn windows and cuts them into new windows. This is a negative
 * control that keeps the frequencies of words and destroys everything else.
 *
 * @param pool the windows whose words are used
 */
@JsonTypeName("shuffled-words")
public record ShuffledWords(@JsonUnwrapped CandidatePool pool)
    implements PoolSelector<ShuffledWords> {

  /** Takes words from the default pool. */
  public ShuffledWords() {
    this(new CandidatePool());
  }

  @Override
  public ShuffledWords from(CandidatePool other) {
    return new ShuffledWords(other);
  }

  @Override
  public boolean asksForModel() {
    return false;
  }

  @Override
  public CalibrationSet select(Corpus corpus, Budget budget, Surroundings given) {
    Candidates candidates = pool.draw(corpus, budget, given);
    RandomGenerator random = given.random();
    List<String> words = new ArrayList<>();
    List<int[]> cut = List.of();
    int windows = 0;
    for (Candidate candidate : candidates) {
      Collections.addAll(words, candidate.sample().text().strip().split("\\s+"));
      windows++;
      if (windows >= budget.samples()) {
        int[] tokens = given.tokenizer().encode(shuffled(words, random));
        cut = Windows.cut(tokens, budget.tokensPerSample(), budget.samples());
        if (cut.size() == budget.samples()) {
          break;
        }
      }
    }
    if (cut.size() < budget.samples()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "The words of %d windows of %s fill only %d samples of %d. Make the pool larger.",
              windows,
              corpus.name(),
              cut.size(),
              budget.samples()));
    }
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < cut.size(); i++) {
      String text = given.tokenizer().decode(cut.get(i));
      samples.add(new Sample("shuffled-" + i, corpus.name(), text, cut.get(i)));
    }
    return new CalibrationSet(name(), budget, samples);
  }

  /** Shuffles words so that every order has the same probability (Fisher and Yates). */
  private static String shuffled(List<String> words, RandomGenerator random) {
    String[] mixed = words.toArray(String[]::new);
    for (int i = mixed.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      String swapped = mixed[i];
      mixed[i] = mixed[j];
      mixed[j] = swapped;
    }
    return String.join(" ", mixed);
  }
}
