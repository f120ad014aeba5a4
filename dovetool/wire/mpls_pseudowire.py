"""Ethernet pseudowires of MPLS over UDP, port 6635 (RFC 7510), and over GRE (RFC 4023). They are read, and not written.

mpls.py has the label stack. A label tells its network to the receiver alone, which handed it out: it is no VNID.
"""

from __future__ import annotations

from dovetool.wire.encapsulation import WithoutNetwork
from dovetool.wire.fields import EtherType, Readable
from dovetool.wire.gre import GreHeader
from dovetool.wire.mpls import read_stack
from dovetool.wire.overlay_header import Carrier, OverlayHeader


class MplsPseudowire(WithoutNetwork):
    """Ethernet over MPLS as one of the encapsulations, over UDP or over GRE."""

    name = "mpls"
    title = "MPLS"

    def __init__(self, carrier: Carrier, *numbers: int) -> None:
        self.carrier, self.numbers = carrier, numbers

    def read(self, frame: Readable, offset: int) -> OverlayHeader | None:
        """Read the labels at `offset`, behind UDP or from the GRE header on; None where no Ethernet frame follows.

        Raises:
            FrameError: they are cut, or do not end.
        """
        at = offset
        if self.carrier is Carrier.GRE:
            at += GreHeader.read(frame, offset, with_key=False).length
        stack = read_stack(frame, at)
        if stack.payload != EtherType.TEB:
            return None
        return OverlayHeader(self.name, None, stack.payload_at - offset)
