"""A capture that tells of nothing but its frames: names are others, and comments, secrets and the like are gone.

What stays of pcapng: of an interface its link type, snap length and ticks; of statistics the counts; of a packet its
flags, its number and the drops before it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from dovetool.capture.batch import SLACK, Annex, Batch, Interface, Passage
from dovetool.capture.growing import grown
from dovetool.capture.open_capture import OpenCapture
from dovetool.capture.pcapng_blocks import (
    INTERFACE,
    SECTION,
    STATISTICS,
    emit_block,
    emit_interface,
    emit_section,
    parse_interface,
)
from dovetool.capture.pcapng_clock import PcapngClock
from dovetool.capture.pcapng_options import (
    COMMENT,
    END_MARK,
    EPB_DROPCOUNT,
    EPB_FLAGS,
    IF_NAME,
    IF_TSOFFSET,
    IF_TSRESOL,
    emit_option,
    options,
)
from dovetool.capture.wrapped_reader import WrappedReader

_SPEED = 8
_OF_INTERFACE = (IF_TSRESOL, IF_TSOFFSET, _SPEED)
_OF_PACKET = frozenset({EPB_FLAGS, EPB_DROPCOUNT, 5, 6})
_OF_STATISTICS = frozenset(range(2, 9))
_HEAD = 12  # octets of the body of a statistics block before its options


class BareReader(WrappedReader):
    """An open capture; closing it closes the one that it is made of."""

    def __init__(self, reader: OpenCapture, other_name: Callable[[str], str], *, keeps_comments: bool = False) -> None:
        """Read a capture.

        Args:
            reader: the capture.
            other_name: gives an interface another name, by its own.
            keeps_comments: packets keep their comments.
        """
        super().__init__(reader)
        self._other_name = other_name
        self._of_packet = _OF_PACKET | {COMMENT} if keeps_comments else _OF_PACKET
        self._known: dict[Interface, Interface] = {}
        self._described: Sequence[Interface] = ()

    @property
    def interfaces(self) -> tuple[Interface, ...]:
        """The interfaces that pcap implies."""
        return tuple(map(self._plain, self.reader.interfaces))

    def __iter__(self) -> Iterator[Batch | Passage]:
        """Read on; raises as the capture does."""
        for item in self.reader:
            if isinstance(item, Batch):
                yield self._batch(item)
            elif item.kind == SECTION:
                self._described = ()
                yield Passage(SECTION, emit_section(little=item.little), item.little)
            elif item.kind == INTERFACE:
                interface = self._bare(parse_interface(item.octets, little=item.little), little=item.little)
                self._described = grown(self._described, interface)
                yield Passage(INTERFACE, emit_interface(interface, little=item.little), item.little)
            elif item.kind == STATISTICS:
                body = item.octets[8:-4]
                told = chosen(body[_HEAD:], _OF_STATISTICS, little=item.little)
                yield Passage(STATISTICS, emit_block(STATISTICS, body[:_HEAD] + told, little=item.little), item.little)

    def _plain(self, interface: Interface) -> Interface:
        return replace(interface, name=self._other_name(interface.name)) if interface.name else interface

    def _bare(self, interface: Interface, *, little: bool) -> Interface:
        """The interface with its other name, and what its ticks are."""
        if interface not in self._known:
            name = self._other_name(interface.name)
            called = emit_option(IF_NAME, name.encode(), little=little) if name else b""
            kept = chosen(interface.options, frozenset(_OF_INTERFACE), little=little)
            self._known[interface] = replace(interface, name=name, options=called + (kept or END_MARK), tenant=-1)
        return self._known[interface]

    def _batch(self, batch: Batch) -> Batch:
        annex = batch.annex
        if not isinstance(batch.clock, PcapngClock):
            return replace(batch, interfaces=tuple(map(self._plain, batch.interfaces)))
        if annex is None or not annex.length.any():
            return replace(batch, interfaces=self._described)
        return replace(batch, interfaces=self._described, annex=self._annex(annex), framed_for=None)

    def _annex(self, annex: Annex) -> Annex:
        runs: dict[bytes, bytes] = {}
        made: list[bytes] = []
        for at, size in zip(annex.offset.tolist(), annex.length.tolist(), strict=True):
            raw = annex.octets[at : at + size].tobytes()
            if raw not in runs:
                runs[raw] = chosen(raw, self._of_packet, little=annex.little)
            made.append(runs[raw])
        length = np.array([len(run) for run in made], np.int64)
        octets = np.frombuffer(b"".join(made) + bytes(SLACK), np.uint8)
        return replace(annex, octets=octets, offset=np.cumsum(length) - length, length=length)


def chosen(raw: bytes, codes: frozenset[int], *, little: bool) -> bytes:
    """The options of those codes, and an end mark if there are any."""
    made = b"".join(
        emit_option(found.code, found.value, little=little)
        for found in options(raw, little=little)
        if found.code in codes
    )
    return made + END_MARK if made else b""
