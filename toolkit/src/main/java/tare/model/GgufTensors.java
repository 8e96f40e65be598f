package tare.model;

import ai.djl.ndarray.types.Shape;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tare.format.Gguf;
import tare.format.TensorSource;
import tare.tensor.StorageType;

/**
 * Reads the tensors of a GGUF file under their Hugging Face names and with their rows in Hugging
 * Face order. A tensor without a counterpart keeps its name.
 *
 * <p>Files of the architecture {@code llama} store the rows of q and k so that rotary pairs are
 * neighbours (2i, 2i + 1). This class restores the order in which a pair is (i, i + d/2).
 */
final class GgufTensors implements TensorSource {

  /** Name of a table of rotary factors, which {@link GgufConfig} reads. */
  static final String ROTARY_FACTORS = "rope_freqs.weight";

  private static final Pattern IN_BLOCK =
      Pattern.compile("blk\\.(\\d{1,6})\\.(\\w+)\\.(weight|bias)");
  private static final Map<String, ModelPart> ENDS =
      named(EnumSet.of(ModelPart.EMBEDDING, ModelPart.LAST_NORM, ModelPart.HEAD));
  private static final Map<String, ModelPart> PARTS_OF_BLOCK =
      named(EnumSet.complementOf(EnumSet.copyOf(ENDS.values())));

  private static final String QUERIES = ".q_proj.";
  private static final String KEYS = ".k_proj.";

  private final Gguf gguf;
  private final ModelConfig config;
  private final Map<String, String> storedNames = new LinkedHashMap<>();

  GgufTensors(Gguf gguf, ModelConfig config) {
    this.gguf = gguf;
    this.config = config;
    for (String stored : gguf.tensors().names()) {
      if (!stored.equals(ROTARY_FACTORS)) {
        storedNames.put(name(stored), stored);
      }
    }
  }

  /** Parts by their names in GGUF. */
  private static Map<String, ModelPart> named(Set<ModelPart> parts) {
    Map<String, ModelPart> named = new HashMap<>();
    parts.forEach(part -> part.inGguf().ifPresent(name -> named.put(name, part)));
    return named;
  }

  private String name(String stored) {
    Architecture architecture = config.architecture();
    Matcher inBlock = IN_BLOCK.matcher(stored);
    if (inBlock.matches() && PARTS_OF_BLOCK.containsKey(inBlock.group(2))) {
      ModelPart part = PARTS_OF_BLOCK.get(inBlock.group(2));
      int block = Integer.parseInt(inBlock.group(1));
      return inBlock.group(3).equals("bias")
          ? architecture.bias(part, block)
          : architecture.weight(part, block);
    }
    ModelPart end = ENDS.get(stored.replaceFirst("\\.weight$", ""));
    return end != null && stored.endsWith(".weight") ? architecture.weight(end) : stored;
  }

  @Override
  public Set<String> names() {
    return storedNames.keySet();
  }

  @Override
  public Shape shape(String name) {
    return gguf.tensors().shape(stored(name));
  }

  @Override
  public float[] rows(String name, int[] rows) {
    return pairsApart(name)
        ? TensorSource.super.rows(name, rows)
        : gguf.tensors().rows(stored(name), rows);
  }

  @Override
  public float[] values(String name) {
    float[] values = gguf.tensors().values(stored(name));
    return pairsApart(name)
        ? halves(values, name.contains(QUERIES) ? config.heads() : config.keyValueHeads())
        : values;
  }

  /** Whether the file stores the rows of this tensor in another order. */
  private boolean pairsApart(String name) {
    return config.architecture().family().equals("llama")
        && (name.contains(QUERIES) || name.contains(KEYS));
  }

  @Override
  public StorageType storage(String name) {
    return gguf.tensors().storage(stored(name));
  }

  private String stored(String name) {
    String stored = storedNames.get(name);
    if (stored == null) {
      throw new IllegalArgumentException(gguf.file() + ": tensor " + name + " is missing");
    }
    return stored;
  }

  /**
   * Reorders rows (head, i, half) to rows (head, half, i). A row holds all values of one output.
   */
  private float[] halves(float[] values, int heads) {
    int half = config.headWidth() / 2;
    int rowLength = values.length / (heads * 2 * half);
    float[] result = new float[values.length];
    for (int head = 0; head < heads; head++) {
      for (int i = 0; i < half; i++) {
        for (int side = 0; side < 2; side++) {
          int from = (head * half + i) * 2 + side;
          int to = (head * 2 + side) * half + i;
          System.arraycopy(values, from * rowLength, result, to * rowLength, rowLength);
        }
      }
    }
    return result;
  }
}
