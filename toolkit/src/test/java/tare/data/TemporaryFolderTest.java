package tare.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TemporaryFolderTest {

  /** A program that makes a temporary folder, and ends normally or as if it had been killed. */
  static final class Program {
    public static void main(String[] arguments) throws IOException {
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
}
