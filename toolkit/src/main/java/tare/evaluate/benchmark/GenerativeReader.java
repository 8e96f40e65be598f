package tare.evaluate.benchmark;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import tare.evaluate.Fields;
import tare.evaluate.Generative;
import tare.evaluate.Request;
import tare.evaluate.SolvedItem;

/**
 * Prompts that the model continues, after solved examples.
 *
 * @param examples how solved examples are chosen
 * @param prompt turns a record into a prompt
 * @param answer the right answer of a record
 * @param between text between prompt and answer
 * @param until writing ends at the first of these strings
 * @param maxTokens largest number of tokens to write
 * @param marking makes the rule that marks the answer
 */
record GenerativeReader(
    Examples examples,
    Function<Fields, String> prompt,
    Function<Fields, String> answer,
    String between,
    List<String> until,
    int maxTokens,
    Function<Fields, Generative.Marking> marking)
    implements RecordReader {

  /** The seed with which lm-evaluation-harness draws examples. */
  private static final int SEED = 1234;

  /**
   * How solved examples are chosen.
   *
   * @param count number of examples
   * @param drawn whether each prompt draws its own examples, as in lm-evaluation-harness; else the
   *     given ones are used
   * @param given indices of the examples if they are not drawn
   */
  record Examples(int count, boolean drawn, List<Integer> given) {

    static final Examples NONE = new Examples(0, false, List.of());

    static Examples drawn(int count) {
      return new Examples(count, true, List.of());
    }

    static Examples given(Integer... indices) {
      return new Examples(indices.length, false, List.of(indices));
    }

    /** Smallest number of records from which the examples can be chosen. */
    private int needed() {
      return drawn ? count : given.stream().mapToInt(index -> index + 1).max().orElse(0);
    }

    private List<Fields> chosenFrom(List<Fields> solved, PythonRandom random) {
      if (!drawn) {
        return given.stream().map(solved::get).toList();
      }
      List<Fields> chosen = new ArrayList<>();
      for (int index : random.sample(solved.size(), count)) {
        chosen.add(solved.get(index));
      }
      return chosen;
    }
  }

  @Override
  public Generative task(
      String name, String version, List<Fields> records, List<Fields> solved, int limit) {
    if (examples.needed() > solved.size()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "The prompt needs %d solved examples, but the files hold %d.",
              examples.needed(),
              solved.size()));
    }
    PythonRandom random = new PythonRandom(SEED);
    List<Generative.Item> items = new ArrayList<>();
    for (Fields record : records.subList(0, Math.min(limit, records.size()))) {
      String before =
          examples.chosenFrom(solved, random).stream()
              .map(example -> solved("", example).text() + "\n\n")
              .collect(Collectors.joining());
      Request.Generate request =
          new Request.Generate(before + prompt.apply(record), until, maxTokens);
      String id = String.format(Locale.ROOT, "%05d", items.size());
      items.add(new Generative.Item(id, request, solved(id, record).text(), marking.apply(record)));
    }
    return new Generative(name, version, examples.count(), items);
  }

  @Override
  public SolvedItem solved(String id, Fields record) {
    return new SolvedItem(id, prompt.apply(record), between + answer.apply(record));
  }
}
