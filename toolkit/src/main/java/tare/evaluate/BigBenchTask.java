package tare.evaluate;

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
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tare.data.Document;
import tare.data.Sha256;

/**
 * The multiple-choice items of a BIG-bench {@code task.json}, zero-shot.
 *
 * <p>The prompt is BIG-bench's: {@code task_prefix}, {@code example_input_prefix} (without one,
 * {@code "\nQ: "}), the input, {@code example_output_prefix} (without one, {@code "\nA: "}). The
 * choices are scored as continuations and are <em>not</em> listed in the prompt, whatever {@code
 * append_choices_to_input} says: a small model cannot use such a list. White space that ends the
 * prompt is moved in front of the choice, so that the tokens of the prompt do not depend on it;
 * where there is none, one space stands between. Right are the choices with the highest score.
 *
 * <p>The items are divided for good into two sides by the SHA-256 of their input (of their choices,
 * where the input is blank): if its first byte is less than 26 the item is on the reference side,
 * which a selector may learn from, else on the test side. Items that share an input are never on
 * different sides. On each side the items are in the order of a hash, so that the first N are a
 * random sample that is always the same. Repeated items are dropped.
 *
 * @param name the name that results carry
 * @param revision SHA-256 of the file, in hexadecimal
 * @param reference items that selection may use
 * @param test items that scores are made of
 */
public record BigBenchTask(
    String name,
    String revision,
    List<MultipleChoice.Item> reference,
    List<MultipleChoice.Item> test)
    implements TaskSource {

  private static final int REFERENCE_BYTES = 26;

  /** What is read of the file; field names and defaults are BIG-bench's. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Content(
      @JsonProperty("task_prefix") String taskPrefix,
      @JsonProperty("example_input_prefix") String inputPrefix,
      @JsonProperty("example_output_prefix") String outputPrefix,
      @JsonProperty("examples") List<Example> examples) {

    String prompt(Example example) {
      return (taskPrefix == null ? "" : taskPrefix)
          + (inputPrefix == null ? "\nQ: " : inputPrefix)
          + example.input()
          + (outputPrefix == null ? "\nA: " : outputPrefix);
    }
  }

  @JsonIgnoreProperties(ignoreUnknown = true)
  private record Example(
      @JsonProperty("input") String input,
      @JsonProperty("target_scores") LinkedHashMap<String, Double> scores) {

    List<String> choices() {
      return List.copyOf(scores.keySet());
    }

    List<Integer> gold() {
      double highest = scores.values().stream().mapToDouble(Double::doubleValue).max().orElse(0);
      List<Double> values = List.copyOf(scores.values());
      List<Integer> gold = new ArrayList<>();
      for (int i = 0; i < values.size(); i++) {
        if (values.get(i) == highest) {
          gold.add(i);
        }
      }
      return gold;
    }

    boolean onReferenceSide() {
      String question = input.isBlank() ? String.join("\n", scores.keySet()) : input;
      return (Sha256.of(question)[0] & 0xff) < REFERENCE_BYTES;
    }
  }

  /** Whether a file's first example has choices; the heading of a task with subtasks has none. */
  static boolean isMultipleChoice(Path file) {
    try (JsonParser json = new ObjectMapper().createParser(file.toFile())) {
      int depth = 0;
      for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
        if (token.isStructStart()) {
          depth++;
        } else if (token.isStructEnd()) {
          depth--;
        } else if (depth == 3 && "target_scores".equals(json.currentName())) {
          return true;
        }
        if (depth == 2 && token == JsonToken.END_OBJECT) {
          return false;
        }
      }
      return false;
    } catch (JsonProcessingException e) {
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }

  /**
   * Reads a file.
   *
   * @param file a {@code task.json}
   * @param name the name that results carry
   * @throws IllegalArgumentException if the file is missing, is not a BIG-bench task, has no
   *     multiple-choice items, or has one without a right and a wrong choice
   */
  public static BigBenchTask read(Path file, String name) {
    byte[] bytes = bytes(file);
    Content content = content(file, bytes);
    Map<String, MultipleChoice.Item> reference = new TreeMap<>();
    Map<String, MultipleChoice.Item> test = new TreeMap<>();
    for (int i = 0; i < content.examples().size(); i++) {
      Example example = content.examples().get(i);
      if (example.input() == null
          || example.scores() == null
          || example.scores().containsValue(null)) {
        throw new IllegalArgumentException(
            "%s: examples[%d] has no %s, so it is not a multiple-choice item."
                .formatted(file, i, example.input() == null ? "input" : "complete target_scores"));
      }
      try {
        MultipleChoice.Item item = item(content.prompt(example), example);
        (example.onReferenceSide() ? reference : test).put(item.id(), item);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "%s: examples[%d].target_scores: %s".formatted(file, i, e.getMessage()), e);
      }
    }
    return new BigBenchTask(
        name,
        HexFormat.of().formatHex(Sha256.of(bytes)),
        List.copyOf(reference.values()),
        List.copyOf(test.values()));
  }

  /** {@inheritDoc} They are of the test side. */
  @Override
  public MultipleChoice first(int limit) {
    String version = "1, zero-shot, choices not listed, file " + revision.substring(0, 12);
    return new MultipleChoice(name, version, test.subList(0, Math.min(limit, test.size())));
  }

  @Override
  public List<Document> references() {
    return reference.stream()
        .map(
            item -> {
              Request.Continuation right = item.requests().get(item.gold().get(0));
              return new Document(item.id(), name, right.context() + right.continuation());
            })
        .toList();
  }

  private static MultipleChoice.Item item(String prompt, Example example) {
    String context = prompt.stripTrailing();
    String trailing = prompt.substring(context.length());
    String identity = example.input() + "\n" + String.join("\n", example.scores().keySet());
    return new MultipleChoice.Item(
        HexFormat.of().formatHex(Sha256.of(identity), 0, 8),
        context,
        trailing.isEmpty() ? " " : trailing,
        example.choices(),
        example.gold());
  }

  private static byte[] bytes(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(
          file + " does not exist. Fetch the data first: tare fetch.");
    }
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }

  private static Content content(Path file, byte[] bytes) {
    try {
      Content content = new ObjectMapper().readValue(bytes, Content.class);
      if (content == null || content.examples() == null || content.examples().isEmpty()) {
        throw new IllegalArgumentException(
            file
                + ": field examples is missing or empty. A task with subtasks has its items in their folders.");
      }
      return content;
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "%s is not a BIG-bench task: %s".formatted(file, e.getOriginalMessage()), e);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }
}
