"""The peak of a GPU's memory while something runs, as `nvidia-smi` sees it: of all processes on the first GPU together."""
import subprocess
import threading


def in_use() -> float:
    """MiB in use on the first GPU."""
    query = ["nvidia-smi", "--id=0", "--query-gpu=memory.used", "--format=csv,noheader,nounits"]
    return float(subprocess.run(query, check=True, capture_output=True, text=True).stdout)


class Peak:
    """Looks every 50 ms from the beginning to the end of a `with`. Then `mib` is the peak above what was in use before; 0 on a CPU."""

    def __init__(self, device: str):
        self.mib, self.watched, self.ended = 0.0, device != "cpu", threading.Event()

    def __enter__(self):
        if self.watched:
            self.before = in_use()
            self.thread = threading.Thread(target=self.look)
            self.thread.start()
        return self

    def look(self):
        while not self.ended.wait(0.05):
            self.mib = max(self.mib, in_use() - self.before)

    def __exit__(self, *failure):
        self.ended.set()
        if self.watched:
            self.thread.join()
