package tare.data;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
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

  /** Copies the list. */
  public CalibrationSet {
    samples = List.copyOf(samples);
  }

  /** SHA-256 of the token ids (big-endian, each sample preceded by its length), in hexadecimal. */
  public String fingerprint() {
    MessageDigest digest = Sha256.digest();
    for (Sample sample : samples) {
      ByteBuffer bytes = ByteBuffer.allocate(4 * (sample.tokens().length + 1));
      bytes.putInt(sample.tokens().length);
      for (int token : sample.tokens()) {
        bytes.putInt(token);
      }
      digest.update(bytes.array());
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
