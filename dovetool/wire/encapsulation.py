"""The face that every encapsulation has, and the facts about it that stages and the audit go by."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from enum import Enum
from typing import ClassVar, NamedTuple

from dovetool.wire.fields import Readable, Vnid
from dovetool.wire.overlay_header import Carrier, OverlayFields, OverlayHeader


class InnerVlan(Enum):
    """What becomes of the 802.1Q tag of a frame inside."""

    CARRIED = "carried"
    DISCARDED = "discarded"  # frames that have one, unless a receiver is told otherwise
    FORBIDDEN = "forbidden"


class Reserved(NamedTuple):
    """The reserved bits of a header's first octets: senders leave them 0.

    Attributes:
        mask: which bits those are.
        source: where that is written.
        fate: what becomes of a frame that has them set.
    """

    mask: bytes
    source: str
    fate: str

    @classmethod
    def ignored(cls, digits: str, source: str) -> Reserved:
        """Bits that receivers ignore; the mask is hexadecimal."""
        return cls(bytes.fromhex(digits), source, "receivers ignore them")


_GRE = Reserved.ignored("03f8", "RFC 2784 section 2.3")


class Encapsulation(ABC):
    """One kind of overlay header.

    Attributes:
        name: how the map file and the command line call it.
        carrier: what its header is carried in.
        numbers: UDP or TCP destination ports, GRE protocol types or EtherTypes that mark it; the first is the one to
            send to.
        is_written: True when `emit` writes it; else it is only read.
        flow_at: offset in its header of an octet for a hash of the inner flow; None without one.
        bare: EtherTypes of what it carries without an Ethernet header.
        has_vnid: it has a place for an identifier of the virtual network.
        is_mirror: what it names is where frames were mirrored, no network that they are of.
        has_priority: it has a place for PCP and DEI.
        sums_ipv6: without further word, it has a UDP checksum on IPv6, and none on IPv4.
        inner_vlan: what becomes of the 802.1Q tag of a frame inside.
        reserved: its reserved bits; None where nobody has written down which those are.
    """

    name: str
    carrier: Carrier
    numbers: tuple[int, ...]
    is_written: bool = False
    flow_at: int | None = None
    bare: Sequence[int] = ()
    has_vnid: bool = True
    is_mirror: bool = False
    has_priority: bool = False
    sums_ipv6: bool = False
    inner_vlan: InnerVlan = InnerVlan.CARRIED
    reserved: Reserved | None = None

    def allows(self, identifier: Vnid) -> bool:
        """Say whether the encapsulation can carry a network of that identifier; here any of 24 bits."""
        return True

    def reserved_bits(self, frame: Readable, offset: int) -> Reserved | None:
        """The reserved bits of the header at `offset`, which its own flags may tell; raises a FrameError."""
        return _GRE if self.carrier is Carrier.GRE else self.reserved

    def contradiction(self, frame: Readable, offset: int) -> str:
        """What the flags of the header at `offset` say and is not so; empty for nothing. Raises a FrameError."""
        return ""

    @abstractmethod
    def read(self, frame: Readable, offset: int) -> OverlayHeader | None:
        """Read the header at `offset`: behind UDP, the EtherType or IP, or at the GRE or TCP header.

        Returns:
            The header; None for what may well be there, and carries no frame: control messages, another payload.

        Raises:
            FrameError: it is not a valid one.
        """

    @abstractmethod
    def emit(self, fields: OverlayFields) -> bytes:
        """The header that carries what follows; a flow hash in it is 0, and left to the caller."""


class WithoutNetwork(Encapsulation):
    """An encapsulation that has no place for a VNID; `title` is what errors call it."""

    title: ClassVar[str]
    has_vnid = False

    def allows(self, identifier: Vnid) -> bool:
        """None: it has no identifier of a network."""
        return False

    def emit(self, fields: OverlayFields) -> bytes:
        """Raises ValueError: it has no place for a network."""
        raise ValueError(f"{self.title} is only read: VNID {fields.vnid} cannot be sent in it")
