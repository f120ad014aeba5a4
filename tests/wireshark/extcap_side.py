"""Wireshark's side of a capture interface: the real command, and a reader at the other end of its named pipe."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cli_process import PATIENCE, started


@dataclass(frozen=True)
class Capture:
    """`dovetool extcap --capture` at work, and who reads its pipe; what was read is the reader's standard output."""

    process: subprocess.Popen[bytes]
    reader: subprocess.Popen[bytes]

    def result(self) -> bytes:
        """All that comes out until the end."""
        return self.reader.communicate(timeout=PATIENCE)[0]

    def ended(self) -> tuple[int, str]:
        """Exit code and what was said, once it has ended."""
        stdout, stderr = self.process.communicate(timeout=PATIENCE)
        assert stdout == b"", "what Wireshark reads is the pipe"
        return self.process.returncode, stderr.decode()


@contextmanager
def capture(folder: Path, interface: str, *words: str | Path, command: tuple[str, ...] = ()) -> Iterator[Capture]:
    """Start a capture and its reader; both are gone in the end.

    Args:
        folder: where the pipe is made.
        interface: the capture interface.
        words: more of the command line.
        command: what the command is started by.
    """
    fifo = folder / "fifo"
    os.mkfifo(fifo)
    reader = subprocess.Popen(["cat", fifo], stdout=subprocess.PIPE)
    arguments = ("extcap", "--capture", "--extcap-interface", interface, "--fifo", fifo, *words)
    process = started(*arguments, before=command)
    with process, reader:
        try:
            yield Capture(process, reader)
        finally:
            process.kill()
            reader.kill()
            fifo.unlink()


def end_of(folder: Path, interface: str, *words: str | Path) -> tuple[int, str]:
    """Exit code of a capture that ends by itself, and what it says."""
    with capture(folder, interface, *words) as running:
        running.result()
        return running.ended()
