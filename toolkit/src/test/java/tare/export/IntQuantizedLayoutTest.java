package tare.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tare.calibrate.BlockByBlock;
import tare.calibrate.CompressedModel;
import tare.compress.AwqGrid;
import tare.compress.AwqRound;
import tare.compress.Recipe;
import tare.compress.Rtn;
import tare.compress.Storage;
import tare.data.Progress;
import tare.format.TensorBytes;
import tare.model.Checkpoint;
import tare.tensor.TokenGrid;

/** W8A8 in a folder: signed bytes, and a configuration that says how inputs are rounded. */
class IntQuantizedLayoutTest {

  private static final AwqRound W8 =
      new AwqRound(new AwqGrid(8, Rtn.PER_CHANNEL).symmetric()).unclipped();

  private static Checkpoint checkpoint;

  @TempDir private Path scratch;

  @BeforeAll
  static void open() throws URISyntaxException {
    checkpoint =
        Checkpoint.open(
            Path.of(IntQuantizedLayoutTest.class.getResource("/tokenizer/smollm.gguf").toURI()));
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
}
