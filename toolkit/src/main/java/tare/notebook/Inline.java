package tare.notebook;

import java.util.List;
import java.util.Locale;
import tare.data.Progress;
import tech.tablesaw.api.Table;

/**
 * Shows output below a notebook cell, for {@code import static tare.notebook.Inline.*}. It works in
 * the JJava and IJava kernels. Elsewhere it prints text, so that the same cells run in a test.
 */
public final class Inline {

  private Inline() {}

  /**
   * Shows a Tablesaw table or a list of records as a table, an XChart chart as a picture, an array
   * by its values, and anything else as text.
   */
  public static void show(Object thing) {
    show(Rendering.of(thing));
  }

  private static void show(Rendering rendering) {
    Frontend.running()
        .ifPresentOrElse(
            frontend -> frontend.display(rendering), () -> System.out.println(rendering.text()));
  }

  /**
   * Shows a sentence whose numbers are computed, below the cell and in the type of the text around
   * it. Conclusions are printed this way, not typed, so that they change with what they conclude.
   *
   * <pre>{@code
   * double code = 101.0, rounding = 64.4;
   * say("GPTQ is **%s** than rounding.", code > rounding ? "worse" : "better");
   * }</pre>
   *
   * @param sentence Markdown, with the places of {@link java.util.Formatter}: a percent sign is
   *     {@code %%}
   */
  public static void say(String sentence, Object... values) {
    show(Rendering.markdown(String.format(Locale.ROOT, sentence, values)));
  }

  /**
   * Shows the progress of a long computation in one line below the cell, redrawn at most four times
   * a second. Outside a kernel, it prints one line at the end of each stage.
   */
  public static Progress progress() {
    return Frontend.running()
        .<Progress>map(frontend -> new ProgressLine(frontend.slot(), System::nanoTime))
        .orElse(
            (stage, done, total) -> {
              if (done >= total) {
                System.out.println(ProgressLine.finished(stage, done, total));
              }
            });
  }

  /**
   * A table with one row per record and one column per record component, named in snake case as in
   * results files: {@code relativeError} becomes {@code relative_error}.
   *
   * @throws IllegalArgumentException if the list is empty: its columns are unknown
   */
  public static Table table(List<? extends Record> records) {
    return RecordsAsTable.table(records);
  }
}
