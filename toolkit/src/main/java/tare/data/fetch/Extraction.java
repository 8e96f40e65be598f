package tare.data.fetch;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** Extracts plain text from a fetched file and removes instructions, prefixes and markup. */
public interface Extraction {

  /**
   * Reads a file.
   *
   * @return texts by id, in a fixed order
   * @throws IOException if the file cannot be read or has another form
   */
  Map<String, String> texts(Path file) throws IOException;

  /**
   * Takes the input of every example of a BIG-bench task and removes what a pattern matches.
   *
   * @param prefix begins each id; the example's index follows
   * @param noise a regular expression for the text to remove
   */
  record Inputs(String prefix, String noise) implements Extraction {
    @Override
    public Map<String, String> texts(Path file) throws IOException {
      Pattern cut = Pattern.compile(noise);
      Map<String, String> texts = new LinkedHashMap<>();
      examples(
          file,
          (index, example) ->
              texts.put(
                  id(prefix, index), cut.matcher(example.path("input").asText()).replaceAll("")));
      return texts;
    }
  }

  /**
   * Takes the input of the examples of one language from a BIG-bench task of many languages.
   *
   * @param language the beginning of the comment of its examples; the comment becomes the id
   */
  record Language(String language) implements Extraction {
    @Override
    public Map<String, String> texts(Path file) throws IOException {
      Map<String, String> texts = new LinkedHashMap<>();
      examples(
          file,
          (index, example) -> {
            String comment = example.path("comment").asText();
            if (comment.startsWith(language)) {
              texts.put(comment, example.path("input").asText());
            }
          });
      return texts;
    }
  }

  /**
   * Takes word problems with the steps of the solution and the answer, each on its own line.
   *
   * @param prefix begins each id; the example's index follows
   */
  record WordProblems(String prefix) implements Extraction {
    @Override
    public Map<String, String> texts(Path file) throws IOException {
      Map<String, String> texts = new LinkedHashMap<>();
      examples(
          file,
          (index, example) -> {
            String problem = example.path("input").asText().replaceAll("[,\\s]+$", "");
            texts.put(
                id(prefix, index),
                (problem + "\nanswer: " + answer(example)).replaceAll(" +([.,?!;:%])", "$1"));
          });
      return texts;
    }

    private static String answer(JsonNode example) {
      for (Map.Entry<String, JsonNode> choice : example.path("target_scores").properties()) {
        if (choice.getValue().asDouble() > 0) {
          return choice.getKey();
        }
      }
      return "";
    }
  }

  /**
   * Takes conversations, one turn per line. The examples of a conversation grow by one turn each,
   * so only the longest one is taken.
   */
  record Conversations() implements Extraction {
    private static final Pattern TURN =
        Pattern.compile("agent_([AB]): \"(.*?)\"(?= agent_[AB]: \"|\\s*$)", Pattern.DOTALL);

    @Override
    public Map<String, String> texts(Path file) throws IOException {
      Map<String, String> texts = new LinkedHashMap<>();
      examples(
          file, (index, example) -> texts.put(example.path("comment").asText(), turns(example)));
      return texts;
    }

    private static String turns(JsonNode example) {
      StringBuilder text = new StringBuilder();
      Matcher turn = TURN.matcher(example.path("input").asText());
      while (turn.find()) {
        text.append(turn.group(1)).append(": ").append(turn.group(2).strip()).append('\n');
      }
      String last = example.path("target").asText();
      return text + "B: " + last.replaceAll("^\"|\"$", "").strip();
    }
  }

  /** Takes the Java source files of a jar, without the text before the package statement. */
  record JavaFiles() implements Extraction {
    private static final Pattern PACKAGE = Pattern.compile("(?m)^package ");

    @Override
    public Map<String, String> texts(Path file) throws IOException {
      Map<String, String> texts = new LinkedHashMap<>();
      try (ZipFile jar = new ZipFile(file.toFile())) {
        List<ZipEntry> entries = new ArrayList<>(Collections.list(jar.entries()));
        entries.removeIf(entry -> !entry.getName().matches("(.*/)?[A-Z]\\w*\\.java"));
        entries.sort(Comparator.comparing(ZipEntry::getName));
        for (ZipEntry entry : entries) {
          try (InputStream in = jar.getInputStream(entry)) {
            String code =
                new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
            Matcher start = PACKAGE.matcher(code);
            texts.put(entry.getName(), start.find() ? code.substring(start.start()) : code);
          }
        }
      } catch (ZipException | EOFException e) {
        throw Archive.damaged(file, e);
      }
      return texts;
    }
  }

  private static String id(String prefix, int index) {
    return String.format(Locale.ROOT, "%s-%05d", prefix, index);
  }

  /** Streams over the field {@code examples} of a BIG-bench {@code task.json}. */
  private static void examples(Path file, BiConsumer<Integer, JsonNode> each) throws IOException {
    try (JsonParser json = new ObjectMapper().createParser(file.toFile())) {
      json.nextToken();
      while (json.nextToken() == JsonToken.FIELD_NAME) {
        String field = json.currentName();
        json.nextToken();
        if (!field.equals("examples")) {
          json.skipChildren();
          continue;
        }
        for (int index = 0; json.nextToken() == JsonToken.START_OBJECT; index++) {
          each.accept(index, json.readValueAsTree());
        }
        return;
      }
    } catch (JsonProcessingException e) {
      throw Archive.damaged(file, e);
    }
    throw new IOException(file + " has no field 'examples', so it is not a BIG-bench task.");
  }
}
