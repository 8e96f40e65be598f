package tare.evaluate.benchmark;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tare.evaluate.Fields;
import tare.evaluate.Generative;
import tare.evaluate.PythonText;
import tare.evaluate.Request;
import tare.evaluate.SolvedItem;
import tare.evaluate.ifeval.Instruction;

/**
 * Prompts with instructions that a program can check, as in IFEval (Zhou et al. 2023). {@code
 * prompt_level_strict_acc} is the share of prompts with all instructions followed; {@code
 * inst_level_strict_acc} is the share of followed instructions. Prompts with an instruction that
 * {@link Instruction} cannot check are left out, and the notes give their number.
 */
public record InstructionReader() implements RecordReader {

  private static final int MOST_TOKENS = 1280;

  @Override
  public Generative task(
      String name, String version, List<Fields> records, List<Fields> examples, int limit) {
    List<Generative.Item> items = new ArrayList<>();
    int leftOut = 0;
    for (Fields record : records) {
      Optional<List<Instruction>> given = instructions(record);
      if (given.isEmpty()) {
        leftOut++;
      } else if (items.size() < limit) {
        String prompt = record.text("prompt");
        Request.Generate request = new Request.Generate(prompt, List.of(), MOST_TOKENS);
        items.add(
            new Generative.Item(
                record.text("key"), request, prompt, text -> mark(given.get(), text)));
      }
    }
    String note =
        String.format(
            Locale.ROOT,
            "%d of %d items are not scored: their checks need a language detector or NLTK's models, or count a sign that is not a letter",
            leftOut,
            records.size());
    return new Generative(name, version, 0, items, leftOut == 0 ? List.of() : List.of(note));
  }

  /** The instructions of a record, or nothing if one of them cannot be checked here. */
  private static Optional<List<Instruction>> instructions(Fields record) {
    List<String> ids = record.texts("instruction_id_list");
    List<Fields> arguments = record.parts("kwargs");
    if (ids.size() != arguments.size()) {
      throw record.wrong(
          new String[] {"kwargs"},
          String.format(
              Locale.ROOT, "has %d elements for %d instructions", arguments.size(), ids.size()));
    }
    List<Instruction> instructions = new ArrayList<>();
    boolean all = true;
    for (int i = 0; i < ids.size(); i++) {
      Optional<Instruction> instruction = Instruction.of(ids.get(i), arguments.get(i));
      instruction.ifPresent(instructions::add);
      all &= instruction.isPresent();
    }
    return all ? Optional.of(instructions) : Optional.empty();
  }

  private static Map<String, Double> mark(List<Instruction> instructions, String written) {
    boolean blank = PythonText.strip(written).isEmpty();
    double followed =
        blank ? 0 : instructions.stream().filter(each -> each.isFollowedBy(written)).count();
    Map<String, Double> marks = new LinkedHashMap<>();
    marks.put("prompt_level_strict_acc", followed == instructions.size() ? 1.0 : 0.0);
    marks.put("followed", followed);
    marks.put("instructions", (double) instructions.size());
    return marks;
  }

  @Override
  public SolvedItem solved(String id, Fields record) {
    return new SolvedItem(id, record.text("prompt"), "");
  }
}
