"""The table of encapsulations, and the face that each of them has.

A new encapsulation is a file of its own with a class that has this face, and one line in `ENCAPSULATIONS`; the stages
find it here by name or by UDP port and need no change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from dovetool.wire.fields import Readable, Vnid
from dovetool.wire.overlay_header import OverlayHeader
from dovetool.wire.vxlan import Vxlan

__all__ = ["ENCAPSULATIONS", "UDP_PORTS", "Encapsulation", "OverlayHeader"]


class Encapsulation(Protocol):
    """One kind of overlay header, carried in UDP.

    Attributes:
        name: how the map file and the command line call it.
        udp_ports: destination ports that mark it; the first is the one to send to.
    """

    @property
    def name(self) -> str: ...  # noqa: D102  (see Attributes)

    @property
    def udp_ports(self) -> tuple[int, ...]: ...  # noqa: D102  (see Attributes)

    def read(self, frame: Readable, offset: int) -> OverlayHeader:
        """Read the header at `offset`; raises a FrameError when it is not a valid one."""

    def emit(self, identifier: Vnid) -> bytes:
        """The header for an Ethernet frame of the network `identifier`."""


_VXLAN = Vxlan()

ENCAPSULATIONS: Mapping[str, Encapsulation] = {encapsulation.name: encapsulation for encapsulation in (_VXLAN,)}
"""Every encapsulation, by name."""

UDP_PORTS: Mapping[int, str] = {
    port: encapsulation.name for encapsulation in ENCAPSULATIONS.values() for port in encapsulation.udp_ports
}
"""Registered destination port -> name of the encapsulation."""
