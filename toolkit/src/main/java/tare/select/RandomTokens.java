package tare.select;

import com.fasterxml.jackson.annotation.JsonTypeName;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import tare.data.Budget;
import tare.data.CalibrationSet;
import tare.data.Corpus;
import tare.data.Sample;

/**
 * Draws tokens uniformly from the model's vocabulary, without special tokens and tokens that have
 * no text. The result has no words, grammar or frequencies.
 *
 * <p>This is a negative control: a study in which random tokens are as good as real text shows
 * nothing about the choice of text. Paglieri et al. (arXiv 2405.20835) calibrate on random
 * punctuation for the same reason. The selector needs the model for the size of its vocabulary.
 */
@JsonTypeName("random-tokens")
public record RandomTokens() implements Selector {

  @Override
  public CalibrationSet select(Corpus pool, Budget budget, Surroundings given) {
    int vocabulary = given.model().get().checkpoint().config().vocabulary();
    RandomGenerator random = new SplittableRandom(given.seedOfSet());
    Vocabulary words = new Vocabulary(given.tokenizer());
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i < budget.samples(); i++) {
      int[] tokens = new int[budget.tokensPerSample()];
      for (int t = 0; t < tokens.length; t++) {
        do {
          tokens[t] = random.nextInt(vocabulary);
        } while (!words.hasText(tokens[t]));
      }
      samples.add(new Sample("random-" + i, "random", given.tokenizer().decode(tokens), tokens));
    }
    return new CalibrationSet(name(), budget, samples);
  }
}
