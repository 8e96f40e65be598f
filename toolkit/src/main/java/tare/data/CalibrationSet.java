package tare.data;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * A calibration set: the samples that a compressor sees.
 *
 * <pre>{@code
 * Lab lab = Lab.open();
 * CalibrationSet set =
 *     new UniformDraw().select(lab.corpus("news"), new Budget(8, 64), lab.given());
 * System.out.println(set.samples().get(0).text());
 * CalibrationFile.write(Path.of("out/news.jsonl"), set);
 * }</pre>
 *
 * @param selector name of the selector that chose the samples
 * @param budget the requested amount of text
 * @param samples the chosen windows, in the order in which they are run
 */
public record CalibrationSet(String selector, Budget budget, List<Sample> samples) {

  private static final int WEIGHTS = -1; // neither a token id nor a length

  /**
   * Copies the list.
   *
   * @throws IllegalArgumentException if the weight of every token is 0
   */
  public CalibrationSet {
    samples = List.copyOf(samples);
    if (!samples.isEmpty() && samples.stream().allMatch(sample -> sample.counted() == 0)) {
      throw new IllegalArgumentException(
          "The weights of the calibration set leave no token that counts: each of its "
              + samples.stream().mapToLong(s -> s.tokens().length).sum()
              + " tokens has the weight 0.");
    }
  }

  /** Whether the set has a sample with the same tokens. */
  public boolean holds(Sample sample) {
    return samples.stream().anyMatch(own -> Arrays.equals(own.tokens(), sample.tokens()));
  }

  /**
   * SHA-256 of the token ids (big-endian, each sample preceded by its length), in hexadecimal. The
   * weights of a sample that has some follow its tokens, after the number -1.
   */
  public String fingerprint() {
    MessageDigest digest = Sha256.digest();
    for (Sample sample : samples) {
      int length = sample.tokens().length;
      ByteBuffer bytes =
          ByteBuffer.allocate(4 * (sample.isWeighted() ? 2 * length + 2 : length + 1));
      bytes.putInt(length);
      for (int token : sample.tokens()) {
        bytes.putInt(token);
      }
      if (sample.isWeighted()) {
        bytes.putInt(WEIGHTS);
        for (float weight : sample.weights()) {
          bytes.putFloat(weight + 0f); // so that -0 is 0
        }
      }
      digest.update(bytes.array());
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Share of the tokens that a chat template wrote, 0 to 1. */
  public double templateShare() {
    return samples.stream().mapToDouble(Sample::template).sum() / tokens();
  }

  /** Share of the tokens whose weight is above 0, 0 to 1. */
  public double countedShare() {
    return samples.stream().mapToDouble(Sample::counted).sum() / tokens();
  }

  private long tokens() {
    return samples.stream().mapToLong(sample -> sample.tokens().length).sum();
  }

  /** Whether the tokens' weights differ from 1. */
  public boolean isWeighted() {
    return samples.stream().anyMatch(Sample::isWeighted);
  }

  /**
   * Returns the set with weights that sum to 1 in each sample, so that long ones do not outweigh.
   */
  public CalibrationSet oneVoteEach() {
    return new CalibrationSet(selector, budget, samples.stream().map(Sample::withOneVote).toList());
  }
}
