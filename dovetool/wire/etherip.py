"""EtherIP, Ethernet frames in IP protocol 97 (RFC 3378 section 3), as BSD speaks it. It is read, and not written.

     0                   1
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
    |Version|       Reserved        |

The version is 3. Nothing in the header names a network.
"""

from __future__ import annotations

from dovetool.errors import MalformedError
from dovetool.wire.encapsulation import Reserved, WithoutNetwork
from dovetool.wire.fields import Readable
from dovetool.wire.overlay_header import Carrier, OverlayHeader

_LAYER = "EtherIP"
_LEN = 2
_SEEN = b"\xf0\0"
_VERSION = 3


class Etherip(WithoutNetwork):
    """EtherIP as one of the encapsulations."""

    name = "etherip"
    title = "EtherIP"
    carrier = Carrier.IP
    numbers = (97,)
    reserved = Reserved(b"\x0f\xff", "RFC 3378 section 3", "BSD drops the frame")

    def read(self, frame: Readable, offset: int) -> OverlayHeader:
        """Read the header at `offset`, behind IP; raises a FrameError when it is cut, or of another version."""
        version = frame.take(offset, _LEN, _SEEN, layer=_LAYER)[0] >> 4
        if version != _VERSION:
            raise MalformedError(_LAYER, offset, f"version is {version}, not {_VERSION}")
        return OverlayHeader(self.name, None, _LEN)
