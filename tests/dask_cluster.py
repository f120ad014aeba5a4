"""A Dask cluster on this machine, whose workers are processes of their own that can be ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

_SERVE = """
import sys
from distributed import LocalCluster
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0") as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""
_PIDS = """
import os, sys
from distributed import Client
with Client(sys.argv[1]) as client:
    print(*client.run(os.getpid).values())
"""


class DaskCluster:
    """A running cluster.

    Attributes:
        address: of its scheduler.
    """

    def __init__(self, address: str) -> None:
        self.address = address

    def workers(self) -> list[int]:
        """The processes that work."""
        command = [sys.executable, "-c", _PIDS, self.address]
        told = subprocess.run(command, check=True, capture_output=True, text=True)
        return list(map(int, told.stdout.split()))

    def kill_workers(self) -> None:
        """End all workers at once; others take their places."""
        for pid in self.workers():
            os.kill(pid, signal.SIGKILL)


@contextmanager
def dask_cluster(settings: Mapping[str, str]) -> Iterator[DaskCluster]:
    """A cluster of two workers, with these settings of the environment, until the block ends."""
    environment = {**os.environ, **settings}
    with subprocess.Popen(
        [sys.executable, "-c", _SERVE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        yield DaskCluster(process.stdout.readline().strip())
        process.stdin.close()
        process.wait()
