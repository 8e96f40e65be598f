package tare.study;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.exc.UnrecognizedPropertyException;
import com.fasterxml.jackson.databind.exc.ValueInstantiationException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Collectors;

/** Reads and writes studies and trials as JSON. */
final class StudyFile {

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
          .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
          .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
          .addModule(Methods.module())
          .addModule(Selectors.module())
          .build();

  private StudyFile() {}

  /** JSON without spaces. Equal values always give equal text. */
  static String canonical(Object value) {
    return written(() -> JSON.writeValueAsString(value));
  }

  /** JSON for people to read. */
  static String pretty(Object value) {
    return written(() -> JSON.writerWithDefaultPrettyPrinter().writeValueAsString(value)) + "\n";
  }

  /** A value as JSON. */
  static ObjectNode tree(Object value) {
    return JSON.valueToTree(value);
  }

  /** The fields in which two studies differ. */
  static List<String> differences(Study first, Study second) {
    JsonNode ours = JSON.valueToTree(first);
    JsonNode theirs = JSON.valueToTree(second);
    return components(Study.class).stream()
        .filter(field -> !ours.path(field).equals(theirs.path(field)))
        .toList();
  }

  /**
   * Reads a study.
   *
   * @throws IllegalArgumentException if the file is missing, is not JSON, has an unknown field or
   *     lacks one; the message names file, place and field
   */
  static Study read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new IllegalArgumentException("There is no study file " + file + ".");
    }
    try {
      Study study = JSON.readValue(file.toFile(), Study.class);
      if (study == null) {
        throw new IllegalArgumentException(file + " holds no study.");
      }
      return study;
    } catch (JsonProcessingException e) {
      throw wrong(file, e);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }

  /**
   * The name or the precision of a study, which may have methods outside the toolkit.
   *
   * @throws IllegalArgumentException if the file holds no study
   */
  static String text(Path file, String field) {
    try {
      JsonNode text = JSON.readTree(file.toFile()).path(field);
      if (!text.isTextual()) {
        throw new IllegalArgumentException(file + " holds no study: it has no " + field + ".");
      }
      return text.asText();
    } catch (JsonProcessingException e) {
      throw wrong(file, e);
    } catch (IOException e) {
      throw new UncheckedIOException(file + " cannot be read", e);
    }
  }

  /**
   * Reads a study from the text of {@link #canonical}.
   *
   * @throws IllegalArgumentException if the text is not a study
   */
  static Study parse(String text) {
    try {
      return JSON.readValue(text, Study.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("This is not a study: " + e.getOriginalMessage(), e);
    }
  }

  private static IllegalArgumentException wrong(Path file, JsonProcessingException e) {
    try {
      return new IllegalArgumentException(file + ": " + explained(file, e), e);
    } catch (IOException again) {
      throw new UncheckedIOException(file + " cannot be read", again);
    }
  }

  private static String explained(Path file, JsonProcessingException e) throws IOException {
    String line = e.getLocation() == null ? "" : " (line " + e.getLocation().getLineNr() + ")";
    if (!(e instanceof JsonMappingException mapping)) {
      return e.getOriginalMessage() + line + ".";
    }
    String place = place(mapping);
    if (e instanceof UnrecognizedPropertyException unknown) {
      return unknown(place + line, unknown.getKnownPropertyIds());
    }
    if (e instanceof ValueInstantiationException invalid) {
      // A misspelt field is why a value is missing, so look for one first.
      Class<?> type = invalid.getType().getRawClass();
      JsonNode object = JSON.readTree(file.toFile()).at(pointer(mapping));
      for (Iterator<String> fields = object.fieldNames(); fields.hasNext(); ) {
        String field = fields.next();
        if (!isDiscriminator(field) && !components(type).contains(field)) {
          return unknown((place.isEmpty() ? "" : place + ".") + field + line, components(type));
        }
      }
    }
    String message = e.getCause() == null ? e.getOriginalMessage() : e.getCause().getMessage();
    return (place.isEmpty() ? "" : "field " + place + line + ": ") + message + ".";
  }

  private static String unknown(String place, Collection<?> known) {
    return "unknown field %s; known fields here: %s."
        .formatted(place, known.stream().map(String::valueOf).collect(Collectors.joining(", ")));
  }

  private static List<String> components(Class<?> record) {
    return Arrays.stream(record.getRecordComponents()).map(RecordComponent::getName).toList();
  }

  /** The field that tells the kind of a method or task. */
  private static boolean isDiscriminator(String field) {
    return field.equals("method") || field.equals("kind");
  }

  private static String pointer(JsonMappingException e) {
    return e.getPath().stream()
        .map(step -> "/" + (step.getFieldName() == null ? step.getIndex() : step.getFieldName()))
        .collect(Collectors.joining());
  }

  private static String place(JsonMappingException e) {
    return e.getPath().stream()
        .map(
            step ->
                step.getFieldName() == null
                    ? "[" + step.getIndex() + "]"
                    : "." + step.getFieldName())
        .collect(Collectors.joining())
        .replaceFirst("^\\.", "");
  }

  private interface Writing {
    String write() throws JsonProcessingException;
  }

  private static String written(Writing writing) {
    try {
      return writing.write();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Records of numbers and text are always JSON", e);
    }
  }
}
