package tare.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SafetensorsTest {

  private static final String HEADER =
      "{\"w\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[0,8]}}";

  @TempDir Path folder;

  private void write(String name, String header, long claimed, float... values) throws IOException {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + text.length + 4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(claimed).put(text);
    for (float value : values) {
      bytes.putFloat(value);
    }
    Files.write(folder.resolve(name), bytes.array());
  }

  @Test
  void readsASingleFile() throws IOException {
    write("model.safetensors", HEADER, HEADER.length(), 1.5f, -2f);
    TensorSource tensors = Safetensors.open(folder);
    assertThat(tensors.names()).containsExactly("w");
    assertThat(tensors.shape("w").getShape()).containsExactly(2, 1);
    assertThat(tensors.values("w")).containsExactly(1.5f, -2f);
    assertThatThrownBy(() -> tensors.values("v")).hasMessageContaining("tensor v is missing");
  }

  @Test
  void aCutOffFileIsRefusedWithItsSizes() throws IOException {
    write("model.safetensors", HEADER, HEADER.length(), 1.5f);
    assertThatThrownBy(() -> Safetensors.open(folder))
        .hasMessageContaining("model.safetensors")
        .hasMessageContaining("tensor w")
        .hasMessageContaining("cut off");
  }

  @Test
  void aHeaderThatClaimsMoreThanTheFileHoldsIsRefused() throws IOException {
    write("model.safetensors", HEADER, Long.MAX_VALUE, 1.5f, -2f);
    assertThatThrownBy(() -> Safetensors.open(folder)).hasMessageContaining("the header claims");
    write("model.safetensors", HEADER, -1, 1.5f, -2f);
    assertThatThrownBy(() -> Safetensors.open(folder)).hasMessageContaining("the header claims");
  }

  @Test
  void offsetsThatDoNotFitTheShapeAreRefused() throws IOException {
    String wrong = HEADER.replace("[2,1]", "[3,1]");
    write("model.safetensors", wrong, wrong.length(), 1.5f, -2f, 0f);
    assertThatThrownBy(() -> Safetensors.open(folder))
        .hasMessageContaining("data_offsets")
        .hasMessageContaining("[3,1]");
  }

  @Test
  void aShapeWhoseProductOverflowsIsRefused() throws IOException {
    String huge = HEADER.replace("[2,1]", "[9223372036854775807,9223372036854775807]");
    write("model.safetensors", huge, huge.length(), 1.5f, -2f);
    assertThatThrownBy(() -> Safetensors.open(folder)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void unknownTypesAndBrokenJsonAreRefused() throws IOException {
    String unknown = HEADER.replace("F32", "F8_E5M2");
    write("model.safetensors", unknown, unknown.length(), 1.5f, -2f);
    assertThatThrownBy(() -> Safetensors.open(folder)).hasMessageContaining("F8_E5M2");
    write("model.safetensors", "{\"w\":", 5, 1.5f);
    assertThatThrownBy(() -> Safetensors.open(folder)).hasMessageContaining("not valid JSON");
  }

  @Test
  void shardsMustBeInTheFolder() throws IOException {
    Files.writeString(
        folder.resolve("model.safetensors.index.json"),
        "{\"weight_map\":{\"w\":\"../elsewhere.safetensors\"}}");
    assertThatThrownBy(() -> Safetensors.open(folder))
        .hasMessageContaining("../elsewhere.safetensors");
    Files.writeString(
        folder.resolve("model.safetensors.index.json"),
        "{\"weight_map\":{\"v\":\"part.safetensors\"}}");
    write("part.safetensors", HEADER, HEADER.length(), 1.5f, -2f);
    assertThatThrownBy(() -> Safetensors.open(folder))
        .hasMessageContaining("tensor v is in none of the shards");
  }

  /** The working folder may be given as {@code .}, as in {@code --model .}. */
  @Test
  void theFolderMayBeTheWorkingFolder() {
    for (String here : List.of(".", "", "x/..")) {
      assertThat(Safetensors.isInside(Path.of(here), Path.of("part.safetensors"))).isTrue();
      assertThat(Safetensors.isInside(Path.of(here), Path.of("../part.safetensors"))).isFalse();
    }
    assertThat(Safetensors.isInside(folder, folder.resolve("part.safetensors"))).isTrue();
    assertThat(Safetensors.isInside(folder, Path.of("part.safetensors"))).isFalse();
  }

  @Test
  void shardsThatContradictEachOtherAreRefused() throws IOException {
    Files.writeString(
        folder.resolve("model.safetensors.index.json"),
        "{\"weight_map\":{\"w\":\"a.safetensors\",\"v\":\"b.safetensors\"}}");
    String both =
        HEADER.replace("{\"w\"", "{\"v\":" + HEADER.substring(5, HEADER.length() - 1) + ",\"w\"");
    write("a.safetensors", HEADER, HEADER.length(), 1.5f, -2f);
    write("b.safetensors", both, both.length(), 1.5f, -2f);
    assertThat(Safetensors.open(folder).values("w")).containsExactly(1.5f, -2f);
    assertThatThrownBy(() -> WritableTensors.open(folder, name -> name))
        .hasMessageContaining("3 tensors stand in the files, but the model has 2");
    write("b.safetensors", both, both.length(), 1.5f, -3f);
    assertThatThrownBy(() -> Safetensors.open(folder))
        .hasMessageContaining("a.safetensors")
        .hasMessageContaining("b.safetensors")
        .hasMessageContaining("tensor w differs");
  }

  @Test
  void theWholeFileWinsOverAnIndex() throws IOException {
    Files.writeString(
        folder.resolve("model.safetensors.index.json"),
        "{\"weight_map\":{\"w\":\"missing.safetensors\"}}");
    write("model.safetensors", HEADER, HEADER.length(), 1.5f, -2f);
    assertThat(Safetensors.open(folder).values("w")).containsExactly(1.5f, -2f);
    assertThat(Safetensors.files(folder)).containsExactly(folder.resolve("model.safetensors"));
  }

  @Test
  void twoNamesOfOnePartAreRefusedIfTheyDiffer() throws IOException {
    String two =
        HEADER.replace(
            "{\"w\"",
            "{\"model.w\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"w\"");
    write("model.safetensors", two, two.length(), 1.5f, -2f);
    assertThatThrownBy(() -> Safetensors.open(folder, n -> n.replace("model.", "")))
        .hasMessageContaining("model.w")
        .hasMessageContaining("same part of the model");
  }

  @Test
  void anEmptyFolderIsRefused() {
    assertThatThrownBy(() -> Safetensors.open(folder))
        .hasMessageContaining("there is no model.safetensors");
  }
}
