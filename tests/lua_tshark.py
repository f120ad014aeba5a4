"""tshark with dove.lua, run so that it is loaded: as an ordinary user, and never believed before dove.vnid is known.

`$DOVETOOL_TSHARK` is another command to run as tshark, such as `tests/wireshark/debian.sh sid`; it has to see the
folder for temporary files under the same name, and to run as an ordinary user itself.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

LUA = Path(__file__).parents[1] / "dovetool" / "wireshark" / "dove.lua"
_NOBODY = "65534"


def tshark_command() -> list[str]:
    """The command that runs tshark as an ordinary user: tshark 4.4 loads no script of root's, and says nothing."""
    if chosen := os.environ.get("DOVETOOL_TSHARK"):
        return shlex.split(chosen)
    tshark = shutil.which("tshark")
    if tshark is None:
        pytest.skip("tshark is not installed")
    if os.geteuid() != 0:
        return [tshark]
    return ["setpriv", f"--reuid={_NOBODY}", f"--regid={_NOBODY}", "--clear-groups", tshark]


class LuaTshark:
    """tshark with dove.lua, and with nobody's own settings.

    Attributes:
        home: its home folder, which everybody may read; `home / "config"` is its configuration folder.
        lua: the script that it loads.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.lua = self.put("dove.lua", LUA.read_bytes())
        (home / "config").mkdir()
        self._command = tshark_command()
        known = self.run("-r", str(self.put("none.pcap", _NO_FRAMES)), "-Y", "dove.vnid || overlay.vnid", lua=True)
        assert known.returncode == 0, f"dove.lua is not loaded: {known.stderr}"

    def put(self, name: str, octets: bytes) -> Path:
        """A file that tshark may read."""
        path = self.home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets)
        path.chmod(0o644)
        return path

    def run(self, *arguments: str, lua: bool = True, stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
        """Run it with these arguments, whatever comes of it."""
        script = ["-X", f"lua_script:{self.lua}"] if lua else []
        first = list(arguments[:2]) if arguments[0] == "-G" else []  # tshark 4.4 wants -G before all others
        command = [*self._command, *first, *script, *arguments[len(first) :]]
        settings = {**os.environ, "HOME": str(self.home), "WIRESHARK_CONFIG_DIR": str(self.home / "config")}
        settings.pop("XDG_CONFIG_HOME", None)
        done = subprocess.run(command, capture_output=True, input=stdin, check=False, env=settings, cwd=self.home)
        output, complaint = done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace")
        return subprocess.CompletedProcess(command, done.returncode, output, complaint)

    def read(self, capture: Path, *arguments: str) -> str:
        """What it prints of a capture; it must end well and have nothing to say of Lua."""
        done = self.run("-n", "-r", "-", *arguments, stdin=capture.read_bytes())
        assert done.returncode == 0, done.stderr
        assert "Lua" not in done.stderr, done.stderr
        assert "Lua Error" not in done.stdout
        return done.stdout

    def fields(self, capture: Path, *fields: str, options: tuple[str, ...] = ()) -> list[list[str]]:
        """For each frame the fields, all occurrences of one with a comma between."""
        names = [option for field in fields for option in ("-e", field)]
        output = self.read(capture, *options, "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=,", *names)
        return [line.split("\t") for line in output.splitlines()]


_NO_FRAMES = bytes.fromhex("d4c3b2a1 0200 0400 00000000 00000000 00000400 01000000".replace(" ", ""))


@contextmanager
def lua_tshark() -> Iterator[LuaTshark]:
    """tshark in a home folder of its own."""
    with tempfile.TemporaryDirectory(prefix="dovetool-tshark-") as name:
        home = Path(name)
        home.chmod(0o777)
        yield LuaTshark(home)
