"""Questions of shells, and their answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from dovetool.completion.bash import Line
from dovetool.completion.place import place_of
from dovetool.completion.powershell import reply, words_of
from dovetool.completion.table import load
from dovetool.completion.values import Offer, offers

VARIABLE = "_DOVETOOL_COMPLETE"
"""Set to the name of a shell where it is that shell that asks."""
_SCRIPT = "source_"
_FILES = {"bash": "dovetool.bash", "zsh": "_dovetool", "fish": "dovetool.fish", "powershell": "dovetool.ps1"}
SHELLS = tuple(_FILES)


def answer(environ: Mapping[str, str], words: Sequence[str]) -> str:
    """What a shell is told.

    Args:
        environ: the environment, with what is asked in `_DOVETOOL_COMPLETE`.
        words: of zsh and fish, the words up to the cursor, without the program's name; the last one is not whole.
    """
    shell = environ[VARIABLE]
    if shell.startswith(_SCRIPT) and shell.removeprefix(_SCRIPT) in _FILES:
        return script(shell.removeprefix(_SCRIPT))
    if shell not in _FILES:
        return ""
    if shell == "bash":
        line = Line.parsed(environ.get("_DOVETOOL_LINE", ""))
        found = _found(line.words[1:] or [""], environ)
        return _bash(found, line, environ.get("COMP_WORDBREAKS", "")) if len(line.words) > 1 else ""
    if shell == "powershell":
        return _powershell(words_of(environ.get("_DOVETOOL_LINE", "")), environ)
    if shell == "fish":
        last = Line.parsed(words[-1]).words[-1] if words else ""
        return _told(_found([*words[:-1], last], environ), kind=False)
    return _told(_found(list(words) or [""], environ, lists_files=False), kind=True)


def script(shell: str) -> str:
    """What a shell runs to have its lines completed."""
    return (Path(__file__).parent / "shells" / _FILES[shell]).read_text(encoding="utf-8")


def _found(words: Sequence[str], environ: Mapping[str, str], *, lists_files: bool = True) -> Offer:
    table = load()
    return offers(place_of(words, table), table, environ, lists_files=lists_files)


def _bash(found: Offer, line: Line, breaks: str) -> str:
    replies = [reply for value, _ in found.values if (reply := line.reply(value, breaks)) is not None]
    return "".join(f"{each}\n" for each in ("open" if found.is_open else "whole", *replies))


def _powershell(words: Sequence[str], environ: Mapping[str, str]) -> str:
    """A line for each: what is put in, what is shown, and what it is; told of nothing, PowerShell lists files."""
    if len(words) < 2:
        return ""
    found, replaced = _found(words[1:], environ, lists_files=False), environ.get("_DOVETOOL_WORD", "")
    replies = [(reply(value, words[-1], replaced), value, told) for value, told in found.values]
    return "".join(f"{put}\t{value}\t{told}\n" for put, value, told in replies if put is not None)


def _told(found: Offer, *, kind: bool) -> str:
    """A line for each: the value, a tab, and what it is; of zsh, one before that says what it is about."""
    lines = [f"{value}\t{told}" if told else value for value, told in found.values]
    if kind:
        lines.insert(0, f"files {found.glob}" if found.glob else "open" if found.is_open else "whole")
    return "".join(f"{line}\n" for line in lines)
