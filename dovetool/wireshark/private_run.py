"""tshark with our plugin and nobody's settings, in a home folder that lives as long as the run."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, Any

from dovetool.values import dataclass
from dovetool.wireshark import plugin_file
from dovetool.wireshark.errors import ProgramError
from dovetool.wireshark.names import NAMES_FILE, NetworkNames, names_text
from dovetool.wireshark.programs import Program

_LAUNCHER = Path(__file__).with_name("launch.py")
_NOBODY = "nobody"
IS_WINDOWS = os.name == "nt"
"""There a program cannot turn into another one, and has no other user to become: tshark is started itself."""


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
    def config(self) -> Path:
        """The folder of settings."""
        return self.path / ".config" / "wireshark"

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
        if IS_WINDOWS:
            return [str(tshark.path), *plugin, *arguments]
        return [*self._launch(source), str(tshark.path), *plugin, *arguments]

    def settings(self) -> dict[str, Any]:
        """What the launcher sees to elsewhere: where tshark starts, whose settings it reads, who hears Ctrl-C."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WIRESHARK_")}
        config = {"WIRESHARK_CONFIG_DIR": str(self.config), "APPDATA": str(self.path)}
        group = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
        return {"cwd": self.path, "env": {**kept, **config}, "creationflags": group}

    def write_stub(self, tshark: Program, source: Path) -> Path:
        """A program that passes for tshark, runs here, and reads the capture `source` whatever file it is told.

        Raises:
            ProgramError: the system has no shell that could run it.
        """
        if IS_WINDOWS:
            raise ProgramError("--engine tshark: not supported on Windows yet")
        words = [*self._launch(str(source.resolve())), str(tshark.path)]
        stub = self.path / "tshark"
        stub.write_text(f'#!/bin/sh\nexec {shlex.join(words)} "$@"\n')
        stub.chmod(0o755)
        return stub

    def _launch(self, source: str) -> list[str]:
        python = (sys.executable, "-I", "-S", str(_LAUNCHER))  # neither settings nor site packages are needed
        return [*python, self.user, str(self.path), source, str(os.getpid())]


@contextmanager
def private_home(names: NetworkNames | None = None) -> Iterator[PrivateHome]:
    """Make the home folder of one run, and remove it afterwards.

    Args:
        names: names of networks by VNID, for `overlay.network`.
    """
    with TemporaryDirectory(prefix="dovetool-tshark-") as folder:
        home = PrivateHome(Path(folder), _ordinary_user())
        home.lua.write_bytes(plugin_file.content())
        home.config.mkdir(parents=True)
        (home.config / NAMES_FILE).write_text(names_text(names or {}), encoding="utf-8")
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
def running(command: list[str], stdin: int | IO[bytes], home: PrivateHome) -> Iterator[Running]:
    """Run a command of that home for as long as it is wanted: whatever ends the block ends the process.

    It has a process group of its own, so that Ctrl-C reaches us alone, who then end it or let it finish.
    """
    settings = home.settings() if IS_WINDOWS else {}
    with TemporaryFile() as complaints:
        process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.PIPE, stderr=complaints, **settings)
        try:
            yield Running(process, complaints)
        finally:
            process.kill()
            if process.stdout is not None:
                process.stdout.close()
            process.wait()
