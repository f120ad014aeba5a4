"""How pcapng tells the time: 64-bit ticks, whose length and start each interface chooses for itself.

Exact in integers for every resolution. Columns of nanoseconds stop at the first and last ticks that 64 bits can hold; a
time that ticks cannot hold is an error.

Source: draft-ietf-opsawg-pcapng section 4.2, if_tsresol (powers of 10, or of 2 if its top bit is set) and if_tsoffset.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import LAST_NS, Column, Stamps, distinct
from dovetool.capture.growing import followed, grown
from dovetool.errors import TimeRangeError
from dovetool.values import dataclass

MICROSECONDS = 6
"""The resolution of an interface that names none."""
_SECOND = 1_000_000_000
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

    @property
    def start_ns(self) -> int:
        """The time of tick 0."""
        return self.offset * _SECOND

    def exact_ns(self, tick: int) -> int:
        """The time of a tick in ns since 1970, rounded down; whatever that is."""
        exponent = self.resolution & 0x7F
        since = tick * _SECOND >> exponent if self.resolution & _BINARY else tick * _SECOND // 10**exponent
        return since + self.start_ns

    def exact_tick(self, ts_ns: int) -> int:
        """The tick of a time; whatever that is.

        Rounded down for powers of ten and up for powers of two, because `exact_ns` cut off what those do not share
        with ten.
        """
        exponent, since = self.resolution & 0x7F, ts_ns - self.start_ns
        return -(-(since << exponent) // _SECOND) if self.resolution & _BINARY else since * 10**exponent // _SECOND

    def to_ns(self, ticks: Stamps) -> Column:
        """Ticks (n,) to nanoseconds since 1970, rounded down; the first or last that fits for what does not."""
        if not len(ticks):
            return np.empty(0, np.int64)
        if not all(_is_told(self.exact_ns(int(tick))) for tick in (ticks.min(), ticks.max())):
            last = min(self.exact_ns(self.exact_tick(LAST_NS)), LAST_NS)
            return np.array([max(-LAST_NS, min(self.exact_ns(tick), last)) for tick in ticks.tolist()], np.int64)
        exponent, is_binary = self.resolution & 0x7F, self.resolution & _BINARY
        fits = _is_told(self.start_ns) and _is_told(self.exact_ns(int(ticks.max())) - self.start_ns)
        if not fits or (is_binary and exponent > _WIDEST):
            return _exactly(self.exact_ns, ticks).astype(np.int64)
        if not is_binary:
            ns = _shifted(ticks, 9 - exponent)
        else:
            fraction = (ticks & np.uint64((1 << exponent) - 1)) * np.uint64(_SECOND) >> np.uint64(exponent)
            ns = (ticks >> np.uint64(exponent)) * np.uint64(_SECOND) + fraction
        since: Column = ns.astype(np.int64)
        return since + self.start_ns if self.offset else since

    def from_ns(self, ts_ns: Column) -> Stamps:
        """Nanoseconds since 1970 (n,) to ticks: the inverse of `to_ns` where a tick is not shorter than a nanosecond.

        Raises:
            TimeRangeError: a time is before tick 0, or out of what 64 bits of ticks hold.
        """
        if not len(ts_ns):
            return np.empty(0, np.uint64)
        if not all(_is_tick(self.exact_tick(int(time))) for time in (ts_ns.min(), ts_ns.max())):
            times = ts_ns.tolist()
            first = next(time for time in times if not _is_tick(self.exact_tick(time)))
            raise TimeRangeError(first, "is not one that its interface in the output can tell")
        if not self.resolution & _BINARY and not self.offset:
            return _shifted(ts_ns.astype(np.uint64), (self.resolution & 0x7F) - 9)
        return _exactly(self.exact_tick, ts_ns).astype(np.uint64)


def _is_told(ts_ns: int) -> bool:
    return -LAST_NS <= ts_ns <= LAST_NS


def _is_tick(tick: int) -> bool:
    return 0 <= tick <= _LAST_TICK


def _shifted(numbers: NDArray[np.uint64], digits: int) -> NDArray[np.uint64]:
    """Append decimal digits to numbers, or drop them; what comes of it fits."""
    if digits < -19:
        return np.zeros_like(numbers)
    if digits < 0:
        return numbers // np.uint64(10**-digits)
    return numbers * np.uint64(10**digits if digits <= 19 else 0)


def _exactly(work: Callable[[int], int], numbers: NDArray[Any]) -> NDArray[Any]:
    """Integers without a limit, for what hardly any file asks for."""
    return np.array([work(number) for number in numbers.tolist()], object)


@dataclass(frozen=True, slots=True)
class PcapngClock:
    """The clock of a section.

    Attributes:
        timings: the ticks of each interface, in the order of the interfaces.
        little: byte order of the section, and with it of the options of its packets.
    """

    timings: Sequence[Timing]
    little: bool = True

    def extended(self, timing: Timing) -> Self:
        """The clock with one more interface."""
        return replace(self, timings=grown(self.timings, timing))

    def with_twins(self, of: Iterable[int]) -> Self:
        """The clock for more interfaces, each with the ticks of the one whose twin it is."""
        return replace(self, timings=followed(self.timings, [self.timings[index] for index in of]))

    def to_ns(self, stamps: Stamps, interface: Column) -> Column:
        """Ticks (n,) to nanoseconds since 1970 (n,); see `Timing.to_ns`."""
        ns = np.empty(len(stamps), np.int64)
        for timing, rows in self._shares(interface):
            ns[rows] = timing.to_ns(stamps[rows])
        return ns

    def from_ns(self, ts_ns: Column, interface: Column) -> Stamps:
        """Nanoseconds since 1970 (n,) to ticks (n,); raises as `Timing.from_ns`."""
        ticks = np.empty(len(ts_ns), np.uint64)
        for timing, rows in self._shares(interface):
            ticks[rows] = timing.from_ns(ts_ns[rows])
        return ticks

    def exact_ns(self, stamp: int, interface: int) -> int:
        """A tick of an interface in ns since 1970, whatever that is."""
        return self.timings[interface].exact_ns(stamp)

    def _shares(self, interface: Column) -> list[tuple[Timing, slice | NDArray[np.bool_]]]:
        """Each timing with the frames that it applies to."""
        if len(self.timings) == 1:
            return [(self.timings[0], slice(None))]
        present, which = distinct(interface)
        numbers: dict[Timing, int] = {}
        kinds = [numbers.setdefault(self.timings[index], len(numbers)) for index in present.tolist()]
        if len(numbers) == 1:
            return [(timing, slice(None)) for timing in numbers]
        kind = np.array(kinds, np.int64)[which]
        return [(timing, kind == number) for timing, number in numbers.items()]
