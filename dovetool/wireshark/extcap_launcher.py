"""The script in Wireshark's extcap folder that starts `dovetool extcap`: put there, and taken away again."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from dovetool.errors import UsageError
from dovetool.wireshark.errors import ProgramError
from dovetool.wireshark.extcap import STRIP
from dovetool.wireshark.extcap_script import HEAD, script
from dovetool.wireshark.files import Change, check_home, put, read_if_there, remove

NAME = "dovetool-extcap"
_COMMAND = ("-P", "-m", "dovetool", "extcap")  # -P: what lies in the folder that Wireshark was started in is not ours


def content() -> bytes:
    """The script for the Python that runs now.

    Raises:
        UsageError: the system has no shell that could run it.
        ProgramError: that Python does not find dovetool by itself.
    """
    if os.name == "nt":
        raise UsageError("install --extcap: not supported on Windows yet")
    done = subprocess.run([*_command(), "--extcap-interfaces"], cwd="/", capture_output=True, check=False)
    if done.returncode or STRIP.name.encode() not in done.stdout:
        text = "does not find dovetool from elsewhere: install dovetool, as by pip or pipx, and try again"
        raise ProgramError(f"{sys.executable} {text}")
    return script(_command())


def _command() -> list[str]:
    return [sys.executable, *_COMMAND]


def is_ours(octets: bytes) -> bool:
    """Say whether a file is such a script."""
    return octets.startswith(HEAD.encode())


def is_in(folder: Path) -> bool:
    """Say whether there is a script of ours in a folder; one that may not be read is none."""
    try:
        return is_ours(read_if_there(folder / NAME) or b"")
    except UsageError:
        return False


def is_current(folder: Path) -> bool:
    """Say whether the script of ours in a folder is the one that would be written now."""
    return read_if_there(folder / NAME) == script(_command())


def install(folder: Path, script: bytes) -> Change:
    """Write the script.

    Raises:
        UsageError: it cannot be written, or somebody else's file has its name; there is no home folder.
    """
    check_home()
    return put(folder / NAME, script, is_ours, 0o755)


def uninstall(folder: Path) -> list[Change]:
    """Remove the script where it is ours."""
    change = remove(folder / NAME, is_ours)
    return [] if change is None else [change]
