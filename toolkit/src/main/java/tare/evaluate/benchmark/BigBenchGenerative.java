package tare.evaluate.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tare.evaluate.Generative;
import tare.evaluate.Request;
import tare.evaluate.SolvedItem;

/**
 * The items of a BIG-bench {@code task.json} whose answers the model writes, zero-shot. The prompt
 * is BIG-bench's, including white space at its end. The model writes at most 128 tokens, up to a
 * blank line, as in lm-evaluation-harness. {@link ExactAnswer} marks the answers.
 *
 * <p>{@link BigBenchFile} separates the two sides of the items. On each side, items have the order
 * of a hash, so that the first N are always the same random sample. Repeated items are dropped.
 *
 * @param name the task's name in results
 * @param revision SHA-256 of the file, in hexadecimal
 * @param solved items that selection may use, with their answers
 * @param test items that are scored
 */
record BigBenchGenerative(
    String name, String revision, List<SolvedItem> solved, List<Generative.Item> test)
    implements TaskSource {

  private static final int MOST_TOKENS = 128;
  private static final List<String> UNTIL = List.of("\n\n");

  static BigBenchGenerative of(BigBenchFile file, String name) {
    BigBenchFile.Content content = file.content();
    Map<String, SolvedItem> reference = new TreeMap<>();
    Map<String, Generative.Item> test = new TreeMap<>();
    for (int i = 0; i < content.examples().size(); i++) {
      BigBenchFile.Example example = content.examples().get(i);
      boolean answered = example.targets() != null && !example.targets().isEmpty();
      if (example.input() == null || !answered || example.targets().contains(null)) {
        String missing = example.input() == null ? "input" : "target";
        throw file.wrong(i, " has no %s, so no answer can be right.".formatted(missing));
      }
      String prompt = content.prompt(example);
      SolvedItem solved = new SolvedItem(example.id(), prompt, example.targets().get(0));
      if (example.onReferenceSide()) {
        reference.put(example.id(), solved);
      } else {
        Request.Generate request = new Request.Generate(prompt, UNTIL, MOST_TOKENS);
        test.put(
            example.id(),
            new Generative.Item(example.id(), request, solved.text(), answer(file, example)));
      }
    }
    return new BigBenchGenerative(
        name, file.revision(), List.copyOf(reference.values()), new ArrayList<>(test.values()));
  }

  private static ExactAnswer answer(BigBenchFile file, BigBenchFile.Example example) {
    try {
      return ExactAnswer.of(
          example.targets(), file.content().stopString(), file.content().outputRegex());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "%s: field output_regex: %s".formatted(file.file(), e.getMessage()), e);
    }
  }

  /** {@inheritDoc} The items are of the test side. */
  @Override
  public Generative first(int limit) {
    String version = "1, zero-shot, file " + revision.substring(0, 12);
    return new Generative(name, version, 0, test.subList(0, Math.min(limit, test.size())));
  }
}
