package tare.evaluate.benchmark;

import java.util.List;
import java.util.Map;
import tare.evaluate.Fields;

/**
 * The published benchmarks whose answers the model writes. Some of them can also be scored by the
 * likelihood of their published solutions.
 */
final class GenerativeBenchmarks {

  /** Number of tokens that lm-evaluation-harness lets a model write if the task sets no limit. */
  private static final int USUAL_TOKENS = 256;

  private GenerativeBenchmarks() {}

  /**
   * The benchmarks.
   *
   * @param runner runs the programs that the model writes
   */
  static List<Benchmark> all(CodeRunner runner) {
    return List.of(
        gsm8k(),
        gsm8k().solutions(),
        math500(),
        humaneval(runner),
        humaneval(runner).solutions(),
        mbpp(runner),
        mbpp(runner).solutions(),
        ifeval());
  }

  /** Cobbe et al. 2021: five solved examples with their chains of thought. */
  private static Benchmark gsm8k() {
    return new Benchmark(
        "gsm8k",
        TaskSide.TEST,
        TaskSide.TRAIN,
        TaskSide.TRAIN,
        5,
        new GenerativeReader(
            GenerativeReader.Examples.drawn(5),
            fields -> "Question: " + fields.text("question") + "\nAnswer:",
            fields -> fields.text("answer"),
            " ",
            List.of("Question:", "</s>", "<|im_end|>"),
            USUAL_TOKENS,
            fields -> new NumberAnswer(marked(fields))));
  }

  private static String marked(Fields fields) {
    String answer = fields.text("answer");
    if (!answer.contains("#### ")) {
      throw fields.wrong(new String[] {"answer"}, "has no mark ####");
    }
    return answer;
  }

  /** Hendrycks et al. 2021, with the 500 problems of Lightman et al. 2023. */
  private static Benchmark math500() {
    return new Benchmark(
        "math500",
        TaskSide.TEST,
        new GenerativeReader(
            GenerativeReader.Examples.NONE,
            fields -> "Problem: " + fields.text("problem") + "\nAnswer:",
            GenerativeBenchmarks::latex,
            " ",
            List.of("Problem:"),
            USUAL_TOKENS,
            fields -> new LatexAnswer(latex(fields))));
  }

  private static String latex(Fields fields) {
    String answer =
        fields.has("answer") ? fields.text("answer") : LatexAnswer.boxed(fields.text("solution"));
    if (answer.isBlank()) {
      throw fields.wrong(new String[] {"answer", "solution"}, "has no answer");
    }
    return answer;
  }

  /** Chen et al. 2021: pass@1 of one program, decoded greedily. */
  private static Benchmark humaneval(CodeRunner runner) {
    return new Benchmark(
        "humaneval",
        TaskSide.TEST,
        new GenerativeReader(
            GenerativeReader.Examples.NONE,
            fields -> fields.text("prompt"),
            fields -> fields.text("canonical_solution"),
            "",
            List.of("\nclass", "\ndef", "\n#", "\nif", "\nprint"),
            1024,
            fields -> {
              runner.require();
              String prompt = fields.text("prompt");
              String tests =
                  "\n%s\ncheck(%s)".formatted(fields.text("test"), fields.text("entry_point"));
              return written -> passed(runner, prompt + written + tests);
            }));
  }

  /** Austin et al. 2021. Problems 2, 3 and 4 of the prompt side are the solved examples. */
  private static Benchmark mbpp(CodeRunner runner) {
    return new Benchmark(
        "mbpp",
        TaskSide.TEST,
        TaskSide.TRAIN,
        TaskSide.PROMPT,
        3,
        new GenerativeReader(
            GenerativeReader.Examples.given(1, 2, 3),
            GenerativeBenchmarks::mbppPrompt,
            fields -> fields.text("code") + "\n[DONE]",
            "",
            List.of("[DONE]"),
            USUAL_TOKENS,
            fields -> {
              runner.require();
              String tests = "\n" + String.join("\n", fields.texts("test_list"));
              return written -> passed(runner, written + tests);
            }));
  }

  /** Zhou et al. 2023: zero-shot and without a chat template, as in lm-evaluation-harness. */
  private static Benchmark ifeval() {
    return new Benchmark("ifeval", TaskSide.TEST, new InstructionReader());
  }

  private static String mbppPrompt(Fields fields) {
    List<String> tests = fields.texts("test_list");
    if (tests.size() < 3) {
      throw fields.wrong(new String[] {"test_list"}, "has fewer than three tests");
    }
    return "You are an expert Python programmer, and here is your task: %s Your code should pass these tests:\n\n%s\n[BEGIN]\n"
        .formatted(fields.text("text"), String.join("\n", tests.subList(0, 3)));
  }

  private static Map<String, Double> passed(CodeRunner runner, String program) {
    return Map.of("pass@1", runner.passes(program) ? 1.0 : 0.0);
  }
}
