"""Writes what lm-evaluation-harness makes of invented items with the tiny model: requests, tokens, scores, metrics.

    pip install torch transformers lm_eval==0.4.13 langdetect immutabledict nltk
    python toolkit/src/test/python/make_task_fixture.py

Reads toolkit/src/test/resources/tasks/<task>/<side>.jsonl (invented items in the layout of the published files) and
writes toolkit/src/test/resources/fixtures/harness.json, one line for each task:

  items    a list of {requests: [[context, continuation], ...], tokens: [[context ids, continuation ids], ...],
           log_likelihoods: [...], greedy: [...], metrics: {name: value}}; the tokens are left out where they are more
           than the model can read
           for a task of writing {requests: [[prompt]], written: [...], metrics}
  scores   {metric: [value, standard error or null]} over all items

harness_marks.json: what the harness makes of invented answers, of nothing as a context, and what Python draws (see
marks() and empty_contexts()); and the same items as Parquet for the tasks named in PARQUET.
"""

import json
import random
from pathlib import Path

import lm_eval.tasks
from lm_eval.api.instance import Instance
from lm_eval.api.metrics import exact_match_hf_evaluate
from lm_eval.api.task import ConfigurableTask
from lm_eval.evaluator import evaluate
from lm_eval.models.huggingface import HFLM
from lm_eval.tasks._yaml_loader import load_yaml

PROJECT = Path(__file__).resolve().parents[4]
RESOURCES = PROJECT / "toolkit" / "src" / "test" / "resources"
YAML = Path(lm_eval.tasks.__file__).parent
PARQUET = ["arc_easy/test", "hellaswag/validation", "mmlu/dev", "mmlu/test"]

# task: (file of the harness, {split of the harness: file of ours}, shots)
TASKS = {
    "arc_easy": ("arc/arc_easy.yaml", {"test": "test", "train": "train"}, 0),
    "arc_challenge": ("arc/arc_challenge.yaml", {"test": "test"}, 0),
    "boolq": ("super_glue/boolq/default.yaml", {"validation": "validation"}, 0),
    "hellaswag": ("hellaswag/hellaswag.yaml", {"validation": "validation"}, 0),
    "lambada_openai": ("lambada/lambada_openai.yaml", {"test": "test"}, 0),
    "openbookqa": ("openbookqa/openbookqa.yaml", {"test": "test"}, 0),
    "piqa": ("piqa/piqa.yaml", {"validation": "validation"}, 0),
    "rte": ("glue/rte/default.yaml", {"validation": "validation"}, 0),
    "storycloze_2016": ("storycloze/storycloze_2016.yaml", {"test": "test"}, 0),
    "winogrande": ("winogrande/default.yaml", {"validation": "validation"}, 0),
    "mmlu_astronomy": ("mmlu/default/mmlu_astronomy.yaml", {"test": "test", "dev": "dev"}, 5),
    "mmlu_world_religions": ("mmlu/default/mmlu_world_religions.yaml", {"test": "test", "dev": "dev"}, 5),
    "commonsense_qa": ("commonsense_qa/default.yaml", {"validation": "validation"}, 0),
    "sciq": ("sciq/sciq.yaml", {"test": "test"}, 0),
    "gsm8k": ("gsm8k/gsm8k.yaml", {"test": "test", "train": "train"}, 5),
    "wikitext": ("wikitext/wikitext.yaml", {"test": "wiki.test.raw"}, 0),
    "c4": ("c4/c4.yaml", {"validation": "c4-validation.00000-of-00008.json"}, 0),
}


def side_file(task: str, side: str) -> Path:
    """The file of a side; of one subject only, for a subject of MMLU."""
    if task == "wikitext":
        return wiki_pages(RESOURCES / "tasks" / task / side)
    if task == "c4":
        return RESOURCES / "tasks" / task / side
    subject = task.removeprefix("mmlu_")
    if subject == task:
        return RESOURCES / "tasks" / task / f"{side}.jsonl"
    lines = (RESOURCES / "tasks" / "mmlu" / f"{side}.jsonl").read_text("utf8").splitlines()
    chosen = PROJECT / "toolkit" / "target" / f"{task}_{side}.jsonl"
    chosen.write_text("".join(line + "\n" for line in lines if json.loads(line)["subject"] == subject), "utf8")
    return chosen


def wiki_pages(raw: Path) -> Path:
    """The document-level form of WikiText, which the harness reads: a page is all from one heading to the next."""
    pages, page = [], []
    for line in raw.read_text("utf8").split("\n"):
        heading = line.replace("= = =", "===").replace("= =", "==").strip()
        if heading.startswith("= ") and heading.endswith(" ="):
            if "\n".join(page).strip():
                pages.append("\n".join(page))
            page = []
        page.append(line)
    pages.append("\n".join(page))
    chosen = PROJECT / "toolkit" / "target" / "wiki_pages.jsonl"
    chosen.write_text("".join(json.dumps({"page": page}) + "\n" for page in pages), "utf8")
    return chosen


def task_of(name: str) -> ConfigurableTask:
    yaml, sides, shots = TASKS[name]
    config = load_yaml(YAML / yaml)
    for split in ("training_split", "validation_split", "test_split"):
        if config.get(split) not in sides:
            config.pop(split, None)
    config |= {"dataset_path": "json", "dataset_name": None, "num_fewshot": shots}
    config["dataset_kwargs"] = {"data_files": {split: str(side_file(name, side)) for split, side in sides.items()}}
    return ConfigurableTask(config=config)


def item(model: HFLM, sample: dict, metrics: list[str]) -> dict:
    requests = [list(request) for request in sample["arguments"]]
    answers = [response[0] for response in sample["resps"]]
    if isinstance(answers[0], str):
        return {"requests": [request[:1] for request in requests], "written": answers}
    if not isinstance(answers[0], (list, tuple)):
        return {"requests": requests, "log_likelihoods": [float(f"{answer:.9g}") for answer in answers]}
    tokens = [[list(part) for part in model._encode_pair(*request)] for request in requests]
    item = {"requests": requests}
    if max(len(context) + len(continuation) for context, continuation in tokens) <= model.max_length:
        item["tokens"] = tokens
    item["log_likelihoods"] = [float(f"{answer[0]:.7g}") for answer in answers]
    item["greedy"] = [bool(answer[1]) for answer in answers]
    item["metrics"] = {name: float(sample[name]) for name in metrics}
    return item


def marks() -> dict:
    """Right or wrong: numbers, strictly and flexibly found; answers in LaTeX; and random samples."""
    task = task_of("gsm8k")
    gold = "3 * 400 = 1200\n#### 1,200"
    numbers = []
    for written in ["#### 1200", "It is 1,200.", " so\n#### 1200.", "#### $1200", "1200 sacks, not 7", "none", "#### 12.00", "-1200", "$1,200", "#### 1200 #### 5"]:
        found = {}
        for ensemble in task._filters:
            answer = [[written]]
            for make in ensemble.filters:
                answer = list(make().apply(answer, [{}]))
            found[ensemble.name] = task.process_results({"answer": gold, "question": ""}, answer)["exact_match"]
        numbers.append([written, float(found["strict-match"]), float(found["flexible-extract"])])
    from lm_eval.tasks.hendrycks_math.utils import process_results
    pairs = [
        ("3/2", "\\frac{3}{2}"), ("$\\dfrac32$", "\\frac{3}{2}"), ("x = 5", "5"), ("x^2=5", "5"), (".5", "\\frac{1}{2}"),
        ("\\sqrt3", "\\sqrt{3}"), ("90^\\circ", "90"), ("12\\text{ cm}", "12"), ("\\left( 1, 2 \\right)", "(1,2)"),
        ("The answer is $7$ or $8$.", "7$or$8"), ("50\\%", "50"), ("\\frac1{72}", "\\frac{1}{72}"), ("4", "5"), ("-1/2", "-\\frac{1}{2}"),
        ("\\$ 3", "3"), ("1,000", "1000"), ("", "0"), ("03/2", "\\frac{3}{2}"), ("{.25}", "{0.25}"),
    ]
    latex = [
        [written, gold, float(process_results({"solution": "\\boxed{" + gold + "}"}, [written])["exact_match"])]
        for written, gold in pairs
    ]
    drawn = []
    for population, count in [(9, 5), (7473, 5), (21, 5), (22, 5), (100, 8), (70, 20)]:
        python = random.Random(1234)
        drawn.append([population, count, [python.sample(range(population), count) for _ in range(200)][::66]])
    return {
        "numbers": numbers, "latex": latex, "samples": drawn, "exact": exact(), "instructions": instructions()
    }


def exact() -> list:
    """Written text and answer of a BIG-bench task of exact match, and whether the harness says that they are the same."""
    pairs = [
        ("4", "4"), (" 4", "4"), ("4.", "4"), ("(4)", "4"), ("four", "4"), ("", "4"), ("a-b", "ab"), ("A", "a"), ("so: 4", "4"),
        ("it's", "its"), ("«4»", "4"), ("4\n", "4"),
    ]
    options = {"regexes_to_ignore": None, "ignore_case": False, "ignore_punctuation": True, "ignore_numbers": False}
    return [
        [written, answer, float(exact_match_hf_evaluate([written], [answer], **options)["exact_match"])]
        for written, answer in pairs
    ]


def instructions() -> list:
    """Instructions of IFEval, their arguments, and which of the invented texts follow them."""
    from lm_eval.tasks.ifeval.utils import InputExample, test_instruction_following_strict

    texts = [
        "The mill is old.",
        "my mill, my MILL, MY Mill_1 is mine. Millers mill.\n\nThe second paragraph starts here.\n\n'The' third one.",
        "* one\n* two\n- three\n\n  - four\n** not one **\n*",
        "<<The Mill>> *a* **b** * * ** ** ****\n[name] and [address] [] [\n]",
        "<< >>\n<>\n<<a\nb>>",
        "First.\n***\nSecond.\n***\nThird.",
        "***\nFirst.\n***\n \n***\nThird.",
        "One. ****** Two.",
        "One.******One.",
        "****** One. ****** Two. ******",
        "Section 1\nText.\nSection2 more SECTION 3",
        '{"mill": [1, NaN, -Infinity], "a": null}',
        '```json\n{"mill": 1}\n```',
        "```JSON\n{'mill': 1}\n```",
        '{"mill": 1} and more',
        '"All of it, quoted"',
        '"',
        "My answer is maybe. I am not sure.",
        "Text.\nP.S. One more thing.",
        "Text.\np. p. s: And one more.\nP.P.S. Yes?",
        "Text. PS: none",
        "  Repeat this, please. Here is the answer.",
        "The answer. Any other questions?",
        'The answer. "Any other questions?"  ',
        "Säcke, naïve café: 3 мешка Ünder ２ words²",
        "\u00a0nbsp\u2003em \u3000 wide",
        "\n\nThe mill\n\n\n\nthe \"wheel\" turns",
        "aAbBzZ",
        " ",
    ]
    cases = [
        ("keywords:existence", {"keywords": ["mill", "is"]}),
        ("keywords:existence", {"keywords": ["SÄCKE"]}),
        ("keywords:frequency", {"keyword": "mill ", "frequency": 3, "relation": "at least"}),
        ("keywords:frequency", {"keyword": "one", "frequency": 2, "relation": "less than"}),
        ("keywords:forbidden_words", {"forbidden_words": ["mill", "text"]}),
        ("keywords:forbidden_words", {"forbidden_words": ["ünder", "one"]}),
        ("keywords:letter_frequency", {"letter": "M", "let_frequency": 3, "let_relation": "at least"}),
        ("keywords:letter_frequency", {"letter": "b", "let_frequency": 1, "let_relation": "less than"}),
        ("length_constraints:number_words", {"num_words": 5, "relation": "at least"}),
        ("length_constraints:number_words", {"num_words": 8, "relation": "less than"}),
        ("length_constraints:number_paragraphs", {"num_paragraphs": 3}),
        ("length_constraints:number_paragraphs", {"num_paragraphs": 2}),
        ("length_constraints:nth_paragraph_first_word", {"num_paragraphs": 3, "nth_paragraph": 3, "first_word": "The"}),
        ("length_constraints:nth_paragraph_first_word", {"num_paragraphs": 1, "nth_paragraph": 1, "first_word": "the"}),
        ("length_constraints:nth_paragraph_first_word", {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "the"}),
        ("detectable_content:number_placeholders", {"num_placeholders": 3}),
        ("detectable_content:postscript", {"postscript_marker": "P.S."}),
        ("detectable_content:postscript", {"postscript_marker": "P.P.S"}),
        ("detectable_content:postscript", {"postscript_marker": "PS:"}),
        ("detectable_format:number_bullet_lists", {"num_bullets": 4}),
        ("detectable_format:number_bullet_lists", {"num_bullets": 5}),
        ("detectable_format:constrained_response", {}),
        ("detectable_format:number_highlighted_sections", {"num_highlights": 2}),
        ("detectable_format:number_highlighted_sections", {"num_highlights": 4}),
        ("detectable_format:multiple_sections", {"section_spliter": "Section", "num_sections": 2}),
        ("detectable_format:json_format", {}),
        ("detectable_format:title", {}),
        ("combination:two_responses", {}),
        ("combination:repeat_prompt", {"prompt_to_repeat": "Repeat this, please."}),
        ("startend:end_checker", {"end_phrase": "Any other questions?"}),
        ("startend:quotation", {}),
        ("punctuation:no_comma", {}),
    ]
    return [
        [name, given, [
            [text, test_instruction_following_strict(InputExample(0, [name], "", [given]), text).follow_all_instructions]
            for text in texts
        ]]
        for name, given in cases
    ]


def empty_contexts(model: HFLM) -> list:
    """Continuations of nothing: [[continuation, log-likelihood, greedy], ...]."""
    scored = []
    for continuation in ["The river", " The river", "<|endoftext|>The river"]:
        request = Instance("loglikelihood", {}, ("", continuation), 0)
        answer = model.loglikelihood([request], disable_tqdm=True)[0]
        scored.append([continuation, float(f"{answer[0]:.7g}"), bool(answer[1])])
    return scored


def number(value) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def kinds(scores: dict) -> list:
    """The filters of the scores, and how a metric's name is longer by them."""
    names = {key.split(",")[1] for key in scores if "," in key}
    return [(name, "" if name == "none" else f",{name}") for name in sorted(names)]


def main() -> None:
    import pandas

    model = HFLM(pretrained=str(PROJECT / "data" / "tiny"), device="cpu", dtype="float32", batch_size=1)
    fixtures = []
    for name in TASKS:
        task = task_of(name)
        task.set_fewshot_seed(1234)
        metrics = list(task.config.metric_list and [metric["metric"] for metric in task.config.metric_list])
        results = evaluate(model, {"tasks": {name: task}, "groups": {}, "group_map": {}}, bootstrap_iters=1000)
        kind = results["samples"][name][0]["filter"]
        samples = [sample for sample in results["samples"][name] if sample["filter"] == kind]
        samples.sort(key=lambda sample: sample["doc_id"])
        scores = results["results"][name]
        fixture = {
            "items": [item(model, sample, metrics) for sample in samples],
            "scores": {
                f"{metric}{label}": [number(scores[f"{metric},{kind}"]), number(scores[f"{metric}_stderr,{kind}"])]
                for metric in metrics
                for kind, label in kinds(scores)
            },
        }
        fixtures.append(f'"{name}":' + json.dumps(fixture, ensure_ascii=False, separators=(",", ":")))
    (RESOURCES / "fixtures" / "harness.json").write_text("{\n" + ",\n".join(fixtures) + "\n}\n", "utf8")
    file = RESOURCES / "fixtures" / "harness_marks.json"
    found = marks() | {"empty_contexts": empty_contexts(model)}
    file.write_text(json.dumps(found, ensure_ascii=False, separators=(",", ":")) + "\n", "utf8")
    for name in PARQUET:
        file = RESOURCES / "tasks" / f"{name}.jsonl"
        target = RESOURCES / "parquet" / f"{name}.parquet"
        target.parent.mkdir(parents=True, exist_ok=True)
        pandas.DataFrame([json.loads(line) for line in file.read_text("utf8").splitlines()]).to_parquet(target)


if __name__ == "__main__":
    main()
