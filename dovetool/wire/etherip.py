"""EtherIP, Ethernet frames in IP protocol 97 (RFC 3378 section 3), as BSD speaks it. It is read, and not written.

     0                   1
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5
    |Version|       Reserved        |

The version is 3. Nothing in the header names a network.
"""

from __future__ import annotations

from dovetool.errors import MalformedError
from dovetool.wire.fields import Readable, Vnid
from dovetool.wire.overlay_header import Carrier, OverlayFields, OverlayHeader

_LAYER = "EtherIP"
_LEN = 2
_SEEN = b"\xf0\0"
_VERSION = 3


class Etherip:
    """EtherIP as one of the encapsulations."""

    name = "etherip"
    carrier = Carrier.IP
    numbers = (97,)
    is_written = False
    flow_at = None
    bare = ()
    has_vnid = False

    def allows(self, identifier: Vnid) -> bool:
        """None: it has no identifier."""
        return False

    def read(self, frame: Readable, offset: int) -> OverlayHeader:
        """Read the header at `offset`, behind IP; raises a FrameError when it is cut, or of another version."""
        version = frame.take(offset, _LEN, _SEEN, layer=_LAYER)[0] >> 4
        if version != _VERSION:
            raise MalformedError(_LAYER, offset, f"version is {version}, not {_VERSION}")
        return OverlayHeader(self.name, None, _LEN)

    def emit(self, fields: OverlayFields) -> bytes:
        """Raises ValueError: it has no place for a network."""
        raise ValueError(f"EtherIP is only read: VNID {fields.vnid} cannot be sent in it")
