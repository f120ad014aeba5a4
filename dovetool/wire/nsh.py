"""NSH, the network service header (RFC 8300 section 2). It is read, and not written.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    |Ver|O|U|    TTL    |   Length  |U|U|U|U|MD Type| Next Protocol |
    |          Service Path Identifier (SPI)        | Service Index |
    |              Context headers or metadata ...                  |

Length counts the whole header in units of 4 octets. It stands behind EtherType 0x894F, on Ethernet or in a tunnel such
as VXLAN-GPE, whose network it is in: a service path is none.
"""

from __future__ import annotations

import struct

from dovetool.errors import MalformedError
from dovetool.wire.encapsulation import WithoutNetwork
from dovetool.wire.fields import EtherType, Readable
from dovetool.wire.overlay_header import Carrier, OverlayHeader

_LAYER = "NSH"
_BASE = struct.Struct("!HBB4x")  # version 2 | O | U | TTL 6 | length 6, MD type, next protocol, service path
_SEEN = bytes.fromhex("c03f00ff00000000")
_LEN = _BASE.size
_ETHERTYPES = {
    1: EtherType.IPV4,
    2: EtherType.IPV6,
    3: EtherType.TEB,
    4: EtherType.NSH,
    5: EtherType.MPLS,
}


class Nsh(WithoutNetwork):
    """NSH as one of the encapsulations."""

    name = "nsh"
    title = "NSH"
    carrier = Carrier.LINK
    numbers = (EtherType.NSH,)

    def read(self, frame: Readable, offset: int) -> OverlayHeader | None:
        """Read the header at `offset`, behind the EtherType; None where no frame or packet follows, as in OAM.

        Raises:
            FrameError: it is cut, of another version, or shorter than its fixed part.
        """
        first, _, number = _BASE.unpack(frame.take(offset, _LEN, _SEEN, layer=_LAYER))
        length = (first & 0x3F) * 4
        if first >> 14:
            raise MalformedError(_LAYER, offset, f"version is {first >> 14}, not 0")
        if length < _LEN:
            raise MalformedError(_LAYER, offset, f"length is {length} octets, below {_LEN}")
        payload = _ETHERTYPES.get(number)
        if payload is None:
            return None
        frame.take(offset, length, bytes(length), layer=_LAYER)
        return OverlayHeader(self.name, None, length, payload, extras=("service-path",))
