package tare.evaluate;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import tare.data.ChatRecord;
import tare.data.Sha256;
import tare.data.WholeFile;
import tare.evaluate.LanguageModel.GeneratedText;

/**
 * Keeps a model's answers in a file, one line for each request, so that an interrupted evaluation
 * continues where it stopped. A request is identified by the SHA-256 of its text. An incomplete
 * last line is ignored.
 */
public final class RememberedScores implements LanguageModel, AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Number of requests in one call: enough to share common beginnings, but few, so that an
   * interruption loses little.
   */
  private static final int AT_ONCE = 256;

  private static final int WRITTEN_AT_ONCE = 32;

  private final LanguageModel model;
  private final Map<String, Score> known = new HashMap<>();
  private final Map<String, GeneratedText> written = new HashMap<>();
  private final BufferedWriter file;
  private int truncated;

  /** One line of the file: a score or a written text. */
  private record Line(String request, Score score, GeneratedText text) {}

  private RememberedScores(LanguageModel model, BufferedWriter file) {
    this.model = model;
    this.file = file;
  }

  /**
   * Opens the answers of a model, or begins a new file.
   *
   * @param model answers the requests that are not in the file
   * @param fingerprint identifies everything that determines the answers: weights, precision, and
   *     how the model was compressed
   * @param folder holds the files of all models
   * @throws UncheckedIOException if the folder cannot be written
   */
  public static RememberedScores open(LanguageModel model, String fingerprint, Path folder) {
    try {
      Path file = file(fingerprint, folder);
      List<Line> lines = Files.exists(file) ? lines(file) : List.of();
      WholeFile.write(
          file,
          out -> {
            for (Line line : lines) {
              out.write((JSON.writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8));
            }
          });
      RememberedScores remembered =
          new RememberedScores(model, Files.newBufferedWriter(file, StandardOpenOption.APPEND));
      lines.forEach(remembered::learn);
      return remembered;
    } catch (IOException e) {
      throw new UncheckedIOException(folder + " cannot be used for answers: " + e.getMessage(), e);
    }
  }

  private static Path file(String fingerprint, Path folder) {
    return folder.resolve(Sha256.hex(fingerprint).substring(0, 16) + ".jsonl");
  }

  /** Deletes the answers of a model, and the folder if it is then empty. */
  public static void forget(String fingerprint, Path folder) {
    try {
      Files.deleteIfExists(file(fingerprint, folder));
      try (Stream<Path> others = Files.list(folder)) {
        if (others.findAny().isPresent()) {
          return;
        }
      }
      Files.delete(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(folder + " cannot be cleared: " + e.getMessage(), e);
    }
  }

  /**
   * The whole lines of a file. A last one that was not written whole may end inside a character.
   */
  private static List<Line> lines(Path file) throws IOException {
    List<Line> lines = new ArrayList<>();
    String text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    for (String line : text.lines().toList()) {
      try {
        lines.add(JSON.readValue(line, Line.class));
      } catch (JsonProcessingException e) {
        break;
      }
    }
    return lines;
  }

  @Override
  public List<Score> continuations(List<Request.Continuation> requests) {
    return answers(
        requests,
        each -> key("continuation", each.context(), each.continuation()),
        model::continuations);
  }

  @Override
  public Optional<double[]> originals(List<Request.Continuation> requests) {
    return model.originals(requests);
  }

  @Override
  public List<Score> texts(List<Request.WholeText> requests) {
    return answers(requests, each -> key("text", each.text()), model::texts);
  }

  @Override
  public List<GeneratedText> generations(List<Request.Generate> requests) {
    List<Request.Generate> unknown =
        requests.stream().filter(each -> !written.containsKey(key(each))).toList();
    for (int start = 0; start < unknown.size(); start += WRITTEN_AT_ONCE) {
      List<Request.Generate> some =
          unknown.subList(start, Math.min(unknown.size(), start + WRITTEN_AT_ONCE));
      List<GeneratedText> texts = model.generations(some);
      for (int i = 0; i < some.size(); i++) {
        keep(new Line(key(some.get(i)), null, texts.get(i)));
      }
      flush();
    }
    List<GeneratedText> texts = requests.stream().map(each -> written.get(key(each))).toList();
    truncated += (int) texts.stream().filter(text -> text.cut() > 0).count();
    return texts;
  }

  private static String key(Request.Generate request) {
    return key(
        "generate",
        request.context(),
        String.join("\0", request.until()),
        Integer.toString(request.maxTokens()));
  }

  /** {@inheritDoc} The scores are kept when all windows are scored. */
  @Override
  public List<Score> windows(String text, int window, int windows) {
    List<Score> scores = new ArrayList<>();
    String key = key("windows", text, window + " x " + windows);
    Score count = known.get(key);
    if (count == null) {
      scores.addAll(model.windows(text, window, windows));
      for (int i = 0; i < scores.size(); i++) {
        keep(key + "/" + i, scores.get(i));
      }
      keep(key, new Score(0, false, scores.size()));
      flush();
      return scores;
    }
    for (int i = 0; i < count.tokens(); i++) {
      scores.add(known.get(key + "/" + i));
    }
    return scores;
  }

  private <R> List<Score> answers(
      List<R> requests, Function<R, String> key, Function<List<R>, List<Score>> ask) {
    List<R> unknown =
        requests.stream().filter(each -> !known.containsKey(key.apply(each))).toList();
    for (int start = 0; start < unknown.size(); start += AT_ONCE) {
      List<R> some = unknown.subList(start, Math.min(unknown.size(), start + AT_ONCE));
      List<Score> scores = ask.apply(some);
      for (int i = 0; i < some.size(); i++) {
        keep(key.apply(some.get(i)), scores.get(i));
      }
      flush();
    }
    List<Score> scores = requests.stream().map(each -> known.get(key.apply(each))).toList();
    truncated += (int) scores.stream().filter(score -> score.cut() > 0).count();
    return scores;
  }

  /** {@inheritDoc} They are not kept: one pass computes all of them. */
  @Override
  public List<WindowDivergence> divergences(String text, int window, int windows) {
    return model.divergences(text, window, windows);
  }

  @Override
  public String chat(ChatRecord talk) {
    return model.chat(talk);
  }

  /** Number of requests so far that were cut on the left to fit the model's context. */
  public int truncated() {
    return truncated;
  }

  private static String key(String... parts) {
    return Sha256.hex(String.join("\0", parts)).substring(0, 32);
  }

  private void keep(String request, Score score) {
    keep(new Line(request, score, null));
  }

  private void learn(Line line) {
    if (line.score() != null) {
      known.put(line.request(), line.score());
    } else {
      written.put(line.request(), line.text());
    }
  }

  private void keep(Line line) {
    learn(line);
    try {
      file.write(JSON.writeValueAsString(line));
      file.write('\n');
    } catch (IOException e) {
      throw new UncheckedIOException("An answer cannot be kept: " + e.getMessage(), e);
    }
  }

  private void flush() {
    try {
      file.flush();
    } catch (IOException e) {
      throw new UncheckedIOException("Answers cannot be kept: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw new UncheckedIOException("Answers cannot be kept: " + e.getMessage(), e);
    }
  }
}
