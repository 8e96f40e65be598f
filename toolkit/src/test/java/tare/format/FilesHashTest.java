package tare.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilesHashTest {

  @TempDir private Path folder;

  @Test
  void filesAreHashedOneAfterTheOther() throws IOException {
    Path one = Files.writeString(folder.resolve("one"), "a");
    Path two = Files.writeString(folder.resolve("two"), "bc");
    assertThat(FilesHash.of(List.of(one, two)).hex()) // of "abc", the example of FIPS 180-2
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }

  @Test
  void filesAreReadWhenTheHashIsAskedFor() throws IOException {
    FilesHash hash = FilesHash.of(List.of(folder.resolve("later")));
    assertThatThrownBy(hash::hex)
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("later");
    Files.writeString(folder.resolve("later"), "abc");
    assertThat(hash.hex()).startsWith("ba7816bf");
    Files.writeString(folder.resolve("later"), "abcd");
    assertThat(hash.hex()).as("read once").startsWith("ba7816bf");
  }
}
