"""Frames of a network interface as they come: a program that captures, which ends when we do."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from tempfile import TemporaryFile
from typing import IO

from dovetool.errors import UsageError
from dovetool.values import dataclass
from dovetool.wireshark.devices import Capturer, devices, find, find_capturer
from dovetool.wireshark.errors import ProgramError

_GUARD = '"$@" </dev/null & exec >/dev/null; if read -r _; then kill "$!"; read -r _; fi; kill -9 "$!"; wait "$!"'
"""A shell script that runs its arguments for as long as its standard input stays open; a line asks them to end.

The system closes that for us however we end. It does not depend on what Linux alone can do when a parent ends, and
which it leaves undone for a program with rights of its own, as dumpcap is for ordinary users (prctl(2)).
"""
_ETHERNET = ("-y", "EN10MB")


@dataclass(frozen=True, slots=True)
class LiveCapture:
    """A capture at work.

    Attributes:
        capturer: the program.
        guard: the process that runs it; its standard output is the capture.
        complaints: what the program writes to standard error.
    """

    capturer: Capturer
    guard: subprocess.Popen[bytes]
    complaints: IO[bytes]

    @property
    def descriptor(self) -> int:
        """Where the capture can be read."""
        assert self.guard.stdout is not None  # noqa: S101  (it was asked for)
        return self.guard.stdout.fileno()

    def ask_to_end(self) -> None:
        """Have the program end by itself, so that it hands over what it has seen."""
        assert self.guard.stdin is not None  # noqa: S101  (it was asked for)
        with suppress(OSError, ValueError):  # it has ended
            os.write(self.guard.stdin.fileno(), b"\n")

    def end(self) -> int:
        """End the program, unless it has ended; returns the exit code."""
        if self.guard.stdin is not None:
            self.guard.stdin.close()
        return self.guard.wait()

    def check(self) -> None:
        """To be called when the capture has ended though nobody ended it.

        Raises:
            ProgramError: the program could not capture, or not go on.
        """
        code = self.end()
        self.complaints.seek(0)
        said = self.complaints.read().decode(errors="replace")
        if code:
            raise ProgramError(complaint(said, self.capturer.name) or f"{self.capturer.name} ended with code {code}")


@contextmanager
def live_capture(device: str, capture_filter: str) -> Iterator[LiveCapture]:
    """Capture for as long as this lasts, and no longer, whatever ends it.

    Args:
        device: name of the interface.
        capture_filter: in libpcap's language; empty: all frames.

    Raises:
        UsageError: there is no such interface.
        ProgramError: nothing here can capture.
    """
    capturer = find_capturer()
    known = [each.name for each in devices()]
    if device not in known:
        raise UsageError(f"--interface {device}: there is no such interface; there is {', '.join(known) or 'none'}")
    command = ["/bin/sh", "-c", _GUARD, "sh", *capturer.command(device, capture_filter)]
    with TemporaryFile() as complaints:
        pipe = subprocess.PIPE
        guard = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=complaints, start_new_session=True)
        live = LiveCapture(capturer, guard, complaints)
        try:
            yield live
        finally:
            live.end()
            if guard.stdout is not None:
                guard.stdout.close()


def filter_problem(capture_filter: str) -> str:
    """What is wrong with a capture filter; empty: nothing, or nobody here can tell."""
    tcpdump = find("tcpdump")
    if tcpdump is not None:  # which needs no rights for this
        command = [tcpdump, *_ETHERNET, "-d", "--", capture_filter]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        return complaint(done.stderr.decode(errors="replace"), "tcpdump") if done.returncode else ""
    dumpcap = find("dumpcap")
    if dumpcap is None:
        return ""
    command = [dumpcap, "-d", "-f", capture_filter]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    said = complaint(done.stderr.decode(errors="replace"), "dumpcap")
    return said if done.returncode and "capture filter" in said else ""


def complaint(said: str, program: str) -> str:
    """The line in which a program says why it ends, with what stands in brackets behind it."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    for number, line in enumerate(lines):
        if line.startswith(f"{program}: ") and not line.startswith(f"{program}: listening on "):
            more = f" {lines[number + 1]}" if lines[number + 1 : number + 2] and lines[number + 1][0] == "(" else ""
            return line.removeprefix(f"{program}: ") + more
    return ""
