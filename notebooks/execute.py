"""Executes one notebook: python execute.py NOTEBOOK FOLDER.

Writes the executed notebook, its HTML and what the kernel logged into the folder, also when a cell
fails; then the exit code is 1. Run it with the Python of .venv; run.py does.
"""

import copy
import html
import re
import sys
from pathlib import Path

import nbformat
from latex2mathml.converter import convert
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbconvert import HTMLExporter


NO_DESCRIPTION = "No description has been provided for this image"

CODE_OR_FORMULA = re.compile(r"```.*?```|`[^`\n]*`|\$\$(?P<block>.+?)\$\$|\$(?P<inline>[^$\n]+?)\$", re.S)

# Solutions are folded, and nothing is loaded from a network.
TEMPLATE = """
{% extends 'lab/index.html.j2' %}
{% block html_head_js_requirejs %}{% endblock %}
{% block html_head_js_mathjax %}{% endblock %}
{% block html_head_js_mermaidjs %}{% endblock %}
{% block codecell %}
{% if 'solution' in cell.metadata.get('tags', []) %}
<details><summary>Solution</summary>{{ super() }}</details>
{% else %}
{{ super() }}
{% endif %}
{% endblock codecell %}
"""


def main(source: Path, folder: Path) -> int:
    notebook = nbformat.read(source, as_version=4)
    cells = sum(cell.cell_type == "code" and bool(cell.source.strip()) for cell in notebook.cells)
    started = []

    def report(cell, cell_index):
        started.append(cell_index)
        text = f"{source.stem}: cell {len(started)} of {cells}"
        if sys.stdout.isatty():
            print("\r" + text, end="", flush=True)
        else:
            print(text, flush=True)

    client = NotebookClient(
        notebook,
        timeout=None,
        coalesce_streams=True,
        record_timing=False,
        resources={"metadata": {"path": str(source.parent)}},
        on_cell_execute=report,
    )
    failure = None
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / f"{source.stem}.log"
    try:
        with log.open("w") as kernel_log:
            client.execute(stdout=kernel_log, stderr=kernel_log)
    except CellExecutionError as error:
        failure = f"{error.ename}: {error.evalue}"
    except DeadKernelError:
        failure = f"the kernel died; {log} may say why"
    if sys.stdout.isatty():
        print()
    write(notebook, source, folder)
    if failure:
        print(f"{source.stem}: cell {len(started)} of {cells} failed: {failure}", file=sys.stderr)
    return 1 if failure else 0


def write(notebook, source: Path, folder: Path) -> None:
    nbformat.write(notebook, folder / source.name)
    body, _ = HTMLExporter(raw_template=TEMPLATE).from_notebook_node(
        with_mathml(notebook), resources={"metadata": {"name": source.stem}}
    )
    (folder / f"{source.stem}.html").write_text(described(body, notebook), encoding="utf-8")


def with_mathml(notebook):
    """A copy whose formulas are MathML, which a browser shows without a network."""
    shown = copy.deepcopy(notebook)
    for cell in shown.cells:
        if cell.cell_type == "markdown":
            cell.source = CODE_OR_FORMULA.sub(mathml, cell.source)
    return shown


def mathml(found: re.Match) -> str:
    if found["block"]:
        return convert(found["block"], display="block")
    return convert(found["inline"]) if found["inline"] else found[0]


def described(body: str, notebook) -> str:
    """Gives each figure the description that its output holds; the exporter writes none."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    figures = [output for output in outputs if "image/png" in output.get("data", {})]
    texts = iter([f.metadata.get("image/png", {}).get("alt", NO_DESCRIPTION) for f in figures])
    return re.sub(
        f'alt="{NO_DESCRIPTION}"', lambda _: f'alt="{html.escape(next(texts, NO_DESCRIPTION))}"', body
    )


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()))
