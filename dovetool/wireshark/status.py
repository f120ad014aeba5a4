"""What is installed of Wireshark's side, and whether tshark really loads it: it is asked to read a tag."""

from __future__ import annotations

import os
import struct
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile

from dovetool.errors import UsageError
from dovetool.values import dataclass
from dovetool.wire import DoveTag, vnid
from dovetool.wireshark import extcap_launcher, plugin_file
from dovetool.wireshark.errors import ProgramError
from dovetool.wireshark.extcap import INTERFACES
from dovetool.wireshark.files import read_if_there
from dovetool.wireshark.folders import Folders, ask_folders
from dovetool.wireshark.names import NAMES_FILE
from dovetool.wireshark.profile import is_written, profile_folder
from dovetool.wireshark.programs import Program, find_program

_VNID = 5001
_FRAME = bytes(12) + DoveTag(vnid(_VNID)).emit() + b"\x08\x00" + bytes(40)
_CAPTURE = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
_CAPTURE += struct.pack("<IIII", 0, 0, len(_FRAME), len(_FRAME)) + _FRAME
_NONE = "none"


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy of the plugin somewhere; `version` is empty where it does not tell."""

    path: Path
    version: str

    def __str__(self) -> str:
        return f"{self.path} ({self.version or 'no version'})"


@dataclass(frozen=True, slots=True)
class Status:
    """What was found.

    Attributes:
        rows: (what, how it is) for people.
        notes: what is wrong, or will surprise.
        loads: tshark, run as its user runs it, knew the tag of a frame.
    """

    rows: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    loads: bool


def status() -> Status:
    """Look at all there is.

    Raises:
        ProgramError: tshark is not there, or too old.
    """
    tshark = find_program()
    folders = ask_folders(tshark)
    copies = _copies(folders)
    loaded = _loaded_copies(tshark)
    loads = _reads_a_tag(tshark)
    ours = plugin_file.version_in(plugin_file.content())
    rows = (
        ("tshark", f"{tshark.version_text} ({tshark.path})"),
        ("wireshark", _wireshark()),
        ("plugin of this dovetool", ours),
        ("installed for this user", _copy_at(folders.personal_lua)),
        ("installed for all users", _copy_at(folders.global_lua)),
        ("names file", _existing(folders.personal_config / NAMES_FILE)),
        ("profile", str(profile_folder(folders)) if is_written(folders) else _NONE),
        ("capture interfaces", _capture_interfaces(tshark, folders)),
        ("tshark loads it", f"yes: {', '.join(map(str, loaded))}" if loads else "no"),
    )
    return Status(rows, tuple(_notes(tshark, copies, loaded, loads, ours)), loads)


def _wireshark() -> str:
    try:
        program = find_program("wireshark")
    except ProgramError:
        return "not installed"
    return f"{program.version_text} ({program.path})"


def _copy_at(folder: Path) -> str:
    copy = _read_copy(folder / plugin_file.NAME)
    return _NONE if copy is None else str(copy)


def _existing(path: Path) -> str:
    return str(path) if path.is_file() else _NONE


def _capture_interfaces(tshark: Program, folders: Folders) -> str:
    """The launchers that are there, and whether tshark, run as its user runs it, lists what they offer."""
    places = (folders.personal_extcap, folders.global_extcap)
    launchers = [_launcher_in(place) for place in places if extcap_launcher.is_in(place)]
    if not launchers:
        return _NONE
    done = subprocess.run([str(tshark.path), "-D"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    listed = all(f" {name} (".encode() in done.stdout for name in INTERFACES)
    return f"{', '.join(launchers)} (tshark lists them{'' if listed else ' not'})"


def _launcher_in(folder: Path) -> str:
    path = folder / extcap_launcher.NAME
    return str(path) if extcap_launcher.is_current(folder) else f"{path}, of another dovetool: install --extcap again"


def _read_copy(path: Path) -> Copy | None:
    with suppress(UsageError):
        octets = read_if_there(path)
        return None if octets is None else Copy(path, plugin_file.version_in(octets))
    return Copy(path, "")  # it is there, and we may not read it


def _copies(folders: Folders) -> list[Copy]:
    """Every copy in the folders where Wireshark, of this or another version, looks for plugins."""
    old = Path(os.path.expanduser("~")) / ".wireshark" / "plugins"  # noqa: PTH111  (Path.home may raise)
    places = (folders.personal_lua, folders.global_lua, folders.personal_config / "plugins", old)
    paths = {path.resolve(): path for place in places for path in place.rglob(plugin_file.NAME)}
    return [copy for path in paths.values() if (copy := _read_copy(path)) is not None]


def _loaded_copies(tshark: Program) -> list[Copy]:
    """The copies that tshark says it loaded: a line of name, version, kind and path each."""
    done = subprocess.run(
        [str(tshark.path), "-G", "plugins"], stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    rows = (line.split("\t") for line in os.fsdecode(done.stdout).splitlines())
    return [Copy(Path(row[-1].strip()), row[1].strip()) for row in rows if _is_plugin(row)]


def _is_plugin(row: list[str]) -> bool:
    return len(row) >= 4 and Path(row[-1].strip()).name == plugin_file.NAME


def _reads_a_tag(tshark: Program) -> bool:
    """Run tshark as the user does, with what the user has installed, on a frame with a tag."""
    command = [str(tshark.path), "-T", "fields", "-e", "dove.vnid", "-r", "-"]
    with TemporaryFile() as capture:
        capture.write(_CAPTURE)
        capture.seek(0)
        done = subprocess.run(command, stdin=capture, capture_output=True, check=False)
    return done.returncode == 0 and done.stdout.strip() == str(_VNID).encode()


def _notes(tshark: Program, copies: list[Copy], loaded: list[Copy], loads: bool, ours: str) -> Iterator[str]:
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if is_root and tshark.version >= (4, 4, 0) and not loads:
        yield "as root, tshark 4.4 and later ignore Lua plugins of a user without a word; run it as an ordinary user"
    if not copies:
        yield "the plugin is not installed: dovetool wireshark install"
    elif not loads and not is_root:
        yield "tshark ignores the plugin: is it built with Lua (tshark --version), and is Lua not switched off?"
    if len(copies) > 1:
        yield f"there are {len(copies)} copies, of which the first that is loaded wins: {', '.join(map(str, copies))}"
    if loads and any(copy.version != ours for copy in loaded):
        yield f"another version than {ours} is loaded; install again, or remove the other copy"
    elsewhere = [copy for copy in copies if copy.path not in {each.path for each in loaded}]
    if loads and elsewhere:
        yield f"never loaded, as in a folder of another version: {', '.join(map(str, elsewhere))}"
