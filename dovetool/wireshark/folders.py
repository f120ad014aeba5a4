"""The folders that Wireshark reads: it is asked, as they differ between systems and versions."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from dovetool.values import dataclass
from dovetool.wireshark.errors import ProgramError
from dovetool.wireshark.programs import Program

_KEYS = {
    "personal_config": "Personal configuration",
    "personal_lua": "Personal Lua Plugins",
    "global_lua": "Global Lua Plugins",
}


@dataclass(frozen=True, slots=True)
class Folders:
    """Folders of Wireshark's, which need not be there yet.

    Attributes:
        personal_config: preferences, profiles and the like of this user.
        personal_lua: Lua plugins of this user.
        global_lua: Lua plugins of all users.
        personal_extcap: capture interfaces of this user.
        global_extcap: capture interfaces of all users.
    """

    personal_config: Path
    personal_lua: Path
    global_lua: Path
    personal_extcap: Path
    global_extcap: Path


def ask_folders(tshark: Program) -> Folders:
    """Ask tshark for its folders.

    Raises:
        ProgramError: it does not tell.
    """
    command = [str(tshark.path), "-G", "folders"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return parse_folders(os.fsdecode(done.stdout), " ".join(command))


def parse_folders(text: str, source: str) -> Folders:
    """Read the answer to `tshark -G folders`: lines of a name, a colon, and a path."""
    rows = (line.partition(":") for line in text.splitlines())
    paths = {name.strip(): path.strip() for name, _, path in rows}
    missing = [key for key in _KEYS.values() if not paths.get(key)]
    if missing:
        raise ProgramError(f"{source} does not tell the folder {missing[0]!r}")
    found = {name: Path(paths[key]) for name, key in _KEYS.items()}
    return Folders(**found, **_extcap_folders(paths, found))


def _extcap_folders(paths: dict[str, str], found: dict[str, Path]) -> dict[str, Path]:
    """The folders for capture interfaces, of which 4.0 tells only one and has the other where its settings are."""
    personal = paths.get("Personal Extcap path") or found["personal_config"] / "extcap"
    everybodys = paths.get("Global Extcap path") or paths.get("Extcap path") or found["global_lua"].parent / "extcap"
    return {"personal_extcap": Path(personal), "global_extcap": Path(everybodys)}
