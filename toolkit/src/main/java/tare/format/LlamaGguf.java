package tare.format;

import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The tensors of a GGUF file of a LLaMA-architecture model, under their Hugging Face names and in
 * their order of rows. GGUF stores the rows of q and k so that rotary pairs are neighbours (2i, 2i
 * + 1); here they are put back to halves (i, i + d/2).
 */
public final class LlamaGguf implements TensorSource {

  private static final Pattern BLOCK = Pattern.compile("blk\\.(\\d+)\\.(.+)\\.(weight|bias)");
  private static final Map<String, String> IN_BLOCK =
      Map.of(
          "attn_norm", "input_layernorm",
          "attn_q", "self_attn.q_proj",
          "attn_k", "self_attn.k_proj",
          "attn_v", "self_attn.v_proj",
          "attn_output", "self_attn.o_proj",
          "ffn_norm", "post_attention_layernorm",
          "ffn_gate", "mlp.gate_proj",
          "ffn_up", "mlp.up_proj",
          "ffn_down", "mlp.down_proj");
  private static final Map<String, String> OUTSIDE =
      Map.of(
          "token_embd.weight", "model.embed_tokens.weight",
          "output_norm.weight", "model.norm.weight",
          "output.weight", "lm_head.weight");

  private final Gguf gguf;
  private final Map<String, String> storedNames = new LinkedHashMap<>();

  /** Names the tensors of a file; those that have no counterpart (rotary tables) are left out. */
  public LlamaGguf(Gguf gguf) {
    this.gguf = gguf;
    for (String stored : gguf.tensors().names()) {
      huggingFaceName(stored).ifPresent(name -> storedNames.put(name, stored));
    }
  }

  private static Optional<String> huggingFaceName(String stored) {
    Matcher block = BLOCK.matcher(stored);
    if (block.matches() && IN_BLOCK.containsKey(block.group(2))) {
      return Optional.of(
          "model.layers."
              + block.group(1)
              + "."
              + IN_BLOCK.get(block.group(2))
              + "."
              + block.group(3));
    }
    return Optional.ofNullable(OUTSIDE.get(stored));
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
    if (name.contains(".q_proj.")) {
      return halves(values, (int) gguf.number("llama.attention.head_count"));
    }
    if (name.contains(".k_proj.")) {
      return halves(values, (int) gguf.number("llama.attention.head_count_kv"));
    }
    return values;
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
    int half =
        (int) gguf.number("llama.embedding_length")
            / (int) gguf.number("llama.attention.head_count")
            / 2;
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
