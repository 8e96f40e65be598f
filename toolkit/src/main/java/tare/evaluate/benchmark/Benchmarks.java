package tare.evaluate.benchmark;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tare.evaluate.Fields;
import tare.evaluate.PythonText;
import tare.evaluate.Request;

/**
 * The published benchmarks, with the prompts of lm-evaluation-harness 0.4. Each is one entry of a
 * table and reads all layouts in which it is published.
 */
public final class Benchmarks {

  private static final List<String> LETTERS = List.of("A", "B", "C", "D", "E");
  private static final Pattern IN_BRACKETS = Pattern.compile("\\[.*?\\]");

  /** The tasks of Williams and Aletras (2024). */
  private static final List<Benchmark> FIRST_PAPER =
      List.of(
          choice("arc_easy", TaskSide.TEST, Benchmarks::arc),
          choice("arc_challenge", TaskSide.TEST, Benchmarks::arc),
          choice("boolq", TaskSide.VALIDATION, Benchmarks::boolq),
          choice("hellaswag", TaskSide.VALIDATION, Benchmarks::hellaswag),
          new Benchmark("lambada_openai", TaskSide.TEST, new LastWordReader(Benchmarks::lambada)),
          choice("openbookqa", TaskSide.TEST, Benchmarks::openbookqa),
          choice("piqa", TaskSide.VALIDATION, Benchmarks::piqa),
          choice("rte", TaskSide.VALIDATION, Benchmarks::rte),
          new Benchmark(
              "storycloze_2016",
              TaskSide.TEST,
              TaskSide.VALIDATION,
              TaskSide.VALIDATION,
              0,
              new ChoiceReader(Benchmarks::story)),
          choice("storycloze_2018", TaskSide.VALIDATION, Benchmarks::story),
          choice("winogrande", TaskSide.VALIDATION, Benchmarks::winogrande));

  private static final List<Benchmark> FURTHER =
      List.of(
          new Benchmark(
              "mmlu",
              TaskSide.TEST,
              TaskSide.VALIDATION,
              TaskSide.VALIDATION,
              5,
              List.of("question", "A", "B", "C", "D", "answer"),
              new ChoiceReader(5, Benchmarks::mmluInstruction, Benchmarks::mmlu)),
          choice("commonsense_qa", TaskSide.VALIDATION, Benchmarks::commonsenseQa),
          choice("sciq", TaskSide.TEST, Benchmarks::sciq));

  private static final List<Benchmark> TEXTS =
      List.of(
          new Benchmark("wikitext", TaskSide.TEST, new WholeTextReader(WholeTextReader::wikiPages)),
          new Benchmark("c4", TaskSide.VALIDATION, new WholeTextReader(WholeTextReader::each)));

  /**
   * All benchmarks, in the order of the papers. Benchmarks that would run programs refuse to run.
   */
  public static final List<Benchmark> ALL = all(CodeRunner.NONE);

  private Benchmarks() {}

  /**
   * All benchmarks, in the order of the papers.
   *
   * @param runner runs the programs that the model writes
   */
  public static List<Benchmark> all(CodeRunner runner) {
    return Stream.of(FIRST_PAPER, FURTHER, TEXTS, GenerativeBenchmarks.all(runner))
        .flatMap(List::stream)
        .toList();
  }

  private static Benchmark choice(
      String name, TaskSide scored, Function<Fields, ChoiceQuestion> reading) {
    return new Benchmark(name, scored, new ChoiceReader(reading));
  }

  /** Clark et al. 2018. */
  private static ChoiceQuestion arc(Fields fields) {
    String question = fields.text("question.stem", "question");
    List<String> choices = fields.texts("choices.text", "question.choices.text");
    return ChoiceQuestion.asking("Question: " + question + "\nAnswer:", choices, byLabel(fields));
  }

  private static int byLabel(Fields fields) {
    return fields.indexAmong(fields.texts("choices.label", "question.choices.label"), "answerKey");
  }

  /** Clark et al. 2019, in SuperGLUE's layout. */
  private static ChoiceQuestion boolq(Fields fields) {
    String prompt =
        "%s\nQuestion: %s?\nAnswer:".formatted(fields.text("passage"), fields.text("question"));
    return ChoiceQuestion.asking(prompt, List.of("no", "yes"), truth(fields));
  }

  private static int truth(Fields fields) {
    String label = fields.text("label", "answer");
    return label.matches("true|false")
        ? label.equals("true") ? 1 : 0
        : fields.gold(0, 2, "label", "answer");
  }

  /**
   * Zellers et al. 2019. The markup of the WikiHow part is removed, as in the harness. Files with a
   * finished {@code query} are read as well.
   */
  private static ChoiceQuestion hellaswag(Fields fields) {
    String context =
        fields.has("ctx_a", "ctx_b")
            ? fields.text("activity_label")
                + ": "
                + fields.text("ctx_a")
                + " "
                + PythonText.capitalize(fields.text("ctx_b"))
            : fields.text("query");
    List<String> endings = fields.texts("endings").stream().map(Benchmarks::cleaned).toList();
    return ChoiceQuestion.asking(
        cleaned(context), endings, fields.gold(0, endings.size(), "label"));
  }

  private static String cleaned(String text) {
    String titled = PythonText.strip(text).replace(" [title]", ". ");
    return IN_BRACKETS.matcher(titled).replaceAll("").replace("  ", " ");
  }

  /** Paperno et al. 2016, in the form that OpenAI published. */
  private static Request.Continuation lambada(Fields fields) {
    String text = fields.text("text");
    int space = text.lastIndexOf(' ');
    if (space < 1) {
      throw fields.wrong(new String[] {"text"}, "has fewer than two words");
    }
    return new Request.Continuation(text.substring(0, space), text.substring(space));
  }

  /** Mihaylov et al. 2018. */
  private static ChoiceQuestion openbookqa(Fields fields) {
    return ChoiceQuestion.asking(
        fields.text("question_stem", "question.stem"),
        fields.texts("choices.text", "question.choices.text"),
        byLabel(fields));
  }

  /** Bisk et al. 2020. */
  private static ChoiceQuestion piqa(Fields fields) {
    return ChoiceQuestion.asking(
        "Question: " + fields.text("goal") + "\nAnswer:",
        List.of(fields.text("sol1"), fields.text("sol2")),
        fields.gold(0, 2, "label"));
  }

  /** Dagan et al. 2006, in the layouts of GLUE (also its TSV files) and SuperGLUE. */
  private static ChoiceQuestion rte(Fields fields) {
    String prompt =
        "%s\nQuestion: %s True or False?\nAnswer:"
            .formatted(fields.text("sentence1", "premise"), fields.text("sentence2", "hypothesis"));
    List<String> labels = List.of("entailment", "not_entailment");
    int gold =
        labels.contains(fields.text("label"))
            ? fields.indexAmong(labels, "label")
            : fields.gold(0, 2, "label");
    return ChoiceQuestion.asking(prompt, List.of("True", "False"), gold);
  }

  /**
   * Mostafazadeh et al. 2016. There is no training side with two endings, and the answers of the
   * 2018 edition's test side are not published.
   */
  private static ChoiceQuestion story(Fields fields) {
    List<String> sentences =
        IntStream.rangeClosed(1, 4)
            .mapToObj(i -> fields.text("input_sentence_" + i, "InputSentence" + i))
            .toList();
    return ChoiceQuestion.asking(
        String.join(" ", sentences),
        List.of(
            fields.text("sentence_quiz1", "RandomFifthSentenceQuiz1"),
            fields.text("sentence_quiz2", "RandomFifthSentenceQuiz2")),
        fields.gold(1, 2, "answer_right_ending", "AnswerRightEnding"));
  }

  /** Sakaguchi et al. 2020. */
  private static ChoiceQuestion winogrande(Fields fields) {
    String sentence = fields.text("sentence");
    int blank = sentence.indexOf('_');
    if (blank < 0) {
      throw fields.wrong(new String[] {"sentence"}, "has no blank _");
    }
    String before = sentence.substring(0, blank);
    return ChoiceQuestion.filling(
        List.of(before + fields.text("option1"), before + fields.text("option2")),
        PythonText.strip(sentence.substring(blank + 1)),
        fields.gold(1, 2, "answer"));
  }

  /** Hendrycks et al. 2021. In the original tables, the file name gives the subject. */
  private static ChoiceQuestion mmlu(Fields fields) {
    List<String> choices =
        fields.has("choices")
            ? fields.texts("choices")
            : LETTERS.subList(0, 4).stream().map(fields::text).toList();
    if (choices.size() != 4) {
      throw fields.wrong(new String[] {"choices"}, "does not have four elements");
    }
    String prompt = PythonText.strip(fields.text("question")) + lettered(choices) + "\nAnswer:";
    int gold =
        LETTERS.contains(fields.text("answer"))
            ? fields.indexAmong(LETTERS.subList(0, 4), "answer")
            : fields.gold(0, 4, "answer");
    return ChoiceQuestion.asking(subject(fields), prompt, LETTERS.subList(0, 4), gold);
  }

  private static String subject(Fields fields) {
    if (fields.has("subject") || !fields.has("A")) {
      return fields.text("subject");
    }
    String file = Path.of(fields.file()).getFileName().toString();
    return file.replaceFirst("(_(test|val|dev))?\\..*", "");
  }

  private static String mmluInstruction(String subject) {
    return "The following are multiple choice questions (with answers) about %s.\n\n"
        .formatted(subject.replace('_', ' '));
  }

  /** Talmor et al. 2019. */
  private static ChoiceQuestion commonsenseQa(Fields fields) {
    List<String> choices = fields.texts("choices.text", "question.choices.text");
    if (choices.size() != 5) {
      throw fields.wrong(new String[] {"choices.text"}, "does not have five elements");
    }
    String question = PythonText.strip(fields.text("question.stem", "question"));
    return ChoiceQuestion.asking(
        "Question: " + question + lettered(choices) + "\nAnswer:",
        LETTERS,
        fields.indexAmong(LETTERS, "answerKey"));
  }

  private static String lettered(List<String> choices) {
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < choices.size(); i++) {
      lines.append('\n').append(LETTERS.get(i)).append(". ").append(choices.get(i));
    }
    return lines.toString();
  }

  /** Welbl et al. 2017. */
  private static ChoiceQuestion sciq(Fields fields) {
    String prompt =
        "%s\nQuestion: %s\nAnswer:"
            .formatted(PythonText.lstrip(fields.text("support")), fields.text("question"));
    return ChoiceQuestion.asking(
        prompt,
        List.of(
            fields.text("distractor1"),
            fields.text("distractor2"),
            fields.text("distractor3"),
            fields.text("correct_answer")),
        3);
  }
}
