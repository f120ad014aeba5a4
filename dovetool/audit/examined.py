"""What was found out about a frame: what is wrong with it, and what is to be watched over many frames."""

from __future__ import annotations

from enum import StrEnum

from dovetool.belonging.finding import Finding
from dovetool.frame.flow_hash import FlowFields
from dovetool.frame.tunnel import EndsAt
from dovetool.frame.view import UNKNOWN
from dovetool.values import dataclass
from dovetool.verdict.check import Check

GROUP = -1
"""Stands for all tunnel end points that listen to an underlay group."""


class Hop(StrEnum):
    """Where in a network such a frame is seen."""

    OTHER = "other"  # none of the map's business
    UNTAGGED = "untagged"
    TAGGED = "tagged"
    UNDERLAY = "underlay"


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A copy of a frame that goes to all tunnel end points of its network.

    Attributes:
        vnid: the network.
        sender: index of the tunnel end point that copies it.
        receiver: index of the one that gets this copy; `GROUP` for a group.
        expected: indexes of those that should get a copy each, ascending.
        start: where the inner frame begins.
        behind: octets of the outer frame behind it.
    """

    vnid: int
    sender: int
    receiver: int
    expected: tuple[int, ...]
    start: int
    behind: int


@dataclass(frozen=True, slots=True)
class SeenAddress:
    """An address that the map does not have, seen at a place; at two places in turn, it is at both.

    Attributes:
        vnid: the network.
        at: where the address stands in the frame.
        length: its octets.
        tep: index of the tunnel end point that it came from; -1 where the place is a MAC address.
        place_at: where that one stands.
    """

    vnid: int
    at: int
    length: int
    tep: int = UNKNOWN
    place_at: int = 0


@dataclass(frozen=True, slots=True)
class Entropy:
    """Where a packet says which flow it belongs to.

    Attributes:
        path: indexes of the tunnel end points that it goes between.
        port_at: where the outer UDP source port stands.
        flow: what tells the inner flow.
    """

    path: tuple[int, int]
    port_at: int
    flow: FlowFields


@dataclass(frozen=True, slots=True)
class Examined:
    """A frame, or all frames that look the same.

    Attributes:
        hop: where it was seen.
        findings: what is wrong with it.
        checks: what is asked of each frame by itself, and what is found by each answer but the first.
        is_cut: capturing cut it before all could be seen.
        path: indexes of the tunnel end points that it goes between, where the map has both.
        broadcast: what is to be watched of the copies of a frame.
        seen_addresses: what is to be watched of addresses.
        entropy: what is to be watched of the source port.
        ends_at: where the addresses stand that texts of findings leave open; None where none does.
    """

    hop: Hop = Hop.OTHER
    findings: tuple[Finding, ...] = ()
    checks: tuple[tuple[Check, tuple[Finding, ...]], ...] = ()
    is_cut: bool = False
    path: tuple[int, int] | None = None
    broadcast: Broadcast | None = None
    seen_addresses: tuple[SeenAddress, ...] = ()
    entropy: Entropy | None = None
    ends_at: EndsAt | None = None
