"""Ask tshark: is this a display filter, and which frames of a capture does it choose?"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from dovetool.errors import CaptureError
from dovetool.wireshark.decode_as import Marks
from dovetool.wireshark.errors import DamagedCaptureError, FilterError, NotLoadedError, ProgramError
from dovetool.wireshark.names import NetworkNames
from dovetool.wireshark.private_run import PrivateHome, private_home, running
from dovetool.wireshark.programs import Program, find_program

EMPTY_CAPTURE = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
STDIO = Path("-")
_NO_MARKS = Marks()
_LONGEST_FILTER = 100_000
"""Octets; an argument of a program has 131,071 at most (execve(2))."""
_NUMBERS = ("-T", "fields", "-e", "frame.number")
_PROOF = ("-e", "dove.vnid")  # a second column, which tshark refuses to print when it knows no such field
_NO_SUCH_FIELD = "aren't valid"
_DAMAGED = ("cut short", "damaged or corrupt")


def check_filter(text: str, marks: Marks = _NO_MARKS, names: NetworkNames | None = None) -> None:
    """Ask Wireshark whether a text is a display filter; fields of the plugin are known.

    Raises:
        FilterError: it is not.
        NotLoadedError: tshark ignores the plugin.
        ProgramError: tshark is not there, or too old.
        UsageError: Wireshark has no place for one of the marks.
    """
    _require_passable(text)
    tshark = find_program()
    with private_home(names) as home:
        _check(tshark, home, text, marks.arguments())


def _require_passable(text: str) -> None:
    """Raise a FilterError for what no program can be told as an argument."""
    try:
        octets = os.fsencode(text)
    except UnicodeEncodeError:
        raise FilterError(text, "has a half of a character") from None
    if b"\0" in octets:
        raise FilterError(text, "has a NUL, which no argument of a program may have")
    if len(octets) > _LONGEST_FILTER:
        raise FilterError(f"{text[:40]}...", f"is {len(octets):,} octets long; expected {_LONGEST_FILTER:,} at most")


def matching_frames(
    path: Path, text: str, marks: Marks = _NO_MARKS, names: NetworkNames | None = None
) -> Generator[int, None, None]:
    """Yield the numbers of the frames that a display filter chooses, while tshark is still reading.

    tshark runs from the first number asked for to the last, or until the generator is closed; on Linux it also ends
    when the thread that asked first does.

    Args:
        path: a capture, plain or in a compression that tshark knows; `-` is standard input.
        text: the filter.
        marks: of overlay packets and tags.
        names: names of networks by VNID, for `overlay.network`.

    Yields:
        `frame.number`, which counts from 1. In a pcapng with custom blocks, tshark counts those as well.

    Raises:
        FilterError, NotLoadedError, ProgramError, UsageError: as `check_filter`.
        DamagedCaptureError: after the last number that could be had: tshark cannot read on.
        CaptureError: the capture cannot be opened.
    """
    tshark, told = find_program(), marks.arguments()
    live = ("-l",) if path == STDIO else ()
    arguments = (*live, "-Y", text, *told, *_NUMBERS, *_PROOF, "-r", "-")
    with _opened(path) as source, private_home(names) as home:
        with running(home.command(tshark, *arguments), source, home) as run:
            for line in run.output:
                yield int(line.partition(b"\t")[0])
            code = run.process.wait()
            explanation = run.explanation()
        if code:
            _check(tshark, home, text, told)  # the usual cause
            raise _failure(path, code, explanation)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    if path == STDIO:
        yield sys.stdin.buffer
        return
    try:
        stream = path.open("rb")
    except OSError as error:
        raise CaptureError(f"cannot read {path}: {error.strerror}") from error
    with stream:
        yield stream


def _check(tshark: Program, home: PrivateHome, text: str, told: Sequence[str]) -> None:
    code, explanation = _on_nothing(tshark, home, "-Y", text, *told)
    if code == 0:
        return
    plain_code, plain_explanation = _on_nothing(tshark, home)
    if _NO_SUCH_FIELD in plain_explanation:
        raise NotLoadedError(not_loaded_text(tshark))
    if plain_code or not explanation:
        said = " ".join((plain_explanation or explanation or "nothing").split())
        raise ProgramError(f"{tshark.path} ends with exit code {plain_code or code} and says: {said}")
    raise FilterError(text, explanation)


def _on_nothing(tshark: Program, home: PrivateHome, *arguments: str) -> tuple[int, str]:
    """Run tshark on an empty capture, with the proof that it knows the plugin: its exit code, and what it says."""
    command = home.command(tshark, *arguments, *_NUMBERS, *_PROOF, "-r", "-")
    with TemporaryFile() as empty:
        empty.write(EMPTY_CAPTURE)
        empty.seek(0)
        with running(command, empty, home) as run:
            run.output.read()
            return run.process.wait(), run.explanation()


def not_loaded_text(tshark: Program) -> str:
    """Why tshark may ignore the plugin."""
    text = f"{tshark.path} {tshark.version_text} does not load the plugin dove.lua"
    if hasattr(os, "geteuid") and os.geteuid() == 0 and tshark.version >= (4, 4, 0):
        return f"{text}: as root it ignores Lua plugins, and no ordinary user could be taken; run as one"
    return f"{text}: it was built without Lua, or Lua is switched off (see: tshark --version)"


def _failure(path: Path, code: int, explanation: str) -> CaptureError | ProgramError:
    """What a failure was that is not the filter's fault."""
    if code < 0:
        return ProgramError(f"tshark was ended by signal {-code} while it read {path}")
    name = "standard input" if path == STDIO else str(path)
    lines = explanation.splitlines() or [f"it ended with exit code {code}"]
    damage = next((line for line in lines if any(word in line for word in _DAMAGED)), None)
    said = f"{name}: tshark says: {(damage or lines[0]).replace('The standard input', 'it')}"
    return CaptureError(said) if damage is None else DamagedCaptureError(said)
