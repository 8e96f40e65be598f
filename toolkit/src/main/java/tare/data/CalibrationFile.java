package tare.data;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonPropertyOrder;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/**
 * Reads and writes calibration sets as JSON Lines. Each line holds one sample; the lines stand in
 * the order in which the samples are run. Other quantizers can read the file: those that tokenize
 * text themselves take the field {@code text}, the others take {@code input_ids}. If tokens have
 * weights, each line also holds {@code loss_mask}, or {@code weights} where a weight is neither 0
 * nor 1.
 */
public final class CalibrationFile {

  private static final String UNKNOWN = "unknown";
  private static final String LOSS_MASK = "loss_mask";
  private static final String WEIGHTS = "weights";

  private CalibrationFile() {}

  /** The fields that each line holds. */
  public enum Form {
    /** All fields: {@code {"text", "input_ids", "document", "source", "selector"}}. */
    WHOLE,
    /** {@code {"text"}} only. Tokenizing the text again need not give the same tokens. */
    TEXT,
    /** {@code {"input_ids", "attention_mask"}} only. */
    INPUT_IDS
  }

  /** Which tokens count: at most one of the two, for each token a number. */
  private record Counted(
      @JsonInclude(JsonInclude.Include.NON_NULL) @JsonProperty(LOSS_MASK) int[] lossMask,
      @JsonInclude(JsonInclude.Include.NON_NULL) @JsonProperty(WEIGHTS) float[] weights) {}

  @JsonPropertyOrder({"text", "input_ids", "document", "source", "selector"})
  private record Entry(
      String text,
      @JsonProperty("input_ids") int[] inputIds,
      String document,
      String source,
      String selector,
      @JsonUnwrapped Counted counted) {}

  private record TextEntry(String text) {}

  @JsonPropertyOrder({"input_ids", "attention_mask"})
  private record TokenEntry(
      @JsonProperty("input_ids") int[] inputIds,
      @JsonProperty("attention_mask") int[] attentionMask,
      @JsonUnwrapped Counted counted) {}

  /**
   * Writes a set with all fields. The file appears under its name only when it is complete.
   *
   * @throws IOException if the file cannot be written
   */
  public static void write(Path file, CalibrationSet set) throws IOException {
    write(file, set, Form.WHOLE);
  }

  /**
   * Writes a set with the fields of a form. The file appears under its name only when it is
   * complete.
   *
   * @throws IllegalArgumentException if tokens have weights, and the form has no token ids
   * @throws IOException if the file cannot be written
   */
  public static void write(Path file, CalibrationSet set, Form form) throws IOException {
    if (form == Form.TEXT && set.isWeighted()) {
      throw new IllegalArgumentException(
          file
              + ": a file of texts alone cannot say which tokens count. Write the form whole or"
              + " input-ids.");
    }
    Function<Sample, Counted> counted = counted(set);
    Function<Sample, Object> entry =
        switch (form) {
          case WHOLE ->
              s ->
                  new Entry(
                      s.text(),
                      s.tokens(),
                      s.document(),
                      s.source(),
                      set.selector(),
                      counted.apply(s));
          case TEXT -> s -> new TextEntry(s.text());
          case INPUT_IDS ->
              s -> {
                int[] mask = new int[s.tokens().length];
                Arrays.fill(mask, 1);
                return new TokenEntry(s.tokens(), mask, counted.apply(s));
              };
        };
    JsonLines.writeObjects(file, set.samples().stream().map(entry).toList());
  }

  /** All lines have the same field, as readers of tables expect. */
  private static Function<Sample, Counted> counted(CalibrationSet set) {
    if (!set.isWeighted()) {
      return sample -> new Counted(null, null);
    }
    boolean isMask = set.samples().stream().allMatch(s -> s.weight() == s.counted());
    return sample -> {
      float[] weights = new float[sample.tokens().length];
      int[] mask = new int[weights.length];
      for (int i = 0; i < weights.length; i++) {
        weights[i] = sample.weight(i);
        mask[i] = weights[i] > 0 ? 1 : 0;
      }
      return isMask ? new Counted(mask, null) : new Counted(null, weights);
    };
  }

  /**
   * Reads a set that {@link #write} wrote with token ids, or that another tool wrote in a form of
   * {@link RowFile}. A set of {@link #write} has the same fingerprint as before. Padding, which is
   * where {@code attention_mask} is 0, is dropped, so that samples may differ in length. Tokens
   * count by {@code loss_mask} or {@code weights}.
   *
   * @return the set; its budget gives the length of the longest sample
   * @throws IOException if the file is missing, damaged or not UTF-8
   * @throws IllegalArgumentException if token ids are missing, a mask is wrong, there is no sample,
   *     or no token counts; the message names file, place and field
   */
  public static CalibrationSet read(Path file) throws IOException {
    String[] selector = {""};
    String source = RowFile.name(file);
    List<Sample> samples = new ArrayList<>();
    new RowFile(file)
        .read(
            (row, place) -> {
              selector[0] = row.path("selector").asText(UNKNOWN);
              int[] tokens = tokens(row);
              samples.add(
                  unpadded(
                      new Sample(
                          row.path("document").asText(place.replace(' ', '-')),
                          row.path("source").asText(source),
                          row.path("text").asText(""),
                          tokens,
                          weights(row, tokens.length)),
                      row));
            });
    if (samples.isEmpty()) {
      throw new IllegalArgumentException(file + ": the file holds no sample.");
    }
    if (samples.stream().allMatch(sample -> sample.counted() == 0)) {
      throw new IllegalArgumentException(
          "%s: fields '%s' and '%s' leave no token that counts."
              .formatted(file, LOSS_MASK, WEIGHTS));
    }
    int longest = samples.stream().mapToInt(sample -> sample.tokens().length).max().getAsInt();
    return new CalibrationSet(selector[0], new Budget(samples.size(), longest), samples);
  }

  /**
   * Says whether a set was made for another model or with another tokenizer, or was changed after
   * its provenance was written.
   *
   * @param file the set's file
   * @param modelRevision SHA-256 of the weights of the model that the set is used with
   * @param decode turns token ids into text, as that model's tokenizer does
   * @return sentences for the user; empty if nothing speaks against the set
   */
  public static List<String> doubts(
      Path file, CalibrationSet set, String modelRevision, Function<int[], String> decode) {
    List<String> doubts = new ArrayList<>(Provenance.doubts(file, modelRevision));
    if (wasChanged(file, set)) {
      doubts.add(
          "%s was changed after it was chosen: its fingerprint is not the one in %s."
              .formatted(file, Provenance.beside(file).getFileName()));
    }
    boolean isOurs = !set.selector().equals(UNKNOWN);
    for (Sample sample : isOurs ? set.samples() : List.<Sample>of()) {
      if (!sample.text().isEmpty() && !decode.apply(sample.tokens()).equals(sample.text())) {
        doubts.add(
            "%s was made with another tokenizer: the tokens of the sample of %s are not its text."
                .formatted(file, sample.document()));
        break;
      }
    }
    return doubts;
  }

  private static boolean wasChanged(Path file, CalibrationSet set) {
    try {
      return Files.exists(Provenance.beside(file))
          && !set.fingerprint().equals(Provenance.read(file).fingerprint());
    } catch (IOException e) {
      return false; // its own doubt says that it cannot be read
    }
  }

  /** Reads {@code input_ids}, or {@code tokens}, the name that earlier versions wrote. */
  private static int[] tokens(JsonNode row) {
    int[] tokens =
        numbers(row.path(row.has("input_ids") ? "input_ids" : "tokens"))
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "field 'input_ids' must hold token ids, which are whole numbers from 0"));
    if (tokens.length < 2) {
      throw new IllegalArgumentException(
          "field 'input_ids' must be a list of at least 2 token ids; a file of texts alone cannot"
              + " be read back");
    }
    return tokens;
  }

  /** The numbers of a list; empty if one of them is not a whole number from 0. */
  private static Optional<int[]> numbers(JsonNode list) {
    int[] numbers = new int[list.size()];
    for (int i = 0; i < numbers.length; i++) {
      if (!list.get(i).canConvertToInt()
          || !list.get(i).isIntegralNumber()
          || list.get(i).asInt() < 0) {
        return Optional.empty();
      }
      numbers[i] = list.get(i).asInt();
    }
    return Optional.of(numbers);
  }

  /** The weights of a row's tokens; empty if it names none. */
  private static float[] weights(JsonNode row, int tokens) {
    boolean isMask = row.hasNonNull(LOSS_MASK);
    if (!isMask && !row.hasNonNull(WEIGHTS)) {
      return new float[0];
    }
    if (isMask && row.hasNonNull(WEIGHTS)) {
      throw new IllegalArgumentException(
          "fields '%s' and '%s' both say which tokens count; a row may have one of them"
              .formatted(LOSS_MASK, WEIGHTS));
    }
    JsonNode list = row.path(isMask ? LOSS_MASK : WEIGHTS);
    float[] weights = new float[list.size()];
    boolean fits = weights.length == tokens;
    for (int i = 0; i < weights.length; i++) {
      JsonNode each = list.get(i);
      weights[i] = (float) each.asDouble(); // true is 1
      fits &= isMask ? isZeroOrOne(each) : each.isNumber() && isWeight(weights[i]);
    }
    if (!fits) {
      throw new IllegalArgumentException(
          isMask
              ? String.format(
                  Locale.ROOT,
                  "field '%s' must hold %d numbers, one for each token id: 1 for tokens that count and 0 for others",
                  LOSS_MASK,
                  tokens)
              : String.format(
                  Locale.ROOT,
                  "field '%s' must hold %d numbers from 0, one for each token id",
                  WEIGHTS,
                  tokens));
    }
    return weights;
  }

  private static boolean isZeroOrOne(JsonNode value) {
    return value.isBoolean()
        || (value.isNumber() && (value.asDouble() == 0 || value.asDouble() == 1));
  }

  private static boolean isWeight(float value) {
    return value >= 0 && Float.isFinite(value);
  }

  /** Drops padding at both ends: it is no text, and positions count from the first real token. */
  private static Sample unpadded(Sample sample, JsonNode row) {
    int[] tokens = sample.tokens();
    JsonNode given = row.path("attention_mask");
    if (given.isMissingNode() || given.isNull()) {
      return sample;
    }
    int[] mask = numbers(given).orElse(new int[0]);
    int from = 0;
    while (from < mask.length && mask[from] == 0) {
      from++;
    }
    int to = mask.length;
    while (to > from && mask[to - 1] == 0) {
      to--;
    }
    if (mask.length != tokens.length
        || !Arrays.stream(mask, from, to).allMatch(each -> each == 1)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "field 'attention_mask' must hold %d numbers, one for each token id: 1 for the tokens and 0 for padding at the ends",
              tokens.length));
    }
    if (to - from < 2) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "field 'attention_mask' leaves %d tokens; a sample needs at least 2",
              to - from));
    }
    return new Sample(
        sample.document(),
        sample.source(),
        sample.text(),
        Arrays.copyOfRange(tokens, from, to),
        sample.isWeighted() ? Arrays.copyOfRange(sample.weights(), from, to) : new float[0]);
  }
}
