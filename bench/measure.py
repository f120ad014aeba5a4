"""One measured run of a command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_WRAPPER = Path(__file__).with_name("wrapper.py")


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run took: seconds, and octets of memory at most."""

    seconds: float
    memory: int


class ToolError(Exception):
    """A command could not be run, failed, or did not do its work."""


def measure(command: Sequence[str], *, sample: bool = False) -> Measured:
    """Run a command in a wrapper process of its own.

    Args:
        command: program and arguments.
        sample: add up the memory of all its processes while it runs; for runs whose time does not count.

    Raises:
        ToolError: the command is not there, or ended with another status than 0.
    """
    wrapper = [sys.executable, "-I", "-S", str(_WRAPPER), "--sample" if sample else "--time", *command]
    with subprocess.Popen(
        wrapper, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=settings()
    ) as process:
        try:
            output, complaint = process.communicate()
        except BaseException:
            process.terminate()
            raise
    if process.returncode != 0:
        raise ToolError(f"{command[0]}: {_last_line(complaint)}")
    result = json.loads(output)
    if result["status"] != 0:
        raise ToolError(f"{command[0]} ended with status {result['status']}: {_last_line(complaint)}")
    return Measured(result["seconds"], result["memory"])


def settings() -> dict[str, str]:
    """The environment, in which Python keeps its bytecode, as it does of what is installed."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _last_line(text: str) -> str:
    return text.strip().rpartition("\n")[2] or "no message"
