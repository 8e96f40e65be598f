package tare.format;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads JSON objects from files, with messages that name the file. */
public final class JsonTree {

  private static final int DEEPEST = 100;
  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxNestingDepth(DEEPEST).build())
              .build());

  private JsonTree() {}

  /**
   * Reads a file that holds one JSON object.
   *
   * @throws IllegalArgumentException if the file is missing, is not valid JSON, or does not hold an
   *     object; the message names the file
   */
  public static JsonNode read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException(file + " is missing");
    }
    try {
      return parse(Files.readAllBytes(file), file.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Reads a file as {@link #read} does, or returns an empty object if the file does not exist.
   *
   * @throws IllegalArgumentException if the file is not valid JSON or does not hold an object
   */
  public static JsonNode readIfThere(Path file) {
    return Files.exists(file) ? read(file) : JSON.createObjectNode();
  }

  /**
   * Parses bytes that hold one JSON object.
   *
   * @param origin name of the source for error messages
   * @throws IllegalArgumentException if the bytes are not valid JSON, are nested too deep, or do
   *     not hold an object
   */
  public static JsonNode parse(byte[] bytes, String origin) {
    JsonNode tree;
    try {
      tree = JSON.readTree(bytes);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(origin + ": not valid JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new IllegalArgumentException(origin + ": not valid JSON: " + e.getMessage(), e);
    }
    if (!tree.isObject()) {
      throw new IllegalArgumentException(origin + ": not a JSON object");
    }
    return tree;
  }
}
