package tare.packed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tare.calibrate.BlockByBlock;
import tare.calibrate.CompressedModel;
import tare.compress.AwqGrid;
import tare.compress.AwqRound;
import tare.compress.Method;
import tare.compress.Recipe;
import tare.compress.Rtn;
import tare.data.InventedCorpora;
import tare.data.Progress;
import tare.export.AwqLayout;
import tare.export.CompressedTensorsLayout;
import tare.export.FloatLayout;
import tare.export.GptqLayout;
import tare.export.IntQuantizedLayout;
import tare.export.PackedFolder;
import tare.export.PackedLayout;
import tare.format.JsonTree;
import tare.format.Safetensors;
import tare.format.SafetensorsWriter;
import tare.format.TensorBytes;
import tare.format.TensorSource;
import tare.format.WordMatrix;
import tare.grid.NumberFormat;
import tare.grid.TokenGrid;
import tare.model.Checkpoint;
import tare.study.Materials;
import tare.study.Study;
import tare.tensor.StorageType;

/** Packed folders are read as the model that was packed. */
class PackedTensorsTest {

  private static Checkpoint dense;

  @TempDir private Path scratch;

  @BeforeAll
  static void open() {
    dense = Checkpoint.open(Path.of("../data/tiny"));
  }

  static Stream<Arguments> layouts() {
    Rtn four = new Rtn(4, 32);
    return Stream.of(
        Arguments.of(new GptqLayout(2), four),
        Arguments.of(new GptqLayout(1), four.symmetric()),
        Arguments.of(new GptqLayout(2), new Rtn(8, 32)),
        Arguments.of(new GptqLayout(2), new Rtn(2, 32)),
        Arguments.of(new AwqLayout(), four),
        Arguments.of(new CompressedTensorsLayout(), four),
        Arguments.of(new CompressedTensorsLayout(), four.symmetric()),
        Arguments.of(new CompressedTensorsLayout(), new Rtn(8, Rtn.PER_CHANNEL)),
        Arguments.of(new CompressedTensorsLayout(), new Rtn(2, 32)),
        Arguments.of(new FloatLayout(NumberFormat.Kind.FP8), Rtn.of(NumberFormat.FP8)),
        Arguments.of(new FloatLayout(NumberFormat.Kind.MXFP4), Rtn.of(NumberFormat.MXFP4)),
        Arguments.of(new FloatLayout(NumberFormat.Kind.NVFP4), Rtn.of(NumberFormat.NVFP4)));
  }

  @ParameterizedTest
  @MethodSource("layouts")
  void whatWasPackedIsReadBitForBit(PackedLayout layout, Rtn rounding) throws IOException {
    CompressedModel model =
        new BlockByBlock()
            .compress(dense, new Recipe("rtn", List.of(), rounding), Device.cpu(), Progress.NONE);
    requireReadBack(model, layout);
  }

  @Test
  void whatIsSaidOfPackedWeightsTellsTwoModelsApart() throws IOException {
    Recipe recipe = new Recipe("rtn", List.of(), new Rtn(4, 32));
    Path folder = scratch.resolve("packed");
    PackedFolder.write(
        new BlockByBlock().compress(dense, recipe, Device.cpu(), Progress.NONE),
        new GptqLayout(2),
        folder);
    Checkpoint packed = Checkpoint.open(folder);
    String identity = packed.identity();
    Path config = folder.resolve("config.json");
    String text = Files.readString(config);
    assertThat(text).contains("\"gptq_v2\"");
    Files.writeString(config, text.replace("\"gptq_v2\"", "\"gptq\"")); // other zero points
    Checkpoint other = Checkpoint.open(folder);
    assertThat(other.revision()).isEqualTo(packed.revision());
    assertThat(other.identity()).isNotEqualTo(identity);
  }

  @Test
  void roundedInputsAreReadToo() throws IOException {
    AwqRound eight = new AwqRound(new AwqGrid(8, Rtn.PER_CHANNEL).symmetric()).unclipped();
    Recipe recipe = new Recipe("w8", List.of(), eight, Optional.of(new TokenGrid(8)));
    CompressedModel model = new BlockByBlock().compress(dense, recipe, Device.cpu(), Progress.NONE);
    assertThat(requireReadBack(model, new IntQuantizedLayout()).inputs())
        .contains(new TokenGrid(8));

    InventedCorpora.write(scratch.resolve("fetched"));
    Materials materials = new Materials(scratch, Device.cpu());
    assertThat(materials.trials(scored("f32", ""))).hasSize(1);
    assertThatThrownBy(() -> materials.trials(scored("auto", "")))
        .hasMessageContaining("precision must be f32");
    assertThatThrownBy(
            () -> materials.trials(scored("f32", "{\"method\": \"wanda\", \"sparsity\": \"0.5\"}")))
        .hasMessageContaining("corpora is missing");
    assertThatThrownBy(
            () ->
                materials.trials(
                    scored("f32", "{\"method\": \"rtn\", \"bits\": 4, \"groupSize\": 64}")))
        .hasMessageContaining("packed already");
  }

  @Test
  void floatingPointInputsAreReadToo() throws IOException {
    for (NumberFormat numbers : List.of(NumberFormat.FP8, NumberFormat.MXFP4)) {
      Rtn rounding = Rtn.of(numbers).inputBits(numbers.kind().bits());
      CompressedModel model =
          new BlockByBlock().compress(dense, rounding, Device.cpu(), Progress.NONE);
      PackedLayout layout = new FloatLayout(numbers.kind(), rounding.inputs());
      PackedFolder.write(model, layout, scratch.resolve(numbers.toString()));
      assertThat(Checkpoint.open(scratch.resolve(numbers.toString())).inputs())
          .contains(TokenGrid.of(numbers));
    }
  }

  @Test
  void queriesKeysAndValuesShareTheScaleOfAMatrix() throws IOException {
    CompressedModel model =
        new BlockByBlock().compress(dense, Rtn.of(NumberFormat.NVFP4), Device.cpu(), Progress.NONE);
    Path folder = scratch.resolve("nvfp4");
    PackedFolder.write(model, new FloatLayout(NumberFormat.Kind.NVFP4), folder);
    TensorSource stored = Safetensors.open(folder);
    String block = "model.layers.0.";
    for (List<String> joined :
        List.of(
            List.of("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
            List.of("mlp.gate_proj", "mlp.up_proj"))) {
      float least = Float.POSITIVE_INFINITY;
      Set<Float> scales = new HashSet<>();
      for (String linear : joined) {
        scales.add(stored.values(block + linear + ".weight_global_scale")[0]);
        float[] weight = dense.tensors().values(block + linear + ".weight");
        for (float value : weight) {
          least = Math.min(least, 448 * 6 / Math.abs(value));
        }
      }
      assertThat(scales).hasSize(1);
      assertThat(scales.iterator().next()).isCloseTo(least, within(1e-6f * least));
    }
  }

  /** A study of the packed model that names no calibration text. */
  private Study scored(String precision, String recipe) {
    return Study.parse(
        """
        {"name": "quants", "models": ["%s"], "recipes": [%s], "seed": 1, "precision": "%s",
         "tasks": [{"kind": "perplexity", "corpus": "code", "window": 32, "windows": 2}]}"""
            .formatted(scratch.resolve("packed").toString().replace('\\', '/'), recipe, precision));
  }

  @TestFactory
  Stream<DynamicTest> whatOtherToolsPackedIsReadAsTheyReadIt() throws IOException {
    Path zip = Path.of("src/test/resources/packed.zip");
    Map<String, Map<String, byte[]>> folders = new TreeMap<>();
    try (ZipInputStream archive = new ZipInputStream(Files.newInputStream(zip))) {
      for (ZipEntry each; (each = archive.getNextEntry()) != null; ) {
        Path name = Path.of(each.getName());
        folders
            .computeIfAbsent(name.getParent().toString(), unseen -> new TreeMap<>())
            .put(name.getFileName().toString(), archive.readAllBytes());
      }
    }
    return folders.entrySet().stream()
        .map(
            each ->
                DynamicTest.dynamicTest(
                    each.getKey(), () -> requireSameAsExpected(each.getKey(), each.getValue())));
  }

  private void requireSameAsExpected(String name, Map<String, byte[]> files) throws IOException {
    Path folder = Files.createDirectories(scratch.resolve(name));
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Files.write(folder.resolve(file.getKey()), file.getValue());
    }
    TensorSource read = Packing.of(folder).over(Safetensors.open(folder));
    JsonNode expected = JsonTree.read(folder.resolve("expected.json"));
    assertThat(expected.size()).isEqualTo(7);
    for (Map.Entry<String, JsonNode> linear : expected.properties()) {
      float[] values = read.values(linear.getKey());
      ByteBuffer bytes =
          ByteBuffer.allocate(Float.BYTES * values.length).order(ByteOrder.LITTLE_ENDIAN);
      bytes.asFloatBuffer().put(values);
      assertThat(sha256(bytes.array())).as(linear.getKey()).isEqualTo(linear.getValue().asText());
    }
    assertThat(Packing.of(folder).inputs())
        .isEqualTo(
            switch (name) {
              case "int8" -> Optional.of(new TokenGrid(8));
              case "fp8-channel" -> Optional.of(TokenGrid.FP8);
              case "mxfp4" -> Optional.of(TokenGrid.of(NumberFormat.MXFP4));
              default -> Optional.empty();
            });
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private Checkpoint requireReadBack(CompressedModel model, PackedLayout layout)
      throws IOException {
    Path folder = scratch.resolve("packed");
    PackedFolder.write(model, layout, folder);
    Checkpoint read = Checkpoint.open(folder);
    assertThat(read.packed()).containsExactlyInAnyOrderElementsOf(model.linears().keySet());
    for (String name : model.checkpoint().tensors().names()) {
      assertThat(read.tensors().shape(name)).isEqualTo(model.checkpoint().tensors().shape(name));
      if (read.packed().contains(name)) {
        assertThat(read.tensors().values(name))
            .isEqualTo(model.checkpoint().tensors().values(name));
      }
    }
    assertThatThrownBy(read::requireDense).hasMessageContaining("Give the dense model");
    return read;
  }

  @Test
  void aZeroPointOfZeroThatBorrowedFromItsNeighbourIsRestored() {
    // zero points 0, 5, 8, ... of 4 bits minus 0x11111111 at once, as GPTQModel stores version 1
    int zeros = 0x76543850;
    int[] words = {zeros - 0x11111111};
    byte[] codes = new WordMatrix(1, 1, new int[] {zeros}).values(8, 4);
    LinearParts parts = new LinearParts(new OneGroup(words), "layer");
    float[] values = new GptqLinear(4, 1, false, false, 0).values(parts);
    for (int row = 0; row < 8; row++) {
      assertThat(values[row * 8]).isEqualTo(-codes[row]);
    }
    assertThatThrownBy(() -> new GptqLinear(4, 1, true, false, 0).values(parts))
        .as("groups in act-order, of which nothing is stored")
        .hasMessageContaining("layer.g_idx is missing");
  }

  /** Eight outputs and inputs in one group; all codes are 0 and all scales 1. */
  private record OneGroup(int[] zeros) implements TensorSource {
    @Override
    public Set<String> names() {
      return Set.of("layer.qweight", "layer.qzeros", "layer.scales");
    }

    @Override
    public Shape shape(String name) {
      return name.endsWith("qzeros") ? new Shape(1, 1) : new Shape(1, 8);
    }

    @Override
    public float[] values(String name) {
      return new float[] {1, 1, 1, 1, 1, 1, 1, 1};
    }

    @Override
    public int[] words(String name) {
      return name.endsWith("qzeros") ? zeros : new int[8];
    }
  }

  @Test
  void groupsThatActOrderHasScatteredAreReadAsStored() {
    Map<String, float[]> stored = new HashMap<>();
    stored.put("layer.weight", new float[] {1, 2, 3, 4, 5, 6, 7, 8});
    stored.put("layer.weight_scale", new float[] {1, 10, 100, 1000});
    ScaledLinear layout = new ScaledLinear(0, 0, false, Set.of(StorageType.I8));
    assertThat(layout.values(new LinearParts(new TwoRows(stored), "layer")))
        .containsExactly(1, 2, 30, 40, 500, 600, 7000, 8000);
    ScaledLinear scattered = new ScaledLinear(0, 0, true, Set.of(StorageType.I8));
    assertThatThrownBy(() -> scattered.values(new LinearParts(new TwoRows(stored), "layer")))
        .hasMessageContaining("layer.weight_g_idx is missing");
    stored.put("layer.weight_g_idx", new float[] {1, 0, 1, 0});
    assertThat(scattered.values(new LinearParts(new TwoRows(stored), "layer")))
        .containsExactly(10, 2, 30, 4, 5000, 600, 7000, 800);
    stored.put("layer.weight_g_idx", new float[] {-1, -1, -1, -1}); // given, but never set
    assertThat(scattered.values(new LinearParts(new TwoRows(stored), "layer")))
        .containsExactly(1, 2, 30, 40, 500, 600, 7000, 8000);
  }

  /** Two outputs of four inputs, with two scales each. */
  private record TwoRows(Map<String, float[]> stored) implements TensorSource {
    @Override
    public Set<String> names() {
      return stored.keySet();
    }

    @Override
    public Shape shape(String name) {
      int values = stored.get(name).length;
      return name.endsWith("g_idx") ? new Shape(values) : new Shape(2, values / 2);
    }

    @Override
    public StorageType storage(String name) {
      return name.endsWith("weight") ? StorageType.I8 : StorageType.F32;
    }

    @Override
    public float[] values(String name) {
      return stored.get(name);
    }
  }

  @Test
  void aSectionThatCannotBeReadIsRefusedByItsField() throws IOException {
    refused("{\"quant_method\": \"bitsandbytes\"}", "quant_method", "gptq, awq and");
    refused("{\"quant_method\": \"gptq\", \"bits\": 5}", "field bits", "5");
    refused(
        "{\"quant_method\": \"gptq\", \"bits\": 4, \"checkpoint_format\": \"marlin\"}", "marlin");
    refused("{\"quant_method\": \"awq\", \"bits\": 4, \"version\": \"gemv\"}", "version", "gemv");
    refused("{\"quant_method\": \"gptq\", \"bits\": 4}", "no linear layer is");
    refused("{\"quant_method\": \"compressed-tensors\"}", "config_groups");
    refused(
        "{\"quant_method\": \"compressed-tensors\", \"format\": \"marlin-24\", \"config_groups\":"
            + " {\"a\": {\"weights\": {\"num_bits\": 4}}}}",
        "field format",
        "marlin-24");
    refused(
        "{\"quant_method\": \"compressed-tensors\", \"config_groups\": {\"a\": {\"weights\":"
            + " {\"num_bits\": 8}, \"input_activations\": {\"num_bits\": 8, \"strategy\":"
            + " \"tensor\", \"dynamic\": false}}}}",
        "input_activations");
  }

  @Test
  void fourBitFloatsThatContradictThemselvesAreRefused() throws IOException {
    refused(
        "{\"quant_method\": \"compressed-tensors\", \"config_groups\": {\"a\": {\"weights\":"
            + " {\"num_bits\": 4, \"type\": \"float\", \"group_size\": 64}}}}",
        "group_size",
        "64");
    refused(
        "{\"quant_method\": \"compressed-tensors\", \"config_groups\": {\"a\": {\"weights\":"
            + " {\"num_bits\": 4, \"type\": \"float\", \"group_size\": 16}}, \"b\": {\"weights\":"
            + " {\"num_bits\": 4}}}}",
        "config_groups");
    refused(
        "{\"quant_method\": \"compressed-tensors\", \"config_groups\": {\"a\": {\"weights\":"
            + " {\"num_bits\": 4, \"type\": \"float\", \"group_size\": 16}, \"input_activations\":"
            + " {\"num_bits\": 4, \"type\": \"float\", \"strategy\": \"tensor_group\","
            + " \"group_size\": 16, \"dynamic\": \"local\"}}}}",
        "input_activations");
  }

  /** Writes the tiny model packed, lets a damage happen to its files, and opens it. */
  private void damaged(PackedLayout layout, Method method, Damage damage, String... says)
      throws IOException {
    Path folder = Files.createTempDirectory(scratch, "damaged").resolve("model");
    PackedFolder.write(
        new BlockByBlock().compress(dense, method, Device.cpu(), Progress.NONE), layout, folder);
    damage.in(folder);
    assertThatThrownBy(
            () -> {
              Checkpoint read = Checkpoint.open(folder);
              read.packed().forEach(name -> read.tensors().values(name));
            })
        .hasMessageContaining(folder.toString())
        .hasMessageContainingAll(says);
  }

  /** What happens to a folder. */
  private interface Damage {
    void in(Path folder) throws IOException;

    /** Another value stands in config.json. */
    static Damage config(String from, String to) {
      return folder -> {
        Path config = folder.resolve("config.json");
        String text = Files.readString(config);
        assertThat(text).contains(from);
        Files.writeString(config, text.replace(from, to));
      };
    }

    /** A tensor has another name, so the one of this name is missing. */
    static Damage without(String tensor) {
      return folder -> {
        Path file = folder.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        String other = "x" + tensor.substring(1);
        Files.write(file, text.replace(tensor, other).getBytes(StandardCharsets.ISO_8859_1));
      };
    }

    /** A byte of a tensor has another value. */
    static Damage with(String tensor, int place, int value) {
      return folder -> {
        Path file = folder.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer whole = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int header = (int) whole.getLong(0);
        JsonNode at =
            new ObjectMapper().readTree(new String(bytes, 8, header, StandardCharsets.UTF_8));
        bytes[8 + header + at.get(tensor).get("data_offsets").get(0).asInt() + place] =
            (byte) value;
        Files.write(file, bytes);
      };
    }
  }

  private static final String DOWN = "model.layers.0.mlp.down_proj";

  @Test
  void aPackedFolderThatIsDamagedOrContradictsItselfIsRefused() throws IOException {
    FloatLayout fp8 = new FloatLayout(NumberFormat.Kind.FP8);
    Rtn eight = Rtn.of(NumberFormat.FP8);
    Rtn four = new Rtn(4, 32);
    damaged(fp8, eight, Damage.without(DOWN + ".weight_scale"), DOWN, "F8_E4M3", "its scale");
    damaged(fp8, eight, Damage.config("\"quantization_config\"", "\"other\""), "its scale");
    damaged(fp8, eight, Damage.config("\"float\"", "\"int\""), "must hold I8");
    damaged(fp8, eight, Damage.config("\"float\"", "\"floot\""), "floot", "int and float");
    damaged(
        fp8,
        eight,
        Damage.config("\"output_activations\" : null", "\"output_activations\" : {}"),
        "output_activations");
    FloatLayout mxfp4 = new FloatLayout(NumberFormat.Kind.MXFP4);
    Rtn halves = Rtn.of(NumberFormat.MXFP4);
    damaged(mxfp4, halves, Damage.with(DOWN + ".weight_scale", 0, 255), DOWN, "NaN");
    damaged(
        new FloatLayout(NumberFormat.Kind.NVFP4),
        Rtn.of(NumberFormat.NVFP4),
        Damage.without(DOWN + ".weight_global_scale"),
        "weight_global_scale is missing");
    CompressedTensorsLayout packed = new CompressedTensorsLayout();
    damaged(packed, four, Damage.without(DOWN + ".weight_zero_point"), "symmetric false");
    damaged(packed, four, Damage.config("\"group_size\" : 32", "\"group_size\" : 64"), "64");
    damaged(
        packed,
        four,
        Damage.config("\"group_size\" : 32", "\"actorder\" : \"group\", \"group_size\" : 32"),
        "g_idx");
    damaged(
        new GptqLayout(1),
        four.symmetric(),
        Damage.config("\"checkpoint_format\" : \"gptq\"", "\"checkpoint_format\" : \"gptq_v2\""),
        "zero point 7",
        "checkpoint_format");
    damaged(
        new AwqLayout(),
        four,
        Damage.config("\"group_size\" : 32", "\"group_size\" : 128"),
        "group_size 128");
  }

  @Test
  void inputsThatOnlySomeLayersRoundAreRefused() throws IOException {
    Rtn halves = Rtn.of(NumberFormat.MXFP4).inputBits(4);
    FloatLayout layout = new FloatLayout(NumberFormat.Kind.MXFP4, halves.inputs());
    Path folder = scratch.resolve("some");
    PackedFolder.write(
        new BlockByBlock().compress(dense, halves, Device.cpu(), Progress.NONE), layout, folder);
    Checkpoint read = Checkpoint.open(folder);
    Map<String, TensorBytes> tensors = new TreeMap<>();
    TensorSource stored = Safetensors.open(folder);
    String left = "model.layers.1.self_attn.o_proj.weight";
    for (String name : stored.names()) {
      if (!name.startsWith(left)) {
        Shape shape = stored.shape(name);
        tensors.put(
            name,
            shape.dimension() == 2 && stored.storage(name) == StorageType.U8
                ? TensorBytes.bytes(StorageType.U8, shape, codes(stored.values(name)))
                : TensorBytes.float32(shape, () -> stored.values(name)));
      }
    }
    tensors.put(
        left, TensorBytes.float32(read.tensors().shape(left), () -> read.tensors().values(left)));
    Path file = folder.resolve("model.safetensors");
    SafetensorsWriter.write(folder.resolve("other.safetensors"), tensors);
    Files.move(folder.resolve("other.safetensors"), file, StandardCopyOption.REPLACE_EXISTING);
    assertThatThrownBy(() -> Checkpoint.open(folder))
        .hasMessageContainingAll(left, "rounds the inputs of all linear layers or of none");
  }

  private static byte[] codes(float[] values) {
    byte[] codes = new byte[values.length];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = (byte) (int) values[i];
    }
    return codes;
  }

  private void refused(String section, String... says) throws IOException {
    Path folder = Files.createTempDirectory(scratch, "refused");
    try (Stream<Path> files = Files.list(dense.path())) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName().toString()));
      }
    }
    Path config = folder.resolve("config.json");
    String json = Files.readString(config).strip();
    Files.writeString(
        config,
        json.substring(0, json.length() - 1) + ", \"quantization_config\": " + section + "}");
    assertThatThrownBy(() -> Checkpoint.open(folder)).hasMessageContainingAll(says);
  }

  @Test
  void fp8InputsAreRoundedToTheNearestNumber() {
    try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
      // the scale is 1, because the largest value is 448; 17 lies between 16 and 18, and 16 is even
      NDArray x =
          manager.create(new float[] {448, 17, -19, 0.3f, 0.0009765625f, 0.003f, 440, 1.0625f});
      assertThat(TokenGrid.FP8.round(x).toFloatArray())
          .containsExactly(448, 16, -20, 0.3125f, 0, 0.00390625f, 448, 1);
    }
  }
}
