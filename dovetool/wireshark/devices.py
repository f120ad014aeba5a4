"""The programs that capture, dumpcap and tcpdump, and the interfaces that they can capture from."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

from dovetool.installed import how_to_get
from dovetool.values import dataclass
from dovetool.wireshark.errors import ProgramError

_LINE = re.compile(r"(\d+)\. ?(\S+)(?: (.*))?")  # of `-D`, as both programs print it
ADMIN_FOLDERS = ("/usr/sbin", "/sbin", "/usr/local/sbin")
"""Where tcpdump is, and users have no path to."""
MAC_FOLDERS = ("/Applications/Wireshark.app/Contents/MacOS",) if sys.platform == "darwin" else ()
"""Where dumpcap is on a Mac."""


@dataclass(frozen=True, slots=True)
class Device:
    """A network interface: its name, and with it what is said of it."""

    name: str
    display: str


@dataclass(frozen=True, slots=True)
class Capturer:
    """A program that captures, and how it is told to write each frame to standard output at once."""

    name: str
    path: str
    live: tuple[str, ...]

    def command(self, device: str, capture_filter: str) -> list[str]:
        """The command line that captures until it is ended."""
        chosen = [capture_filter] if self.name == "tcpdump" else ["-f", capture_filter]
        return [self.path, *self.live, "-i", device, "-w", "-", *(chosen if capture_filter else [])]


def find_capturer() -> Capturer:
    """dumpcap, which may be allowed what its user is not; else tcpdump.

    Raises:
        ProgramError: neither is there, or may be run.
    """
    for name, live in (("dumpcap", ("-q",)), ("tcpdump", ("-U", "--immediate-mode", "-s", "0"))):
        path = find(name)
        if path is not None:
            return Capturer(name, path, live)
    raise ProgramError(f"neither dumpcap nor tcpdump can be run; dumpcap: {how_to_get('dumpcap')}")


def find(name: str) -> str | None:
    """The path of a program that may be run; None: there is none."""
    folders = (*os.environ.get("PATH", os.defpath).split(os.pathsep), *ADMIN_FOLDERS, *MAC_FOLDERS)
    return shutil.which(name, path=os.pathsep.join(folders))


def devices() -> list[Device]:
    """The interfaces that frames can be captured from; none where nothing may capture."""
    try:
        capturer = find_capturer()
    except ProgramError:
        return []
    done = subprocess.run([capturer.path, "-D"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return parse_devices(done.stdout.decode(errors="replace"))


def parse_devices(text: str) -> list[Device]:
    """Read what `dumpcap -D` or `tcpdump -D` prints: lines of a number, a name, and more about it."""
    matches = filter(None, map(_LINE.fullmatch, text.splitlines()))
    return [Device(match[2], f"{match[2]} {match[3] or ''}".strip()) for match in matches]
