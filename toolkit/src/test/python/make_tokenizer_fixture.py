"""Writes GGUF files with small byte-level BPE tokenizers, the ids that a reference gives, and a tiny model's logits.

    pip install torch transformers accelerate tokenizers gguf sentencepiece
    python toolkit/src/test/python/make_tokenizer_fixture.py

Writes to toolkit/src/test/resources/tokenizer/:
  smollm.gguf    tokenizer.ggml.pre = smollm, and a random LLaMA model (Q8_0, F16 and F32 tensors; q and k permuted for
                 interleaved rotary, as llama.cpp's converter does)
  qwen2.gguf     tokenizer.ggml.pre = qwen2, and a random Qwen2 model (Q5_0, Q8_0, F16 and F32 tensors; biases on q, k, v;
                 q and k not permuted)
  llama.gguf     tokenizer.ggml.model = llama: a SentencePiece model with byte fallback; sizes, no model
  scaled.gguf    sizes of a LLaMA model and the rotary factors of Llama 3.1; no other tensors, no tokenizer
  expected.json  for each: a list of {text, ids, decoded, places}, from `tokenizers` with the published pre-tokenizer of
                 the family; the texts of special tokens become those tokens; nothing is added before or after. For
                 llama: by transformers (gguf_file=...), which is checked against sentencepiece where a text has no
                 special token. places has the first character and the end of each token, one after another, counted
                 in UTF-16 units as Java does
  logits.json    for each model: [{tokens, logits [n][vocabulary]}], by transformers (gguf_file=...) in float32
"""

import io
import json
from pathlib import Path

import numpy as np
import sentencepiece
import torch
from gguf import GGMLQuantizationType, GGUFWriter, TokenType
from gguf.quants import quantize
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

RESOURCES = Path(__file__).resolve().parents[1] / "resources" / "tokenizer"
CONTROL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
USER_DEFINED = "<tool_call>"
MERGES = 300

QWEN2_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)

LEARNED_FROM = """
The miller's daughter counted the sacks twice: 12 in the loft, 7 by the door, 19 in all. She'd never trusted the
ledger, and it wasn't the first time that the numbers didn't agree. "We'll weigh them again," she said, "and then
we'll know." In 1999 they had weighed 1912 sacks, in 1998 only 1212. Outside, the river was low; the wheel turned slowly, and there was time enough to think about the winter.

    def weigh(sacks):
        total = 0
        for sack in sacks:
            total += sack.weight
        return total

public static int weigh(List<Sack> sacks) {
\tint total = 0;
\tfor (Sack sack : sacks) {
\t\ttotal += sack.weight();
\t}
\treturn total;
}

if (sack.weight() > heaviest.weight()) { heaviest = sack; }  // sack.weight() and heaviest.weight() in kg
MILL RULES: DON'T RUN. DON'T SMOKE. WE'LL ASK YOU TO LEAVE, AND YOU'LL GO.

Мельник пересчитал мешки и записал их число. Der Müller zählte die Säcke noch einmal. Le meunier a compté les sacs à côté
de l'écluse. 粉屋は袋を数えた。 η μυλωνού μέτρησε τα σακιά.
"""

TEXTS = [
    "",
    "Hello, world!",
    "The miller's daughter counted the sacks.",
    "I'll say we're late; they'd know it's o'clock. DON'T SHOUT, I'LL WAIT, WE'RE HERE.",
    "In 1999 there were 12345.678 items, 50% of 3/4.",
    "a1b22c333",
    "²³ ½ Ⅷ ٣٤ １２",
    " leading space",
    "   three leading spaces",
    "trailing space ",
    "trailing spaces   ",
    "two  inner  spaces and   three",
    "\n",
    "\n\n\nthree lines down",
    "ends with lines\n\n",
    "one\r\ntwo\r\n\r\nthree",
    "tab\tseparated\t\tvalues",
    " \t mixed \n  white \t\n space ",
    "def weigh(sacks):\n    total = 0\n    for sack in sacks:\n        total += sack.weight\n    return total\n",
    "public int f(int[] a) {\n\treturn a[0]++ != 1 ? -1 : 0;  // \"note\"\n}\n",
    "x=1;y==2&&!z||w<<3>>=4",
    "https://example.org/path?q=a_b&c=%20#d",
    "Мельник пересчитал 3 мешка.",
    "粉屋は袋を12個数えた。",
    "الطاحونة على النهر",
    "हिन्दी में लिखा",
    "한국어 문장",
    "naïve café, Säcke",
    "cafe\u0301 decomposed, A\u030a, \u1112\u1161\u11ab",
    "emoji 🙂👩‍🚀🇫🇷 and ☕️",
    "no\u00a0break\u2003space\u200bzero\u3000ideographic",
    "“quoted” — dashes… and ‘single’",
    "<|im_start|>user\nHow many sacks?<|im_end|>\n<|im_start|>assistant\n",
    "text<|endoftext|>text",
    " <|im_end|> ",
    "<|endoftext|><|endoftext|>",
    "<|im_start|",
    "<|im_sta <|IM_START|> <| endoftext |>",
    "<tool_call>{\"name\": \"weigh\"}<tool_call>",
    "Hi 🙂, 日本 né <|im_end|>\n  end",
    "<|im_start|>user\n🙂🙂 n\u00e9e ne\u0301e?<|im_end|>\n<|im_start|>assistant\n  日本 — “né” 🇫🇷<|im_end|>\n",
    "\U00020bb7野家\u200b\t𝒳𝒴 x\u0301\r\n\u00a0<|endoftext|>🙂",
]


def smollm() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Digits(individual_digits=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
        ]
    )
    return tokenizer


def qwen2() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(QWEN2_WORDS), behavior="isolated", invert=False),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    return tokenizer


def trained(tokenizer: Tokenizer) -> Tokenizer:
    """Learns merges on looser words (spaces and all that follows), so that a wrong pre-tokenizer gives other ids."""
    right = tokenizer.pre_tokenizer
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\s*\S+"), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=len(CONTROL) + 256 + MERGES,
        special_tokens=CONTROL,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator([LEARNED_FROM], trainer)
    tokenizer.pre_tokenizer = right
    tokenizer.add_tokens([AddedToken(USER_DEFINED, normalized=False)])
    return tokenizer


def writer(name: str, architecture: str, tokenizer: Tokenizer) -> GGUFWriter:
    """A GGUF writer that has the tokenizer and the sizes of the model."""
    size = tokenizer.get_vocab_size()
    gguf = GGUFWriter(RESOURCES / f"{name}.gguf", architecture)
    gguf.add_name(f"tare tiny {name}")
    gguf.add_tokenizer_model("gpt2")
    gguf.add_tokenizer_pre(name)
    tokens = [tokenizer.id_to_token(i) for i in range(size)]
    gguf.add_token_list(tokens)
    types = {**dict.fromkeys(CONTROL, TokenType.CONTROL), USER_DEFINED: TokenType.USER_DEFINED}
    gguf.add_token_types([types.get(token, TokenType.NORMAL) for token in tokens])
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    gguf.add_token_merges([" ".join(merge) for merge in merges])
    gguf.add_bos_token_id(0)
    gguf.add_eos_token_id(2)
    gguf.add_pad_token_id(0)
    gguf.add_add_bos_token(False)
    gguf.add_vocab_size(size)
    return gguf


def permuted(weight: np.ndarray, heads: int) -> np.ndarray:
    """Rows of q or k [heads * d, in] from halves side by side to pairs side by side, head by head."""
    rows, columns = weight.shape
    return weight.reshape(heads, 2, rows // heads // 2, columns).swapaxes(1, 2).reshape(rows, columns)


def add_sizes(gguf: GGUFWriter, width: int, hidden: int, heads: int, shared: int) -> None:
    gguf.add_block_count(2)
    gguf.add_context_length(128)
    gguf.add_embedding_length(width)
    gguf.add_feed_forward_length(hidden)
    gguf.add_head_count(heads)
    gguf.add_head_count_kv(shared)
    gguf.add_layer_norm_rms_eps(1e-5)
    gguf.add_rope_dimension_count(width // heads)


def add_model(gguf: GGUFWriter, vocabulary: int, permute: bool, biased: bool, kind: GGMLQuantizationType) -> None:
    """Two random blocks, width 32, 4 heads over 2, tied embedding; written as the kind, Q8_0, F16 or F32."""
    width, hidden, heads, shared = 32, 64, 4, 2
    add_sizes(gguf, width, hidden, heads, shared)
    gguf.add_rope_freq_base(20000.0)
    random = np.random.default_rng(5)

    def add(name: str, rows: int, columns: int, kind: GGMLQuantizationType, order=lambda weight: weight) -> None:
        weight = order(random.normal(0, 0.3, (rows, columns)).astype(np.float32))
        gguf.add_tensor(name, quantize(weight, kind), raw_dtype=kind)

    def order(heads: int):
        return (lambda weight: permuted(weight, heads)) if permute else (lambda weight: weight)

    def bias(name: str, size: int) -> None:
        if biased:
            gguf.add_tensor(name, random.normal(0, 0.3, size).astype(np.float32))

    def norm(name: str) -> None:
        gguf.add_tensor(name, random.uniform(0.5, 1.5, width).astype(np.float32))

    q8, f16, f32 = GGMLQuantizationType.Q8_0, GGMLQuantizationType.F16, GGMLQuantizationType.F32
    add("token_embd.weight", vocabulary, width, q8)
    norm("output_norm.weight")
    kv_rows = width // heads * shared
    for block in range(2):
        norm(f"blk.{block}.attn_norm.weight")
        add(f"blk.{block}.attn_q.weight", width, width, q8, order(heads))
        bias(f"blk.{block}.attn_q.bias", width)
        add(f"blk.{block}.attn_k.weight", kv_rows, width, f16, order(shared))
        bias(f"blk.{block}.attn_k.bias", kv_rows)
        add(f"blk.{block}.attn_v.weight", kv_rows, width, f32)
        bias(f"blk.{block}.attn_v.bias", kv_rows)
        add(f"blk.{block}.attn_output.weight", width, width, q8)
        norm(f"blk.{block}.ffn_norm.weight")
        add(f"blk.{block}.ffn_gate.weight", hidden, width, kind)
        add(f"blk.{block}.ffn_up.weight", hidden, width, f16)
        add(f"blk.{block}.ffn_down.weight", width, hidden, q8)


def write(gguf: GGUFWriter) -> None:
    gguf.write_header_to_file()
    gguf.write_kv_data_to_file()
    gguf.write_tensors_to_file()
    gguf.close()


def write_scaled() -> None:
    """The sizes of Llama 3.1 8B's heads; factors as llama.cpp's converter writes them, from transformers' frequencies."""
    config = LlamaConfig(
        hidden_size=512, num_attention_heads=4, max_position_embeddings=131072,
        rope_parameters=dict(rope_type="llama3", rope_theta=500000.0, factor=8.0, low_freq_factor=1.0,
                             high_freq_factor=4.0, original_max_position_embeddings=8192))
    frequencies, _ = ROPE_INIT_FUNCTIONS["llama3"](config, "cpu")
    plain = 500000.0 ** (-torch.arange(0, 128, 2, dtype=torch.float64) / 128)
    gguf = GGUFWriter(RESOURCES / "scaled.gguf", "llama")
    add_sizes(gguf, 512, 64, 4, 4)
    gguf.add_rope_freq_base(500000.0)
    gguf.add_tensor("rope_freqs.weight", (plain / frequencies).numpy().astype(np.float32))
    gguf.add_tensor("token_embd.weight", np.zeros((2, 512), dtype=np.float32))
    write(gguf)


LLAMA_CONTROL, LLAMA_USER_DEFINED = "<|im_end|>", "[INST]"
LLAMA_TEXTS = ["<s>The mill", "text</s> more", "<unk> x", "<0x41> \u2581x"]  # transformers passes over user-defined tokens


def pieces() -> sentencepiece.SentencePieceProcessor:
    """As LLaMA's: BPE, single digits, byte fallback, a space before the text, no normalization."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([line for line in LEARNED_FROM.split("\n") if line]), model_writer=model,
        model_type="bpe", vocab_size=600, byte_fallback=True, split_digits=True, character_coverage=0.995,
        normalization_rule_name="identity", remove_extra_whitespaces=False, allow_whitespace_only_pieces=True,
        user_defined_symbols=[LLAMA_USER_DEFINED], control_symbols=[LLAMA_CONTROL], num_threads=1, minloglevel=2)
    return sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())


def write_pieces(model: sentencepiece.SentencePieceProcessor) -> None:
    def kind(i: int) -> TokenType:
        if model.id_to_piece(i) == LLAMA_USER_DEFINED:
            return TokenType.USER_DEFINED
        return (TokenType.UNKNOWN if model.is_unknown(i) else TokenType.CONTROL if model.is_control(i)
                else TokenType.BYTE if model.is_byte(i) else TokenType.NORMAL)

    size = range(model.vocab_size())
    gguf = GGUFWriter(RESOURCES / "llama.gguf", "llama")
    gguf.add_tokenizer_model("llama")
    gguf.add_token_list([model.id_to_piece(i) for i in size])
    gguf.add_token_scores([model.get_score(i) for i in size])
    gguf.add_token_types([kind(i) for i in size])
    gguf.add_bos_token_id(1)
    gguf.add_eos_token_id(2)
    gguf.add_unk_token_id(0)
    gguf.add_add_bos_token(True)
    gguf.add_add_space_prefix(True)
    add_sizes(gguf, 32, 64, 4, 4)
    gguf.add_tensor("token_embd.weight", np.zeros((1, 32), dtype=np.float32))
    write(gguf)


def expected_pieces(model: sentencepiece.SentencePieceProcessor) -> list[dict]:
    tokenizer = AutoTokenizer.from_pretrained(RESOURCES, gguf_file="llama.gguf")
    special = ["<s>", "</s>", "<unk>", LLAMA_CONTROL, LLAMA_USER_DEFINED]
    cases = []
    for text in TEXTS + LLAMA_TEXTS:
        encoding = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        ids = encoding["input_ids"]
        if not any(token in text for token in special) and ids != model.encode(text):
            raise SystemExit(f"transformers and sentencepiece differ on {text!r}: {ids}, {model.encode(text)}")
        decoded = tokenizer.decode(ids, skip_special_tokens=False)
        at = places(text, encoding["offset_mapping"])
        cases.append({"text": text, "ids": ids, "decoded": decoded, "places": at})
    return cases


def places(text: str, offsets: list[tuple[int, int]]) -> list[int]:
    """Offsets in code points as places in UTF-16 units, in one row."""
    return [len(text[:place].encode("utf-16-le")) // 2 for pair in offsets for place in pair]


def expected(tokenizer: Tokenizer) -> list[dict]:
    cases = []
    for text in TEXTS:
        encoding = tokenizer.encode(text, add_special_tokens=False)
        decoded = tokenizer.decode(encoding.ids, skip_special_tokens=False)
        at = places(text, encoding.offsets)
        cases.append({"text": text, "ids": encoding.ids, "decoded": decoded, "places": at})
    return cases


@torch.no_grad()
def logits(name: str, tokenizer: Tokenizer) -> list[dict]:
    model = AutoModelForCausalLM.from_pretrained(RESOURCES, gguf_file=f"{name}.gguf", dtype=torch.float32).eval()
    cases = []
    for text in ("<|im_start|>user\nThe miller's daughter", "total += 12"):
        tokens = tokenizer.encode(text, add_special_tokens=False).ids
        rows = model(torch.tensor([tokens])).logits[0].tolist()
        cases.append({"tokens": tokens, "logits": [[float(f"{value:.7g}") for value in row] for row in rows]})
    return cases


def main() -> None:
    RESOURCES.mkdir(parents=True, exist_ok=True)
    tokenizers = {"smollm": trained(smollm()), "qwen2": trained(qwen2())}
    smollm_gguf = writer("smollm", "llama", tokenizers["smollm"])
    size = tokenizers["smollm"].get_vocab_size()
    add_model(smollm_gguf, size, permute=True, biased=False, kind=GGMLQuantizationType.Q8_0)
    write(smollm_gguf)
    qwen2_gguf = writer("qwen2", "qwen2", tokenizers["qwen2"])
    size = tokenizers["qwen2"].get_vocab_size()
    add_model(qwen2_gguf, size, permute=False, biased=True, kind=GGMLQuantizationType.Q5_0)
    write(qwen2_gguf)
    write_scaled()
    llama = pieces()
    write_pieces(llama)
    cases = {name: expected(tokenizer) for name, tokenizer in tokenizers.items()} | {"llama": expected_pieces(llama)}
    with (RESOURCES / "expected.json").open("w", encoding="utf-8") as file:
        json.dump(cases, file, indent=None)
        file.write("\n")
    rows = {name: logits(name, tokenizer) for name, tokenizer in tokenizers.items()}
    (RESOURCES / "logits.json").write_text(json.dumps(rows, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
