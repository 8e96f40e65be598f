package tare.data;

import java.util.Locale;
import java.util.stream.IntStream;

/**
 * One window of tokens.
 *
 * <p>All tokens run through the model. The weight of a token says how often it then counts in what
 * a compressor sees of a linear layer's inputs: 0 leaves the token out, and 2 is as if it had been
 * seen twice. A weight may be any number from 0.
 *
 * @param document id of its document (the first one, if several are packed into the window)
 * @param source the corpus of that document
 * @param text the decoded tokens
 * @param tokens token ids, {@code [tokensPerSample]}
 * @param weights weight of each token; empty if each counts once
 * @param template number of tokens that a chat template wrote
 */
public record Sample(
    String document, String source, String text, int[] tokens, float[] weights, int template) {

  /**
   * Checks the weights. Weights that are all 1 become empty.
   *
   * @throws IllegalArgumentException if there are more or fewer weights than tokens, or a weight is
   *     negative or not finite
   */
  public Sample {
    if (weights.length != 0 && weights.length != tokens.length) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "A sample of %d tokens has %d weights; give one for each token.",
              tokens.length,
              weights.length));
    }
    boolean ones = true;
    for (float weight : weights) {
      if (!(weight >= 0 && Float.isFinite(weight))) {
        throw new IllegalArgumentException(
            "The weight of a token must be a number from 0; got " + weight + ".");
      }
      ones &= weight == 1;
    }
    weights = ones ? new float[0] : weights;
  }

  /** A sample in which each token counts once. */
  public Sample(String document, String source, String text, int[] tokens) {
    this(document, source, text, tokens, new float[0]);
  }

  /**
   * A sample without a chat template.
   *
   * @throws IllegalArgumentException as the first constructor does
   */
  public Sample(String document, String source, String text, int[] tokens, float[] weights) {
    this(document, source, text, tokens, weights, 0);
  }

  /**
   * Returns the same tokens with these weights.
   *
   * @throws IllegalArgumentException as the constructor does
   */
  public Sample weighted(float... other) {
    return new Sample(document, source, text, tokens, other, template);
  }

  /**
   * Returns the same tokens with weights that sum to 1, in the same proportions. A sample without a
   * counted token stays as it is.
   */
  public Sample withOneVote() {
    double weight = weight();
    float[] shares = new float[tokens.length];
    for (int i = 0; i < shares.length; i++) {
      shares[i] = (float) (weight(i) / weight);
    }
    return weight == 0 ? this : weighted(shares);
  }

  /** Whether the tokens' weights differ from 1. */
  public boolean isWeighted() {
    return weights.length > 0;
  }

  /** The weight of a token. */
  public float weight(int token) {
    return isWeighted() ? weights[token] : 1;
  }

  /** The sum of the tokens' weights. */
  public double weight() {
    return IntStream.range(0, tokens.length).mapToDouble(this::weight).sum();
  }

  /** Number of tokens whose weight is above 0. */
  public int counted() {
    return countedFrom(0);
  }

  /** Number of tokens beyond the first whose weight is above 0. */
  int countedBeyondFirst() {
    return countedFrom(1);
  }

  private int countedFrom(int first) {
    return (int) IntStream.range(first, tokens.length).filter(i -> weight(i) > 0).count();
  }
}
