"""tshark with our plugin and nobody's settings, in a home folder that lives as long as the run."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO

from dovetool.values import dataclass
from dovetool.wireshark import plugin_file
from dovetool.wireshark.names import NAMES_FILE, names_text
from dovetool.wireshark.programs import Program

_LAUNCHER = Path(__file__).with_name("launch.py")
_NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class PrivateHome:
    """A home folder with the plugin in it, though not where tshark loads plugins from by itself.

    Attributes:
        path: the folder.
        user: UID:GID of who tshark runs as; `-`: as we do.
    """

    path: Path
    user: str

    @property
    def lua(self) -> Path:
        """The plugin, for `-X lua_script:`."""
        return self.path / plugin_file.NAME

    def command(self, tshark: Program, *arguments: str, source: str = "") -> list[str]:
        """The command line that runs tshark here, with the plugin.

        Args:
            tshark: the program.
            arguments: of tshark; the capture is `-r -`.
            source: file to open as standard input; empty: what we hand over.
        """
        plugin = ("-n", "-X", f"lua_script:{self.lua}")
        return [*self._launch(source), str(tshark.path), *plugin, *arguments]

    def write_stub(self, tshark: Program, source: Path) -> Path:
        """A program that passes for tshark, runs here, and reads the capture `source` whatever file it is told."""
        words = [*self._launch(str(source.resolve())), str(tshark.path)]
        stub = self.path / "tshark"
        stub.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        stub.chmod(0o755)
        return stub

    def _launch(self, source: str) -> list[str]:
        python = (sys.executable, "-I", "-S", str(_LAUNCHER))  # neither settings nor site packages are needed
        return [*python, self.user, str(self.path), source, str(os.getpid())]


@contextmanager
def private_home(names: Mapping[int, str] | None = None) -> Iterator[PrivateHome]:
    """Make the home folder of one run, and remove it afterwards.

    Args:
        names: names of networks by VNID, for `overlay.network`.
    """
    with TemporaryDirectory(prefix="dovetool-tshark-") as folder:
        home = PrivateHome(Path(folder), _ordinary_user())
        home.lua.write_bytes(plugin_file.content())
        config = home.path / ".config" / "wireshark"
        config.mkdir(parents=True)
        (config / NAMES_FILE).write_text(names_text(names or {}), encoding="utf-8")
        if home.user != "-":
            uid, gid = map(int, home.user.split(":"))
            for path in (home.path, *home.path.rglob("*")):
                os.chown(path, uid, gid)
        yield home


def _ordinary_user() -> str:
    """Who tshark should run as: dissectors read what strangers sent, and as root tshark 4.4 ignores plugins."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "-"
    import pwd  # noqa: PLC0415  (Windows has none)

    with suppress(KeyError):
        nobody = pwd.getpwnam(_NOBODY)
        return f"{nobody.pw_uid}:{nobody.pw_gid}"
    return "-"


@dataclass(frozen=True, slots=True)
class Running:
    """tshark at work.

    Attributes:
        process: its standard output is a pipe.
        complaints: what it writes to standard error.
    """

    process: subprocess.Popen[bytes]
    complaints: IO[bytes]

    @property
    def output(self) -> IO[bytes]:
        """What it prints."""
        assert self.process.stdout is not None  # noqa: S101  (it was asked for)
        return self.process.stdout

    def explanation(self) -> str:
        """What it complained of, without its name and its advice to root."""
        self.complaints.seek(0)
        lines = self.complaints.read().decode(errors="replace").splitlines()
        said = (line.removeprefix("tshark: ") for line in lines if not line.startswith("Running as user "))
        return "\n".join(line for line in said if line.strip())


@contextmanager
def running(command: list[str], stdin: int | IO[bytes]) -> Iterator[Running]:
    """Run a command for as long as it is wanted: whatever ends the block ends the process.

    It has a process group of its own, so that Ctrl-C reaches us alone, who then end it or let it finish.
    """
    with TemporaryFile() as complaints:
        process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=complaints)
        try:
            yield Running(process, complaints)
        finally:
            process.kill()
            if process.stdout is not None:
                process.stdout.close()
            process.wait()
