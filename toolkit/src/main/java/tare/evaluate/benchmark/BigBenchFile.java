package tare.evaluate.benchmark;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import tare.data.Sha256;

/**
 * A BIG-bench {@code task.json}, of which two kinds are scored: multiple choice (its examples have
 * {@code target_scores}) and exact match ({@code target}, and the metric {@code exact_str_match} if
 * it names any).
 *
 * <p>The examples are divided for good into two sides by the SHA-256 of their input (of their
 * answers, where the input is blank): if its first byte is less than 26 the example is on the
 * reference side, which a selector may learn from, else on the test side. Examples that share an
 * input are never on different sides.
 *
 * @param file the file
 * @param revision SHA-256 of it, in hexadecimal
 * @param content what is read of it
 */
record BigBenchFile(Path file, String revision, Content content) {

  private static final int REFERENCE_BYTES = 26;
  private static final String EXACT = "exact_str_match";

  /** What is read of the file; field names and defaults are BIG-bench's. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Content(
      @JsonProperty("task_prefix") String taskPrefix,
      @JsonProperty("example_input_prefix") String inputPrefix,
      @JsonProperty("example_output_prefix") String outputPrefix,
      @JsonProperty("stop_string") String stopString,
      @JsonProperty("output_regex") String outputRegex,
      @JsonProperty("examples") List<Example> examples) {

    String prompt(Example example) {
      return (taskPrefix == null ? "" : taskPrefix)
          + (inputPrefix == null ? "\nQ: " : inputPrefix)
          + example.input()
          + (outputPrefix == null ? "\nA: " : outputPrefix);
    }
  }

  /** One question; it has scored choices, or answers, or both. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Example(
      @JsonProperty("input") String input,
      @JsonProperty("target_scores") LinkedHashMap<String, Double> scores,
      @JsonProperty("target") @JsonFormat(with = JsonFormat.Feature.ACCEPT_SINGLE_VALUE_AS_ARRAY)
          List<String> targets) {

    private String answers() {
      return String.join("\n", scores == null ? targets : scores.keySet());
    }

    boolean onReferenceSide() {
      return (Sha256.of(input.isBlank() ? answers() : input)[0] & 0xff) < REFERENCE_BYTES;
    }

    /** Stable, and in the order of a hash, so that the first N are a random sample. */
    String id() {
      return HexFormat.of().formatHex(Sha256.of(input + "\n" + answers()), 0, 8);
    }
  }

  /**
   * Reads a file.
   *
   * @throws IllegalArgumentException if the file is missing or is not a BIG-bench task
   */
  static BigBenchFile read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          file + " does not exist. Fetch the data first: tare fetch.");
    }
    try {
      byte[] bytes = Files.readAllBytes(file);
      Content content = new ObjectMapper().readValue(bytes, Content.class);
      if (content == null || content.examples() == null || content.examples().isEmpty()) {
        throw new IllegalArgumentException(
            file
                + ": field examples is missing or empty. A task with subtasks has its items in their folders.");
      }
      return new BigBenchFile(file, HexFormat.of().formatHex(Sha256.of(bytes)), content);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "%s is not a BIG-bench task: %s".formatted(file, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }

  /**
   * The task: of multiple choice if its first example has scored choices.
   *
   * @param name the name that results carry
   * @throws IllegalArgumentException naming file and field of an example that is wrong
   */
  TaskSource task(String name) {
    return content.examples().get(0).scores() == null
        ? BigBenchGenerative.of(this, name)
        : BigBenchTask.of(this, name);
  }

  /** The error that names a field of an example. */
  IllegalArgumentException wrong(int example, String what) {
    return new IllegalArgumentException("%s: examples[%d]%s".formatted(file, example, what));
  }

  /**
   * Whether a file is a task of one of the two kinds. It is read only as far as needed; the heading
   * of a task with subtasks is none.
   */
  static boolean isTask(Path file) {
    try (JsonParser json = new ObjectMapper().createParser(file.toFile())) {
      Optional<Boolean> exact = Optional.empty();
      boolean answered = false;
      json.nextToken();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String field = json.currentName();
        json.nextToken();
        if (field.equals("metrics")) {
          exact = Optional.of(List.of(json.readValueAs(String[].class)).contains(EXACT));
        } else if (field.equals("examples") && json.nextToken() == JsonToken.START_OBJECT) {
          Example first = json.readValueAs(Example.class);
          if (first.scores() != null || first.targets() == null) {
            return first.scores() != null;
          }
          answered = true;
          skipRest(exact.isPresent(), json);
        } else {
          json.skipChildren();
        }
        if (answered && exact.isPresent()) {
          return exact.get();
        }
      }
      return answered;
    } catch (JsonProcessingException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }

  /** Skips what is left of an array, unless nothing after it is wanted. */
  private static void skipRest(boolean known, JsonParser json) throws IOException {
    while (!known && json.nextToken() != JsonToken.END_ARRAY) {
      json.skipChildren();
    }
  }
}
