"""Starts a Spark master and workers on this machine's loopback, for the other measurements in this folder."""
import contextlib
import csv
import os
import secrets
import socket
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HOME = ROOT / "spark" / "target"
SECRET = secrets.token_hex(16)


def java(*arguments: str) -> list[str]:
    """A Java command with the cluster's secret and the class path of the build with -Pspark."""
    return ["java", "-Xmx1g", "-Dspark.authenticate=true", f"-Dspark.authenticate.secret={SECRET}",
            "-Dspark.master.rest.enabled=false", "-cp", f"{HOME}/jars/*", *map(str, arguments)]


def tare(*arguments: str) -> str:
    """Runs the toolkit in the project's folder and returns its output."""
    return subprocess.run(java("tare.cli.Tare", *arguments), cwd=ROOT, env=environment(), check=True, stdout=subprocess.PIPE,
                          text=True).stdout


def environment() -> dict[str, str]:
    return {**os.environ, "SPARK_HOME": str(HOME), "SPARK_SCALA_VERSION": "2.13", "SPARK_LOCAL_IP": "127.0.0.1"}


@contextlib.contextmanager
def cluster(workers: int):
    """The address of a master with this many workers, which share the cores. All processes end with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    master = f"spark://127.0.0.1:{port}"
    place = ["--host", "127.0.0.1", "--webui-port", "0"]
    started = []
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        def start(*arguments: str) -> None:
            started.append(subprocess.Popen(java(*arguments), env=environment(), cwd=folder))
        try:
            start("org.apache.spark.deploy.master.Master", *place, "--port", port)
            while socket.socket().connect_ex(("127.0.0.1", port)):
                time.sleep(0.1)
            for worker in range(workers):
                start("org.apache.spark.deploy.worker.Worker", *place, "--cores", str(max(1, (os.cpu_count() or 1) // workers)), "--memory", "1g",
                      "--work-dir", f"{folder}/{worker}", master)
            yield master
        finally:
            for process in reversed(started):
                process.terminate()
            for process in started:
                process.wait()


def finished(results: str) -> list[float]:
    """When the trials were done, in order."""
    return sorted(part.stat().st_mtime for part in Path(results, "parts").glob("*.csv"))


def own_seconds(results: str) -> list[float]:
    """Seconds that each trial took to compress and evaluate, in the order in which trials were done."""
    seconds = {}
    for part in sorted(Path(results, "parts").glob("*.csv"), key=lambda file: file.stat().st_mtime):
        with open(part, newline="") as file:
            rows = {row["task"]: row for row in csv.DictReader(file)}
        compress = next(iter(rows.values()))["seconds_compress"]
        seconds[part.stem] = float(compress or 0) + sum(float(row["seconds_evaluate"]) for row in rows.values())
    return list(seconds.values())
