package tare.adapt;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tare.compress.Method;
import tare.data.Sample;
import tare.data.Windows;
import tare.evaluate.Perplexity;
import tare.model.Checkpoint;
import tare.study.Methods;

/**
 * What candidates are compared by.
 *
 * @param model the uncompressed model
 * @param method how it is compressed
 * @param deciding the deciding text of each target, which has the target's name
 */
record Comparison(Checkpoint model, Method method, List<Perplexity> deciding) {

  private static final String STEP = "comparison";

  /** The same as plain data. */
  private record Plain(String model, String identity, JsonNode method, List<Perplexity> deciding) {}

  Comparison {
    deciding = List.copyOf(deciding);
  }

  static Comparison of(Adaptation plan) {
    return new Comparison(
        plan.model(),
        plan.method(),
        plan.purpose().targets().stream().map(Target::deciding).toList());
  }

  /** Writes the comparison for workers, which see the folder too. */
  void write(AdaptFolder folder) {
    String path = model.path().toAbsolutePath().normalize().toString();
    folder.write(STEP, new Plain(path, model.identity(), Methods.json(method), deciding));
  }

  /**
   * Reads the comparison of a folder.
   *
   * @throws IllegalArgumentException if there is none, or this machine has another model under the
   *     path of the model
   */
  static Comparison read(AdaptFolder folder) {
    Plain plain =
        folder
            .read(STEP, Plain.class)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "This machine does not see the folder %s of the run: all machines must see it under the same path."
                            .formatted(folder.path(""))));
    Checkpoint model = Checkpoint.open(Path.of(plain.model));
    if (!model.identity().equals(plain.identity)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "This machine has another model under %s: the SHA-256 of weights and configuration is %.12s here and %.12s where the run was started. Copy the model.",
              plain.model,
              model.identity(),
              plain.identity));
    }
    return new Comparison(model, Methods.read(plain.method), plain.deciding);
  }

  /** The windows of the deciding texts, target by target. */
  List<Sample> windows() {
    List<Sample> samples = new ArrayList<>();
    for (Perplexity text : deciding) {
      int[] tokens = model.tokenizer().encodePrompt(text.text());
      Windows.cut(tokens, text.window(), text.windows())
          .forEach(window -> samples.add(new Sample(text.name(), text.name(), "", window)));
    }
    return samples;
  }
}
