package tare.data;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Records where a calibration set comes from. The record lies beside the set as {@code
 * <name>.provenance.json}.
 *
 * @param selector the selector with all its settings
 * @param seed seed of the selection
 * @param fingerprint {@link CalibrationSet#fingerprint()}
 * @param samples number of samples
 * @param tokensPerSample tokens per sample
 * @param model the model's name or path, as the user gave it
 * @param modelRevision SHA-256 of the model's weights
 * @param corpora the corpora that the samples were chosen from
 * @param references the reference tasks; empty for most selectors
 * @param tool the program and its version
 * @param seconds duration of the selection
 * @param notes the selector's remarks on the set
 * @param chat how conversations were written; null if there were none
 * @param chosen the samples and why they were chosen, in order; empty if the selector gives no
 *     reasons
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
    Chat chat,
    List<Chosen> chosen) {

  /** What the name of a provenance has behind the name of its set. */
  public static final String ENDING = ".provenance.json";

  /**
   * A corpus.
   *
   * @param name its name
   * @param revision SHA-256 of its file
   * @param side which documents were used
   * @param field the field that holds the text; null in records of earlier versions
   * @param blankRows number of rows that were left out, because they had no text
   * @param conversations number of rows that are conversations
   * @param uncounted number of conversations that were left out, because none of their text counts
   * @param share its share of the samples; null if the corpora form one pool
   * @param passedOver the files of a folder that were not read, each with the reason; null in
   *     records of earlier versions
   */
  public record Source(
      String name,
      String revision,
      String side,
      String field,
      int blankRows,
      int conversations,
      int uncounted,
      Double share,
      List<String> passedOver) {

    /**
     * The source that a corpus file is.
     *
     * @param share its share of the samples; null if the corpora form one pool
     */
    public static Source of(CorpusFile corpus, Double share) {
      return new Source(
          corpus.name(),
          corpus.revision(),
          corpus.side().name().toLowerCase(Locale.ROOT),
          corpus.field(),
          corpus.blank(),
          corpus.conversations(),
          corpus.uncounted(),
          share,
          corpus.passedOver());
    }
  }

  /**
   * How conversations became text.
   *
   * @param template the file of the chat template; null for none
   * @param templateSha256 SHA-256 of the template's text; null for none
   * @param system the system message of conversations that have none; empty for none
   * @param count which tokens count
   * @param vote what has one vote: {@code token} or {@code sample}
   * @param templateShare share of the set's tokens that the template wrote, 0 to 1
   * @param countedShare share of the set's tokens that count, 0 to 1
   */
  public record Chat(
      String template,
      String templateSha256,
      String system,
      String count,
      String vote,
      double templateShare,
      double countedShare) {}

  /**
   * A chosen sample.
   *
   * @param document id of its document (the first one, if several are packed together)
   * @param source its corpus
   * @param reason why it was chosen, in words
   * @param score the value that the selector compared; null if there is none
   */
  public record Chosen(String document, String source, String reason, Double score) {}

  /** Path of the provenance of a calibration file. */
  public static Path beside(Path set) {
    return set.toAbsolutePath().resolveSibling(RowFile.name(set) + ENDING);
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
   * Says whether a set was chosen for another model, if its provenance lies beside it.
   *
   * @param modelRevision SHA-256 of the weights of the model that the set is used with
   * @return sentences for the user; empty if nothing speaks against the set
   */
  public static List<String> doubts(Path set, String modelRevision) {
    if (!Files.exists(beside(set))) {
      return List.of();
    }
    try {
      Provenance made = read(set);
      return modelRevision.equals(made.modelRevision())
          ? List.of()
          : List.of("%s was chosen for another model: %s.".formatted(set, made.model()));
    } catch (IOException e) {
      return List.of("%s cannot be read, so the set's model is unknown.".formatted(beside(set)));
    }
  }

  /**
   * Reads the provenance beside a calibration file.
   *
   * @throws IOException if the provenance is missing or has another form
   */
  public static Provenance read(Path set) throws IOException {
    return new ObjectMapper().readValue(beside(set).toFile(), Provenance.class);
  }
}
