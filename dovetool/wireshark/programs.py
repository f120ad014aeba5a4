"""Where Wireshark's programs are, and how old they are."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from dovetool.installed import how_to_get
from dovetool.values import dataclass
from dovetool.wireshark.errors import ProgramError

OLDEST = (4, 0, 0)
"""The first version whose Lua and options are what the plugin and this package need."""
_PATIENCE = 60  # seconds until a program that only has to say its version is taken to hang
_VERSION = re.compile(r"\b(\d+)\.(\d+)\.(\d+)")

Version = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Program:
    """A program of Wireshark's that is new enough."""

    path: Path
    version: Version

    @property
    def version_text(self) -> str:
        """The version as people write it."""
        return ".".join(map(str, self.version))


def find_program(name: str = "tshark") -> Program:
    """Find `tshark` or `wireshark` in PATH, or where macOS and Windows put it.

    Raises:
        ProgramError: it is not there, does not run, or is too old.
    """
    found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(_usual_folders()))
    if found is None:
        raise ProgramError(f"{name} is not installed: {how_to_get(name)}")
    program = Program(Path(found), _version_of(found, name))
    if program.version < OLDEST:
        needed = f"{OLDEST[0]}.{OLDEST[1]}"
        text = f"{found} is {name} {program.version_text}; dovetool needs {needed} or later: {how_to_get(name)}"
        raise ProgramError(text)
    return program


def _usual_folders() -> list[str]:
    if sys.platform == "darwin":
        return ["/Applications/Wireshark.app/Contents/MacOS"]
    return [str(Path(os.environ[key]) / "Wireshark") for key in ("ProgramFiles", "ProgramW6432") if key in os.environ]


@cache
def _version_of(path: str, name: str) -> Version:
    try:
        said = subprocess.run(
            [path, "--version"], stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=_PATIENCE
        ).stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ProgramError(f"{path} does not run: {error}") from error
    match = _VERSION.search(said.decode(errors="replace"))
    if match is None:
        raise ProgramError(f"{path} does not say which version of {name} it is")
    return int(match[1]), int(match[2]), int(match[3])
