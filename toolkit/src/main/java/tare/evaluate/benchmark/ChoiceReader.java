package tare.evaluate.benchmark;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import tare.evaluate.Fields;
import tare.evaluate.MultipleChoice;
import tare.evaluate.Request;
import tare.evaluate.SolvedItem;

/**
 * Multiple choice in the layout of lm-evaluation-harness: an instruction, solved examples each
 * followed by a blank line, and the question.
 *
 * @param shots number of solved examples; the first ones of the question's group are taken
 * @param instruction text at the beginning, by group; ends with a blank line, or is empty
 * @param reading turns a record into a question
 */
record ChoiceReader(
    int shots, UnaryOperator<String> instruction, Function<Fields, ChoiceQuestion> reading)
    implements RecordReader {

  /** A form without instruction and examples. */
  ChoiceReader(Function<Fields, ChoiceQuestion> reading) {
    this(0, group -> "", reading);
  }

  @Override
  public MultipleChoice task(
      String name, String version, List<Fields> records, List<Fields> examples, int limit) {
    Map<String, List<ChoiceQuestion>> solved =
        examples.stream().map(reading).collect(Collectors.groupingBy(ChoiceQuestion::group));
    Map<String, Integer> counts = new HashMap<>();
    List<MultipleChoice.Item> items = new ArrayList<>();
    for (Fields record : records) {
      ChoiceQuestion question = reading.apply(record);
      String group = question.group();
      String before = before(group, solved.getOrDefault(group, List.of()));
      int index = counts.merge(group, 1, Integer::sum) - 1;
      if (index >= limit) {
        continue;
      }
      String id = (group.isEmpty() ? "" : group + "/") + String.format(Locale.ROOT, "%05d", index);
      try {
        items.add(question.item(id, before));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "%s, %s: %s".formatted(record.file(), record.place(), e.getMessage()), e);
      }
    }
    return new MultipleChoice(name, version, shots, items);
  }

  private String before(String group, List<ChoiceQuestion> solved) {
    if (solved.size() < shots) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "The prompt needs %d solved examples%s, but the files hold %d.",
              shots,
              group.isEmpty() ? "" : " of " + group,
              solved.size()));
    }
    StringBuilder before = new StringBuilder(instruction.apply(group));
    solved.subList(0, shots).forEach(each -> before.append(each.solved()).append("\n\n"));
    return before.toString();
  }

  @Override
  public SolvedItem solved(String id, Fields record) {
    ChoiceQuestion question = reading.apply(record);
    Request.Continuation right = question.requests().get(question.gold());
    return new SolvedItem(id, right.context(), right.continuation());
  }
}
