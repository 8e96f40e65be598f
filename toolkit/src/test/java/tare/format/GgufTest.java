package tare.format;

import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GgufTest {

  @TempDir Path folder;

  /**
   * A file with a text, a list of numbers and one F32 tensor [2, 3] that lies at the aligned end of
   * the header.
   */
  private static byte[] example() {
    ByteBuffer b = ByteBuffer.allocate(512).order(ByteOrder.LITTLE_ENDIAN);
    b.putInt(0x46554747).putInt(3).putLong(1).putLong(2);
    text(b, "general.architecture");
    b.putInt(8);
    text(b, "llama");
    text(b, "numbers");
    b.putInt(9).putInt(4).putLong(2).putInt(7).putInt(8);
    text(b, "w");
    b.putInt(2).putLong(3).putLong(2).putInt(0).putLong(0);
    b.position((b.position() + 31) / 32 * 32);
    for (int i = 0; i < 6; i++) {
      b.putFloat(i);
    }
    return Arrays.copyOf(b.array(), b.position());
  }

  private static void text(ByteBuffer b, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    b.putLong(bytes.length).put(bytes);
  }

  private Path write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("model.gguf"), bytes);
  }

  @Test
  void readsMetadataAndTensors() throws IOException {
    Gguf gguf = Gguf.open(write(example()));
    assertThat(gguf.text("general.architecture")).isEqualTo("llama");
    assertThat(gguf.list("numbers", Long.class)).isEqualTo(List.of(7L, 8L));
    assertThat(gguf.tensors().shape("w").getShape()).containsExactly(2, 3);
    assertThat(gguf.tensors().values("w")).containsExactly(0, 1, 2, 3, 4, 5);
    assertThatThrownBy(() -> gguf.number("llama.block_count"))
        .hasMessageContaining("llama.block_count is missing");
  }

  @Test
  void everyPrefixIsRefusedWithoutHarm() throws IOException {
    byte[] whole = example();
    for (int length = 0; length < whole.length; length++) {
      Path file = write(Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> Gguf.open(file))
          .as("the first %d bytes", length)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("model.gguf");
    }
  }

  @Test
  void everyFlippedByteIsReadOrRefusedButNeverFailsOtherwise() throws IOException {
    byte[] whole = example();
    for (int at = 0; at < whole.length; at++) {
      byte[] changed = whole.clone();
      changed[at] ^= (byte) 0xff;
      Path file = write(changed);
      try {
        Gguf gguf = Gguf.open(file);
        gguf.tensors().names().forEach(gguf.tensors()::values);
      } catch (IllegalArgumentException e) {
        assertThat(e).hasMessageContaining("model.gguf");
      }
    }
  }

  @Test
  void countsBeyondTheFileAreRefusedBeforeMemoryIsTaken() throws IOException {
    byte[] changed = example();
    ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putLong(8, Long.MAX_VALUE / 2);
    Path file = write(changed);
    assertThatThrownBy(() -> Gguf.open(file))
        .hasMessageContaining("tensor count")
        .hasMessageContaining("more than the file can hold");
  }

  @ParameterizedTest
  @CsvSource({"99, type number 99", "16, type IQ2_XXS", "29, type IQ1_M", "39, type MXFP4"})
  void tensorTypesThatCannotBeReadAreNamedWithARemedy(byte number, String name) throws IOException {
    byte[] changed = example();
    int type =
        new String(changed, StandardCharsets.ISO_8859_1).lastIndexOf("w\2\0\0\0") + 1 + 4 + 16;
    changed[type] = number;
    Path file = write(changed);
    assertThatThrownBy(() -> Gguf.open(file))
        .hasMessageContaining("type of tensor w")
        .hasMessageContaining(name)
        .hasMessageContaining("another file of the model, such as Q4_K_M");
  }

  /** A list that fills the file stays there: nothing of its size is allocated. */
  @Test
  void aLongListOfNumbersTakesNoMemory() throws IOException {
    Path file = folder.resolve("long.gguf");
    long count = 1_500_000_000; // 1.5 GB of zeros, most of them never written
    ByteBuffer b = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    b.putInt(0x46554747).putInt(3).putLong(0).putLong(1);
    text(b, "numbers");
    b.putInt(9).putInt(0).putLong(count).flip();
    try (FileChannel channel = FileChannel.open(file, CREATE, WRITE)) {
      int header = channel.write(b);
      channel.write(ByteBuffer.allocate(1), header + count - 1);
    }
    long before = used();
    Gguf gguf = Gguf.open(file);
    assertThat((List<?>) gguf.metadata().get("numbers")).hasSize((int) count);
    assertThat(used() - before).isLessThan(50_000_000);
  }

  private static long used() {
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  @Test
  void whatStandsTwiceIsRefused() throws IOException {
    ByteBuffer b = ByteBuffer.allocate(200).order(ByteOrder.LITTLE_ENDIAN);
    b.putInt(0x46554747).putInt(3).putLong(0).putLong(2);
    for (int i = 0; i < 2; i++) {
      text(b, "general.name");
      b.putInt(8);
      text(b, "x");
    }
    Path file = write(b.array());
    assertThatThrownBy(() -> Gguf.open(file)).hasMessageContaining("general.name");
  }
}
