#!/usr/bin/env python3
"""Sets Tare up and runs its first notebook, or all notebooks with --all. A second call repeats only what changed.

It needs a JDK 17 or newer, Maven 3.8 or newer and Python 3.10 or newer. Everything else is fetched
into this folder: the libraries by Maven, the notebook software into .venv, the default model and
the data into data/fetched.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
NOTEBOOKS = ROOT / "notebooks"
JAR = ROOT / "toolkit" / "target" / "toolkit.jar"
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
DEFAULT_MODEL = "smollm2-135m"
FIRST = "00-tour"


def main() -> int:
    arguments = parse()
    problems = missing()
    if problems:
        print("Something is missing:", *problems, sep="\n  - ", file=sys.stderr)
        return 2
    notebooks = chosen(arguments)
    build()
    make_environment()
    fetch(arguments.scale, arguments.model)
    if arguments.setup:
        return 0
    if arguments.lab:
        return call([VENV_PYTHON, "-m", "jupyterlab"], NOTEBOOKS, settings(arguments))
    if is_first_only(arguments):
        say_what_else()
    return execute(notebooks, arguments)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument(
        "--scale",
        choices=["tiny", "small", "full"],
        default="small",
        help="tiny: minutes, on the tiny model; small: a laptop (default); full: a GPU",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--only", metavar="NAME", help="run this notebook, for instance 05-sensitivity")
    which.add_argument(
        "--all",
        action="store_true",
        help=f"run all notebooks; without it only {FIRST} is run, but at tiny scale all",
    )
    parser.add_argument(
        "--model", metavar="NAME", help="a name in data/models.csv, or a GGUF file or folder"
    )
    parser.add_argument("--setup", action="store_true", help="set up, and run nothing")
    parser.add_argument("--lab", action="store_true", help="set up, and open JupyterLab")
    parser.add_argument(
        "--record",
        action="store_true",
        help="also write the outputs into notebooks/*.ipynb, as they are published",
    )
    return parser.parse_args()


# What must be there before anything can be done


def missing() -> list[str]:
    """One sentence for each thing that is missing, with what to install."""
    checks = [python_problem(), java_problem(), maven_problem(), font_problem()]
    return [problem for problem in checks if problem]


def python_problem() -> str | None:
    if sys.version_info < (3, 10):
        return f"This is Python {sys.version.split()[0]}; install Python 3.10 or newer."
    if not VENV_PYTHON.exists() and importlib.util.find_spec("ensurepip") is None:
        return "Python cannot make virtual environments; install the package python3-venv."
    return None


def java_problem() -> str | None:
    modules = output("java", "--list-modules")
    if modules is None:
        return "There is no java command; install a JDK 17 or newer (Debian: openjdk-17-jdk)."
    version = re.search(r"^java\.base@(\d+)", modules, re.MULTILINE)
    if version is None or int(version.group(1)) < 17:
        found = version.group(1) if version else "older than 9"
        return f"The java command is version {found}; install a JDK 17 or newer."
    if "jdk.jshell@" not in modules:
        return (
            "The java command belongs to a runtime without the module jdk.jshell; install a whole"
            " JDK (Debian: openjdk-17-jdk) and put it first on the PATH."
        )
    return None


def maven_problem() -> str | None:
    text = output(maven(), "--version")
    if text is None:
        return "There is no mvn command; install Maven 3.8 or newer (Debian: maven)."
    version = re.search(r"Apache Maven (\d+)\.(\d+)", text)
    if version is None or (int(version.group(1)), int(version.group(2))) < (3, 8):
        return "Maven is older than 3.8; install Maven 3.8 or newer."
    java = re.search(r"Java version: (\d+)", text)
    if java and int(java.group(1)) < 17:
        return f"Maven runs on Java {java.group(1)}; set JAVA_HOME to a JDK 17 or newer."
    return None


def font_problem() -> str | None:
    if not sys.platform.startswith("linux"):
        return None
    fonts = output("fc-list")
    if fonts is None:
        return "Charts need fontconfig; install the packages fontconfig and fonts-dejavu-core."
    if not fonts.strip():
        return "Charts need a font; install one, for instance the package fonts-dejavu-core."
    return None


def output(command: str, *arguments: str) -> str | None:
    """The output of a command, or None if it cannot be run."""
    path = shutil.which(command)
    if path is None:
        return None
    done = subprocess.run([path, *arguments], capture_output=True, text=True, errors="replace")
    return re.sub(r"\x1b\[[0-9;]*m", "", done.stdout) if done.returncode == 0 else None


def maven() -> str:
    return "mvn.cmd" if os.name == "nt" else "mvn"


# Each step remembers, in a file beside its product, what it was made from


def build() -> None:
    stamp = JAR.with_name("toolkit.stamp")
    if JAR.is_file() and read(stamp) == hash_of([*sources(), JAR]):
        return
    say("Building the toolkit")
    require(call([maven(), "-q", "-B", "package", "-Dmaven.test.skip=true"], ROOT), "The build failed.")
    stamp.write_text(hash_of([*sources(), JAR]))


def sources() -> list[Path]:
    return [ROOT / "pom.xml", ROOT / "toolkit/pom.xml", *files_in("toolkit/src/main")]


def files_in(folder: str) -> list[Path]:
    return sorted(path for path in (ROOT / folder).rglob("*") if path.is_file())


def make_environment() -> None:
    requirements = ROOT / "requirements.txt"
    stamp = VENV / "requirements.sha256"
    if VENV_PYTHON.exists() and read(stamp) == hash_of([requirements]):
        return
    say("Making the Python environment in .venv")
    made = call([sys.executable, "-m", "venv", "--clear", VENV], ROOT)
    require(made, "The environment could not be made; install the package python3-venv.")
    pip = [VENV_PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r"]
    require(call([*pip, requirements], ROOT), "The notebook software could not be installed.")
    stamp.write_text(hash_of([requirements]))


def fetch(scale: str, model: str | None) -> None:
    """Lets the toolkit fetch models and data. It checks every SHA-256 and keeps files that exist."""
    names = ["corpora"]
    if model and not Path(model).exists():
        names.append(model)
    elif not model and scale != "tiny":
        names.append(DEFAULT_MODEL)
    say("Checking model and data")
    require(call(["java", "-jar", JAR, "fetch", *names], ROOT), "Fetching failed.")


# The notebooks


def chosen(arguments: argparse.Namespace) -> list[Path]:
    every = sorted(NOTEBOOKS.glob("*.ipynb"))
    only = FIRST if is_first_only(arguments) else arguments.only
    found = [path for path in every if only is None or path.stem == only.removesuffix(".ipynb")]
    if not found:
        names = ", ".join(path.stem for path in every)
        sys.exit(f"There is no notebook {only}; there are {names}.")
    return found


def is_first_only(arguments: argparse.Namespace) -> bool:
    """Whether to run the first notebook only, so that a newcomer soon sees a figure. At tiny scale all are fast."""
    return arguments.only is None and not arguments.all and arguments.scale != "tiny"


def say_what_else() -> None:
    """Prints the times of all notebooks, which are kept in one place: the table of notebooks/README.md."""
    table = (NOTEBOOKS / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[([^]]+)\]\([^)]+\.ipynb\) \|.*\| ([^|]+) \|$", table, re.MULTILINE)
    print("\nHow long each notebook takes at small scale, on 2 idle cores:\n")
    for name, time in rows:
        print(f"  {name:26}{time}")
    print(f"\nThis call runs {FIRST}. To go on:\n")
    print("  python3 run.py --only NAME     one notebook")
    print("  python3 run.py --all           all of them")
    print("  python3 run.py --scale tiny    all of them in a few minutes, on a tiny model\n", flush=True)


def execute(notebooks: list[Path], arguments: argparse.Namespace) -> int:
    folder = NOTEBOOKS / "executed" / arguments.scale
    failed = []
    for notebook in notebooks:
        stamp = folder / f"{notebook.stem}.stamp"
        made_from = notebook_hash(notebook, arguments)
        if read(stamp) == made_from:
            print(f"{notebook.stem}: unchanged")
        else:
            stamp.unlink(missing_ok=True)
            runner = [VENV_PYTHON, NOTEBOOKS / "execute.py", notebook, folder]
            if call(runner, ROOT, settings(arguments)) != 0:
                failed.append(notebook.stem)
                continue
            stamp.write_text(made_from)
        if arguments.record:
            shutil.copyfile(folder / notebook.name, notebook)
    if failed:
        print(f"Failed: {', '.join(failed)}. The HTML file shows where.", file=sys.stderr)
    shown = f"{notebooks[0].stem}.html in " if len(notebooks) == 1 else "the HTML files in "
    print(f"To see the figures, open {shown}{folder.relative_to(ROOT)}.")
    return 1 if failed else 0


def notebook_hash(notebook: Path, arguments: argparse.Namespace) -> str:
    """A hash of everything that decides the outputs: cells, toolkit, studies, published results, options."""
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    texts = [[cell["cell_type"], "".join(cell["source"])] for cell in cells]
    recorded = [*files_in("data/studies"), *files_in("data/results")]
    listed = sorted((ROOT / "data").glob("*.csv"))
    files = hash_of([*sources(), *listed, *recorded, NOTEBOOKS / "execute.py", ROOT / "requirements.txt"])
    environment = settings(arguments)
    model, data = environment.get("TARE_MODEL", ""), environment.get("TARE_DATA", ROOT / "data")
    read_there = [Path(data) / "fetched", ROOT / "data/tiny", *([Path(model)] if model else [])]
    decides = [texts, files, arguments.scale, model, str(data), [stamp_of(path) for path in read_there]]
    return hashlib.sha256(json.dumps(decides).encode()).hexdigest()


def stamp_of(path: Path) -> list[list]:
    """Name, size and time of a file, or of each file in a folder."""
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    return [[str(file), file.stat().st_size, file.stat().st_mtime_ns] for file in files if file.is_file()]


def settings(arguments: argparse.Namespace) -> dict[str, str]:
    """The environment variables that notebooks read."""
    bin_folder = str(VENV_PYTHON.parent)
    environment = {
        **os.environ,
        "PATH": bin_folder + os.pathsep + os.environ.get("PATH", ""),
        "TARE_SCALE": arguments.scale,
    }
    if arguments.model:
        path = Path(arguments.model)
        environment["TARE_MODEL"] = str(path.resolve()) if path.exists() else arguments.model
    return environment


# Small things


def call(
    command: list[str | Path], folder: Path, environment: dict[str, str] | None = None
) -> int:
    return subprocess.run([str(part) for part in command], cwd=folder, env=environment).returncode


def require(code: int, sentence: str) -> None:
    if code != 0:
        sys.exit(sentence)


def say(sentence: str) -> None:
    print(sentence + " …", flush=True)


def read(stamp: Path) -> str | None:
    return stamp.read_text() if stamp.is_file() else None


def hash_of(files: list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(ROOT).as_posix()}\0{file.stat().st_size}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
