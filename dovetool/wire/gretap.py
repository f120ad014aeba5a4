"""Ethernet over GRE: protocol type 0x6558, and the virtual network in the key, if anywhere (gre.py has the header).

Linux and Open vSwitch call it gretap or gre. The key has 32 bits; one above 24 bits is no VNID, and stays unread.
"""

from __future__ import annotations

from dovetool.errors import MalformedError
from dovetool.wire.encapsulation import Encapsulation
from dovetool.wire.fields import MAX_VNID, EtherType, Readable, Vnid
from dovetool.wire.gre import GreHeader
from dovetool.wire.overlay_header import Carrier, OverlayFields, OverlayHeader


class Gretap(Encapsulation):
    """Ethernet over GRE as one of the encapsulations."""

    name = "gretap"
    carrier = Carrier.GRE
    numbers = (EtherType.TEB,)
    is_written = True

    def read(self, frame: Readable, offset: int) -> OverlayHeader:
        """Read the GRE header at `offset`; raises a FrameError when it is no valid one, or not Ethernet's."""
        header = GreHeader.read(frame, offset)
        if header.protocol != EtherType.TEB:
            raise MalformedError("GRE", offset, f"protocol type is {header.protocol:#06x}, not {EtherType.TEB:#06x}")
        identifier, extras = None, []
        if header.key is not None and header.key > MAX_VNID:
            extras.append("gre-key")
        elif header.key is not None:
            identifier = Vnid(header.key)
        if header.sequence is not None:
            extras.append("sequence-number")
        return OverlayHeader(self.name, identifier, header.length, extras=tuple(extras))

    def emit(self, fields: OverlayFields) -> bytes:
        """The header that carries an Ethernet frame: the K flag and the key."""
        fields.require_ethernet(self.name)
        return GreHeader(EtherType.TEB, key=fields.vnid).emit()
