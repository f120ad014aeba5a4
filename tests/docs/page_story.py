"""Tells a page's story: what it copies and writes is put into a folder, and what it shows is run there."""

from __future__ import annotations

import gzip
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from cli_process import PATIENCE, dovetool, environment
from documents import ROOT, Block, Command, Copy, blocks, steps
from guest_frames import guest_frames
from plain_capture import write_frames
from terminals import in_terminal

WIDTH = 110
_WINDOW = {"COLUMNS": str(WIDTH), "LINES": "18"}
_TIMES = ((re.compile(r"(?<![\d.])\d+\.\d\d s\b"), "0.01 s"), (re.compile(r'"seconds": [\d.e-]+'), '"seconds": 0.01'))
_PROGRAM = re.compile(r"(?:^|[|;&(]) *(?:[A-Z_]+=\S* +)*([a-z][\w.-]*)")
_PLAIN = re.compile(r"dovetool( [\w./,:=+%-]+| '[^'\\]*')*( +#.*)?")
"""A command that means the same without a shell."""
_OF_THE_SHELL = ("cd", "echo", "for", "do", "done", "dovetool", "export", "printf", "python", "test")


class Told:
    """A folder in which a page is told, and what came of it.

    Attributes:
        folder: where the page's commands run.
        printed: what its scripts in Python print, one after the other.
    """

    def __init__(self, folder: Path, page: str) -> None:
        self.folder, self._page = folder / "page", page
        self.printed: list[str] = []
        self.folder.mkdir()
        (self.folder / "samples").symlink_to(ROOT / "samples")
        self._programs = folder / "programs"
        self._programs.mkdir()
        program = self._programs / "dovetool"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dovetool "$@"\n')
        program.chmod(0o755)
        (self._programs / "python").symlink_to(sys.executable)
        self._home = folder / "home"
        self._home.mkdir()

    def tell(self) -> Iterator[tuple[Block, str]]:
        """Do all that the page says; yields each block of commands and output, and what it should be."""
        for step in steps(self._page):
            if isinstance(step, Copy):
                self._copy(step)
            elif isinstance(step, Command):
                self._command(step.text)
            elif step.language == "console":
                yield step, "".join(map(self.shown, typed(step.text)))
            elif step.language == "python" and ">>>" not in step.text:
                self._script(step.text)
            if isinstance(step, Block) and step.title:
                (self.folder / step.title).write_text(step.text, encoding="utf-8")

    def shown(self, command: str) -> str:
        """A command and what it prints, without trailing space, and with times that do not change."""
        code, printed = self._run(command)
        assert code in (0, 1), f"{command}\n{printed}"
        lines = "\n".join(line.rstrip() for line in printed.splitlines()).strip("\n")
        for pattern, fixed in _TIMES:
            lines = pattern.sub(fixed, lines)
        return f"$ {command}\n" + (f"{lines}\n" if lines else "")

    def _copy(self, copy: Copy) -> None:
        if copy.source == "usual":
            usual(self.folder)
            return
        source, target = ROOT / copy.source, self.folder / copy.target
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        else:
            shutil.copy(source, target)

    def _command(self, command: str) -> None:
        """It ends well, and rejects nothing."""
        if command.startswith("dovetool wireshark "):  # for a user's settings and screen: `tests/wireshark` tries them
            assert dovetool("wireshark", command.split()[2], "--help").code == 0
        elif command.startswith("dovetool browse "):
            with in_terminal(*shlex.split(command, comments=True)[1:], cwd=self.folder) as terminal:
                terminal.shows("1 of ", "Octets")
        else:
            code, printed = self._run(command)
            assert code == 0, f"{command}\n{printed}"
            assert "rejected as" not in printed, f"{command}\n{printed}"

    def _script(self, text: str) -> None:
        code, printed = self._call([sys.executable, "-c", text])
        assert code == 0, f"{text}\n{printed}"
        self.printed.append(printed)

    def _run(self, command: str) -> tuple[int, str]:
        """Run it in a shell, or without one where it needs none, which is quicker; the code and what is printed."""
        if _PLAIN.fullmatch(command) and not (self.folder / "dovetool.toml").exists():
            ended = dovetool(
                *shlex.split(command, comments=True)[1:], cwd=self.folder, settings=self._settings(), merged=True
            )
            return ended.code, ended.stdout.decode()
        return self._call(["bash", "-c", command])

    def _settings(self) -> dict[str, str]:
        return {
            **_WINDOW,
            "HOME": str(self._home),
            "PATH": f"{self._programs}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def _call(self, words: list[str]) -> tuple[int, str]:
        settings = environment(**self._settings())
        settings.pop("DOVETOOL_CONFIG", None)  # a page may have settings of its own
        done = subprocess.run(
            words,
            cwd=self.folder,
            env=settings,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=PATIENCE,
        )
        return done.returncode, done.stdout


def typed(block: str) -> list[str]:
    """The commands of a block of commands and output; one may go on in the next line, behind a backslash."""
    found: list[str] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append(line.removeprefix("$ "))
        elif found and found[-1].endswith("\\") and line.startswith("  "):
            found[-1] += f"\n{line}"
    return found


def is_as(shown: str, expected: str) -> bool:
    """Whether a block shows what it should; a line `...` stands for any number of lines."""
    lines = (r"(?:.*\n)*?" if line == "..." else re.escape(line) + r"\n" for line in shown.splitlines())
    return re.fullmatch("".join(lines), expected) is not None


def programs(page: str) -> set[str]:
    """The programs that a page runs, but for dovetool and what a shell has."""
    shown = [command for block in blocks(page, "console") for command in typed(block.text)]
    return {name for command in shown for name in _PROGRAM.findall(command)} - {*_OF_THE_SHELL}


def usual(folder: Path) -> None:
    """The map of the reference, and captures of its frames; what the hops say to each other is thrown away."""
    (first, *_) = (block for block in blocks("docs/reference/map.md", "yaml") if block.title == "map.yaml")
    (folder / "map.yaml").write_text(first.text, encoding="utf-8")
    write_frames(folder / "vm.pcap", guest_frames().values())
    for words in ("tag vm.pcap t.pcap --ingress sw1/p1", "encap t.pcap underlay.pcapng", "encap t.pcap u.pcap"):
        assert dovetool(*words.split(), "-m", "map.yaml", cwd=folder).code == 0
    (folder / "underlay.pcap.gz").write_bytes(gzip.compress((folder / "u.pcap").read_bytes()))
    for name in ("t.pcap", "u.pcap"):
        (folder / name).unlink()


def rewritten(page: str, folder: Path, say: Callable[[str], object] = print) -> str:
    """A page with what its commands print now."""
    text = (ROOT / page).read_text(encoding="utf-8")
    for block, expected in Told(folder, page).tell():
        if not is_as(block.text, expected):
            say(f"{page}:{block.line}")
            text = text.replace(f"```console\n{block.text}```", f"```console\n{expected}```")
    return text
