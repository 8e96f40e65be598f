"""Writes tokenizers that put a token before a text, and the tokens that lm-evaluation-harness makes of requests with them.

    pip install torch transformers lm_eval==0.4.13
    python toolkit/src/test/python/make_boundary_fixture.py

Writes toolkit/src/test/resources/fixtures/boundaries.json, for llama2 and llama3:
  tokenizer   the content of tokenizer.json: a small BPE tokenizer made as that of LLaMA 2 (words begin with a mark for
              the space, unknown characters are bytes) or Llama 3 (bytes, words kept whole where they are tokens), with
              its token that begins a text
  requests    [[context, continuation, [context ids], [continuation ids]], ...]; null for the ids where the harness has
              nothing to score
"""

import json
import tempfile
from pathlib import Path

from lm_eval.api.instance import Instance
from lm_eval.models.huggingface import HFLM
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import AutoTokenizer

from make_tokenizer_fixture import LEARNED_FROM

TARGET = Path(__file__).resolve().parents[1] / "resources" / "fixtures" / "boundaries.json"
LLAMA3_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
REQUESTS = [
    ["The miller counted", " the sacks."],
    ["The miller counted ", "the sacks."],
    ["The miller counted\n", "the sacks."],
    ["Question: how many sacks?\nAnswer:", " 19"],
    ["She'd never trusted", " it, and it wasn't"],
    ["She", "'d never trusted it"],
    ["The w", "heel turned"],
    ["", " the sacks."],
    ["", "the sacks."],
    ["", "{begin}the sacks."],
    ["{begin}The miller", " counted"],
    ["{begin}", "The miller"],
    ["12", "34"],
    ["粉屋は", "袋を数えた。"],
]


def llama2() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"▁*[^▁]+"), behavior="isolated")
    names = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    tokenizer.train_from_iterator(
        [LEARNED_FROM], trainers.BpeTrainer(vocab_size=620, special_tokens=names, show_progress=False)
    )
    content = json.loads(tokenizer.to_str())
    content["added_tokens"] = content["added_tokens"][:3]
    content["pre_tokenizer"] = None
    tokenizer = Tokenizer.from_str(json.dumps(content))
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(content=" ", left=1)]
    )
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return tokenizer


def llama3() -> Tokenizer:
    tokenizer = Tokenizer(models.BPE(ignore_merges=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(LLAMA3_WORDS), behavior="isolated", invert=False),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=600,
        special_tokens=["<|begin_of_text|>", "<|end_of_text|>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator([LEARNED_FROM], trainer)
    tokenizer.post_processor = processors.Sequence(
        [
            processors.ByteLevel(trim_offsets=False),
            processors.TemplateProcessing(
                single="<|begin_of_text|> $A", special_tokens=[("<|begin_of_text|>", 0)]
            ),
        ]
    )
    return tokenizer


class Boundaries(HFLM):
    """The harness's own tokenization of requests, without a model."""

    def __init__(self, tokenizer: Tokenizer, begin: str, end: str):
        config = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": begin, "eos_token": end}
        with tempfile.TemporaryDirectory() as folder:
            tokenizer.save(f"{folder}/tokenizer.json")
            (Path(folder) / "tokenizer_config.json").write_text(json.dumps(config), "utf8")
            self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.backend = "causal"
        self.add_bos_token = None
        self.custom_prefix_token_id = None
        self.enable_thinking = False

    def _loglikelihood_tokens(self, requests, **options):
        return [[context, continuation] for _, context, continuation in requests]

    def of(self, context: str, continuation: str) -> list:
        request = Instance("loglikelihood", {}, (context, continuation), 0)
        before, after = self.loglikelihood([request], disable_tqdm=True)[0]
        return [list(before), list(after)] if before and after else [None, None]


def main() -> None:
    lines = []
    for name, tokenizer, begin, end in [
        ("llama2", llama2(), "<s>", "</s>"),
        ("llama3", llama3(), "<|begin_of_text|>", "<|end_of_text|>"),
    ]:
        harness = Boundaries(tokenizer, begin, end)
        requests = []
        for request in REQUESTS:
            context, continuation = (part.replace("{begin}", begin) for part in request)
            requests.append([context, continuation, *harness.of(context, continuation)])
        requests = json.dumps(requests, ensure_ascii=False, separators=(",", ":"))
        lines.append(f'"{name}":{{"tokenizer":{tokenizer.to_str()},\n"requests":{requests}}}')
    TARGET.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf8")


if __name__ == "__main__":
    main()
