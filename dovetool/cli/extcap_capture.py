"""A capture that Wireshark asked for: from an interface or a file through the stages of a command into its pipe."""

from __future__ import annotations

import os
import re
import select
import signal
import stat
import threading
from collections.abc import Mapping
from dataclasses import dataclass  # noqa: TID251  (with no slots, for what is cached)
from functools import cached_property
from pathlib import Path
from types import FrameType
from typing import NoReturn

from dovetool.analysis.choosing import Chooser
from dovetool.analysis.frame_summary import Sight
from dovetool.capture.ending import ENDING
from dovetool.capture.roles import Roles
from dovetool.capture.stdio import STDIO
from dovetool.cli.exit_code import ExitCode
from dovetool.cli.options import SummaryForm
from dovetool.cli.rewriting import carry_out
from dovetool.cli.watching import WATCH
from dovetool.engine.pipeline import Choices
from dovetool.errors import CaptureError, UsageError
from dovetool.jobs.hops import tagging
from dovetool.jobs.job import Files, Job
from dovetool.jobs.looking import Looking
from dovetool.jobs.maps import loaded_map
from dovetool.jobs.plan import Plan
from dovetool.jobs.selection import frame_filter
from dovetool.jobs.stripping import stripping
from dovetool.jobs.translation import translation
from dovetool.observe.names import Names
from dovetool.vnid_map import VnidMap
from dovetool.wireshark.extcap import DEFAULT_TARGET, NO_CHOICE, STRIP, TAG, CaptureInterface
from dovetool.wireshark.live import filter_problem, live_capture

_STDIN, _STDOUT = 0, 1
_MOST_DEPTH = 64
_DEPTH = re.compile(r"[0-9]{1,2}")


@dataclass(frozen=True)
class Request:
    """What Wireshark asks for.

    Attributes:
        interface: the capture interface.
        words: option -> its word, of those that are not empty.
    """

    interface: CaptureInterface
    words: Mapping[str, str]

    def carry_out(self, fifo: Path | None, capture_filter: str | None) -> int:
        """Capture until there is no more, or Wireshark wants no more; the pipe becomes our standard output.

        Returns:
            The exit code.

        Raises:
            DovetoolError: it cannot be done, or not to the end.
        """
        pipe = _pipe(fifo)
        try:
            _become_writer_of(pipe)  # before all that may fail: Wireshark waits until somebody has opened it
            self._check(capture_filter)
            job = self._job()
            if "--file" in self.words:
                return carry_out(job, SummaryForm.NONE)
            return _live(job, self.words["--interface"], capture_filter or "")
        except (BrokenPipeError, _ReaderLeft):
            return ExitCode.DONE  # Wireshark has what it wants

    def _check(self, capture_filter: str | None) -> None:
        foreign = sorted(set(self.words) - self.interface.options)
        if foreign:
            raise UsageError(f"{foreign[0]}: {self.interface.name} has no such option")
        if self.words.keys().isdisjoint(("--file", "--interface")):
            raise UsageError(f"{self.interface.name}: choose an interface to capture from, or a file, in its options")
        if "--file" in self.words and not Path(self.words["--file"]).is_file():
            raise CaptureError(f"{self.words['--file']}: there is no such file")
        if capture_filter and "--file" in self.words:
            raise UsageError(f"capture filter {capture_filter!r}: a file that is read has none; use a display filter")
        problem = filter_problem(capture_filter) if capture_filter else ""
        if problem:
            raise UsageError(f"capture filter {capture_filter!r}: {problem}")

    @cached_property
    def _looking(self) -> Looking:
        """The capture, with the map where there is one; its files get their roles from the job."""
        tpid = self.words.get("--tpid")
        vnid_map = loaded_map(self._map, tpid) if self._map is not None else None
        return Looking.by(self._source, vnid_map, self._decode_as, tpid, self._depth, Roles())

    @property
    def _source(self) -> Path:
        return Path(self.words["--file"]) if "--file" in self.words else STDIO

    @property
    def _map(self) -> Path | None:
        return Path(self.words["--map"]) if "--map" in self.words else None

    @property
    def _decode_as(self) -> list[str]:
        return [word.strip() for word in self.words.get("--decode-as", "").split(";") if word.strip()]

    @property
    def _depth(self) -> int:
        word = self.words.get("--depth", "8")
        if not (_DEPTH.fullmatch(word) and 1 <= int(word) <= _MOST_DEPTH):
            raise UsageError(f"--depth {word}: expected a number, 1..{_MOST_DEPTH}")
        return int(word)

    def _plan(self) -> Plan:
        """What the command does that the interface stands for."""
        if self.interface is STRIP:
            looking = self._looking
            return stripping(looking.selectors, looking.tpid, looking.depth, looking.names)
        if self.interface is TAG:
            if self._map is None:
                raise UsageError("dove-tag: choose a map in its options (--map)")
            vnid_map = self._looking.names.vnid_map
            assert vnid_map is not None  # noqa: S101  (it was loaded)
            return tagging(vnid_map, self.words.get("--ingress"))
        to = self.words.get("--to", DEFAULT_TARGET if self._map is None else NO_CHOICE)
        vnid_map = VnidMap.load(self._map) if self._map is not None else None
        return translation(None if to == NO_CHOICE else to, vnid_map, self.words.get("--tep"), self._decode_as)

    def _job(self) -> Job:
        files = Files(self._source, STDIO, map_file=self._map)
        return Job(self._plan(), files, choices=self._choices(), to_pcapng=self.interface is STRIP, watch=WATCH)

    def _choices(self) -> Choices:
        """The frames of the networks asked for; what a switch tags belongs to one only behind the stage."""
        if "--vnid" not in self.words:
            return Choices()
        looking = self._looking
        wanted = frame_filter(looking.names, [self.words["--vnid"]])
        choose = Chooser(Sight(looking.observe(wanted.detail), Names(), wanted=wanted)).chosen
        return Choices(after=choose) if self.interface is TAG else Choices(before=choose)


def _pipe(fifo: Path | None) -> Path:
    if fifo is None:
        raise UsageError("--fifo is missing: the named pipe that the capture is written to")
    try:
        mode = fifo.stat().st_mode
    except OSError as error:
        raise UsageError(f"--fifo {fifo}: {error.strerror}") from error
    if not stat.S_ISFIFO(mode):
        raise UsageError(f"--fifo {fifo}: is no named pipe")
    return fifo


def _live(job: Job, device: str, capture_filter: str) -> int:
    """Do a job on what an interface sees, as its standard input."""
    with live_capture(device, capture_filter) as live:
        os.dup2(live.descriptor, _STDIN)
        ENDING.tell_sender = live.ask_to_end
        try:
            code = carry_out(job, SummaryForm.NONE)
        except CaptureError:
            live.check()  # which may know more of why nothing came
            raise
        if not ENDING.number:
            live.check()
        return code


class _ReaderLeft(SystemExit):
    """Nobody reads the pipe any more."""


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    raise _ReaderLeft(ExitCode.DONE)


def _become_writer_of(fifo: Path) -> None:
    """Make the pipe our standard output, and end as soon as nobody reads it any more.

    Without traffic there is nothing to write, and so no broken pipe that would tell.
    """
    pipe = os.open(fifo, os.O_WRONLY)  # waits for the reader
    os.dup2(pipe, _STDOUT)
    os.close(pipe)
    main = threading.main_thread().ident or 0
    signal.signal(signal.SIGUSR1, _leave)

    def watch() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        errors = select.poll()
        errors.register(_STDOUT, 0)  # which waits for nothing but the end of the reader
        errors.poll()
        signal.pthread_kill(main, signal.SIGUSR1)

    threading.Thread(target=watch, daemon=True).start()
