package tare.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tare.data.InventedCorpora;
import tare.model.Checkpoint;

/** {@code tare adapt} on the tiny model and invented text. */
class AdaptCommandTest {

  @TempDir private Path folder;

  private record Answer(int code, String out, String error) {}

  @BeforeEach
  void write() throws IOException {
    InventedCorpora.write(folder.resolve("fetched"));
  }

  private String corpus(String name) {
    return folder.resolve("fetched/corpora").resolve(name + ".jsonl").toString();
  }

  private Answer adapt(String... more) {
    List<String> arguments = new ArrayList<>(List.of("adapt", "--model", "../data/tiny"));
    arguments.addAll(List.of("--data", folder.toString(), "--out", folder + "/out dir"));
    arguments.addAll(List.of("--recipe", "gptq", "--device", "cpu"));
    arguments.addAll(List.of("--pool", corpus("news"), corpus("mathematics")));
    arguments.addAll(List.of(more));
    List<String> usual =
        List.of("samples", "2", "window", "16", "windows", "4", "draws", "3", "bits", "4");
    for (int i = 0; i < usual.size(); i += 2) {
      String option = "--" + usual.get(i);
      arguments.addAll(arguments.contains(option) ? List.of() : List.of(option, usual.get(i + 1)));
    }
    arguments.addAll(List.of("--length", "48"));
    StringWriter out = new StringWriter();
    StringWriter error = new StringWriter();
    CommandLine line = Tare.commandLine();
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(error));
    int code = line.execute(arguments.toArray(String[]::new));
    return new Answer(code, out.toString(), error.toString());
  }

  private void refuses(List<String> words, String... more) {
    Answer answer = adapt(more);
    assertThat(answer.code()).as(answer.out()).isNotZero();
    assertThat(answer.error()).contains(words).doesNotContain("\tat ");
    assertThat(folder.resolve("out dir")).doesNotExist();
  }

  @Test
  void aCommandGivesAPackedModelAndAReport() {
    Answer answer =
        adapt(
            "--for",
            corpus("encyclopedia"),
            "--try",
            "gram-matching",
            "mixture",
            "--robust",
            "--format",
            "compressed-tensors");
    assertThat(answer.error()).doesNotContain("tare:");
    assertThat(answer.code()).isZero();
    Path out = folder.resolve("out dir");
    assertThat(answer.out()).contains("On the reporting part").contains("report.html");
    assertThat(Checkpoint.open(out.resolve("model")).packed()).isNotEmpty();
    assertThat(out.resolve("report.md"))
        .content()
        .contains("tare adapt --model ../data/tiny")
        .contains("'" + out + "'")
        .contains("| gram-matching |")
        .contains("mixture: shares");
  }

  @Test
  void whatContradictsIsRefusedBeforeTheFolderIsMade() {
    String purpose = corpus("encyclopedia");
    refuses(List.of("--try best", "Known:", "mixture"), "--for", purpose, "--try", "best");
    refuses(List.of("--robust", "mixture"), "--for", purpose, "--try", "acdm", "--robust");
    refuses(List.of("--window 64", "--length 48"), "--for", purpose, "--window", "64");
    refuses(List.of("--for no-such-thing"), "--for", "no-such-thing");
    refuses(List.of("--draws"), "--for", purpose, "--draws", "2");
    refuses(List.of("--samples", "'many'"), "--for", purpose, "--samples", "many");
    refuses(List.of("--keep-all", "--rounds"), "--for", purpose, "--keep-all", "--rounds", "1");
    refuses(List.of("64 samples"), "--for", purpose, "--samples", "auto", "--draws", "300");
    refuses(List.of("--pool gives"), "--for", purpose, "--samples", "4000");
    refuses(
        List.of("compressed-tensors holds 2, 4 or 8 bits, not 3"),
        "--for",
        purpose,
        "--format",
        "compressed-tensors",
        "--bits",
        "3");
  }

  @Test
  void aFolderWithMoreThanTextsIsOneCorpusThatNamesWhatIsPassedOver() throws IOException {
    Path more = Files.createDirectories(folder.resolve("more/old"));
    Files.copy(Path.of(corpus("news")), folder.resolve("more/a.jsonl"));
    Files.copy(Path.of(corpus("mathematics")), more.resolve("b.jsonl"));
    Files.writeString(folder.resolve("more/readme.md"), "no text");
    Answer answer =
        adapt("--for", corpus("encyclopedia"), "--samples", "4000", "--pool", folder + "/more");
    assertThat(answer.out()).contains("more: Passed over: readme.md.");
  }

  @Test
  void aCandidateOfAnotherTokenizerIsRefused() throws IOException {
    String ids = String.join(",", IntStream.range(0, 48).mapToObj(Integer::toString).toList());
    String row =
        "{\"text\": \"something else\", \"input_ids\": [%s], \"selector\": \"uniform\"}\n"
            .formatted(ids);
    Path mine = Files.writeString(folder.resolve("mine.jsonl"), row + row);
    refuses(
        List.of("--candidate", "mine.jsonl was made with another tokenizer", "tare select"),
        "--for",
        corpus("encyclopedia"),
        "--candidate",
        mine.toString());
  }
}
