"""Frames that were given one by one, as batches: what reads them is none of a file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from types import TracebackType
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import SLACK, Annex, Batch, Column, Interface, Octets, Passage, Stamps
from dovetool.capture.pcap import PcapFormat
from dovetool.capture.pcapng import SECTION
from dovetool.capture.pcapng_blocks import emit_section
from dovetool.capture.pcapng_options import COMMENT, END_MARK, emit_option
from dovetool.errors import TimeRangeError
from dovetool.values import dataclass

_AT_ONCE = 1 << 10
"""Frames of a batch: few, so that what is made of the first ones does not wait for many."""
_MOST_COMMENT = 0xFFFC  # octets of an option, whose length has 16 bits and is padded
_LIMITS = "is before 1970, or after 2262"


class GivenFrame(NamedTuple):
    """A frame with all that is known of it.

    Attributes:
        octets: what was captured of it.
        orig_len: its octets on the wire.
        ts_ns: time in ns since 1970.
        interface: where it was captured.
        comments: what is said of its packet.
    """

    octets: bytes
    orig_len: int
    ts_ns: int
    interface: Interface
    comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NanosecondClock:
    """Times as they are, in ns since 1970."""

    def to_ns(self, stamps: Stamps, interface: Column) -> Column:
        """The same numbers."""
        ts_ns: Column = stamps.astype(np.int64)
        return ts_ns

    def from_ns(self, ts_ns: Column, interface: Column) -> Stamps:
        """The same numbers; a TimeRangeError where one is below 0."""
        if len(ts_ns) and int(ts_ns.min()) < 0:
            raise TimeRangeError(int(ts_ns.min()), _LIMITS)
        return ts_ns.astype(np.uint64)

    def exact_ns(self, stamp: int, interface: int) -> int:
        """The same number."""
        return stamp

    def with_twins(self, of: Iterable[int]) -> Self:
        """All interfaces have it."""
        return self


class FramesReader:
    """Hands frames out as a reader of a pcapng file does; see `CaptureReader`."""

    pcap: PcapFormat | None = None
    size: int | None = None
    position = 0
    is_short = True

    def __init__(self, frames: Iterable[GivenFrame], name: str) -> None:
        self.name = name
        self._link_types: set[int] = set()
        self._frames = iter(frames)
        self._interfaces: dict[Interface, int] = {}
        self._number = 1

    @property
    def link_types(self) -> set[int]:
        """Those of the frames so far."""
        return self._link_types

    @property
    def interfaces(self) -> tuple[Interface, ...]:
        """None is implied: they are described as frames need them."""
        return ()

    def __iter__(self) -> Iterator[Batch | Passage]:
        """A section, then the frames."""
        yield Passage(SECTION, emit_section(little=True), little=True)
        failure: BaseException | None = None
        while failure is None:
            frames: list[GivenFrame] = []
            try:
                frames.extend(islice(self._frames, _AT_ONCE))
            except Exception as error:
                failure = error
            if frames:
                batch = self._batch(frames)
                self._link_types |= batch.link_types
                yield batch
            elif failure is None:
                return
        raise failure

    def _batch(self, frames: list[GivenFrame]) -> Batch:
        known = self._interfaces
        octets, offset, caplen = _laid_out([frame.octets for frame in frames])
        first, self._number = self._number, self._number + len(frames)
        return Batch(
            octets=octets,
            offset=offset,
            caplen=caplen,
            orig_len=np.array([frame.orig_len for frame in frames], np.int64),
            stamp=np.array([frame.ts_ns for frame in frames], np.uint64),
            interface=np.array([known.setdefault(frame.interface, len(known)) for frame in frames], np.int64),
            interfaces=tuple(known),
            clock=NanosecondClock(),
            annex=_annex(frames) if any(frame.comments for frame in frames) else None,
            first_number=first,
        )

    def close(self) -> None:
        """Nothing is open."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Nothing is open."""


def _laid_out(parts: list[bytes]) -> tuple[Octets, Column, Column]:
    """The parts one behind the other with slack behind them, where each begins (n,), and how long it is (n,)."""
    length: Column = np.array([len(part) for part in parts], np.int64)
    return np.frombuffer(b"".join([*parts, bytes(SLACK)]), np.uint8), np.cumsum(length) - length, length


def _annex(frames: list[GivenFrame]) -> Annex:
    octets, offset, length = _laid_out([_options(frame.comments) for frame in frames])
    simple: NDArray[np.bool_] = np.zeros(len(frames), np.bool_)
    return Annex(octets, offset, length, simple)


def _options(comments: tuple[str, ...]) -> bytes:
    texts = (comment.encode(errors="replace")[:_MOST_COMMENT] for comment in comments)
    made = b"".join(emit_option(COMMENT, text, little=True) for text in texts)
    return made + END_MARK if made else b""
