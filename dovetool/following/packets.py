"""The packets of a capture in columns: what each is told from others by, and what may change on its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Column
from dovetool.following.digests import Digests
from dovetool.values import dataclass

MARKS = ("head", "begin", "whole")
"""Columns that become the mark, by the level that is compared."""
_HALF = np.uint64(32)
_LEAST = 1 << 12


@dataclass(frozen=True, slots=True)
class Packets:
    """n packets of a capture, in the order in which they came by.

    A digest of 0 means that there is none; of numbers -1.

    Attributes:
        number: (n,) that of the frame in its capture; 0 for one that was put together of pieces.
        ts_ns: (n,) time in ns since 1970, by the capture's clock.
        mark: (n,) digest of what it is told from others by: all of it that no hop changes, or of its payload the first
            octets alone, or none.
        loose: (n,) digest of what even a packet keeps that was cut into fragments or segments.
        pair: (n,) short digests of its source and destination address, 32 bits each.
        flow: (n,) digest of addresses, protocol and ports.
        vnid: (n,) the virtual network that it shows.
        home: (n,) that of its port, by the map.
        way: (n,) number of the interface and the headers around it.
        tunnel: (n,) digest of the addresses of its outermost tunnel.
        in_group: (n,) that goes to a group of the underlay.
        macs: (n,) short digests of its MAC addresses, as of a pair; 0 without.
        tos: (n,) DSCP and ECN of the packet.
        outer_tos: (n,) those of its outermost tunnel.
        ttl: (n,) its TTL or hop limit.
        pcp: (n,) the priority of its tag.
        length: (n,) octets of the IP packet.
        piece: (n,) whether it is an IP fragment, a `Piece`.
        seq: (n,) TCP sequence number.
        load: (n,) octets of TCP payload; -1 where there is no TCP.
        is_group: (n,) it is for many.
        is_sure: (n,) no two packets of a sender look like this.
        src_tep: (n,) the tunnel end point that its sender is behind, by the map.
        dst_tep: (n,) that of its receiver.
        verdict: (n,) number of what is wrong with it by the map; 0 for nothing.
    """

    number: NDArray[np.uint32]
    ts_ns: NDArray[np.int64]
    mark: Digests
    loose: Digests
    pair: Digests
    flow: Digests
    vnid: NDArray[np.int32]
    home: NDArray[np.int32]
    way: NDArray[np.int32]
    tunnel: NDArray[np.uint32]
    in_group: NDArray[np.bool_]
    macs: Digests
    tos: NDArray[np.int16]
    outer_tos: NDArray[np.int16]
    ttl: NDArray[np.int16]
    pcp: NDArray[np.int8]
    length: NDArray[np.int32]
    piece: NDArray[np.int8]
    seq: NDArray[np.uint32]
    load: NDArray[np.int32]
    is_group: NDArray[np.bool_]
    is_sure: NDArray[np.bool_]
    src_tep: NDArray[np.int16]
    dst_tep: NDArray[np.int16]
    verdict: NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.ts_ns)

    @property
    def src(self) -> Digests:
        """(n,) digests of source addresses."""
        return ends_of(self.pair)[0]

    @property
    def dst(self) -> Digests:
        """(n,) digests of destination addresses."""
        return ends_of(self.pair)[1]

    @property
    def reverse(self) -> Digests:
        """(n,) the pair that the other direction has."""
        return reversed_pairs(self.pair)

    def take(self, rows: Column) -> Packets:
        """The packets `rows` (m,), in that order."""
        return Packets(**{each.name: getattr(self, each.name)[rows] for each in fields(self)})


def reversed_pairs(pairs: Digests) -> Digests:
    """Pairs of which source and destination have changed places."""
    return pairs << _HALF | pairs >> _HALF


def ends_of(pairs: Digests) -> tuple[Digests, Digests]:
    """Digests of source and destination addresses."""
    return pairs >> _HALF, pairs & np.uint64(0xFFFF_FFFF)


def short(digests: Digests) -> Digests:
    """The half of digests that is kept of addresses."""
    return digests >> _HALF


def pairs_of(src: Digests, dst: Digests) -> Digests:
    """Pairs of addresses with these digests, of which half is kept."""
    return short(src) << _HALF | short(dst)


_TYPES: Mapping[str, type[np.generic]] = {
    **dict.fromkeys(("ts_ns",), np.int64),
    **dict.fromkeys((*MARKS, "loose", "pair", "flow", "macs"), np.uint64),
    **dict.fromkeys(("number", "tunnel", "seq"), np.uint32),
    **dict.fromkeys(("vnid", "home", "way", "length", "load"), np.int32),
    **dict.fromkeys(("tos", "outer_tos", "ttl", "src_tep", "dst_tep", "verdict"), np.int16),
    **dict.fromkeys(("pcp", "piece"), np.int8),
    **dict.fromkeys(("in_group", "is_group", "is_sure"), np.bool_),
}
_INTERFACE = "interface"


class PacketsMaker:
    """Collects the columns of batches, in arrays that grow where they are."""

    def __init__(self) -> None:
        self._count, self._room = 0, _LEAST
        kinds = {**_TYPES, _INTERFACE: np.int32}
        self._columns: dict[str, NDArray[Any]] = {name: np.empty(_LEAST, kind) for name, kind in kinds.items()}

    def add(self, columns: Mapping[str, NDArray[Any]], interface: Column) -> None:
        """Take in the columns of some packets, and the interface (n,) that each came by."""
        end = self._count + len(interface)
        while end > self._room:
            self._room *= 2
            for column in self._columns.values():
                column.resize(self._room, refcheck=False)
        for name, column in self._columns.items():
            column[self._count : end] = interface if name == _INTERFACE else columns[name]
        self._count = end

    def made(self, level: int) -> Packets:
        """All of them, in the order in which they came by; to be called once.

        Args:
            level: how much of each is its mark: 2 all, 1 of the payload the beginning, 0 none of it.
        """
        marks = [self._columns.pop(name) for name in MARKS]
        self._columns["mark"] = marks[level]
        del marks
        for column in self._columns.values():
            column.resize(self._count, refcheck=False)
        columns, self._columns = self._columns, {}
        order = arrival_order(columns["number"], columns["ts_ns"], columns.pop(_INTERFACE))
        is_in_place = bool((np.diff(order) > 0).all())
        for name in list(columns):
            columns[name] = _shortened(columns[name] if is_in_place else columns[name][order])
        return Packets(**columns)


def _shortened(column: NDArray[Any]) -> NDArray[Any]:
    """The column; where it has one value alone, that takes no memory."""
    is_one = len(column) > 1 and bool((column == column[0]).all())
    return np.broadcast_to(column[:1].copy(), column.shape) if is_one else column


def arrival_order(number: Column, ts_ns: Column, interface: Column) -> Column:
    """The rows (n,) of frames of a capture in the order in which they came by.

    Those of one interface came in the order of the file, whatever their times say: a clock may be read late, or stepped
    back. Those of several are put together by time.
    """
    order = np.argsort(number, kind="stable")
    times, rank = np.unique(ts_ns, return_inverse=True)
    rows = order[np.argsort(interface[order], kind="stable")]
    above = interface[rows] * len(times)  # so that the times of one interface are above all of those before it
    arrived = np.empty_like(ts_ns)
    arrived[rows] = np.maximum.accumulate(rank[rows] + above) - above
    return order[np.argsort(arrived[order], kind="stable")]
