"""TZSP, the TaZmen sniffer protocol of MikroTik's and others' sniffers. It is read, and not written.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    |  Version (1)  |     Type      |     Encapsulated protocol     |
    |  Tag (0..255) |    Length     |  Data ...                     |

Types 0 and 1 carry a frame, received or sent; protocol 1 is Ethernet. Tag 0 is padding and 1 ends the tags; these two
have no length. (No RFC; the layout is that of Wireshark's dissector.)
"""

from __future__ import annotations

from dovetool.errors import MalformedError
from dovetool.wire.encapsulation import WithoutNetwork
from dovetool.wire.fields import Readable
from dovetool.wire.overlay_header import Carrier, OverlayHeader

_LAYER = "TZSP"
_LEN = 4
_WITH_FRAME = (b"\x01\0\0\x01", b"\x01\x01\0\x01")
_PADDING, _END = 0, 1
_MOST_TAGS = 64


class Tzsp(WithoutNetwork):
    """TZSP as one of the encapsulations."""

    name = "tzsp"
    title = "TZSP"
    carrier = Carrier.UDP
    numbers = (37008,)

    def read(self, frame: Readable, offset: int) -> OverlayHeader | None:
        """Read the header at `offset`, behind UDP; None where it carries no Ethernet frame, or is another protocol's.

        The port is one that hosts pick for themselves, so what begins otherwise is nothing wrong.

        Raises:
            FrameError: it is cut, or its tags do not end.
        """
        if frame.take(offset, _LEN, layer=_LAYER) not in _WITH_FRAME:
            return None
        at = offset + _LEN
        for _ in range(_MOST_TAGS):
            tag = frame.take(at, 1, layer=_LAYER)[0]
            at += 1
            if tag == _END:
                return OverlayHeader(self.name, None, at - offset)
            if tag != _PADDING:
                at += 1 + frame.take(at, 1, layer=_LAYER)[0]
        raise MalformedError(_LAYER, offset, f"more than {_MOST_TAGS} tags")
