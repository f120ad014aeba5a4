"""What frames that look the same have in common, as numbers: so that a batch has it in columns."""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from dovetool.analysis.columns import LookTable
from dovetool.analysis.columns.places import NOWHERE, Entry
from dovetool.capture.batch import Column
from dovetool.observe.names import Names
from dovetool.observe.observation import DOVE, Level
from dovetool.wire.dove_tag import DoveTag

NONE = -1
NO_IP = 256
"""What is added to an EtherType, to tell it from protocols of IP."""
_ETHERNET_LEN, _VLAN_LEN, _ARP_SENDER = 14, 4, 14
_TCP, _UDP, _SCTP = 6, 17, 132
_HEAD_LEN = {_TCP: 20, _UDP: 8, _SCTP: 12}
"""Octets before the payload, and with them the checksum, which a network card may still have to fill in."""


class Family(IntEnum):
    """What the innermost frame carries."""

    OTHER = 0
    ARP = 1
    IPV4 = 4
    IPV6 = 6


class Piece(IntEnum):
    """Whether a packet is an IP fragment."""

    WHOLE = 0
    FIRST = 1
    LATER = 2


class Fact(IntEnum):
    """The columns."""

    FAMILY = 0
    PROTOCOL = 1
    PIECE = 2
    PACKET = 3  # where the packet begins that is told from others
    BODY = 4  # where that part of it begins that is digested as it is
    ETHERTYPE = 5
    VNID = 6  # that the frame shows, or its file tells
    HOME = 7  # the network of its port, by the map
    LAYERS = 8  # number of the row of headers around the innermost frame
    PCP = 9
    IN_TUNNEL = 10
    IS_OUTER_PIECE = 11  # of a packet in the underlay that may carry a tunnel
    VERDICT = 12  # number of what is wrong with it by the map


class Facts:
    """The facts about the entries of a table.

    Attributes:
        verdicts: what is wrong with frames by the map, by number; the first is that nothing is.
    """

    def __init__(self, table: LookTable, names: Names) -> None:
        self._table, self._names = table, names
        self._generation = table.generation
        self._rows = np.zeros((0, len(Fact)), np.int64)
        self._layers: dict[tuple[str, ...], int] = {}
        self.verdicts: dict[tuple[str, ...], int] = {(): 0}

    def of(self, entries: NDArray[np.int32]) -> Callable[[Fact], Column]:
        """A function that gives a fact (n,) about frames of these entries (n,) of the table."""
        if self._generation != self._table.generation:
            self._generation, self._rows = self._table.generation, self._rows[:0]
        new = [self._row(entry) for entry in self._table.entries[len(self._rows) :]]
        if new:
            self._rows = np.concatenate([self._rows, np.array(new, np.int64)])
        rows = self._rows

        def fact(fact: Fact) -> Column:
            column: Column = rows[entries, fact]
            return column

        return fact

    def _row(self, entry: Entry) -> list[int]:
        look, seen, inner = entry.look, entry.look.seen, entry.look.seen.inner
        family, packet, body = _places(inner)
        layers = tuple(overlay.encap for overlay in seen.overlays)
        tag = next((overlay.pcp for overlay in reversed(seen.overlays) if overlay.encap == DOVE), None)
        verdict = look.verdict or ()
        found = {
            Fact.FAMILY: family,
            Fact.PROTOCOL: NONE if inner.protocol is None else inner.protocol,
            Fact.PIECE: Piece.LATER if inner.is_later else Piece.FIRST if inner.is_fragment else Piece.WHOLE,
            Fact.PACKET: packet,
            Fact.BODY: body,
            Fact.ETHERTYPE: inner.ethertype or 0,
            Fact.VNID: _or_none(self._names.vnid(seen)),
            Fact.HOME: _or_none(self._names.home(seen, look.interface)),
            Fact.LAYERS: self._layers.setdefault(layers, len(self._layers)),
            Fact.PCP: _or_none(tag),
            Fact.IN_TUNNEL: entry.tunnel is not None,
            Fact.IS_OUTER_PIECE: inner.is_fragment and entry.tunnel is None,
            Fact.VERDICT: self.verdicts.setdefault(verdict, len(self.verdicts)),
        }
        return [int(found[fact]) for fact in Fact]


def _places(inner: Level) -> tuple[Family, int, int]:
    """What the innermost frame carries, where that begins, and where the part of it that is digested as it is."""
    if inner.protocol is not None:
        address = inner.place("src_ip")
        family = Family.IPV6 if address is not None and address.length > 4 else Family.IPV4
        head = 0 if inner.is_later else _HEAD_LEN.get(inner.protocol, 0)
        return family, inner.ip_at, inner.payload_at + head
    if inner.arp_operation is not None:
        address = inner.place("src_ip")
        at = NOWHERE if address is None else address.at - _ARP_SENDER
        return Family.ARP, at, at
    tags = sum(overlay.encap == DOVE for overlay in inner.overlays)
    has_macs = inner.place("src_mac") is not None
    header = _ETHERNET_LEN + _VLAN_LEN * len(inner.vlans) + DoveTag.LEN * tags if has_macs else 0
    return Family.OTHER, inner.start + header, inner.start + header


def _or_none(number: int | None) -> int:
    return NONE if number is None else number
