package tare.data;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Where a calibration set comes from; lies beside it as {@code <name>.provenance.json}.
 *
 * @param selector with all its settings
 * @param seed of the selection
 * @param fingerprint {@link CalibrationSet#fingerprint()}
 * @param samples number of samples
 * @param tokensPerSample tokens in each
 * @param model name or path as it was given
 * @param modelRevision SHA-256 of its weights
 * @param corpora what it was chosen from
 * @param references the tasks it was chosen by; empty for most selectors
 * @param tool the program and its version
 * @param seconds that the choice took
 * @param notes what the selector says of the set
 * @param chosen the samples and why, in order; empty if the selector does not say
 */
public record Provenance(
    String selector,
    long seed,
    String fingerprint,
    int samples,
    int tokensPerSample,
    String model,
    String modelRevision,
    List<Source> corpora,
    List<String> references,
    String tool,
    double seconds,
    List<String> notes,
    List<Chosen> chosen) {

  /**
   * A corpus.
   *
   * @param name its name
   * @param revision SHA-256 of its file
   * @param side which documents
   */
  public record Source(String name, String revision, String side) {}

  /**
   * A chosen sample.
   *
   * @param document id of its (first) document
   * @param source its corpus
   * @param reason in words
   * @param score what the selector compared; null if there is none
   */
  public record Chosen(String document, String source, String reason, Double score) {}

  /** Where the provenance of a calibration file lies. */
  public static Path beside(Path set) {
    String name = CorpusFile.name(set);
    return set.toAbsolutePath().resolveSibling(name + ".provenance.json");
  }

  /**
   * Writes this beside a calibration file.
   *
   * @throws IOException if it cannot be written
   */
  public void write(Path set) throws IOException {
    Files.writeString(
        beside(set),
        new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(this) + "\n");
  }

  /**
   * Reads what lies beside a calibration file.
   *
   * @throws IOException if it is missing or not in this form
   */
  public static Provenance read(Path set) throws IOException {
    return new ObjectMapper().readValue(beside(set).toFile(), Provenance.class);
  }
}
