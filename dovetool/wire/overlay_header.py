"""What every overlay header says, whatever its encapsulation."""

from __future__ import annotations

from dataclasses import dataclass

from dovetool.wire.fields import Vnid


@dataclass(frozen=True, slots=True)
class OverlayHeader:
    """An overlay header that was read.

    Attributes:
        encap: name of the encapsulation.
        vnid: the virtual network, from the encapsulation's own identifier.
        length: octets of the header.
        payload: EtherType of what follows it; 0x6558 for an Ethernet frame.
    """

    encap: str
    vnid: Vnid
    length: int
    payload: int
