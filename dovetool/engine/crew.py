"""Processes at work for their parent: it starts them, waits for their reports, and lets none of them survive it."""

from __future__ import annotations

import os
import pickle
import select
import signal
from collections.abc import Callable
from types import TracebackType
from typing import Self

from dovetool.engine.ring import Report
from dovetool.errors import DovetoolError

_POLL_MS = 100
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _forked(work: Callable[[int], Report], index: int) -> tuple[int, int]:
    """Start a process that does its work and sends its report; returns its number and where to read the report."""
    inward, outward = os.pipe()
    process = os.fork()
    if process:
        os.close(outward)
        return process, inward
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        report = _guarded(work, index)
        with os.fdopen(outward, "wb") as stream:
            pickle.dump(report, stream)
    finally:
        os._exit(0)  # nothing of the parent's is to be cleaned up or flushed here


def _guarded(work: Callable[[int], Report], index: int) -> Report | BaseException:
    try:
        return work(index)
    except EOFError:
        return Report((), None, (0, 0))
    except BaseException as error:
        return error


class Crew:
    """The processes at work on the file `name`; a context manager that none of them survives."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._processes: list[int] = []
        self._open: set[int] = set()
        self._poll = select.poll()  # descriptors may have numbers that `select` cannot wait for
        self._messages: dict[int, bytes] = {}

    def start(self, work: Callable[[int], Report], count: int) -> None:
        """Start them.

        Signals wait meanwhile, so that none comes between the start of a process and the note of its number, nor
        meets a new process that would act as if it were the parent.
        """
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
        try:
            for index in range(count):
                process, descriptor = _forked(work, index)
                self._processes.append(process)
                self._open.add(descriptor)
                self._poll.register(descriptor, select.POLLIN)
                self._messages[descriptor] = b""
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def reports(self, meanwhile: Callable[[], object]) -> list[Report]:
        """Wait for all reports.

        Raises:
            DovetoolError: what the first process that failed has raised.
        """
        while self._open:
            for descriptor, _ in self._poll.poll(_POLL_MS):
                self._receive(descriptor)
            meanwhile()
        found = [self._unpacked(message) for message in self._messages.values()]
        for report in found:
            if isinstance(report, BaseException):
                raise report
        return [report for report in found if isinstance(report, Report)]

    def _receive(self, descriptor: int) -> None:
        octets = os.read(descriptor, 1 << 16)
        self._messages[descriptor] += octets
        if not octets:
            self._poll.unregister(descriptor)
            self._open.remove(descriptor)
            os.close(descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            if kind is not None:
                os.kill(process, signal.SIGKILL)
        for process in self._processes:
            os.waitpid(process, 0)

    def _unpacked(self, message: bytes) -> Report | BaseException:
        try:
            report: Report | BaseException = pickle.loads(message)  # noqa: S301  (our own process's, by our own pipe)
        except (EOFError, pickle.UnpicklingError):
            what = "a process at work on it was killed; --jobs 1 needs one process and less memory"
            return DovetoolError(f"cannot write {self._name}: {what}")
        return report
