"""Trains the tiny language model of this folder on the six corpora that the toolkit builds. README.md says how to run it.

The tokenizer and the model see only documents of the training side: a document is held back when the first byte of the
SHA-256 of its UTF-8 text is below 26, as in the toolkit. Every batch takes the same share of each corpus.
"""

import argparse
import csv
import hashlib
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

CORPORA = ("news", "how-to", "dialogue", "encyclopedia", "mathematics", "code")
END = "<|endoftext|>"
SPECIALS = [END, "<|im_start|>", "<|im_end|>"]
VOCABULARY = 2048
CONTEXT = 512
HELD_BACK_BELOW = 26


def held_back(text: str) -> bool:
    return hashlib.sha256(text.encode("utf-8")).digest()[0] < HELD_BACK_BELOW


def read(file: Path) -> tuple[list[str], list[str]]:
    """The texts of the training side, and those held back."""
    with file.open(encoding="utf-8") as lines:
        texts = [json.loads(line)["text"] for line in lines]
    return [t for t in texts if not held_back(t)], [t for t in texts if held_back(t)]


def train_tokenizer(texts: dict[str, list[str]]) -> Tokenizer:
    """Byte-level BPE, digits one by one; learned on an equal number of characters of each corpus."""
    share = min(sum(map(len, each)) for each in texts.values())
    chosen = []
    for each in texts.values():
        left = share
        for text in each:
            chosen.append(text[:left])
            left -= len(text)
            if left <= 0:
                break
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=SPECIALS,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator(chosen, trainer)
    return tokenizer


def stream(tokenizer: Tokenizer, texts: list[str]) -> np.ndarray:
    """All documents in one row of tokens, each with END before it."""
    end = tokenizer.token_to_id(END)
    rows = []
    for encoding in tokenizer.encode_batch(texts, add_special_tokens=False):
        rows += [[end], encoding.ids]
    return np.concatenate([np.asarray(row, dtype=np.int64) for row in rows])


def new_model(seed: int) -> LlamaForCausalLM:
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=128,
        intermediate_size=384,
        num_hidden_layers=6,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=CONTEXT,
        initializer_range=0.05,
        rms_norm_eps=1e-5,
        tie_word_embeddings=True,
        rope_parameters={"rope_type": "default", "rope_theta": 10000.0},
        bos_token_id=0,
        eos_token_id=0,
        pad_token_id=0,
    )
    return LlamaForCausalLM(config)


def learning_rate(step: int, steps: int, peak: float, warmup: int = 100) -> float:
    """Linear warm-up, then a cosine down to a fiftieth."""
    if step < warmup:
        return peak * (step + 1) / warmup
    return peak * (0.02 + 0.98 * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup))) / 2)


def train(model: LlamaForCausalLM, streams: list[np.ndarray], args: argparse.Namespace) -> None:
    random = np.random.default_rng(args.seed)
    decayed = [p for p in model.parameters() if p.ndim == 2]
    norms = [p for p in model.parameters() if p.ndim == 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed, "weight_decay": 0.1}, {"params": norms, "weight_decay": 0.0}], betas=(0.9, 0.95)
    )
    model.train()
    began, recent = time.monotonic(), []
    for step in range(args.steps):
        rows = []
        for row in range(args.batch):
            tokens = streams[(step * args.batch + row) % len(streams)]
            start = random.integers(len(tokens) - CONTEXT)
            rows.append(tokens[start : start + CONTEXT + 1])
        batch = torch.from_numpy(np.stack(rows))
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=args.bfloat16):
            logits = model(batch[:, :-1]).logits
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1).float(), batch[:, 1:].flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step, args.steps, args.peak)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        recent.append(loss.item())
        if (step + 1) % 50 == 0:
            speed = (step + 1) * args.batch * CONTEXT / (time.monotonic() - began)
            print(f"step {step + 1} of {args.steps}: loss {np.mean(recent):.3f}, {speed:.0f} tokens/s", flush=True)
            recent = []


@torch.no_grad()
def perplexity(model: LlamaForCausalLM, tokens: np.ndarray) -> tuple[float, int]:
    """Over windows of CONTEXT tokens; the first token of each is not scored. Also the number of scored tokens."""
    loss, scored = 0.0, 0
    for start in range(0, len(tokens) - 1, CONTEXT):
        window = torch.from_numpy(tokens[start : start + CONTEXT])[None]
        if window.size(1) > 1:
            logits = model(window).logits[0, :-1]
            loss += torch.nn.functional.cross_entropy(logits, window[0, 1:], reduction="sum").item()
            scored += window.size(1) - 1
    return math.exp(loss / scored), scored


def unigram_perplexity(seen: np.ndarray, tokens: np.ndarray) -> float:
    """Of single-token frequencies (plus one) in the same corpus's training side, on the tokens perplexity() scores."""
    counts = np.bincount(seen, minlength=VOCABULARY) + 1.0
    scored = np.arange(len(tokens)) % CONTEXT != 0
    return math.exp(-np.log(counts / counts.sum())[tokens[scored]].mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("corpora", type=Path, help="folder with news.jsonl and the other five")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--steps", type=int, default=2400)
    parser.add_argument("--batch", type=int, default=6, help="windows in a step; a multiple of six")
    parser.add_argument("--peak", type=float, default=3e-3, help="highest learning rate")
    parser.add_argument("--bfloat16", action=argparse.BooleanOptionalAction, default=True, help="autocast")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    began = time.monotonic()

    texts = {name: read(args.corpora / f"{name}.jsonl") for name in CORPORA}
    tokenizer = train_tokenizer({name: seen for name, (seen, _) in texts.items()})
    seen = {name: stream(tokenizer, each) for name, (each, _) in texts.items()}
    print({name: len(tokens) for name, tokens in seen.items()}, flush=True)
    model = new_model(args.seed)
    print(f"{model.num_parameters()} parameters", flush=True)
    train(model, list(seen.values()), args)

    model.half().save_pretrained(args.out)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=END,
        eos_token=END,
        pad_token=END,
        additional_special_tokens=SPECIALS[1:],
        model_max_length=CONTEXT,
    ).save_pretrained(args.out)
    seconds = time.monotonic() - began

    saved = LlamaForCausalLM.from_pretrained(args.out, dtype=torch.float32).eval()
    with (args.out / "perplexity.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["corpus", "corpus_sha256", "tokens", "perplexity", "unigram_perplexity"])
        for name, (_, back) in texts.items():
            tokens = stream(tokenizer, back)
            value, scored = perplexity(saved, tokens)
            revision = hashlib.sha256((args.corpora / f"{name}.jsonl").read_bytes()).hexdigest()
            row = [name, revision, scored, f"{value:.2f}", f"{unigram_perplexity(seen[name], tokens):.2f}"]
            table.writerow(row)
            print(row, flush=True)
    print(f"{seconds:.0f} s in all")


if __name__ == "__main__":
    main()
