"""Times moved by a span, exactly: in the ticks that a file counts, so that none is rounded.

A span that is no whole number of ticks, and a time that the file cannot hold, are errors.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import replace
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Batch, Column, Passage, Stamps
from dovetool.capture.open_capture import OpenCapture
from dovetool.capture.pcap import PcapFormat
from dovetool.capture.pcapng_blocks import INTERFACE, SECTION, STATISTICS, layout, parse_interface, timing_of
from dovetool.capture.pcapng_clock import PcapngClock, Timing
from dovetool.capture.pcapng_options import emit_option, options
from dovetool.capture.times import name_of_frame
from dovetool.capture.wrapped_reader import WrappedReader
from dovetool.errors import CaptureError, UsageError

_SECOND = 1_000_000_000
_LAST_TICK = (1 << 64) - 1
_LAST_SECOND = (1 << 32) - 1
_BINARY = 0x80
_HEAD = 20  # octets of a statistics block before its options
_BEGIN_AND_END = (2, 3)  # options of it that are times


def ticks_of(timing: Timing, span_ns: int) -> int:
    """A span in the ticks of an interface.

    Raises:
        UsageError: it is no whole number of them.
    """
    exponent = timing.resolution & 0x7F
    parts = span_ns << exponent if timing.resolution & _BINARY else span_ns * 10**exponent
    if parts % _SECOND:
        unit = f"{2 if timing.resolution & _BINARY else 10}**-{exponent}" if exponent else "1"
        raise UsageError(f"--shift: {span_ns:,} ns are no whole number of ticks; the capture counts {unit} s")
    return parts // _SECOND


def _fits(ts_ns: int) -> bool:
    """Say whether pcap can hold a time."""
    return 0 <= ts_ns // _SECOND <= _LAST_SECOND


def _beyond(stamps: Stamps, ticks: int) -> NDArray[np.bool_]:
    """(n,) which times 64 bits cannot tell any more, once so many ticks are added."""
    if abs(ticks) > _LAST_TICK:
        return np.ones(len(stamps), np.bool_)
    return stamps > np.uint64(_LAST_TICK - ticks) if ticks > 0 else stamps < np.uint64(-ticks)


class ShiftedReader(WrappedReader):
    """An open capture whose times are other ones; closing it closes the capture."""

    def __init__(self, reader: OpenCapture, span_ns: int) -> None:
        """Add a span of ns to each time; raises a UsageError when it is no whole number of the ticks of pcap."""
        super().__init__(reader)
        self.span_ns = span_ns
        if self.pcap is not None:
            ticks_of(Timing(9 if self.pcap.nanoseconds else 6), self.span_ns)

    def __iter__(self) -> Iterator[Batch | Passage]:
        """Read on.

        Raises:
            UsageError: the span is no whole number of the ticks of an interface.
            CaptureError: a time cannot be told any more.
        """
        timings: list[Timing] = []
        for item in self.reader:
            if isinstance(item, Batch):
                yield replace(item, stamp=self._stamps(item))
                continue
            if item.kind == SECTION:
                timings = []
            elif item.kind == INTERFACE:
                interface = parse_interface(item.octets, little=item.little)
                timings.append(timing_of(interface, little=item.little))
                ticks_of(timings[-1], self.span_ns)
            yield self._statistics(item, timings) if item.kind == STATISTICS else item

    def _stamps(self, batch: Batch) -> Stamps:
        clock, stamps = batch.clock, batch.stamp
        if isinstance(clock, PcapFormat):
            return self._of_pcap(batch, clock)
        assert isinstance(clock, PcapngClock)  # noqa: S101  (there is no third)
        made = stamps.copy()
        timed = np.ones(len(batch), np.bool_) if batch.annex is None else ~batch.annex.simple
        for index in batch.present.tolist():
            rows = np.flatnonzero((batch.interface == index) & timed)
            ticks = ticks_of(clock.timings[index], self.span_ns)
            mine = stamps[rows]
            if ticks and len(rows):
                beyond = _beyond(mine, ticks)
                if beyond.any():
                    self._refuse(batch, int(rows[beyond.argmax()]))
                made[rows] = mine + np.uint64(ticks) if ticks > 0 else mine - np.uint64(-ticks)
        return made

    def _of_pcap(self, batch: Batch, clock: PcapFormat) -> Stamps:
        ts_ns: Column = clock.to_ns(batch.stamp, batch.interface)
        if not (_fits(int(ts_ns.min()) + self.span_ns) and _fits(int(ts_ns.max()) + self.span_ns)):
            self._refuse(batch, next(n for n, time in enumerate(ts_ns.tolist()) if not _fits(time + self.span_ns)))
        return clock.from_ns(ts_ns + self.span_ns, batch.interface)

    def _refuse(self, batch: Batch, row: int) -> NoReturn:
        limits = "before 1970 or after 2106" if isinstance(batch.clock, PcapFormat) else "that 64 bits cannot tell"
        raise CaptureError(f"--shift: {name_of_frame(batch, row, self.name)} would have a time {limits}")

    def _statistics(self, passage: Passage, timings: list[Timing]) -> Passage:
        """A block of statistics with its times moved; one that cannot be stays as it is."""
        little, octets = passage.little, passage.octets
        words = layout("III", little=little)
        number, high, low = struct.unpack_from(words, octets, 8)
        if number >= len(timings):
            return passage
        ticks = ticks_of(timings[number], self.span_ns)
        pair = layout("II", little=little)

        def moved(upper: int, lower: int) -> bytes:
            tick = (upper << 32 | lower) + ticks
            return struct.pack(pair, *divmod(tick if 0 <= tick <= _LAST_TICK else upper << 32 | lower, 1 << 32))

        raw = bytearray(octets[_HEAD:-4])
        for found in options(bytes(raw), little=little):
            if found.code in _BEGIN_AND_END and len(found.value) == 8:
                value = moved(*struct.unpack(pair, found.value))
                raw[found.start : found.stop] = emit_option(found.code, value, little=little)
        made = octets[:12] + moved(high, low) + bytes(raw) + octets[-4:]
        return Passage(passage.kind, made, little)
