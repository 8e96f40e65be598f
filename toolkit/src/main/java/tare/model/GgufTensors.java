package tare.model;

import ai.djl.ndarray.types.Shape;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import tare.format.Gguf;
import tare.format.TensorSource;

/**
 * The tensors of a GGUF file under their Hugging Face names and in their order of rows; a tensor
 * that has no counterpart keeps its name. Files of the architecture {@code llama} store the rows of
 * q and k so that rotary pairs are neighbours (2i, 2i + 1); here they are put back to halves (i, i
 * + d/2).
 */
final class GgufTensors implements TensorSource {

  /** A table of rotary factors, which {@link GgufConfig} reads. */
  static final String ROTARY_FACTORS = "rope_freqs.weight";

  private static final Map<Part, String> STORED =
      new EnumMap<>(
          Map.ofEntries(
              Map.entry(Part.EMBEDDING, "token_embd"),
              Map.entry(Part.LAST_NORM, "output_norm"),
              Map.entry(Part.HEAD, "output"),
              Map.entry(Part.ATTENTION_NORM, "blk.%d.attn_norm"),
              Map.entry(Part.Q, "blk.%d.attn_q"),
              Map.entry(Part.K, "blk.%d.attn_k"),
              Map.entry(Part.V, "blk.%d.attn_v"),
              Map.entry(Part.Q_NORM, "blk.%d.attn_q_norm"),
              Map.entry(Part.K_NORM, "blk.%d.attn_k_norm"),
              Map.entry(Part.O, "blk.%d.attn_output"),
              Map.entry(Part.MLP_NORM, "blk.%d.ffn_norm"),
              Map.entry(Part.GATE, "blk.%d.ffn_gate"),
              Map.entry(Part.UP, "blk.%d.ffn_up"),
              Map.entry(Part.DOWN, "blk.%d.ffn_down")));

  private final Gguf gguf;
  private final ModelConfig config;
  private final Map<String, String> storedNames = new LinkedHashMap<>();

  GgufTensors(Gguf gguf, ModelConfig config) {
    this.gguf = gguf;
    this.config = config;
    Map<String, String> names = new LinkedHashMap<>();
    Architecture architecture = config.architecture();
    STORED.forEach(
        (part, stored) -> {
          for (int block = 0; block < (stored.contains("%d") ? config.blocks() : 1); block++) {
            String name = stored.replace("%d", Integer.toString(block));
            names.put(name + ".weight", architecture.weight(part, block));
            names.put(name + ".bias", architecture.bias(part, block));
          }
        });
    for (String stored : gguf.tensors().names()) {
      if (!stored.equals(ROTARY_FACTORS)) {
        storedNames.put(names.getOrDefault(stored, stored), stored);
      }
    }
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
  public float[] values(String name) {
    float[] values = gguf.tensors().values(stored(name));
    boolean queries = name.contains(".q_proj.");
    boolean neighbours = config.architecture().family().equals("llama");
    return neighbours && (queries || name.contains(".k_proj."))
        ? halves(values, queries ? config.heads() : config.keyValueHeads())
        : values;
  }

  private String stored(String name) {
    String stored = storedNames.get(name);
    if (stored == null) {
      throw new IllegalArgumentException(gguf.file() + ": tensor " + name + " is missing");
    }
    return stored;
  }

  /** Rows (head, i, half) to rows (head, half, i); a row is all values that share one output. */
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
