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

/** A JSON object out of a file. */
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
   * @throws IllegalArgumentException if it is missing, is not valid JSON or holds something else;
   *     the message names the file
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
   * As {@link #read}, or an empty object if there is no such file.
   *
   * @throws IllegalArgumentException if it is not valid JSON or holds something else
   */
  public static JsonNode readIfThere(Path file) {
    return Files.exists(file) ? read(file) : JSON.createObjectNode();
  }

  /**
   * The object that some bytes hold.
   *
   * @param origin what an error message names
   * @throws IllegalArgumentException if they are not valid JSON, are nested too deep, or hold
   *     something else
   */
  public static JsonNode parse(byte[] bytes, String origin) {
    JsonNode tree;
    try {
      tree = JSON.readTree(bytes);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          origin + ": it is not valid JSON: " + e.getOriginalMessage(), e);
    } catch (IOException e) {
      throw new IllegalArgumentException(origin + ": it is not valid JSON: " + e.getMessage(), e);
    }
    if (!tree.isObject()) {
      throw new IllegalArgumentException(origin + ": it is no JSON object");
    }
    return tree;
  }
}
