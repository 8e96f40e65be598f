package tare.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.chat.ChatText;
import tare.chat.Count;
import tare.data.fetch.CorpusRule;

/** Folders that a run leaves behind, and corpora that tests invent. */
class TemporaryFolderTest {

  /** A program that makes a temporary folder, and ends normally or as if it had been killed. */
  static final class Program {
    public static void main(String[] arguments) throws IOException {
      if (arguments.length > 0 && arguments[0].equals("late")) {
        try {
          TemporaryFolder.make("early");
          throw new IllegalStateException("a folder was made in a missing one");
        } catch (UncheckedIOException e) {
          Files.createDirectory(Path.of(System.getProperty("java.io.tmpdir")));
        }
      }
      Files.writeString(TemporaryFolder.make("test").resolve("file"), "text");
      if (arguments.length > 0) {
        Runtime.getRuntime().halt(0);
      }
    }
  }

  private static void run(Path temporary, String... arguments)
      throws IOException, InterruptedException {
    List<String> command =
        Stream.concat(
                Stream.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Djava.io.tmpdir=" + temporary,
                    "-cp",
                    System.getProperty("java.class.path"),
                    Program.class.getName()),
                Stream.of(arguments))
            .toList();
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  @Test
  void aProgramThatFailedOnceTriesAgain(@TempDir Path home) throws Exception {
    run(home.resolve("later"), "late");
    assertThat(in(home.resolve("later"))).hasSize(1);
  }

  private static List<Path> in(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  @Test
  void theNextProgramClearsWhatAKilledOneLeft(@TempDir Path temporary) throws Exception {
    Path other = Files.createDirectory(temporary.resolve("tare-of-another-kind"));
    run(temporary, "killed");
    assertThat(in(temporary)).hasSize(2);
    run(temporary);
    assertThat(in(temporary)).as("only a folder without our lock stays").containsExactly(other);
  }

  @Test
  void foldersAreDeletedWhateverTheirModes(@TempDir Path temporary) throws Exception {
    Path inner = Files.createDirectories(temporary.resolve("outer/inner"));
    Files.writeString(inner.resolve("file"), "text");
    Files.createSymbolicLink(inner.resolve("link"), temporary);
    for (Path closed : List.of(inner, inner.getParent())) {
      Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("---------"));
    }
    TemporaryFolder.delete(temporary.resolve("outer"));
    assertThat(in(temporary)).isEmpty();
    TemporaryFolder.delete(temporary.resolve("missing"));
  }

  @Test
  void foldersAreDeletedHoweverDeepTheyLie(@TempDir Path temporary) throws Exception {
    Path outer = Files.createDirectory(temporary.resolve("outer"));
    String name = "d".repeat(200);
    Path top = outer;
    for (int i = 0; i < 30; i++) { // 6,000 letters, beyond what a path may have
      Path around = Files.createDirectory(outer.resolve("around" + i));
      if (i > 0) {
        Files.move(top, around.resolve(name));
      }
      top = around;
    }
    TemporaryFolder.delete(outer);
    assertThat(in(temporary)).isEmpty();
  }

  @TempDir private Path folder;

  @Test
  void theCorporaHaveTheNamesOfTheRealOnesAndWordsOfTheirOwn() throws IOException {
    InventedCorpora.write(folder);
    List<Set<String>> vocabularies = new ArrayList<>();
    for (CorpusRule rule : CorpusRule.ALL) {
      ChatWriter plain = new ChatText(Optional.empty(), "", Count.ALL);
      assertThat(CorpusFile.read(rule.file(folder), CorpusSide.HELD_BACK, "text", plain).content())
          .hasSizeGreaterThan(5);
      if (rule.messages() || rule.corpus().startsWith("how-to-")) {
        continue; // these repeat the words of another corpus
      }
      Set<String> vocabulary = new HashSet<>();
      for (Document document : CorpusFile.read(rule.file(folder), CorpusSide.TRAIN).content()) {
        List<String> words = List.of(document.text().split("\\s+", -1));
        assertThat(words.size()).isBetween(100, 300);
        words.stream().filter(word -> word.matches("[a-z]+")).forEach(vocabulary::add);
      }
      for (Set<String> other : vocabularies) {
        long shared = vocabulary.stream().filter(other::contains).count();
        assertThat(2 * shared).isLessThan(vocabulary.size() + other.size() - shared);
      }
      vocabularies.add(vocabulary);
    }
  }

  @Test
  void comesOutTheSameEveryTime() throws IOException {
    InventedCorpora.write(folder.resolve("a"));
    InventedCorpora.write(folder.resolve("b"));
    for (String file : new String[] {"corpora/code.jsonl", "bigbench/social_iqa/task.json"}) {
      assertThat(Sha256.hexOfFile(folder.resolve("a").resolve(file)))
          .isEqualTo(Sha256.hexOfFile(folder.resolve("b").resolve(file)));
    }
  }
}
