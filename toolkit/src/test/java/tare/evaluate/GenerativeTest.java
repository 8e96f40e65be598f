package tare.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.NumericFixture;
import tare.evaluate.LanguageModel.GeneratedText;
import tare.evaluate.benchmark.Benchmark;
import tare.evaluate.benchmark.Benchmarks;
import tare.evaluate.benchmark.CodeRunner;
import tare.evaluate.benchmark.ExactAnswer;
import tare.evaluate.benchmark.InstructionReader;
import tare.evaluate.benchmark.LatexAnswer;
import tare.evaluate.benchmark.NumberAnswer;
import tare.evaluate.benchmark.PythonProcess;
import tare.evaluate.benchmark.PythonRandom;
import tare.evaluate.ifeval.Instruction;

/** What a model wrote, marked as lm-evaluation-harness marks it, or by running it. */
class GenerativeTest {

  private static JsonNode marks() throws IOException {
    return NumericFixture.read("harness_marks.json").json();
  }

  private static Benchmark benchmark(String name, CodeRunner runner) {
    return Benchmarks.all(runner).stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static Path folder(String name) throws URISyntaxException {
    return Path.of(GenerativeTest.class.getResource("/tasks/" + name).toURI());
  }

  private static Generative.Item item(String name, CodeRunner runner) throws URISyntaxException {
    return ((Generative) benchmark(name, runner).read(folder(name)).first(1)).items().get(0);
  }

  private static PythonProcess python() {
    PythonProcess python = new PythonProcess("python3", Duration.ofSeconds(5), 512);
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "programs are run by /bin/sh");
    assumeTrue(python.passes("x = 1"), "python3 is not here, or a process cannot be limited");
    return python;
  }

  @Test
  void numbersAreFoundAsTheHarnessFindsThem() throws IOException {
    NumberAnswer answer = new NumberAnswer("3 * 400 = 1200\n#### 1,200");
    for (JsonNode each : marks().get("numbers")) {
      assertThat(answer.mark(each.get(0).asText()))
          .as(each.get(0).asText())
          .containsExactly(
              Map.entry("exact_match,strict-match", each.get(1).asDouble()),
              Map.entry("exact_match,flexible-extract", each.get(2).asDouble()));
    }
  }

  @Test
  void answersInLatexAreEqualWhereTheHarnessSaysSo() throws IOException {
    for (JsonNode each : marks().get("latex")) {
      assertThat(new LatexAnswer(each.get(1).asText()).mark(each.get(0).asText()))
          .as(each.toString())
          .containsEntry("exact_match", each.get(2).asDouble());
    }
    assertThat(LatexAnswer.boxed("so $\\boxed{1}$, or \\boxed{\\frac{1}{2}}."))
        .isEqualTo("\\frac{1}{2}");
  }

  @Test
  void exactAnswersAreEqualWhereTheHarnessSaysSo() throws IOException {
    for (JsonNode each : marks().get("exact")) {
      ExactAnswer answer = ExactAnswer.of(List.of(each.get(1).asText(), "other"), null, null);
      assertThat(answer.mark(each.get(0).asText()))
          .as(each.toString())
          .containsEntry("exact_match", each.get(2).asDouble());
    }
  }

  /** BIG-bench: up to a stop string, then the first match of an expression, or of its group. */
  @Test
  void theAnswerIsFoundInWhatIsWrittenAsTheTaskSays() {
    assertThat(exact("4", null, null, " 4. So it is.")).isEqualTo(1);
    assertThat(exact("4", null, null, "It is 4.")).isZero();
    assertThat(exact("42", null, "\\d+", "= 42. 7*7 =")).isEqualTo(1);
    assertThat(exact("42", null, "\\d+", "none")).isZero();
    assertThat(exact("7", null, "([-+]?\\d+)[.]?$", " 7.\n8")).isZero();
    assertThat(exact("7", "\n", "([-+]?\\d+)[.]?$", " 7.\n")).isEqualTo(1);
    assertThat(exact("a b", "#", null, "a b# c")).isZero();
    assertThat(exact("a b#", "#", null, "a b# c")).isEqualTo(1);
    assertThat(exact("a. b", null, "", "a. b")).isEqualTo(1);
    assertThat(exact("A", null, null, "a")).isZero();
    assertThatThrownBy(() -> ExactAnswer.of(List.of("a"), null, "(a)(b)"))
        .hasMessageContaining("more than one group");
  }

  private static double exact(String answer, String stop, String pattern, String written) {
    return ExactAnswer.of(List.of("other", answer), stop, pattern)
        .mark(written)
        .get("exact_str_match");
  }

  @Test
  void instructionsAreFollowedWhereTheHarnessSaysSo() throws IOException {
    JsonNode cases = marks().get("instructions");
    for (JsonNode each : cases) {
      String id = each.get(0).asText();
      Instruction instruction =
          Instruction.of(id, new Fields(each.get(1), "fixture", id)).orElseThrow();
      for (JsonNode text : each.get(2)) {
        boolean blank = text.get(0).asText().isBlank();
        assertThat(!blank && instruction.isFollowedBy(text.get(0).asText()))
            .as(each.get(0) + " " + each.get(1) + " " + text.get(0))
            .isEqualTo(text.get(1).asBoolean());
      }
    }
    Set<String> tried = new HashSet<>();
    cases.forEach(each -> tried.add(each.get(0).asText()));
    assertThat(tried).isEqualTo(Instruction.CHECKED.keySet());
  }

  @Test
  void instructionsCountByPromptAndOneByOne() {
    LanguageModel model = written("no comma here", "one, two", " ");
    Task task =
        ifeval(
            "{\"key\": 1, \"prompt\": \"P\", \"instruction_id_list\": [\"punctuation:no_comma\"], \"kwargs\": [{}]}",
            "{\"key\": 2, \"prompt\": \"Q\", \"instruction_id_list\": [\"punctuation:no_comma\", \"keywords:existence\"], \"kwargs\": [{}, {\"keywords\": [\"two\"]}]}",
            "{\"key\": 3, \"prompt\": \"R\", \"instruction_id_list\": [\"language:response_language\"], \"kwargs\": [{\"language\": \"de\"}]}",
            "{\"key\": 4, \"prompt\": \"S\", \"instruction_id_list\": [\"punctuation:no_comma\"], \"kwargs\": [{\"num_words\": null}]}");
    List<Aggregate> scores = Aggregate.of(task.run(model));
    assertThat(scores)
        .extracting(Aggregate::metric)
        .containsExactly("prompt_level_strict_acc", "inst_level_strict_acc");
    assertThat(scores.get(0).value()).isEqualTo(1 / 3.0);
    assertThat(scores.get(1).value()).isEqualTo(2 / 4.0);
    assertThat(task.notes())
        .singleElement(InstanceOfAssertFactories.STRING)
        .startsWith("1 of 4 items are not scored");
    assertThatThrownBy(
            () ->
                ifeval(
                    "{\"key\": 1, \"prompt\": \"P\", \"instruction_id_list\": [\"startend:end_checker\"], \"kwargs\": [{}]}"))
        .hasMessageContaining("items, line 1, kwargs[0]: field end_phrase is missing");
    assertThatThrownBy(
            () ->
                ifeval(
                    "{\"key\": 1, \"prompt\": \"P\", \"instruction_id_list\": [\"be:kind\"], \"kwargs\": [{}]}"))
        .hasMessageContaining("be:kind");
  }

  private static Task ifeval(String... lines) {
    List<Fields> records = new ArrayList<>();
    for (String line : lines) {
      try {
        String place = "line " + (records.size() + 1);
        records.add(new Fields(new ObjectMapper().readTree(line), "items", place));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return new InstructionReader().task("ifeval", "1", records, List.of(), 10);
  }

  /** A model that always writes the same. */
  private static LanguageModel written(String... texts) {
    return new LanguageModel() {
      @Override
      public List<Score> continuations(List<Request.Continuation> requests) {
        throw new AssertionError("nothing is to be scored");
      }

      @Override
      public List<Score> texts(List<Request.WholeText> requests) {
        throw new AssertionError("nothing is to be scored");
      }

      @Override
      public List<GeneratedText> generations(List<Request.Generate> requests) {
        return Stream.of(texts).map(text -> new GeneratedText(text, 0)).toList();
      }

      @Override
      public List<Score> windows(String text, int window, int windows) {
        throw new AssertionError("nothing is to be scored");
      }
    };
  }

  @Test
  void examplesAreDrawnAsPythonDrawsThem() throws IOException {
    for (JsonNode each : marks().get("samples")) {
      PythonRandom random = new PythonRandom(1234);
      List<int[]> drawn = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        drawn.add(random.sample(each.get(0).asInt(), each.get(1).asInt()));
      }
      for (int i = 0; i < each.get(2).size(); i++) {
        int[] expected = new ObjectMapper().convertValue(each.get(2).get(i), int[].class);
        assertThat(drawn.get(66 * i)).as(each.get(0) + " " + 66 * i).containsExactly(expected);
      }
    }
  }

  @Test
  void aPromptOfProgramsHasThreeSolvedExamples() throws URISyntaxException {
    String prompt = item("mbpp", program -> true).request().context();
    assertThat(prompt)
        .startsWith(
            "You are an expert Python programmer, and here is your task: Write a function to add 2. Your code should pass these tests:\n\nassert add2(0) == 2\n")
        .contains("[BEGIN]\ndef add2(x):\r\n  return x + 2\n[DONE]\n\nYou are")
        .endsWith("assert double(2) == 4\n[BEGIN]\n");
    assertThat(item("humaneval", program -> true).request().context()).startsWith("def half(x):");
    assertThat(item("math500", CodeRunner.NONE).request().context())
        .isEqualTo("Problem: What is $1+\\frac{1}{2}$?\nAnswer:");
  }

  @Test
  void givenSolutionsAreScoredByTheirTokensAndRunNothing() throws URISyntaxException {
    Benchmark problems = benchmark("humaneval/solutions", CodeRunner.NONE);
    Solutions task = (Solutions) problems.read(folder(problems.folder())).first(1);
    assertThat(task.items().get(0).answer()).isEqualTo("    return x / 2\n");
    LanguageModel model =
        new AggregateTest.Answers(List.of(new Score(-6, true, 3), new Score(-1, true, 1)));
    Solutions two =
        new Solutions("two", "1", List.of(task.items().get(0), new SolvedItem("b", "p", "a")));
    assertThat(two.run(model)).extracting(Outcome::value).containsExactly(2.0, 1.0);
    assertThat(Aggregate.of(two.run(model)).get(1).value()).isEqualTo(Math.exp(1.5));
    assertThatThrownBy(
            () -> task.run(new AggregateTest.Answers(List.of(new Score(Double.NaN, true, 3)))))
        .hasMessageContaining("item 00000 of humaneval/solutions is not a number");
  }

  @Test
  void programsAreNotRunUnlessTheUserAllowsIt() throws URISyntaxException {
    for (String name : List.of("humaneval", "mbpp")) {
      assertThatThrownBy(() -> item(name, CodeRunner.NONE)).hasMessageContaining("--run-code");
    }
  }

  @Test
  void aProgramPassesIfItsTestsDo() throws URISyntaxException {
    PythonProcess python = python();
    Generative.Marking half = item("humaneval", python).marking();
    assertThat(half.mark("    return x / 2\n")).containsEntry("pass@1", 1.0);
    assertThat(half.mark("    return x\n")).containsEntry("pass@1", 0.0);
    Generative.Marking twice = item("mbpp", python).marking();
    assertThat(twice.mark("def double(x): return x + x\n")).containsEntry("pass@1", 1.0);
    assertThat(twice.mark("def double(x) return x + x\n")).containsEntry("pass@1", 0.0);
  }

  @Test
  void aProgramHasLimits() {
    PythonProcess python = python();
    PythonProcess hasty = new PythonProcess("python3", Duration.ofMillis(400), 512);
    assertThat(hasty.passes("while True: pass")).as("time").isFalse();
    assertThat(hasty.passes("import time; time.sleep(60)")).as("time asleep").isFalse();
    assertThat(python.passes("x = bytearray(2_000_000_000)")).as("memory").isFalse();
    assertThat(python.passes("open('x', 'wb').write(b'0' * 5_000_000)")).as("files").isFalse();
    assertThat(python.passes("import os; assert 'HOME' not in os.environ")).as("no HOME").isTrue();
    assertThat(python.passes("import os; assert os.listdir() == ['program.py']")).isTrue();
    assertThat(python.passes("input()")).as("no input").isFalse();
  }

  @Test
  void aProgramThatEndsBeforeItsTestsDoesNotPass() {
    PythonProcess python = python();
    for (String end :
        List.of(
            "import sys; sys.exit(0)",
            "import os; os._exit(0)",
            "raise SystemExit",
            "raise SystemExit(0)",
            "exit()",
            "import os; os.execv('/bin/true', ['true'])",
            "import os, signal; os.kill(os.getpid(), signal.SIGTERM); os._exit(0)")) {
      assertThat(python.passes(end + "\nassert False")).as(end).isFalse();
    }
    assertThat(python.passes("print('many words ' * 1_000_000)")).as("it may print").isTrue();
    assertThat(python.passes("import sys; sys.stdout.close()")).as("it may be silent").isTrue();
  }

  @Test
  void processesOfAProgramEndWithIt(@TempDir Path folder) throws Exception {
    PythonProcess python = python();
    Path alive = folder.resolve("alive");
    String child =
        """
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                time.sleep(1)
                open('%s', 'w').write('alive')
                os._exit(0)
            os._exit(0)
        time.sleep(0.2)
        """
            .formatted(alive);
    assertThat(python.passes(child)).isTrue();
    Thread.sleep(1500);
    assumeTrue(
        new ProcessBuilder("unshare", "--pid", "--fork", "true").start().waitFor() == 0
            || new ProcessBuilder("unshare", "-Ur", "--pid", "--fork", "true").start().waitFor()
                == 0,
        "no process namespace is allowed here");
    assertThat(alive).doesNotExist();
  }

  @Test
  void whatAProgramLeavesBehindDoesNotEndTheEvaluation() {
    PythonProcess python = python();
    assertThat(
            python.passes(
                """
                import os
                os.makedirs('closed/inner')
                open('closed/inner/file', 'w').write('x')
                os.chmod('closed/inner', 0)
                os.chmod('closed', 0)
                """))
        .isTrue();
    assertThat(python.passes("import os, shutil; shutil.rmtree(os.getcwd())")).isTrue();
    String deep = "import os\nfor i in range(300):\n  os.mkdir('d' * 100)\n  os.chdir('d' * 100)";
    assertThat(python.passes(deep)).isTrue();
  }
}
