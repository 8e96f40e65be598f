package tare.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tare.data.CalibrationFile;
import tare.data.CalibrationSet;
import tare.data.CorpusFile;
import tare.data.CorpusSide;
import tare.data.Document;
import tare.data.InventedCorpora;
import tare.data.Provenance;
import tare.data.Sample;
import tare.data.Sha256;
import tare.format.Gguf;
import tare.format.Safetensors;
import tare.format.SafetensorsWriter;
import tare.format.TensorBytes;
import tare.format.TensorSource;

class CommandLineTest {

  private static final String TINY = "src/test/resources/tokenizer/smollm.gguf";

  @TempDir private Path folder;

  /** What a call gave. */
  private record Answer(int code, String out, String error) {}

  private static Answer run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter error = new StringWriter();
    CommandLine line = Tare.commandLine();
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(error));
    int code = line.execute(arguments);
    return new Answer(code, out.toString(), error.toString());
  }

  private Path data(String content) throws IOException {
    Path data = Files.createDirectories(folder.resolve("data"));
    Path original = Files.writeString(folder.resolve("a.txt"), content);
    String header = "name,addresses,members,file,sha256,bytes,licence,note\n";
    Files.writeString(
        data.resolve("models.csv"),
        header
            + String.format(
                "mine,%s,,models/a.txt,%s,5,MIT,a note%n", original.toUri(), Sha256.hex("hello")));
    Files.writeString(data.resolve("sources.csv"), header);
    return data;
  }

  private Answer select(String... more) throws IOException {
    InventedCorpora.write(folder);
    List<String> arguments =
        new ArrayList<>(
            List.of("select", "--pool", folder.resolve("corpora/news.jsonl").toString()));
    arguments.addAll(List.of("--out", folder.resolve("set.jsonl").toString()));
    arguments.addAll(List.of(more));
    return run(arguments.toArray(String[]::new));
  }

  @Test
  void aFolderOfTextGivesASet() throws IOException {
    Path texts = Files.createDirectory(folder.resolve("texts"));
    for (String name : List.of("a", "b", "c")) {
      Files.writeString(texts.resolve(name + ".txt"), (name + " word ").repeat(50));
    }
    Path out = folder.resolve("set.jsonl");
    Answer answer =
        run(
            "select",
            "--pool",
            texts.toString(),
            "--side",
            "all",
            "--model",
            TINY,
            "--samples",
            "2",
            "--length",
            "8",
            "--out",
            out.toString());
    assertThat(answer.error()).doesNotContain("tare:");
    assertThat(out).content().containsPattern("\"document\":\"[abc].txt\"");
  }

  /** Chooses from a file of the fixture that Python and pyarrow wrote. */
  private Answer selectFrom(String name, String... more) throws IOException {
    JsonNode forms =
        new ObjectMapper().readTree(getClass().getResourceAsStream("/fixtures/corpora.json"));
    Path pool = folder.resolve(name);
    Files.write(pool, forms.get("files").get(name).binaryValue());
    List<String> arguments = new ArrayList<>(List.of("select", "--pool", pool.toString()));
    arguments.addAll(List.of("--side", "all", "--model", TINY, "--samples", "2", "--length", "16"));
    arguments.addAll(List.of("--out", folder.resolve("set.jsonl").toString()));
    arguments.addAll(List.of(more));
    return run(arguments.toArray(String[]::new));
  }

  private Answer selectChats(String... more) throws IOException {
    InventedCorpora.write(folder);
    List<String> arguments =
        new ArrayList<>(
            List.of("select", "--pool", folder.resolve("corpora/chat.jsonl").toString()));
    arguments.addAll(List.of("--model", TINY, "--samples", "3", "--length", "64"));
    arguments.addAll(List.of("--template", "none", "--count", "answers"));
    arguments.addAll(List.of("--out", folder.resolve("set.jsonl").toString()));
    arguments.addAll(List.of(more));
    return run(arguments.toArray(String[]::new));
  }

  @Test
  void eachSampleOfAChatLogMayHaveOneVote() throws IOException {
    Answer answer = selectChats("--vote", "sample");
    assertThat(answer.code()).as(answer.error()).isZero();
    List<Sample> samples = CalibrationFile.read(folder.resolve("set.jsonl")).samples();
    assertThat(samples).hasSize(3).anyMatch(sample -> sample.counted() < 64);
    assertThat(samples).allSatisfy(s -> assertThat(s.weight()).isCloseTo(1, within(1e-5)));
    assertThat(Provenance.read(folder.resolve("set.jsonl")).chat().vote()).isEqualTo("sample");

    assertThat(selectChats().code()).isZero();
    assertThat(CalibrationFile.read(folder.resolve("set.jsonl")).samples())
        .allMatch(sample -> sample.weight() == sample.counted());

    assertThat(selectChats("--vote", "all").error()).contains("'all' is not token or sample");
    assertThat(selectChats("--vote", "sample", "--format", "text").error())
        .contains("--format text cannot say how much a token counts");
  }

  @Test
  void theSameRowsGiveTheSameSetInEachForm() throws IOException {
    Set<String> fingerprints = new TreeSet<>();
    for (String name :
        List.of(
            "lines.jsonl",
            "array.json",
            "columns.json",
            "lines.json.gz",
            "lines.jsonl.zst",
            "snappy.parquet",
            "table.csv",
            "table.tsv",
            "utf16.csv")) {
      Answer answer = selectFrom(name);
      assertThat(answer.code()).as(name + answer.error()).isZero();
      assertThat(answer.out())
          .contains("3 rows are left out, because their field 'text' is missing, null or blank.");
      Provenance provenance = Provenance.read(folder.resolve("set.jsonl"));
      assertThat(provenance.corpora().get(0).blankRows()).isEqualTo(3);
      fingerprints.add(provenance.fingerprint());
    }
    assertThat(fingerprints).hasSize(1);
    assertThat(selectFrom("lines.jsonl", "--field", "meta.title").code()).isZero();
    Provenance nested = Provenance.read(folder.resolve("set.jsonl"));
    assertThat(nested.corpora().get(0).field()).isEqualTo("meta.title");
    assertThat(nested.fingerprint()).isEqualTo(fingerprints.iterator().next());
    assertThat(selectFrom("table.csv", "--field", "body").error())
        .contains("no row has the field 'body'. The fields are: , text, url.", "--field NAME");
  }

  private Answer selectTalks(List<String> pool, String... more) {
    List<String> arguments = new ArrayList<>(List.of("select", "--model", "../data/tiny"));
    arguments.addAll(List.of("--side", "all", "--samples", "4", "--length", "16"));
    arguments.addAll(List.of("--out", folder.resolve("set.jsonl").toString()));
    arguments.add("--pool");
    pool.forEach(part -> arguments.add(folder.resolve(part).toString()));
    arguments.addAll(List.of(more));
    return run(arguments.toArray(String[]::new));
  }

  @Test
  void aChatLogGivesASetThatSaysWhatTheTemplateWrote() throws IOException {
    StringBuilder talks = new StringBuilder();
    StringBuilder texts = new StringBuilder();
    for (int i = 0; i < 30; i++) {
      talks.append(
          "{\"prompt\": \"question %1$s\", \"completion\": \"answer %1$s\"}\r\n".formatted(i));
      texts.append("{\"text\": \"some plain text of number %s\"}\n".formatted(i));
    }
    Files.writeString(folder.resolve("talks.jsonl"), talks);
    Files.writeString(folder.resolve("texts.jsonl"), texts);
    String template =
        "\uFEFF{{ bos_token }}{% for m in messages %}{{ m.role }}: {{ m.content }}\r\n{% endfor %}";
    String file = Files.writeString(folder.resolve("a.jinja"), template).toString();
    List<String> shares = List.of("talks.jsonl:0.75", "texts.jsonl:0.25");

    Answer answer = selectTalks(shares, "--template", file, "--count", "answers");
    assertThat(answer.code()).as(answer.error()).isZero();
    assertThat(answer.out())
        .contains("talks: 30 conversations.")
        .contains("note: talks: 3 of 4 samples", "note: texts: 1 of 4 samples")
        .containsPattern("the template wrote [1-9][0-9.]* % of the tokens");
    Provenance.Chat chat = Provenance.read(folder.resolve("set.jsonl")).chat();
    assertThat(chat.count()).isEqualTo("answers");
    assertThat(chat.countedShare()).isBetween(0.2, 0.9);
    CalibrationSet set = CalibrationFile.read(folder.resolve("set.jsonl"));
    assertThat(set.samples().get(0).text())
        .contains("<|endoftext|>user: question")
        .doesNotContain("\uFEFF", "\r");

    assertThat(selectTalks(shares).error())
        .contains("talks.jsonl, line 1", "the model has no chat template", "--template none");
    assertThat(selectTalks(List.of("talks.jsonl:0,5", "texts.jsonl:0.5")).error())
        .contains("'0,5' is not a share");
    assertThat(
            selectTalks(List.of("talks.jsonl:0.5", "talks.jsonl:0.5"), "--template", "none")
                .error())
        .contains("talks and talks are the same corpus");
    assertThat(selectTalks(List.of("texts.jsonl"), "--count", "answers").error())
        .contains("--count says how conversations are read, and there are none");
  }

  @Test
  void aSetOfAnotherModelIsSaidAndRowsAreScoredAsText() throws IOException {
    assertThat(selectFrom("lines.jsonl").code()).isZero();
    String set = folder.resolve("set.jsonl").toString();
    String[] gptq = {"--recipe", "gptq", "--bits", "4", "--group", "8", "--calibration", set};
    assertThat(compress(gptq).out()).doesNotContain("note:");
    Path provenance = folder.resolve("set.provenance.json");
    Files.writeString(
        provenance,
        Files.readString(provenance)
            .replaceFirst("(\"modelRevision\" : \")[0-9a-f]+", "$1" + "0".repeat(64)));
    delete(folder.resolve("out"));
    assertThat(compress(gptq).out()).contains("note: ", "was chosen for another model: " + TINY);

    Path text = folder.resolve("plain.txt");
    Files.writeString(
        text,
        CorpusFile.read(folder.resolve("lines.jsonl"), CorpusSide.ALL)
            .documents()
            .map(Document::text)
            .collect(Collectors.joining("\n\n")));
    assertThat(perplexity(folder.resolve("lines.jsonl")))
        .isEqualTo(perplexity(text))
        .contains("perplexity");
  }

  private static String perplexity(Path file) {
    Answer answer =
        run("evaluate", "--model", TINY, "--perplexity", file.toString(), "--window", "16");
    return answer.out().replaceAll("(?s).*: (perplexity)", "$1");
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void fetchesByNameAndListsWhatIsThere() throws IOException {
    Path data = data("hello");
    assertThat(run("fetch", "--list", "--data", data.toString()).out())
        .contains("0 of   1 files exist")
        .contains("a note");
    Answer fetched = run("fetch", "mine", "--data", data.toString());
    assertThat(fetched.code()).isZero();
    assertThat(data.resolve("fetched/models/a.txt")).hasContent("hello");
    assertThat(run("fetch", "--list", "--data", data.toString()).out())
        .contains("1 of   1 files exist");
  }

  @Test
  void aWrongChecksumIsOnePlainLine() throws IOException {
    Answer answer = run("fetch", "mine", "--data", data("jello").toString());
    assertThat(answer.code()).isEqualTo(1);
    assertThat(answer.error().lines())
        .singleElement()
        .asString()
        .startsWith("tare: ")
        .contains("expected", "found");
  }

  @Test
  void selectsAndWritesASetThatReadsBack() throws IOException {
    Answer answer = select("--model", TINY, "--samples", "4", "--length", "16", "--seed", "3");
    assertThat(answer.error()).isEmpty();
    assertThat(answer.code()).isZero();
    CalibrationSet set = CalibrationFile.read(folder.resolve("set.jsonl"));
    assertThat(set.samples()).hasSize(4);
    assertThat(answer.out()).contains(set.fingerprint());
  }

  @Test
  void anOutputThatOverwritesOrCannotBeReadBackIsRefusedBeforeThePoolIsRead() throws IOException {
    String[] small = {"--model", TINY, "--samples", "2", "--length", "16"};
    assertThat(select(small).code()).isZero();
    Path pool = folder.resolve("corpora/news.jsonl");
    String before = Files.readString(pool);
    Map<String, String> refused =
        Map.of(
            "--out " + pool, "this would overwrite what --pool names",
            "--out " + folder, "it is a folder. Name a file",
            "--out " + folder.resolve("set.parquet"), "Name the file SET.jsonl",
            "--out " + folder.resolve("set.jsonl.gz"), "Name the file SET.jsonl",
            "--imatrix " + pool, "this would overwrite what --pool names",
            "--imatrix " + folder.resolve("set.jsonl"), "this would overwrite what --out names",
            "--imatrix " + TINY, "this would overwrite what --model names");
    refused.forEach(
        (output, why) -> {
          List<String> arguments = new ArrayList<>(List.of("select", "--pool", pool + ":1"));
          arguments.addAll(List.of(small));
          if (output.startsWith("--imatrix")) {
            arguments.addAll(List.of("--out", folder.resolve("set.jsonl").toString()));
          }
          arguments.addAll(List.of(output.split(" ")));
          Answer answer = run(arguments.toArray(String[]::new));
          assertThat(answer.code()).as(output).isEqualTo(1);
          assertThat(answer.error()).startsWith("tare: " + output + ": ").contains(why);
          assertThat(answer.out()).as("the pool was read").isEmpty();
        });
    assertThat(pool).hasContent(before);
  }

  @Test
  void aSetMayBeChosenAgainIntoTheFolderOfItsPool() throws IOException {
    Path texts = Files.createDirectory(folder.resolve("texts"));
    Path text = Files.writeString(texts.resolve("a.txt"), "some words ".repeat(90));
    String command =
        "select --pool %s --side all --model %s --samples 2 --length 8 --out "
            .formatted(texts, TINY);
    for (int time = 0; time < 2; time++) {
      assertThat(run((command + texts.resolve("set.jsonl")).split(" ")).code()).isZero();
    }
    assertThat(run((command + text).split(" ")).error()).contains("what --pool names");
    assertThat(text).content().startsWith("some words");
  }

  @Test
  void otherOutputsThatCannotBeWrittenAreRefusedBeforeTheWork() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "a file");
    String data = data("hello").toString();
    for (String command :
        List.of(
            "evaluate --model " + TINY + " --task social_iqa --data " + data,
            "study explore --data " + data)) {
      assertThat(run((command + " --out " + folder).split(" ")).error())
          .contains("--out " + folder + ": it is a folder. Name a file");
    }
    assertThat(run(("study numbers x.json --out " + folder + "/a.csv").split(" ")).error())
        .contains("Name the file TABLE.csv.gz");
    assertThat(
            run(("compress --recipe rtn --bits 4 --format compressed-tensors --model "
                        + TINY
                        + " --out "
                        + file)
                    .split(" "))
                .error())
        .contains(file + " is a file: give a folder");
    assertThat(file).hasContent("a file");
  }

  @Test
  void writesAnImportanceMatrixOfTheChosenSet() throws IOException {
    Path imatrix = folder.resolve("new/imatrix.gguf");
    Answer answer =
        select("--model", TINY, "--samples", "4", "--length", "16", "--imatrix", imatrix + "");
    assertThat(answer.code()).isZero();
    assertThat(answer.out()).contains(imatrix + ": importance matrix of ");
    Gguf gguf = Gguf.open(imatrix);
    assertThat(gguf.number("imatrix.chunk_count")).isEqualTo(4);
    assertThat(gguf.list("imatrix.datasets", String.class))
        .isEqualTo(List.of(folder.resolve("set.jsonl").toString()));
    assertThat(gguf.tensors().values("blk.0.ffn_down.weight.counts")).containsExactly(64);
  }

  @Test
  void choosesByEachSelectorAndSaysWhy() throws IOException {
    String tiny = "../data/tiny";
    String data = Files.createDirectories(folder.resolve("whole")).toString();
    InventedCorpora.write(Path.of(data, "fetched"));
    for (String name :
        List.of(
            "uniform-pool",
            "random-tokens",
            "shuffled-words",
            "zipcal",
            "zipcal-multi",
            "covercal",
            "clusters",
            "perplexity",
            "k-centre",
            "stratified",
            "gram-matching",
            "acdm-herding")) {
      List<String> arguments =
          new ArrayList<>(
              List.of("--model", tiny, "--samples", "2", "--length", "24", "--data", data));
      arguments.addAll(List.of("--selector", name));
      if (name.equals("gram-matching")) {
        arguments.addAll(List.of("--references", "social_iqa"));
      } else if (name.startsWith("acdm")) {
        arguments.addAll(List.of("--references", "social_iqa", "--scaling", "none"));
      }
      arguments.add("--explain");
      Answer answer = select(arguments.toArray(String[]::new));
      assertThat(answer.code()).as(name + answer.error()).isZero();
      CalibrationSet set = CalibrationFile.read(folder.resolve("set.jsonl"));
      assertThat(set.samples()).as(name).hasSize(2);
      Provenance provenance = Provenance.read(folder.resolve("set.jsonl"));
      assertThat(provenance.fingerprint()).isEqualTo(set.fingerprint());
      assertThat(provenance.corpora().get(0).revision()).hasSize(64);
    }
    assertThat(Provenance.read(folder.resolve("set.jsonl")).chosen().get(0).reason())
        .isEqualTo("near social_iqa");
    assertThat(select("--model", tiny, "--selector", "acdm", "--data", data).error())
        .startsWith("tare: acdm needs --references TASK");
    assertThat(select("--model", tiny, "--selector", "zipcal", "--rule", "FARTHEST").error())
        .contains("zipcal has no rule");
  }

  @Test
  void badInputIsOnePlainLineAndNotZero() throws IOException {
    assertThat(select("--model", TINY, "--samples", "9999", "--length", "16").error())
        .startsWith("tare: The corpus news gives ");
    assertThat(select("--model", TINY, "--length", "1000000").error())
        .startsWith("tare: ")
        .contains("1000000");
    assertThat(select("--model", TINY, "--selector", "best").error())
        .contains("No selector is called 'best'");
    assertThat(select("--model", TINY, "--side", "left").error())
        .contains("'left' is not train, held-back or all");
    assertThat(select("--model", "nobody", "--data", data("hello").toString()).error())
        .contains("no model of that name. Known: mine");
    assertThat(select("--model", "mine", "--data", data("hello").toString()).error())
        .contains("run 'tare fetch mine'");
    for (Answer answer :
        List.of(
            run("fetch", "--data", folder.resolve("none").toString()),
            run("fetch", "nothing", "--data", data("hello").toString()),
            run("select"),
            run("dance"),
            run())) {
      assertThat(answer.code()).isNotZero();
      assertThat(answer.error().lines()).singleElement().asString().startsWith("tare: ");
    }
  }

  private Answer compress(String... more) {
    List<String> arguments = new ArrayList<>(List.of("compress", "--model", TINY));
    arguments.addAll(List.of("--out", folder.resolve("out").toString()));
    arguments.addAll(List.of(more));
    return run(arguments.toArray(String[]::new));
  }

  @Test
  void aShorterLastGroupIsSaid() {
    assertThat(compress("--recipe", "rtn", "--bits", "4", "--group", "24").out())
        .contains(
            "note: ", " linears: groups of 24 do not divide ", " inputs, the last group has ");
  }

  @Test
  void aPackedFolderIsWritten() {
    Answer answer =
        compress(
            "--recipe", "rtn", "--bits", "4", "--group", "8", "--format", "compressed-tensors");
    assertThat(answer.error()).doesNotContain("tare:");
    assertThat(answer.code()).isZero();
    assertThat(folder.resolve("out/config.json"))
        .content()
        .contains("pack-quantized", "\"torch_dtype\" : \"float16\"");
    assertThat(folder.resolve("out/model.safetensors")).isRegularFile();
  }

  @Test
  void calibratedRecipesRunAndSayWhatTheyAre() throws IOException {
    assertThat(select("--model", TINY, "--samples", "4", "--length", "16").code()).isZero();
    String set = folder.resolve("set.jsonl").toString();
    Map<String, String> recipes =
        Map.of(
            "awq",
            "AwqScale[",
            "gptaq",
            "Gptaq[gptq=Gptq[bits=4",
            "smoothquant-gptq",
            "SmoothScale[alpha=0.8] + Gptq[",
            "spqr",
            "Spqr[bits=4");
    recipes.forEach(
        (recipe, parts) -> {
          String out = folder.resolve("of-" + recipe).toString();
          Answer answer =
              run(
                  "compress",
                  "--model",
                  TINY,
                  "--recipe",
                  recipe,
                  "--bits",
                  "4",
                  "--group",
                  "8",
                  "--calibration",
                  set,
                  "--out",
                  out);
          assertThat(answer.code()).as(answer.error()).isZero();
          assertThat(answer.out()).contains(parts);
          assertThat(Path.of(out, "model.safetensors")).isRegularFile();
        });
    assertThat(
            compress("--recipe", "awq", "--bits", "4", "--group", "24", "--calibration", set)
                .error())
        .contains("model.layers.0.", "groups of 24 do not divide");
    assertThat(
            compress("--recipe", "spqr", "--bits", "4", "--format", "gptq", "--calibration", set)
                .error())
        .contains("spqr leaves no codes on a grid");
  }

  @Test
  void whatALayoutCannotHoldIsRefusedBeforeTheWork() {
    assertThat(compress("--recipe", "magnitude", "--sparsity", "0.5", "--format", "awq").error())
        .contains("magnitude leaves no codes on a grid", "use --format dense");
    assertThat(compress("--recipe", "rtn", "--bits", "3", "--format", "awq").error())
        .contains("the AWQ layout holds 4 bits, not 3");
    assertThat(compress("--recipe", "rtn", "--bits", "4", "--format", "gptq").error())
        .contains("--symmetric");
    assertThat(
            compress("--recipe", "rtn", "--bits", "4", "--group", "7", "--format", "gptq-v2")
                .error())
        .contains("model.layers.0.", "not a multiple of the group size 7");
    assertThat(compress("--recipe", "rtn").error()).contains("--bits=B");
    assertThat(compress("--recipe", "wanda", "--sparsity", "2:4").error())
        .contains("wanda needs --calibration FILE");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void roundedInputsThatAFormatCannotRecordAreRefusedBeforeTheWork() {
    for (String line :
        List.of(
            "rtn --bits 8 --group -1 --symmetric --input-bits 4 --format compressed-tensors",
            "rtn --bits 8 --group -1 --symmetric --input-bits 8 --format gptq")) {
      assertThat(compress(("--recipe " + line).split(" ")).error())
          .contains("cannot record that inputs are rounded", "leave --input-bits out");
    }
    String halves = "rtn --numbers nvfp4 --bits 4 --group 16 --input-bits 4";
    for (String format : List.of("dense", "compressed-tensors")) {
      assertThat(compress(("--recipe " + halves + " --format " + format).split(" ")).error())
          .contains("a study");
    }
    assertThat(
            compress(
                    "--recipe rtn --bits 8 --group -1 --input-bits 8 --format compressed-tensors"
                        .split(" "))
                .error())
        .contains("use --bits 8 --group -1 --symmetric");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void groupsThatFollowActOrderAreRefusedWhereNoReaderTakesThem() throws IOException {
    assertThat(select("--model", TINY, "--samples", "4", "--length", "16").code()).isZero();
    String set = folder.resolve("set.jsonl").toString();
    for (String format : List.of("compressed-tensors", "awq")) {
      String groups = "--bits 4 --grids updated --calibration " + set + " --format " + format;
      for (String recipe :
          List.of("gptq", "gptaq", "smoothquant-gptq", "magnitude --sparsity 0.5 --then gptq")) {
        assertThat(compress(("--recipe " + recipe + " " + groups).split(" ")).error())
            .contains("act-order", "--grids static", "--no-act-order");
      }
    }
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void aRotationComesBeforeAnyMethod() {
    String rotated = folder.resolve("rotated").toString();
    Answer answer =
        run(
            "compress",
            "--model",
            TINY,
            "--out",
            rotated,
            "--recipe",
            "rotation",
            "--seed",
            "3",
            "--then",
            "rtn",
            "--bits",
            "4",
            "--group",
            "8",
            "--format",
            "compressed-tensors");
    assertThat(answer.code()).as(answer.error()).isZero();
    assertThat(answer.out()).contains("Rotation[seed=3] + Rtn[bits=4, groupSize=8");
    assertThat(Path.of(rotated, "config.json"))
        .content()
        .contains("pack-quantized", "\"tie_word_embeddings\" : false");
    assertThat(run("inspect", rotated).code()).isZero();
    assertThat(compress("--recipe", "rotation").out()).contains("16.000 bits per weight");
    assertThat(compress("--recipe", "rotation", "--then", "gptq", "--bits", "4").error())
        .contains("rotation+gptq needs --calibration FILE");
    assertThat(compress("--recipe", "awq", "--bits", "4", "--then", "rtn").error())
        .contains("--then is an option of", "rotation, but not of awq");
  }

  @Test
  void zeroPointsThatAreNotWholeHaveNoLayout() {
    assertThat(compress("--recipe", "hqq", "--bits", "4", "--format", "gptq-v2").error())
        .contains("hqq leaves no codes on a grid of whole zero points", "use --format dense");
    Answer answer = compress("--recipe", "hqq", "--bits", "4", "--group", "8");
    assertThat(answer.code()).as(answer.error()).isZero();
    assertThat(answer.out()).contains("Hqq[bits=4, groupSize=8", "8.000 bits per weight");
  }

  /** Persian has digits of its own, German a decimal comma. */
  @Test
  void nothingDependsOnTheLocaleOfTheMachine() throws IOException {
    assertThat(select("--model", TINY, "--samples", "4", "--length", "16").code()).isZero();
    String set = folder.resolve("set.jsonl").toString();
    Locale before = Locale.getDefault();
    List<String> said = new ArrayList<>();
    try {
      for (Locale locale :
          List.of(Locale.ROOT, Locale.GERMANY, Locale.forLanguageTag("fa-IR-u-nu-arabext"))) {
        Locale.setDefault(locale);
        String out = folder.resolve("compressed").toString();
        String text = folder.resolve("corpora/news.jsonl").toString();
        Answer compressed =
            run(
                "compress",
                "--model",
                TINY,
                "--calibration",
                set,
                "--out",
                out,
                "--recipe",
                "gptq",
                "--bits",
                "3",
                "--group",
                "16");
        assertThat(compressed.code()).as(locale + compressed.error()).isZero();
        String scored =
            run("evaluate", "--model", out, "--perplexity", text, "--window", "16").out();
        said.add(compressed.out() + scored + run("inspect", out).out());
        delete(Path.of(out));
      }
    } finally {
      Locale.setDefault(before);
    }
    assertThat(said).allMatch(said.get(0)::equals);
  }

  @Test
  void anOptionThatTheRecipeDoesNotHaveIsRefused() {
    assertThat(compress("--recipe", "awq", "--bits", "4", "--mse").error())
        .contains("--mse is an option of", "gptq", "not of awq");
    assertThat(compress("--recipe", "magnitude", "--sparsity", "0.5", "--bits", "4").error())
        .contains("--bits is an option of rtn", "not of magnitude");
    assertThat(compress("--recipe", "rtn", "--bits", "4", "--no-act-order").error())
        .contains("--act-order is an option of gptq");
    assertThat(compress("--recipe", "rtn", "--bits", "4", "--then", "rtn").error())
        .contains("--then is an option of magnitude, wanda, sparsegpt");
    assertThat(compress("--recipe", "wanda", "--sparsity", "2:4", "--joint").error())
        .contains("--joint is an option of sparsegpt");
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void inspectSaysWhatAModelIsAndTakes() {
    Answer answer = run("inspect", TINY, "--samples", "4", "--length", "64");
    assertThat(answer.error()).isEmpty();
    assertThat(answer.out())
        .contains("architecture  llama: RMSNorm before attention and feed-forward")
        .contains("2 blocks of width 32, 4 heads of 8 over 2 key/value heads, hidden 64")
        .contains("stored as     Q8_0: 9 tensors")
        .contains(
            "model.layers.0.mlp.down_proj.weight                 32 x 64    groups of up to 64")
        .contains("32 is the largest power of two that divides all rows")
        .contains("calibration, 4 x 64 tokens")
        .containsPattern("SHA-256 of the weights  [0-9a-f]{64}");
  }

  @Test
  void benchMeasuresAModelInEachPrecision() throws IOException {
    String text = Files.writeString(folder.resolve("t.txt"), "some words ".repeat(200)).toString();
    Answer answer =
        run(
            ("bench model --window 32 --windows 2 --samples 2 --length 32 --group 8 --device cpu"
                    + " --model %s --text %s --calibration %s --data %s")
                .formatted(TINY, text, text, folder)
                .split(" "));
    assertThat(answer.error()).doesNotContain("tare:");
    assertThat(answer.code()).isZero();
    assertThat(answer.out())
        .contains("gptq 3 bits, group 8", "f32 body", "bf16 body")
        .containsPattern("kl 0\\.\\d*[1-9]");
  }

  @Test
  void aDeviceThatIsNotThereIsOnePlainLine() throws IOException {
    Path text = Files.writeString(folder.resolve("text.txt"), "some words ".repeat(40));
    Answer answer =
        run("evaluate", "--model", TINY, "--perplexity", text.toString(), "--device", "gpu:99");
    assertThat(answer.code()).isEqualTo(1);
    assertThat(answer.error()).contains("Device gpu:99");
  }

  @Test
  void aModelIsComparedWithItsOriginal() throws IOException {
    Path text = Files.writeString(folder.resolve("text.txt"), "The river was low. ".repeat(40));
    String[] command =
        "evaluate --model %s --against %s --window 32 --windows 3 --precision f32 --device cpu --data %s"
            .formatted(TINY, TINY, folder)
            .split(" ");
    String[] compared =
        Stream.concat(Stream.of(command), Stream.of("--perplexity", text.toString()))
            .toArray(String[]::new);
    Answer answer = run(compared);
    assertThat(answer.error()).isEmpty();
    assertThat(answer.out().lines())
        .hasSize(6)
        .anyMatch(
            line ->
                line.equals(
                    "text.txt/divergence: kl 0.000000, standard error 0.000000, 3 windows of 32"
                        + " tokens, 93 predicted, f32"))
        .anyMatch(line -> line.contains("same_top 1.000000"));
    assertThat(folder.resolve("runs/last-hidden")).isNotEmptyDirectory();

    InventedCorpora.write(folder.resolve("fetched"));
    String[] tasks =
        Stream.concat(Stream.of(command), Stream.of("--task", "social_iqa", "--limit", "5"))
            .toArray(String[]::new);
    assertThat(run(tasks).out()).contains("social_iqa: 5 items, answer_kl 0.0000 ± 0.0000");
    Path csv = folder.resolve("new/tasks.csv");
    String[] kept =
        Stream.concat(Stream.of(tasks), Stream.of("--out", csv.toString())).toArray(String[]::new);
    assertThat(run(kept).error()).isEmpty();
    assertThat(csv).content().startsWith("task,");
    String[] noTask =
        Stream.concat(Stream.of(compared), Stream.of("--out", csv.toString()))
            .toArray(String[]::new);
    assertThat(run(noTask).error()).contains("--out holds the scores of multiple-choice tasks");
  }

  /** The tiny model with finite weights whose products are infinite. */
  private Path overflowing() throws IOException {
    Path tiny = Path.of("../data/tiny");
    Path model = Files.createDirectory(folder.resolve("overflowing"));
    for (String name : List.of("config.json", "tokenizer.json")) {
      Files.copy(tiny.resolve(name), model.resolve(name));
    }
    TensorSource source = Safetensors.open(tiny);
    Map<String, TensorBytes> tensors = new LinkedHashMap<>();
    for (String name : source.names()) {
      float[] values = source.values(name);
      if (name.endsWith("layers.0.mlp.up_proj.weight")) {
        Arrays.fill(values, 3e38f);
      }
      tensors.put(name, TensorBytes.float32(source.shape(name), () -> values));
    }
    SafetensorsWriter.write(model.resolve("model.safetensors"), tensors);
    return model;
  }

  @Test
  void aSetThatCannotBeExplainedIsWritten() throws IOException {
    Answer answer =
        select(
            "--model %s --samples 2 --length 32 --device cpu --data %s --explain"
                .formatted(overflowing(), folder)
                .split(" "));
    assertThat(answer.error()).contains("are not finite");
    assertThat(CalibrationFile.read(folder.resolve("set.jsonl")).samples()).hasSize(2);
    assertThat(Provenance.read(folder.resolve("set.jsonl")).samples()).isEqualTo(2);
  }

  @Test
  void aModelWhoseOutputsAreNotNumbersIsOnePlainLine() throws IOException {
    String model = overflowing().toString();
    Path text = Files.writeString(folder.resolve("text.txt"), "The river was low. ".repeat(40));
    String evaluate =
        "evaluate --model %s --window 32 --windows 2 --precision f32 --device cpu --data %s --perplexity %s"
            .formatted(model, folder, text);
    List<Answer> answers = new ArrayList<>();
    answers.add(run(evaluate.split(" ")));
    answers.add(run((evaluate + " --against " + model).split(" ")));
    for (String selector : List.of("perplexity", "clusters", "self")) {
      answers.add(
          select(
              "--model %s --selector %s --samples 2 --length 32 --side all --device cpu --data %s%s"
                  .formatted(
                      model, selector, folder, selector.equals("self") ? "" : " --pressure 2")
                  .split(" ")));
    }
    for (Answer answer : answers) {
      assertThat(answer.code()).isEqualTo(1);
      assertThat(answer.error().lines())
          .singleElement()
          .asString()
          .startsWith("tare: ")
          .containsPattern("is not a number|are not finite|are not numbers");
    }
  }
}
