"""Run one command and print what it took, as JSON. Kept small, and started anew for each run.

Time and the peak memory of the largest process come from the kernel. With `--sample`, the memory of the command and
all its descendants is added up 20 times a second too (PSS: what they share counts once), and more often in the first
moments of the run. That costs a little time.
"""

from __future__ import annotations

import json
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_INTERVAL_S = (0.002, 0.05)
_PATIENCE_S = 5
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


def _family(pid: int) -> Iterator[int]:
    """The process and its descendants."""
    yield pid
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            for child in children.read_text().split():
                yield from _family(int(child))


def _kilobytes(path: Path, key: str) -> int:
    """A number from a file of /proc; 0 if the process has ended."""
    with suppress(OSError):
        for line in path.read_text().splitlines():
            if line.startswith(key):
                return int(line.split()[1])
    return 0


def _memory_now(pid: int) -> int:
    """Octets: the PSS of the family, or the most that one of them ever had."""
    folders = [Path(f"/proc/{member}") for member in _family(pid)]
    together = sum(_kilobytes(folder / "smaps_rollup", "Pss:") for folder in folders)
    alone = max(_kilobytes(folder / "status", "VmHWM:") for folder in folders)
    return max(together, alone) * 1024


def _largest_descendant() -> int:
    """Octets of the largest process that has ended; 0 if this one, which it was forked from, is as large."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return ended * _RSS_UNIT if ended > own else 0


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the command, and let it end its own children first."""
    process.terminate()
    try:
        process.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()


def run(command: list[str], *, sample: bool) -> dict[str, float]:
    """Run the command to its end."""
    memory = 0
    begin = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        try:
            while sample and process.poll() is None:
                memory = max(memory, _memory_now(process.pid))
                shortest, longest = _INTERVAL_S
                time.sleep(min(max(shortest, (time.perf_counter() - begin) / 4), longest))
            status = process.wait()
        except BaseException:
            _end(process)
            raise
        seconds = time.perf_counter() - begin
    return {"status": status, "seconds": seconds, "memory": max(memory, _largest_descendant())}


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    print(json.dumps(run(sys.argv[2:], sample=sys.argv[1] == "--sample")))
