package tare.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.NumericFixture;
import tare.calibrate.BlockByBlock;
import tare.calibrate.CompressedModel;
import tare.compress.AwqGrid;
import tare.compress.AwqRound;
import tare.compress.Gptq;
import tare.compress.LayerInputs;
import tare.compress.Recipe;
import tare.compress.Rtn;
import tare.data.Progress;
import tare.format.TensorBytes;
import tare.format.WordMatrix;
import tare.grid.Storage;
import tare.grid.TokenGrid;
import tare.model.Checkpoint;

/** Packed codes and their layouts. */
class PackingFixtureTest {

  private static Storage.Grid grid(JsonNode one, int groupSize) {
    int bits = one.get("bits").asInt();
    int rows = one.get("codes").size();
    int columns = one.get("codes").get(0).size();
    double[] codes = NumericFixture.values(one.get("codes"));
    double[] zeros = NumericFixture.values(one.get("zeros"));
    byte[] bytes = new byte[codes.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) codes[i];
    }
    float[] z = new float[zeros.length];
    float[] scales = new float[zeros.length];
    for (int i = 0; i < z.length; i++) {
      z[i] = (float) zeros[i];
      scales[i] = 0.1f * (i + 1);
    }
    int[] groupOf = Storage.Coded.naturalGroups(columns, groupSize);
    return new Storage.Grid(bits, rows, columns, false, groupSize, bytes, scales, z, groupOf);
  }

  private static void assertWords(Map<String, TensorBytes> found, String name, JsonNode expected)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    found.get(name).body().writeTo(out);
    int[] words = new int[out.size() / Integer.BYTES];
    ByteBuffer.wrap(out.toByteArray()).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(words);
    double[] wanted = NumericFixture.values(expected);
    assertThat(found.get(name).shape())
        .as(name)
        .isEqualTo(new Shape(expected.size(), expected.get(0).size()));
    assertThat(words).as(name).isEqualTo(Arrays.stream(wanted).mapToInt(w -> (int) w).toArray());
  }

  @Test
  void words() throws IOException {
    JsonNode fixture = NumericFixture.read("packing.json").json();
    int awq = 0;
    int packQuantized = 0;
    for (JsonNode one : fixture.get("cases")) {
      Storage.Grid grid = grid(one, fixture.get("group_size").asInt());
      JsonNode gptq = one.get("gptq");
      Map<String, TensorBytes> first = new GptqLayout(1).tensors("l", grid);
      assertWords(first, "l.qweight", gptq.get("qweight"));
      assertWords(first, "l.qzeros", gptq.get("qzeros_v1"));
      Map<String, TensorBytes> second = new GptqLayout(2).tensors("l", grid);
      assertWords(second, "l.qweight", gptq.get("qweight"));
      assertWords(second, "l.qzeros", gptq.get("qzeros_v2"));
      if (one.has("awq")) {
        awq++;
        Map<String, TensorBytes> found = new AwqLayout().tensors("l", grid);
        assertWords(found, "l.qweight", one.get("awq").get("qweight"));
        assertWords(found, "l.qzeros", one.get("awq").get("qzeros"));
      }
      if (one.has("compressed_tensors")) {
        packQuantized++;
        JsonNode expected = one.get("compressed_tensors");
        Map<String, TensorBytes> found = new CompressedTensorsLayout().tensors("l", grid);
        assertWords(found, "l.weight_packed", expected.get("weight_packed"));
        assertWords(found, "l.weight_zero_point", expected.get("weight_zero_point"));
      }
      WordMatrix packed = WordMatrix.of(grid.codes(), grid.rows(), grid.columns(), grid.bits());
      assertThat(packed.values(grid.columns(), grid.bits())).isEqualTo(grid.codes());
      assertThat(packed.transposed().transposed()).usingRecursiveComparison().isEqualTo(packed);
    }
    assertThat(awq).isPositive();
    assertThat(packQuantized).isPositive();
  }

  private static final AwqRound W8 =
      new AwqRound(new AwqGrid(8, Rtn.PER_CHANNEL).symmetric()).unclipped();

  private static Checkpoint checkpoint;

  @TempDir private Path scratch;

  @BeforeAll
  static void open() throws URISyntaxException {
    checkpoint =
        Checkpoint.open(
            Path.of(PackingFixtureTest.class.getResource("/tokenizer/smollm.gguf").toURI()));
  }

  private static CompressedModel model(Optional<TokenGrid> inputs) {
    Recipe recipe = new Recipe("w8", List.of(), W8, inputs);
    return new BlockByBlock().compress(checkpoint, recipe, Device.cpu(), Progress.NONE);
  }

  @Test
  void theBytesDecodeToTheWeights() throws IOException {
    CompressedModel model = model(Optional.of(new TokenGrid(8)));
    Path folder = scratch.resolve("w8a8");
    PackedFolder.write(model, new IntQuantizedLayout(), folder);
    assertThat(Files.readString(folder.resolve("config.json")))
        .contains("int-quantized", "\"dynamic\" : true");

    String name = model.layers().get(0).linear();
    byte[] file = Files.readAllBytes(folder.resolve("model.safetensors"));
    assertThat(new String(file, 8, 4096, StandardCharsets.UTF_8)).contains("I8", "weight_scale");
    Storage.Grid grid = (Storage.Grid) model.linears().get(name);
    TensorBytes bytes =
        new IntQuantizedLayout().tensors(name.replaceAll("\\.weight$", ""), grid).get(name);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    bytes.body().writeTo(out);
    byte[] codes = out.toByteArray();
    float[] wanted = model.checkpoint().tensors().values(name);
    for (int i = 0; i < wanted.length; i++) {
      assertThat(codes[i] * grid.scales()[i / grid.columns()]).isEqualTo(wanted[i]);
    }
  }

  @Test
  void whatIsSaidOfInputsMustBeTrue() {
    assertThatThrownBy(
            () ->
                PackedFolder.write(
                    model(Optional.empty()), new IntQuantizedLayout(), scratch.resolve("a")))
        .hasMessageContaining("inputs");
    assertThatThrownBy(
            () ->
                PackedFolder.write(
                    model(Optional.of(new TokenGrid(8))),
                    new CompressedTensorsLayout(),
                    scratch.resolve("b")))
        .hasMessageContaining("inputs");
  }

  @Test
  void aMethodForeseesWhetherItsGroupsAreNatural() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      NDArray weight = manager.randomNormal(new Shape(4, 32));
      LayerInputs inputs = LayerInputs.of(manager.randomNormal(new Shape(64, 32)));
      for (int group : List.of(8, Rtn.PER_CHANNEL)) {
        for (Gptq.Grids grids : Gptq.Grids.values()) {
          Gptq gptq = new Gptq(4, group).grids(grids);
          for (Gptq each : List.of(gptq, gptq.naturalOrder().grids(grids))) {
            Storage.Grid found = (Storage.Grid) each.compress(weight, inputs).storage();
            assertThat(each.hasNaturalGroups()).as(each.toString()).isEqualTo(found.isNatural());
          }
        }
      }
    }
  }

  @Test
  void compressedTensorsHoldsNoGroupsThatFollowActOrder() {
    PackedLayout.Settings settings = new PackedLayout.Settings(4, 8, false, false);
    for (PackedLayout layout : List.of(new CompressedTensorsLayout(), new AwqLayout())) {
      assertThatThrownBy(() -> layout.require("l", 32, 32, settings))
          .hasMessageContaining("--grids static")
          .hasMessageContaining("gptq-v2");
    }
  }
}
