"""What every overlay header says, whatever its encapsulation."""

from __future__ import annotations

from enum import StrEnum

from dovetool.values import dataclass
from dovetool.wire.fields import EtherType, Vnid

CONTROL = "oam"
"""Among the extras of a header: what follows is a control message for the end point itself."""


class Carrier(StrEnum):
    """What an overlay header is carried in, and what selects it there."""

    UDP = "udp"  # the destination port
    TCP = "tcp"  # the destination port
    GRE = "gre"  # the protocol type of the GRE header, which is a part of the overlay header
    LINK = "link"  # the EtherType
    IP = "ip"  # the protocol of IP
    UDP_FROM = "udp-from"  # UDP again, by the source port, as a user may choose
    TCP_FROM = "tcp-from"  # TCP, likewise


@dataclass(frozen=True, slots=True)
class OverlayHeader:
    """An overlay header that was read.

    Attributes:
        encap: name of the encapsulation.
        vnid: the virtual network, from the encapsulation's own identifier; None where the header has none.
        length: octets of the header.
        payload: EtherType of what follows it; 0x6558 for an Ethernet frame.
        pcp: priority that the header itself carries; None where it carries none.
        dei: drop eligible indicator that goes with it.
        extras: names of what it carries besides, which another encapsulation has no place for.
        critical: (class, type) of options that a receiver must know, and that dovetool does not.
    """

    encap: str
    vnid: Vnid | None
    length: int
    payload: int = EtherType.TEB
    pcp: int | None = None
    dei: bool = False
    extras: tuple[str, ...] = ()
    critical: tuple[tuple[int, int], ...] = ()

    @property
    def is_control(self) -> bool:
        """What follows is for the tunnel end point, which must not hand it on."""
        return CONTROL in self.extras


@dataclass(frozen=True, slots=True)
class OverlayFields:
    """What an overlay header that is to be written says.

    Attributes:
        vnid: the virtual network.
        pcp: priority, for an encapsulation with a place for it.
        dei: drop eligible indicator, likewise.
        payload: EtherType of what follows; 0x6558 for an Ethernet frame.
        with_priority: put pcp and dei in where the place for them is optional.
    """

    vnid: Vnid
    pcp: int = 0
    dei: bool = False
    payload: int = EtherType.TEB
    with_priority: bool = False

    def require_ethernet(self, encap: str) -> None:
        """Refuse any other payload than an Ethernet frame; raises ValueError."""
        if self.payload != EtherType.TEB:
            raise ValueError(f"{encap} carries Ethernet frames, and not EtherType {self.payload:#06x}")
