"""How pcapng tells the time: 64-bit ticks, whose length and start each interface chooses for itself.

Exact in integers for every resolution; times outside of what 64 bits of nanoseconds can hold stop at the last of them.

Source: draft-ietf-opsawg-pcapng section 4.2, if_tsresol (powers of 10, or of 2 if its top bit is set) and if_tsoffset.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column, Stamps

MICROSECONDS = 6
"""The resolution of an interface that names none."""
_SECOND = 1_000_000_000
_LAST_NS = (1 << 63) - 1
_LAST_TICK = (1 << 64) - 1
_BINARY = 0x80
_WIDEST = 34  # up to 2**-34 s, a fraction of a second times 10**9 fits 64 bits


@dataclass(frozen=True, slots=True)
class Timing:
    """The ticks of one interface.

    Attributes:
        resolution: if_tsresol: n for ticks of 10**-n s, 0x80 + n for ticks of 2**-n s.
        offset: if_tsoffset: seconds to add.
    """

    resolution: int = MICROSECONDS
    offset: int = 0

    def to_ns(self, ticks: Stamps) -> Column:
        """Ticks to nanoseconds since 1970, rounded down."""
        exponent = self.resolution & 0x7F
        if not self.resolution & _BINARY:
            ns = _shifted(ticks, 9 - exponent, _LAST_NS)
        elif exponent <= _WIDEST:
            fraction = (ticks & np.uint64((1 << exponent) - 1)) * np.uint64(_SECOND) >> np.uint64(exponent)
            seconds = np.minimum(ticks >> np.uint64(exponent), np.uint64(_LAST_NS // _SECOND - 1))
            ns = seconds * np.uint64(_SECOND) + fraction
        else:
            ns = _exactly(lambda tick: tick * _SECOND >> exponent, ticks, _LAST_NS)
        return self._moved(ns.astype(np.int64))

    def from_ns(self, ts_ns: Column) -> Stamps:
        """Nanoseconds since 1970 to ticks: the inverse of `to_ns` where a tick is not shorter than a nanosecond.

        Rounded down for powers of ten and up for powers of two, because `to_ns` cut off what those do not share with
        ten.
        """
        exponent = self.resolution & 0x7F
        if not self.resolution & _BINARY and not self.offset:
            return _shifted(np.maximum(ts_ns, 0).astype(np.uint64), exponent - 9, _LAST_TICK)
        start = self.offset * _SECOND
        if self.resolution & _BINARY:
            return _exactly(lambda ns: -(-((ns - start) << exponent) // _SECOND), ts_ns, _LAST_TICK)
        return _exactly(lambda ns: (ns - start) * 10**exponent // _SECOND, ts_ns, _LAST_TICK)

    def _moved(self, ns: Column) -> Column:
        start = max(-_LAST_NS, min(self.offset * _SECOND, _LAST_NS))
        return np.minimum(ns, _LAST_NS - max(start, 0)) + start if start else ns


def _shifted(numbers: NDArray[np.uint64], digits: int, last: int) -> NDArray[np.uint64]:
    """Append decimal digits to numbers, or drop them; a number above `last` becomes the last that is not."""
    if digits < -19:
        return np.zeros_like(numbers)
    if digits < 0:
        return numbers // np.uint64(10**-digits)
    if digits > 19:
        return _exactly(lambda number: number * 10**digits, numbers, last)
    return np.minimum(numbers, np.uint64(last // 10**digits)) * np.uint64(10**digits)


def _exactly(work: Callable[[Any], Any], numbers: NDArray[Any], last: int) -> NDArray[np.uint64]:
    """Integers without a limit, for what hardly any file asks for."""
    results: NDArray[np.uint64] = np.clip(work(numbers.astype(object)), 0, last).astype(np.uint64)
    return results


@dataclass(frozen=True, slots=True)
class PcapngClock:
    """The clock of a section.

    Attributes:
        timings: the ticks of each interface, in the order of the interfaces.
        little: byte order of the section, and with it of the options of its packets.
    """

    timings: tuple[Timing, ...]
    little: bool = True

    def extended(self, timing: Timing) -> Self:
        """The clock with one more interface."""
        return replace(self, timings=(*self.timings, timing))

    def with_twins(self) -> Self:
        """The clock for as many interfaces more, each with the ticks of the one whose twin it is."""
        return replace(self, timings=self.timings * 2)

    def to_ns(self, stamps: Stamps, interface: Column) -> Column:
        """Ticks (n,) to nanoseconds since 1970 (n,)."""
        ns = np.empty(len(stamps), np.int64)
        for timing, rows in self._shares(interface):
            ns[rows] = timing.to_ns(stamps[rows])
        return ns

    def from_ns(self, ts_ns: Column, interface: Column) -> Stamps:
        """Nanoseconds since 1970 (n,) to ticks (n,)."""
        ticks = np.empty(len(ts_ns), np.uint64)
        for timing, rows in self._shares(interface):
            ticks[rows] = timing.from_ns(ts_ns[rows])
        return ticks

    def _shares(self, interface: Column) -> list[tuple[Timing, slice | NDArray[np.bool_]]]:
        """Each timing with the frames that it applies to."""
        if len(self.timings) == 1:
            return [(self.timings[0], slice(None))]
        kinds = np.zeros(len(self.timings), np.int64)
        numbers: dict[Timing, int] = {}
        for index in np.flatnonzero(np.bincount(interface)).tolist():
            kinds[index] = numbers.setdefault(self.timings[index], len(numbers))
        if len(numbers) == 1:
            return [(timing, slice(None)) for timing in numbers]
        kind = kinds[interface]
        return [(timing, kind == number) for timing, number in numbers.items()]
