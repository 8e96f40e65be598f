package tare.evaluate.benchmark;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import tare.evaluate.Fields;
import tare.evaluate.Perplexity;
import tare.evaluate.PythonText;

/**
 * A published text whose perplexity is measured in windows, as in GPTQ (Frantar et al. 2022),
 * SparseGPT and later papers. Its parts are joined, tokenized as a whole, and cut into windows
 * without overlap.
 *
 * @param name the text's name in results
 * @param folder the folder of its files among the tasks
 * @param side the side that is measured
 * @param between text that joins the parts
 * @param parts largest number of parts
 * @param windows largest number of windows
 * @param part turns a record into a part
 */
public record WindowText(
    String name,
    String folder,
    TaskSide side,
    String between,
    int parts,
    int windows,
    Function<Fields, String> part) {

  private static final int ALL_OF_THEM = Integer.MAX_VALUE;

  /** WikiText-2, Penn Treebank and C4. */
  public static final List<WindowText> ALL =
      List.of(
          new WindowText(
              "wikitext2",
              "wikitext",
              TaskSide.TEST,
              "\n\n",
              ALL_OF_THEM,
              ALL_OF_THEM,
              WindowText::line),
          new WindowText(
              "ptb",
              "ptb",
              TaskSide.TEST,
              " ",
              ALL_OF_THEM,
              ALL_OF_THEM,
              fields -> PythonText.strip(fields.text("sentence", "text"))),
          new WindowText(
              "c4", "c4", TaskSide.VALIDATION, " ", 1100, 256, fields -> fields.text("text")));

  /**
   * The text with this name.
   *
   * @throws IllegalArgumentException if there is none; the message lists the known names
   */
  public static WindowText named(String name) {
    return ALL.stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "There is no published text \"%s\". Known: %s."
                        .formatted(
                            name,
                            ALL.stream().map(WindowText::name).collect(Collectors.joining(", ")))));
  }

  /** A line keeps its line end; a blank line becomes empty. */
  private static String line(Fields fields) {
    String text = fields.text("text");
    if (text.isBlank()) {
      return "";
    }
    return text.endsWith("\n") ? text : text + "\n";
  }

  /**
   * Reads the text.
   *
   * @param tasks the folder of the tasks' files
   * @throws IllegalArgumentException if the side has no file, or a record is wrong
   */
  public String read(Path tasks) {
    return new TaskFolder(tasks.resolve(folder))
        .records(side, part).stream().limit(parts).map(part).collect(Collectors.joining(between));
  }

  /** Whether the text's file exists. */
  public boolean isIn(Path tasks) {
    return !new TaskFolder(tasks.resolve(folder)).files(side).isEmpty();
  }

  /**
   * The task of measuring perplexity.
   *
   * @param tasks the folder of the tasks' files
   * @param window tokens per window
   * @param most largest number of windows
   * @throws IllegalArgumentException as {@link #read}
   */
  public Perplexity task(Path tasks, int window, int most) {
    String text = read(tasks);
    String revision = tare.data.Sha256.hex(text).substring(0, 12);
    return new Perplexity(name, revision, text, window, Math.min(most, windows));
  }
}
