"""Several captures that are read as one, in the order of time or one after the other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from dovetool.capture.batch import Batch, Interface, Passage
from dovetool.capture.merging.labels import labels, series_of
from dovetool.capture.merging.lane import Lane
from dovetool.capture.merging.numbering import Numbering, Places, common_format
from dovetool.capture.merging.weaving import woven
from dovetool.capture.pcap import RECORDS, PcapFormat
from dovetool.capture.pcapng import SECTION
from dovetool.capture.pcapng_blocks import PACKETS, emit_section
from dovetool.capture.reader import CaptureReader, Opener
from dovetool.capture.source import BLOCK
from dovetool.errors import DamagedInputsError, StoppedError

try:
    import resource
except ImportError:
    HAS_LIMITS = False
else:
    HAS_LIMITS = True

_STAY_OPEN = 8
"""So few captures stay open from the beginning; of more, each is opened again when it is its turn."""
_BUFFERS = 32 << 20
"""Octets that all captures together are read ahead by, as far as a little for each allows."""
_LEAST_BLOCK = 1 << 16
_WINDOW_FRAMES = 1 << 16
_WINDOW_OCTETS = 16 << 20
_THREADS_UP_TO = 3
_SPARE_DESCRIPTORS = 256
_WORTH_A_THREAD = 4 << 20


class JoinedReader:
    """Several open captures; iterate as if they were one, whose frames are numbered in the order in which they come.

    The interfaces of each are named after its file, but where all are parts of one rotated capture. What is damaged
    from some point on is used up to there, and the others go on; the iteration ends with one error about all of them.

    Attributes:
        name: what messages call them.
        pcap: the file header of a pcap file that could hold all frames; None: they are as in pcapng.
        size: octets of all files, None when one is a pipe.
    """

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        in_time_order: bool = True,
        ahead: bool = False,
        opener: Opener = CaptureReader,
    ) -> None:
        """See how each begins.

        Args:
            paths: files, and `-`; two or more.
            in_time_order: else one after the other.
            ahead: threads may decompress.
            opener: opens each of them.

        Raises:
            StoppedError: a signal ended all of them before any frame could be.
            CaptureError: none of them is a capture that has a beginning.
        """
        self.name = f"{len(paths)} captures"
        self._ahead, self._in_time_order = ahead, in_time_order
        _allow_files(2 * len(paths))  # each may have a copy
        self._lanes = [Lane(paths, number, opener) for number in range(len(paths))]
        try:
            for lane in self._lanes:
                lane.peek(stays_open=len(paths) <= _STAY_OPEN, to_frame=in_time_order)
            good = [lane for lane in self._lanes if lane.pcap is not None or lane.section is not None]
            if not good:
                self._refuse()
        except BaseException:
            self.close()
            raise
        sizes = [lane.size for lane in self._lanes]
        self.size = None if None in sizes else sum(size or 0 for size in sizes)
        self.pcap = common_format([lane.pcap for lane in good])
        first = next((lane.section for lane in good if lane.section is not None), None)
        self._numbering = Numbering(self.pcap, little=_order(self.pcap, first))
        self._section = _section_of(good, little=self._numbering.little) if self.pcap is None else None
        named = labels(_captures(good))
        self._labels = {lane.number: label for lane, label in zip(good, named, strict=True)}
        if self.pcap is not None:
            for lane in good:
                self._places(lane).begin(self.pcap)
        self._described = len(self.interfaces)
        self._number = 1

    def _refuse(self) -> None:
        if any(lane.was_stopped for lane in self._lanes):
            raise StoppedError(self.name)
        raise DamagedInputsError([lane.damage for lane in self._lanes if lane.damage is not None], exit_code=2)

    def _places(self, lane: Lane) -> Places:
        return Places(self._numbering, self._labels.get(lane.number, ""), lane.number)

    @property
    def interfaces(self) -> tuple[Interface, ...]:
        """Those of pcap files."""
        return tuple(self._numbering.interfaces) if self.pcap is not None else ()

    @property
    def link_types(self) -> set[int]:
        """Those of the frames read so far."""
        return set().union(*(lane.link_types for lane in self._lanes))

    @property
    def is_short(self) -> bool:
        """They are files that are not worth another thread."""
        return self.size is not None and self.size <= _WORTH_A_THREAD

    @property
    def position(self) -> int:
        """Octets of the files taken so far."""
        return sum(lane.position for lane in self._lanes)

    def __iter__(self) -> Iterator[Batch | Passage]:
        """Read them to their ends.

        Raises:
            DamagedInputsError: some are damaged; all that is good was given.
        """
        if self._section is not None:
            section, self._section = self._section, None
            yield section
        for item in self._in_order() if self._in_time_order else self._in_a_row():
            yield self._numbered(item) if isinstance(item, Batch) else item
        damages = [lane.damage for lane in self._lanes if lane.damage is not None]
        if damages:
            raise DamagedInputsError(damages)

    def _numbered(self, batch: Batch) -> Batch:
        first, self._number = self._number, self._number + len(batch)
        return replace(batch, first_number=first)

    def _in_a_row(self) -> Iterator[Batch | Passage]:
        for lane in self._lanes:
            self._begin(lane, BLOCK)
            yield from self._new_interfaces()
            for item in lane.read():
                yield from self._new_interfaces()
                yield item

    def _in_order(self) -> Iterator[Batch | Passage]:
        """What the captures have in hand, up to where the first of them might go on."""
        waiting = [lane for lane in self._lanes if not lane.is_done]
        active: list[Lane] = []
        framing = RECORDS if self.pcap is not None else PACKETS
        while True:
            yield from self._filled(active)
            active = [lane for lane in active if lane.has_frames]
            bound = min((*active, *waiting), key=lambda lane: (lane.limit, lane.number), default=None)
            if bound is None:
                return
            if not bound.has_begun:
                reach = max((lane.limit for lane in active), default=bound.limit)
                sharing = len(active) + sum(lane.limit <= reach for lane in waiting) + (bound.limit > reach)
                waiting.remove(bound)
                self._begin(bound, max(_LEAST_BLOCK, min(BLOCK, _BUFFERS // sharing)))
                active = sorted((*active, bound), key=lambda lane: lane.number)
                continue
            strands = [
                strand for lane in active for strand in lane.taken(bound.limit, even=lane.number <= bound.number)
            ]
            yield from woven(strands, framing, little=self._numbering.little)

    def _filled(self, active: Sequence[Lane]) -> Iterator[Passage]:
        """Have each read on; a single one gives its batches as they are."""
        several = len(active) > 1
        share = (_WINDOW_FRAMES // len(active), _WINDOW_OCTETS // len(active)) if several else (1, 1)
        for lane in active:
            yield from lane.fill(*share)
        yield from self._new_interfaces()

    def _begin(self, lane: Lane, block: int) -> None:
        several = sum(each.has_begun and not each.is_done for each in self._lanes)
        lane.begin(self._places(lane), ahead=self._ahead and several < _THREADS_UP_TO, block=block)

    def _new_interfaces(self) -> Iterator[Passage]:
        since, self._described = self._described, len(self._numbering.interfaces)
        yield from self._numbering.described(since)

    def close(self) -> None:
        """Close the files."""
        for lane in self._lanes:
            lane.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _order(pcap: PcapFormat | None, section: Passage | None) -> bool:
    """The byte order of the whole: that of the first that has one."""
    if pcap is not None:
        return pcap.little
    return section.little if section is not None else True


def _section_of(lanes: Sequence[Lane], *, little: bool) -> Passage:
    """The header of the section that they become: what all of them say of themselves, or else our own."""
    told = {lane.section.octets[24:] if lane.section is not None else b"" for lane in lanes}
    first = lanes[0].section
    if len(told) == 1 and first is not None and all(lane.section is not None for lane in lanes):
        return first
    return Passage(SECTION, emit_section(little=little), little)


def _captures(lanes: Sequence[Lane]) -> list[Path]:
    """The capture that each is, or is a part of: those that a series has in common are of one format."""
    formats: dict[Path, set[object]] = defaultdict(set)
    for lane in lanes:
        formats[series_of(lane.path)].add(lane.pcap or "pcapng")
    return [of if len(formats[of := series_of(lane.path)]) == 1 else lane.path for lane in lanes]


def _allow_files(count: int) -> None:
    """Let as many files be open as there may have to be, as far as the system allows."""
    if not HAS_LIMITS:  # Windows opens thousands
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + _SPARE_DESCRIPTORS
    if resource.RLIM_INFINITY not in (soft, hard) and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
