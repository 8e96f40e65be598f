package tare.model;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import tare.format.Gguf;

/**
 * Builds the {@code tokenizer.json} of a GGUF file: byte-level BPE ({@code tokenizer.ggml.model} is
 * gpt2) from the file's tokens, merges and kind of pre-tokenizer; or SentencePiece's BPE (llama)
 * from tokens and scores, as {@code transformers} does. What a file leaves out is as in llama.cpp.
 */
public final class GgufTokenizer {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String MODEL = "tokenizer.ggml.model";
  private static final String TOKENS = "tokenizer.ggml.tokens";
  private static final String TYPES = "tokenizer.ggml.token_type";
  private static final String SCORES = "tokenizer.ggml.scores";
  private static final String SPACE = "\u2581"; // SentencePiece's letter for a space
  private static final long NORMAL = 1;
  private static final long UNKNOWN = 2;
  private static final long CONTROL = 3;
  private static final long USER_DEFINED = 4;
  private static final long BYTE = 6;
  private static final Set<String> ENDS =
      Set.of(
          "<|endoftext|>",
          "<|end_of_text|>",
          "<|im_end|>",
          "<|eot_id|>",
          "<|eom_id|>",
          "<|end|>",
          "<end_of_turn>",
          "<EOT>",
          "_<EOT>",
          "[EOS]",
          "<eos>",
          "</s>");
  // No published SentencePiece token is longer than 48 letters.
  private static final int LONGEST_PIECE = 1000;

  private GgufTokenizer() {}

  /**
   * Builds the content of a {@code tokenizer.json}.
   *
   * @throws IllegalArgumentException if the file has another kind of tokenizer, its pre-tokenizer
   *     is unknown, or its lists contradict each other; the message names file and field
   */
  public static String json(Gguf gguf) {
    ObjectNode json = JSON.createObjectNode();
    json.put("version", "1.0").putNull("truncation").putNull("padding");
    ObjectNode model = json.putObject("model");
    model.put("type", "BPE").putNull("dropout").putNull("unk_token");
    model.putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
    List<String> tokens = tokens(gguf);
    List<Long> types = types(gguf, tokens.size());
    Map<String, Integer> ids = ids(gguf, tokens);
    boolean begins;
    if (sentencePiece(gguf)) {
      begins = true;
      pieces(gguf, json);
      model.put("unk_token", tokens.get(special(gguf, "unknown").orElseThrow()));
      model.put("fuse_unk", true).put("byte_fallback", true).put("ignore_merges", false);
      model.set("merges", merges(gguf, tokens, types, ids));
    } else {
      GgufPreTokenizer kind = GgufPreTokenizer.of(gguf);
      begins = kind.special();
      kind.write(json);
      GgufPreTokenizer.byteLevel(json.putObject("decoder"));
      model.put("fuse_unk", false).put("byte_fallback", false);
      model.put("ignore_merges", kind.special());
      ArrayNode merges = model.putArray("merges");
      gguf.list("tokenizer.ggml.merges", String.class).forEach(merges::add);
    }
    if (gguf.metadata().get("tokenizer.ggml.add_bos_token") instanceof Boolean asked) {
      begins = asked;
    }
    postProcessor(gguf, json, begins);
    ids.forEach(model.putObject("vocab")::put);
    added(json.putArray("added_tokens"), tokens, types);
    return json.toString();
  }

  /**
   * The id of a special token: the file's, else the one that llama.cpp takes for a tokenizer of
   * SentencePiece.
   *
   * @param role {@code bos}, {@code eos} or {@code unknown}
   * @return empty if the file names none and there is no default
   * @throws IllegalArgumentException if the file names an id beyond its list of tokens
   */
  static OptionalInt special(Gguf gguf, String role) {
    String field = "tokenizer.ggml." + role + "_token_id";
    boolean named = gguf.metadata().containsKey(field);
    Integer usual = Map.of("unknown", 0, "bos", 1, "eos", 2).get(role);
    if (!named && (usual == null || !sentencePiece(gguf))) {
      return OptionalInt.empty();
    }
    long id = named ? gguf.number(field) : usual;
    int count = gguf.list(TOKENS, String.class).size();
    if (id < 0 || id >= count) {
      throw broken(gguf, field, "names token " + id + ", but the file has " + count + " tokens");
    }
    return OptionalInt.of((int) id);
  }

  /**
   * The tokens that end a text, much as in llama.cpp: those that the file names as the end of a
   * text, a turn or a message, and control tokens with a name that published models give to such a
   * token. (llama.cpp also takes such a name where the token is no control token, and some tokens
   * of code that is filled in.)
   *
   * @throws IllegalArgumentException if the file names an id beyond its list of tokens
   */
  static Set<Integer> ends(Gguf gguf) {
    Set<Integer> ends = new LinkedHashSet<>();
    for (String role : List.of("eos", "eot", "eom")) {
      special(gguf, role).ifPresent(ends::add);
    }
    if (gguf.metadata().containsKey(TOKENS)) {
      List<String> tokens = gguf.list(TOKENS, String.class);
      List<Long> types = types(gguf, tokens.size());
      for (int id = 0; id < tokens.size(); id++) {
        if (types.get(id) == CONTROL && ENDS.contains(tokens.get(id))) {
          ends.add(id);
        }
      }
    }
    return Collections.unmodifiableSet(ends);
  }

  /**
   * The text of a special token, as chat templates name it.
   *
   * @param role {@code bos} or {@code eos}
   * @return empty text if the file names none
   * @throws IllegalArgumentException if the file names an id beyond its list of tokens
   */
  public static String specialText(Gguf gguf, String role) {
    OptionalInt id = special(gguf, role);
    return id.isPresent() ? gguf.list(TOKENS, String.class).get(id.getAsInt()) : "";
  }

  private static boolean sentencePiece(Gguf gguf) {
    String model = gguf.metadata().containsKey(MODEL) ? gguf.text(MODEL) : "gpt2";
    if (!model.equals("gpt2") && !model.equals("llama")) {
      throw broken(
          gguf,
          MODEL,
          "is \""
              + model
              + "\"; gpt2 (byte-level BPE) and llama (SentencePiece) can be rebuilt. Take the model"
              + " as a folder with tokenizer.json instead");
    }
    return model.equals("llama");
  }

  private static List<String> tokens(Gguf gguf) {
    List<String> tokens = new ArrayList<>(gguf.list(TOKENS, String.class));
    if (tokens.isEmpty()) {
      throw broken(gguf, TOKENS, "is empty");
    }
    for (int id = 0; id < tokens.size(); id++) {
      if (tokens.get(id).isEmpty()) {
        tokens.set(id, "[EMPTY_" + id + "]");
      }
    }
    return tokens;
  }

  private static List<Long> types(Gguf gguf, int count) {
    if (!gguf.metadata().containsKey(TYPES)) {
      return Collections.nCopies(count, NORMAL);
    }
    return perToken(gguf, TYPES, Long.class, count);
  }

  private static <T> List<T> perToken(Gguf gguf, String field, Class<T> type, int count) {
    if (gguf.metadata().get(field) instanceof List<?> list && list.size() != count) {
      throw broken(gguf, field, "has " + list.size() + " entries for " + count + " tokens");
    }
    return gguf.list(field, type);
  }

  private static Map<String, Integer> ids(Gguf gguf, List<String> tokens) {
    Map<String, Integer> ids = new LinkedHashMap<>();
    for (int id = 0; id < tokens.size(); id++) {
      Integer other = ids.putIfAbsent(tokens.get(id), id);
      if (other != null) {
        throw broken(
            gguf,
            TOKENS,
            "tokens " + other + " and " + id + " are both \"" + tokens.get(id) + "\"");
      }
    }
    return ids;
  }

  private static void added(ArrayNode added, List<String> tokens, List<Long> types) {
    for (int id = 0; id < tokens.size(); id++) {
      long type = types.get(id);
      if (type == CONTROL || type == USER_DEFINED || type == UNKNOWN) {
        added
            .addObject()
            .put("id", id)
            .put("content", tokens.get(id))
            .put("special", type != USER_DEFINED)
            .put("single_word", false)
            .put("lstrip", false)
            .put("rstrip", false)
            .put("normalized", false);
      }
    }
  }

  /** Adds the token that begins a text. */
  private static void postProcessor(Gguf gguf, ObjectNode json, boolean begins) {
    if (!begins) {
      json.putNull("post_processor");
      return;
    }
    OptionalInt first = special(gguf, "bos");
    if (first.isEmpty()) {
      throw broken(
          gguf, "tokenizer.ggml.bos_token_id", "is missing, but texts begin with that token");
    }
    int id = first.getAsInt();
    String token = tokens(gguf).get(id);
    ObjectNode template = json.putObject("post_processor").put("type", "TemplateProcessing");
    ArrayNode single = template.putArray("single");
    single.addObject().putObject("SpecialToken").put("id", token).put("type_id", 0);
    single.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
    template.putArray("pair").addAll(single.deepCopy());
    template.withArray("pair").addObject().putObject("Sequence").put("id", "B").put("type_id", 1);
    ObjectNode special = template.putObject("special_tokens").putObject(token).put("id", token);
    special.putArray("ids").add(id);
    special.putArray("tokens").add(token);
  }

  /** Writes how SentencePiece treats spaces: a letter of their own, and one before the text. */
  private static void pieces(Gguf gguf, ObjectNode json) {
    boolean spaceFirst =
        !Boolean.FALSE.equals(gguf.metadata().get("tokenizer.ggml.add_space_prefix"));
    ArrayNode before = json.putObject("normalizer").put("type", "Sequence").putArray("normalizers");
    if (spaceFirst) {
      before.addObject().put("type", "Prepend").put("prepend", SPACE);
    }
    replace(before, " ", SPACE);
    json.putNull("pre_tokenizer");
    ArrayNode after = json.putObject("decoder").put("type", "Sequence").putArray("decoders");
    replace(after, SPACE, " ");
    after.addObject().put("type", "ByteFallback");
    after.addObject().put("type", "Fuse");
    if (spaceFirst) {
      after.addObject().put("type", "Strip").put("content", " ").put("start", 1).put("stop", 0);
    }
  }

  private static void replace(ArrayNode steps, String from, String to) {
    ObjectNode step = steps.addObject().put("type", "Replace").put("content", to);
    step.putObject("pattern").put("String", from);
  }

  /**
   * The merges that follow from scores: each token is made of any two others that spell it, those
   * of the highest score first.
   */
  private static ArrayNode merges(
      Gguf gguf, List<String> tokens, List<Long> types, Map<String, Integer> ids) {
    List<Number> scores = perToken(gguf, SCORES, Number.class, tokens.size());
    Map<String, Double> pieces = new HashMap<>();
    ids.forEach(
        (token, id) -> {
          long type = types.get(id);
          if (type != CONTROL && type != BYTE && type != UNKNOWN) {
            pieces.put(token, scores.get(id).doubleValue());
          }
        });
    record Merge(String left, String right, double score, double leftScore, double rightScore) {}
    List<Merge> merges = new ArrayList<>();
    for (String token : tokens) {
      if (!pieces.containsKey(token)) {
        continue;
      }
      if (token.length() > LONGEST_PIECE) {
        throw broken(
            gguf,
            TOKENS,
            "token "
                + ids.get(token)
                + " has "
                + token.length()
                + " letters; at most "
                + LONGEST_PIECE
                + " are allowed");
      }
      for (int at = 1; at < token.length(); at++) {
        String left = token.substring(0, at);
        String right = token.substring(at);
        if (pieces.containsKey(left) && pieces.containsKey(right)) {
          merges.add(
              new Merge(left, right, pieces.get(token), pieces.get(left), pieces.get(right)));
        }
      }
    }
    // Tokens of one score stay in the order of their ids.
    merges.sort(
        Comparator.comparingDouble(Merge::score)
            .reversed()
            .thenComparing(merge -> ids.get(merge.left() + merge.right()))
            .thenComparing(Comparator.comparingDouble(Merge::leftScore).reversed())
            .thenComparing(Comparator.comparingDouble(Merge::rightScore).reversed()));
    ArrayNode pairs = JSON.createArrayNode();
    merges.forEach(merge -> pairs.addArray().add(merge.left()).add(merge.right()));
    return pairs;
  }

  private static IllegalArgumentException broken(Gguf gguf, String field, String what) {
    return new IllegalArgumentException(gguf.file() + ": metadata field " + field + " " + what);
  }
}
