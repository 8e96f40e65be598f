package tare.evaluate.benchmark;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonParseException;
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
import java.util.Locale;
import java.util.Optional;
import tare.data.Sha256;

/**
 * Reads a BIG-bench {@code task.json}. Two kinds of tasks are scored: multiple choice (examples
 * have {@code target_scores}) and exact match (examples have {@code target}; if the task names
 * metrics, {@code exact_str_match} must be among them).
 *
 * <p>The SHA-256 of an example's input, or of its answers where the input is blank, decides on its
 * side. If the first byte is less than 26, the example is on the reference side, from which a
 * selector may learn; else it is on the test side. Examples with the same input are therefore
 * always on the same side.
 *
 * @param file the file
 * @param revision SHA-256 of the file, in hexadecimal
 * @param content the parsed fields
 */
record BigBenchFile(Path file, String revision, Content content) {

  private static final int REFERENCE_BYTES = 26;
  private static final String EXACT = "exact_str_match";

  /** The fields that are read; names and defaults are BIG-bench's. */
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

  /** One question. It has scored choices, or answers, or both. */
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
      return (Sha256.digest(input.isBlank() ? answers() : input)[0] & 0xff) < REFERENCE_BYTES;
    }

    /**
     * A stable id. Ids sort in the order of a hash, so that the first N examples are a random
     * sample.
     */
    String id() {
      return HexFormat.of().formatHex(Sha256.digest(input + "\n" + answers()), 0, 8);
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
                + ": field examples is missing or empty. A task with subtasks has its items in"
                + " their folders.");
      }
      return new BigBenchFile(file, HexFormat.of().formatHex(Sha256.digest(bytes)), content);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "%s is not a BIG-bench task: %s".formatted(file, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }

  /**
   * The task. It is multiple choice if its first example has scored choices.
   *
   * @param name the task's name in results
   * @throws IllegalArgumentException naming file and field of a wrong example
   */
  TaskSource task(String name) {
    return content.examples().get(0).scores() == null
        ? BigBenchGenerative.of(this, name)
        : BigBenchTask.of(this, name);
  }

  /** Makes an exception that names a field of an example. */
  IllegalArgumentException wrong(int example, String what) {
    return new IllegalArgumentException(
        String.format(Locale.ROOT, "%s: examples[%d]%s", file, example, what));
  }

  /**
   * Whether a file is a task of one of the two kinds. The file is read only as far as needed. A
   * file that only lists subtasks is not a task.
   *
   * @throws IllegalArgumentException if what is read is not JSON, as a cut download is not
   */
  static boolean isTask(Path file) {
    try (JsonParser json = new ObjectMapper().createParser(file.toFile())) {
      Optional<Boolean> exact = Optional.empty();
      boolean answered = false;
      if (json.nextToken() == null) {
        throw new JsonParseException(json, "The file is empty");
      }
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
      if (e instanceof JsonParseException || e.getCause() instanceof JsonParseException) {
        throw new IllegalArgumentException(
            "%s is not JSON, or a part of it is missing. Fetch it again.".formatted(file), e);
      }
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }

  /** Skips the rest of an array, unless nothing after it is needed. */
  private static void skipRest(boolean known, JsonParser json) throws IOException {
    while (!known && json.nextToken() != JsonToken.END_ARRAY) {
      json.skipChildren();
    }
  }
}
