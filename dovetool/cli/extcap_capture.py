"""A capture that Wireshark asked for: from an interface or a file through the stages of a command into its pipe."""

from __future__ import annotations

import os
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
from dovetool.capture.stdio import STDIO
from dovetool.cli.exit_code import ExitCode
from dovetool.cli.job import Job, MakeStages
from dovetool.cli.looking import Looking
from dovetool.cli.options import Rewriting, SummaryForm, TenantForm
from dovetool.cli.parsing import port_named
from dovetool.cli.selection import frame_filter
from dovetool.cli.tenancy import TenantChoice
from dovetool.cli.translation import translation
from dovetool.engine.pipeline import Choices
from dovetool.errors import CaptureError, UsageError
from dovetool.observe.names import Names
from dovetool.stages.strip import Strip
from dovetool.stages.switch import Tag
from dovetool.wireshark.extcap import DEFAULT_TARGET, NO_CHOICE, STRIP, TAG, CaptureInterface
from dovetool.wireshark.live import filter_problem, live_capture

_STDIN, _STDOUT = 0, 1
_MOST_DEPTH = 64


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
            make_stages, job = self._stages(), self._job()
            if "--file" in self.words:
                return job.carry_out(make_stages)
            return _live(job, make_stages, self.words["--interface"], capture_filter or "")
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
        """The capture, with the map where there is one."""
        return Looking.of(self._source, self._map, self._decode_as, self.words.get("--tpid"), self._depth)

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
        if not (word.isascii() and word.isdecimal() and 1 <= int(word) <= _MOST_DEPTH):
            raise UsageError(f"--depth {word}: expected a number, 1..{_MOST_DEPTH}")
        return int(word)

    def _stages(self) -> MakeStages:
        """What makes the stages of the command that the interface stands for."""
        if self.interface is STRIP:
            looking = self._looking
            selectors, depth, tpid = looking.selectors, looking.depth, looking.tpid
            return lambda holds_all: [Strip(selectors, depth, tpid, ethernet_only=not holds_all)]
        if self.interface is TAG:
            if self._map is None:
                raise UsageError("dove-tag: choose a map in its options (--map)")
            vnid_map = self._looking.names.vnid_map
            assert vnid_map is not None  # noqa: S101  (it was loaded)
            stage = Tag(vnid_map, port_named(vnid_map, self.words.get("--ingress")))
            return lambda _: [stage]
        to = self.words.get("--to", DEFAULT_TARGET if self._map is None else NO_CHOICE)
        target = None if to == NO_CHOICE else to
        return translation(target, self._map, self.words.get("--tep"), self._decode_as, annotate=False)[0]

    def _job(self) -> Job:
        is_strip, is_tag = self.interface is STRIP, self.interface is TAG
        return Job(
            self.interface.name,
            Rewriting(self._source, STDIO, summary=SummaryForm.NONE),
            map_file=self._map,
            grows=not is_strip,
            keeps_link=not (is_strip or is_tag) and self._map is None,
            choices=self._choices(),
            tenancy=TenantChoice(names=self._looking.names) if is_strip else TenantChoice(TenantForm.NONE),
            to_pcapng=is_strip,
        )

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


def _live(job: Job, make_stages: MakeStages, device: str, capture_filter: str) -> int:
    """Do a job on what an interface sees, as its standard input."""
    with live_capture(device, capture_filter) as live:
        os.dup2(live.descriptor, _STDIN)
        ENDING.tell_sender = live.ask_to_end
        try:
            code = job.carry_out(make_stages)
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
