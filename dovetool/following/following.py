"""What came of following packets from place to place, as values to be shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from dovetool.following.delays import Bar, Delays
from dovetool.values import dataclass


class By(StrEnum):
    """What packets are summed up by."""

    NETWORK = "network"
    PAIR = "pair"
    FLOW = "flow"


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of packets at a hop.

    Attributes:
        seen: those that should come from its first place to its second one.
        lost: of these, those that did not.
        seen_later: of the lost, those that were seen further on.
        duplicated: those that came once more.
        reordered: those that came after one of their flow that had been sent after them.
        misdelivered: those that arrived where they do not belong.
        changed: by field, those that had another value on arrival.
        delay: how long they took; None where none arrived.
    """

    seen: int
    lost: int
    seen_later: int
    duplicated: int
    reordered: int
    misdelivered: int
    changed: Mapping[str, int]
    delay: Delays | None


@dataclass(frozen=True, slots=True)
class HopReport:
    """A hop.

    Attributes:
        source: name of the capture where packets come from.
        target: name of that where they go to.
        counts: of all packets.
        histogram: of the delays.
        outside: packets that were sent on when the second place was not captured.
        passing: those that do not pass it.
        lost_frames: numbers of the first frames that were lost, in the capture of the first place.
        is_from_least: delays are counted from the least, as the clocks cannot be compared.
    """

    source: str
    target: str
    counts: Counts
    histogram: tuple[Bar, ...]
    outside: int
    passing: int
    lost_frames: tuple[int, ...]
    is_from_least: bool


@dataclass(frozen=True, slots=True)
class CaptureReport:
    """A capture.

    Attributes:
        name: what it is called.
        frames: that it has.
        packets: of these, that were followed.
        cut: of these, those with too few octets to be known again.
        underlay: of these, the underlay's own.
        first_ns: time of the first frame, in ns since 1970, by its own clock.
        last_ns: that of the last one.
        offset_ns: how far its clock is ahead of the first capture's; None where that cannot be told.
    """

    name: str
    frames: int
    packets: int
    cut: int
    underlay: int
    first_ns: int
    last_ns: int
    offset_ns: int | None


@dataclass(frozen=True, slots=True)
class GroupReport:
    """Packets that are summed up together.

    Attributes:
        vnid: their network; None where none is known.
        network: its name by the map.
        src: of a pair or flow, the text of the source address.
        dst: that of the destination address.
        ethertype: of a flow that is no IP, its EtherType.
        protocol: of a flow, the IP protocol.
        src_port: its source port.
        dst_port: its destination port.
        hops: what became of them, hop by hop.
    """

    vnid: int | None
    network: str | None
    src: str | None
    dst: str | None
    ethertype: int | None
    protocol: int | None
    src_port: int | None
    dst_port: int | None
    hops: tuple[Counts, ...]


@dataclass(frozen=True, slots=True)
class Following:
    """All of it.

    Attributes:
        captures: in the order of the way.
        hops: in that order, after each the way back where there is one.
        by: what packets are summed up by.
        groups: those with the most losses first; there may be more.
        group_count: how many there are.
        compared: how much of packets is compared: "all", "begin" or "head".
        likely_order: names of the captures in the order that packets tell of; None where that is theirs, or unknown.
    """

    captures: Sequence[CaptureReport]
    hops: Sequence[HopReport]
    by: By
    groups: Sequence[GroupReport]
    group_count: int
    compared: str
    likely_order: tuple[str, ...] | None

    @property
    def lost(self) -> int:
        """Packets that were lost, at all hops."""
        return sum(hop.counts.lost for hop in self.hops)

    @property
    def arrived(self) -> int:
        """How often a packet was seen at the next place."""
        return sum(hop.counts.seen - hop.counts.lost for hop in self.hops)
