package tare.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThatCode;

import com.sun.jna.Memory;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class FreedMemoryTest {

  private static final int PIECE = 100_000; // small enough to lie between others

  /** MiB of this process that belong to no file. */
  private static long resident() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("RssAnon:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
        .findFirst()
        .orElseThrow();
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void whatLiesBetweenKeptPiecesGoesBack() throws IOException {
    assumeThatCode(
            () -> NativeLibrary.getInstance(Platform.C_LIBRARY_NAME).getFunction("malloc_trim"))
        .doesNotThrowAnyException(); // glibc
    List<Memory> freed = new ArrayList<>();
    List<Memory> kept = new ArrayList<>();
    for (int i = 0; i < 2_000; i++) {
      Memory piece = new Memory(PIECE);
      piece.setMemory(0, PIECE, (byte) 1);
      (i % 10 == 9 ? kept : freed).add(piece);
    }
    freed.forEach(Memory::close);
    long before = resident();
    FreedMemory.giveBack();
    assertThat(before - resident()).isGreaterThan(100);
    assertThat(kept).allSatisfy(piece -> assertThat(piece.getByte(PIECE - 1)).isEqualTo((byte) 1));
    kept.forEach(Memory::close);
  }
}
