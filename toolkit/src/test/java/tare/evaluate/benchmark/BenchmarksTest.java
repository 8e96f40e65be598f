package tare.evaluate.benchmark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tare.data.Document;
import tare.evaluate.MultipleChoice;
import tare.evaluate.Request;

/** Layouts that benchmarks are published in, and what is said when a file is wrong. */
class BenchmarksTest {

  private static final String QUESTION =
      "{\"question\": \"Is it?\", \"choices\": {\"text\": [\"a\", \"b\"], \"label\": [\"A\", \"B\"]}, \"answerKey\": \"B\"}\n";

  @TempDir private Path folder;

  private static Benchmark benchmark(String name) {
    return Benchmarks.ALL.stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private List<MultipleChoice.Item> items(String name, String file, String content)
      throws IOException {
    Path home = Files.createDirectories(folder.resolve(file.replace('.', '_')));
    Files.writeString(home.resolve(file), content);
    return items(name, home);
  }

  private static List<MultipleChoice.Item> items(String name, Path home) {
    return ((MultipleChoice) benchmark(name).read(home).first(Integer.MAX_VALUE)).items();
  }

  private static Path resource(String path) throws URISyntaxException {
    return Path.of(BenchmarksTest.class.getResource(path).toURI());
  }

  @ParameterizedTest
  @ValueSource(strings = {"arc_easy", "hellaswag", "mmlu"})
  void parquetHoldsTheSameItemsAsJsonLines(String name) throws URISyntaxException {
    List<MultipleChoice.Item> parquet = items(name, resource("/parquet/" + name));
    assertThat(parquet).isEqualTo(items(name, resource("/tasks/" + name))).isNotEmpty();
  }

  @Test
  void questionsWithAStemAreReadAsWell() throws IOException {
    List<MultipleChoice.Item> flat = items("arc_easy", "test.jsonl", QUESTION);
    String nested =
        """
        {"id": "1", "question": {"stem": "Is it?", "choices": [
          {"text": "a", "label": "A"}, {"text": "b", "label": "B"}]}, "answerKey": "B"}
        """
            .replace("\n", "");
    assertThat(items("arc_easy", "ARC-Easy-Test.jsonl", nested)).isEqualTo(flat);
    assertThat(items("arc_easy", "test.json", "[" + nested + ",\n" + nested + "]")).hasSize(2);

    String five =
        """
        {"answerKey": "C", "question": {"question_concept": "x", "stem": "Which?", "choices": [
          {"label": "A", "text": "v"}, {"label": "B", "text": "w"}, {"label": "C", "text": "x"},
          {"label": "D", "text": "y"}, {"label": "E", "text": "z"}]}}
        """
            .replace("\n", "");
    MultipleChoice.Item item = items("commonsense_qa", "dev_rand_split.jsonl", five + "\n").get(0);
    assertThat(item.requests().get(0).context())
        .isEqualTo("Question: Which?\nA. v\nB. w\nC. x\nD. y\nE. z\nAnswer:");
    assertThat(item.gold()).containsExactly(2);
  }

  @Test
  void tablesAndListsOfAnswersAreRead() throws IOException {
    MultipleChoice.Item rte =
        items(
                "rte",
                "dev.tsv",
                "index\tsentence1\tsentence2\tlabel\n0\tHe said \"no.\tHe spoke.\tnot_entailment\n")
            .get(0);
    assertThat(rte.requests().get(0).context())
        .isEqualTo("He said \"no.\nQuestion: He spoke. True or False?\nAnswer:");
    assertThat(rte.gold()).containsExactly(1);

    MultipleChoice.Item story =
        items(
                "storycloze_2016",
                "cloze_test_test__spring2016 - cloze_test_ALL_test.csv",
                """
                InputStoryid,InputSentence1,InputSentence2,InputSentence3,InputSentence4,RandomFifthSentenceQuiz1,RandomFifthSentenceQuiz2,AnswerRightEnding
                x,"One, two.",B.,C.,D.,E.,F.,2
                """)
            .get(0);
    assertThat(story.requests().get(1))
        .isEqualTo(new Request.Continuation("One, two. B. C. D.", " F."));
    assertThat(story.gold()).containsExactly(1);

    MultipleChoice.Item tabs =
        items(
                "storycloze_2018",
                "cloze_test_val__winter2018-cloze_test_ALL_val - 1 - 1.tsv",
                "InputStoryid\tInputSentence1\tInputSentence2\tInputSentence3\tInputSentence4\tRandomFifthSentenceQuiz1\tRandomFifthSentenceQuiz2\tAnswerRightEnding\nx\tSo \"A.\tB.\tC.\tD.\tE.\tF.\t1\n")
            .get(0);
    assertThat(tabs.requests().get(0))
        .isEqualTo(new Request.Continuation("So \"A. B. C. D.", " E."));

    Path piqa = Files.createDirectories(folder.resolve("piqa"));
    Files.writeString(piqa.resolve("valid-labels.lst"), "1\n");
    Files.writeString(
        piqa.resolve("valid.jsonl"), "{\"goal\": \"g\", \"sol1\": \"s\", \"sol2\": \"t\"}\n");
    assertThat(items("piqa", piqa).get(0).gold()).containsExactly(1);
    Files.writeString(piqa.resolve("valid-labels.lst"), "1\n0\n");
    assertThatThrownBy(() -> items("piqa", piqa)).hasMessageContaining("2 answers");
  }

  /** Hendrycks' own tables have no heading; the name of a file tells subject and side. */
  @Test
  void tablesWithoutAHeadingAreRead() throws IOException {
    Path mmlu = folder.resolve("data");
    Files.createDirectories(mmlu.resolve("dev"));
    Files.createDirectories(mmlu.resolve("test"));
    String example = "\"What, if anything, is %d?\",one,two,three,\"a \"\"four\"\"\",D\n";
    StringBuilder five = new StringBuilder();
    for (int i = 0; i < 5; i++) {
      five.append(String.format(Locale.ROOT, example, i));
    }
    Files.writeString(mmlu.resolve("dev/high_school_physics_dev.csv"), five);
    Files.writeString(
        mmlu.resolve("test/high_school_physics_test.csv"), String.format(Locale.ROOT, example, 9));
    MultipleChoice.Item item = items("mmlu", mmlu).get(0);
    assertThat(item.id()).isEqualTo("high_school_physics/00000");
    assertThat(item.requests().get(0).context())
        .startsWith(
            "The following are multiple choice questions (with answers) about high school physics.\n\nWhat, if anything, is 0?\nA. one")
        .endsWith("What, if anything, is 9?\nA. one\nB. two\nC. three\nD. a \"four\"\nAnswer:");
    assertThat(item.gold()).containsExactly(3);

    Files.writeString(
        mmlu.resolve("test/high_school_physics_test.csv"),
        "question,A,B,C,D,answer\n" + String.format(Locale.ROOT, example, 9));
    assertThat(items("mmlu", mmlu)).hasSize(1);
    Files.writeString(mmlu.resolve("test/high_school_physics_test.csv"), "What?,one,two,A\n");
    assertThatThrownBy(() -> items("mmlu", mmlu))
        .hasMessageContaining(
            "high_school_physics_test.csv, row 1: the row has 4 columns instead of the 6");
  }

  @Test
  void answersMayBeWordsOrNumbers() throws IOException {
    String item = "{\"question\": \"q\", \"passage\": \"p\", \"%s\": %s}\n";
    assertThat(
            items("boolq", "dev.jsonl", String.format(Locale.ROOT, item, "answer", "true"))
                .get(0)
                .gold())
        .containsExactly(1);
    assertThat(
            items("boolq", "val.jsonl", String.format(Locale.ROOT, item, "label", "false"))
                .get(0)
                .gold())
        .containsExactly(0);
    assertThat(
            items("boolq", "valid.jsonl", String.format(Locale.ROOT, item, "label", "\"1\""))
                .get(0)
                .gold())
        .containsExactly(1);
  }

  @Test
  void theFirstItemsAreThoseOfTheFileAndOfEachSubject() throws URISyntaxException {
    MultipleChoice one = (MultipleChoice) benchmark("mmlu").read(resource("/tasks/mmlu")).first(1);
    assertThat(one.items().stream().map(MultipleChoice.Item::id))
        .containsExactly("astronomy/00000", "world_religions/00000");
  }

  @Test
  void referencesAreOfTheTrainingSideAndNoneIsScored() throws URISyntaxException {
    TaskSource task = benchmark("arc_easy").read(resource("/tasks/arc_easy"));
    Set<String> scored =
        ((MultipleChoice) task.first(Integer.MAX_VALUE))
            .items().stream()
                .map(item -> item.requests().get(item.gold().get(0)))
                .map(right -> right.context() + right.continuation())
                .collect(Collectors.toSet());

    // the training side holds two items, and one of them is scored
    assertThat(task.references())
        .extracting(Document::text)
        .containsExactly("Question: Which of these is a source of light?\nAnswer: the sun")
        .doesNotContainAnyElementsOf(scored);
    assertThatThrownBy(() -> benchmark("piqa").read(resource("/tasks/piqa")).references())
        .hasMessageContaining("train side");
    assertThatThrownBy(() -> new Benchmark("x", TaskSide.TRAIN, benchmark("piqa").form()))
        .hasMessageContaining("nothing may learn");
  }

  @Test
  void whatIsWrongWithAFileIsNamed() throws IOException {
    assertThatThrownBy(() -> items("arc_easy", folder.resolve("none")))
        .hasMessageContaining("none")
        .hasMessageContaining("test side");
    assertThatThrownBy(() -> items("arc_easy", "train.jsonl", QUESTION))
        .hasMessageContaining("holds no file of the test side");
    assertThatThrownBy(() -> items("arc_easy", "test.jsonl", "\n"))
        .hasMessageContaining("holds no records");
    assertThatThrownBy(() -> items("arc_easy", "test.jsonl", QUESTION + "{\"question\": \"x\"}\n"))
        .hasMessageContaining("test.jsonl, line 2: field choices.text or question.choices.text is");
    assertThatThrownBy(() -> items("arc_easy", "test.jsonl", QUESTION.replace("\"B\"}", "\"E\"}")))
        .hasMessageContaining("line 1: field answerKey is \"E\", which is none of [A, B]");
    assertThatThrownBy(() -> items("arc_easy", "test.jsonl", QUESTION.replace("\"a\"", "\"\"")))
        .hasMessageContaining("line 1")
        .hasMessageContaining("none empty");
    assertThatThrownBy(() -> items("arc_easy", "test.jsonl", "{\"question\":\n"))
        .hasMessageContaining("line 1: not JSON");
    assertThatThrownBy(() -> items("arc_easy", "test.parquet", "no Parquet at all"))
        .hasMessageContaining("test.parquet cannot be read");
    String unlabeled = "{\"goal\": \"g\", \"sol1\": \"s\", \"sol2\": \"t\", \"label\": -1}\n";
    assertThatThrownBy(() -> items("piqa", "valid.jsonl", unlabeled))
        .hasMessageContaining("field label is -1")
        .hasMessageContaining("one of 0 to 1");
    assertThatThrownBy(() -> items("winogrande", "dev.jsonl", "{\"sentence\": \"no blank\"}\n"))
        .hasMessageContaining("has no blank");
  }

  @Test
  void twoFormatsOfOneSideAreRefused() throws IOException {
    items("arc_easy", "test.jsonl", QUESTION);
    Path home = folder.resolve("test_jsonl");
    Files.writeString(home.resolve("test.json"), QUESTION);
    assertThatThrownBy(() -> items("arc_easy", home)).hasMessageContaining("several formats");
  }

  @Test
  void itemsThatTwoFilesOfASideHoldDoNotCountTwice() throws IOException {
    items("arc_easy", "test.jsonl", QUESTION);
    Path home = folder.resolve("test_jsonl");
    // test-1 sorts before test, whose other item stands in no other file
    Files.writeString(home.resolve("test-1.jsonl"), QUESTION);
    Files.writeString(
        home.resolve("test.jsonl"), QUESTION.strip() + "\n" + QUESTION.replace("?", "!"));
    assertThatThrownBy(() -> items("arc_easy", home))
        .hasMessageContaining("holds only items that other files of the test side")
        .hasMessageContaining("count twice");
  }

  /** Folders of the Hugging Face Hub, cloned whole, and official archives: the files that count. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "arc_easy | TEST | ARC-Challenge/test-0.parquet ARC-Easy/test-0.parquet ARC-Easy/train-0.parquet | ARC-Easy/test-0.parquet",
        "arc_challenge | TEST | ARC-Challenge/test-0.parquet ARC-Easy/test-0.parquet | ARC-Challenge/test-0.parquet",
        "boolq | VALIDATION | boolq/validation-0.parquet cb/validation-0.parquet rte/validation-0.parquet wsc.fixed/validation-0.parquet | boolq/validation-0.parquet",
        "boolq | VALIDATION | data/validation-0.parquet data/train-0.parquet README.md .git/validation.json | data/validation-0.parquet",
        "rte | VALIDATION | cola/validation-0.parquet mnli/validation_matched-0.parquet rte/validation-0.parquet | rte/validation-0.parquet",
        "hellaswag | VALIDATION | data/validation-0.parquet data/test-0.parquet dataset_infos.json | data/validation-0.parquet",
        "lambada_openai | TEST | data/lambada_test_de.jsonl data/lambada_test_en.jsonl data/lambada_test_fr.jsonl | data/lambada_test_en.jsonl",
        "lambada_openai | TEST | default/test-0.parquet en/test-0.parquet de/test-0.parquet | default/test-0.parquet",
        "openbookqa | TEST | additional/test-0.parquet main/test-0.parquet | main/test-0.parquet",
        "openbookqa | TEST | Data/Additional/test_complete.jsonl Data/Main/test.jsonl | Data/Main/test.jsonl",
        "piqa | VALIDATION | piqa_validation.parquet piqa_train.parquet piqa_test.parquet | piqa_validation.parquet",
        "storycloze_2016 | TEST | 2016/test.csv 2018/test.csv | 2016/test.csv",
        "storycloze_2018 | VALIDATION | a_winter2018-val.csv a_spring2016-val.csv | a_winter2018-val.csv",
        "winogrande | TRAIN | winogrande_xl/train-0.parquet winogrande_xs/train-0.parquet winogrande_debiased/train-0.parquet | winogrande_xl/train-0.parquet",
        "mmlu | TEST | all/test-0.parquet anatomy/test-0.parquet virology/test-0.parquet auxiliary_train/train-0.parquet | all/test-0.parquet",
        "mmlu | TEST | anatomy/test-0.parquet virology/test-0.parquet | anatomy/test-0.parquet virology/test-0.parquet",
        "mmlu | VALIDATION | data/val/anatomy_val.csv data/dev/anatomy_dev.csv data/test/anatomy_test.csv | data/dev/anatomy_dev.csv data/val/anatomy_val.csv",
        "commonsense_qa | VALIDATION | data/validation-0.parquet data/train-0.parquet | data/validation-0.parquet",
        "sciq | TEST | data/test-0.parquet data/train-0.parquet | data/test-0.parquet",
        "wikitext | TEST | wikitext-103-raw-v1/test-0.parquet wikitext-103-v1/test-0.parquet wikitext-2-raw-v1/test-0.parquet wikitext-2-v1/test-0.parquet | wikitext-2-raw-v1/test-0.parquet",
        "ptb | TEST | data/ptb.char.test.txt data/ptb.test.txt data/ptb.train.txt | data/ptb.test.txt",
        "c4 | VALIDATION | en/c4-validation.00000-of-00008.json.gz en/c4-validation.00001-of-00008.json.gz en.noclean/c4-validation.00000-of-00008.json.gz realnewslike/c4-validation.00000-of-00001.json.gz multilingual/c4-af-validation.tfrecord-00000-of-00001.json.gz | en/c4-validation.00000-of-00008.json.gz en/c4-validation.00001-of-00008.json.gz",
        "gsm8k | TEST | main/test-0.parquet main/train-0.parquet socratic/test-0.parquet socratic/train-0.parquet | main/test-0.parquet",
        "gsm8k | TEST | data/test.jsonl data/test_socratic.jsonl data/train.jsonl | data/test.jsonl",
        "math500 | TEST | test.jsonl README.md | test.jsonl",
        "humaneval | TEST | openai_humaneval/test-0.parquet | openai_humaneval/test-0.parquet",
        "mbpp | PROMPT | full/prompt-0.parquet full/test-0.parquet sanitized/prompt-0.parquet | full/prompt-0.parquet",
        "ifeval | TEST | ifeval_input_data.jsonl README.md .gitattributes | ifeval_input_data.jsonl",
      })
  void theConfigurationThatTheTaskMeansIsRead(
      String task, TaskSide side, String files, String meant) throws IOException {
    Path home = folder.resolve(task);
    touch(home, files);
    assertThat(new TaskFolder(home).files(side))
        .extracting(file -> home.relativize(file).toString().replace('\\', '/'))
        .containsExactly(meant.split(" ", -1));
  }

  private static void touch(Path home, String files) throws IOException {
    for (String file : files.split(" ", -1)) {
      Files.createDirectories(home.resolve(file).getParent());
      Files.createFile(home.resolve(file));
    }
  }

  @Test
  void configurationsThatAreNotMeantAreRefusedAndListed() throws IOException {
    touch(folder.resolve("tasks/gsm8k"), "one/test-0.parquet two/test-0.parquet test.parquet");
    touch(folder.resolve("tasks/wikitext"), "wikitext-2-v1/test-0.parquet");
    touch(folder.resolve("tasks/math500"), "algebra/test-0.parquet geometry/test-0.parquet");
    Tasks tasks = new Tasks(folder);
    assertThatThrownBy(() -> tasks.named("gsm8k"))
        .hasMessageContaining("holds several configurations, in the folder itself, one, two");
    assertThatThrownBy(() -> tasks.named("wikitext"))
        .hasMessageContaining("holds other configurations only: wikitext-2-v1/test-0.parquet");
    assertThatThrownBy(() -> tasks.named("math500"))
        .hasMessageContaining("several configurations, in algebra, geometry");
    assertThat(tasks.states())
        .as("the list goes on")
        .filteredOn(state -> state.need().contains("configurations"))
        .extracting(Tasks.State::name)
        .containsExactly("wikitext", "gsm8k", "gsm8k/solutions", "math500");
    assertThat(tasks.texts().get(0).need()).contains("other configurations only");
    assertThatThrownBy(tasks::names)
        .as("all tasks are not all tasks but those")
        .hasMessageContaining("The task wikitext cannot be read");
  }

  @Test
  void fewerExamplesThanThePromptNeedsAreNamed() throws IOException, URISyntaxException {
    Path home = Files.createDirectories(folder.resolve("mmlu"));
    Files.copy(resource("/tasks/mmlu/test.jsonl"), home.resolve("test.jsonl"));
    List<String> dev = Files.readAllLines(resource("/tasks/mmlu/dev.jsonl"));
    Files.write(home.resolve("dev.jsonl"), dev.subList(0, 7));
    assertThatThrownBy(() -> items("mmlu", home))
        .hasMessageContaining("needs 5 solved examples of world_religions")
        .hasMessageContaining("hold 2");
  }

  @Test
  void textsAreJoinedAsTheWorksOnQuantizationDo() throws URISyntaxException {
    Path tasks = resource("/tasks");
    List<String> texts = WindowText.ALL.stream().map(text -> text.read(tasks)).toList();
    assertThat(texts.get(0)).startsWith("\n\n = The Brandt Mill = \n\n\n\n\n The Brandt Mill is");
    assertThat(texts.get(1)).isEqualTo("the mill was sold for N million no one <unk> the price");
    assertThat(texts.get(2)).startsWith("Beans for sale.").contains("soon . A short guide");
    assertThat(WindowText.ALL.get(2).task(tasks, 8, 1000).windows()).isEqualTo(256);
    assertThatThrownBy(() -> WindowText.ALL.get(0).read(folder))
        .hasMessageContaining("wikitext")
        .hasMessageContaining("test side");
  }
}
