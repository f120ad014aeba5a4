"""L2TPv3, Ethernet pseudowires over IP (RFC 3931 section 4.1, RFC 4719). It is read, and not written.

Data over IP protocol 115; a session of 0 marks a control message:

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    |                          Session ID                           |
    |               Cookie (optional, 0, 4 or 8 octets)             |
    |          L2-specific sublayer (optional, 4 octets)            |

Over UDP, port 1701, a word stands before that; T marks a control message, and version 2 is of L2TP for PPP:

    |T|x x x x x x x x x x x|  Ver  |           Reserved            |

Neither the length of the cookie nor the sublayer is told: both ends were set up with them. So the Ethernet frame is
looked for where it may begin, and taken from the first place where it looks like one.
"""

from __future__ import annotations

from dovetool.errors import FrameError, MalformedError, TruncatedError
from dovetool.wire.encapsulation import WithoutNetwork
from dovetool.wire.fields import Readable
from dovetool.wire.overlay_header import Carrier, OverlayHeader
from dovetool.wire.plausible import is_ethernet

_LAYER = "L2TPv3"
_SESSION_LEN, _UDP_LEN = 4, 4
_BEGINNINGS = (0, 4, 8, 12)
"""Octets between the session and the frame: no cookie, 4 or 8, and the sublayer of 4."""
_LONGEST_HEADER = 14
_CONTROL, _VERSION = 0x80, 3
_UDP_SEEN = b"\x80\x0f"


class L2tpv3(WithoutNetwork):
    """L2TPv3 as one of the encapsulations, over IP or over UDP."""

    name = "l2tpv3"
    title = "L2TPv3"

    def __init__(self, carrier: Carrier, number: int) -> None:
        self.carrier, self.numbers = carrier, (number,)

    def read(self, frame: Readable, offset: int) -> OverlayHeader | None:
        """Read the header at `offset`, behind IP or UDP; None for a control message, and for version 2.

        Raises:
            FrameError: it is cut, or no Ethernet frame is to be found behind it.
        """
        at = offset
        if self.carrier is Carrier.UDP:
            flags, version = frame.take(at, 2, _UDP_SEEN, layer=_LAYER)
            if flags & _CONTROL or version != _VERSION:
                return None
            at += _UDP_LEN
        if frame.take(at, _SESSION_LEN, layer=_LAYER) == bytes(_SESSION_LEN):
            return None
        at += _SESSION_LEN
        for skipped in _BEGINNINGS:
            if is_ethernet(frame, at + skipped):
                return OverlayHeader(self.name, None, at + skipped - offset)
        _require_all(frame, at)
        raise MalformedError(_LAYER, offset, "no Ethernet frame behind a cookie of 0, 4 or 8 octets")


def _require_all(frame: Readable, at: int) -> None:
    """Raise TruncatedError where capturing cut the frame before the last place could be looked at."""
    length = _BEGINNINGS[-1] + _LONGEST_HEADER
    try:
        frame.take(at, length, bytes(length), layer=_LAYER)
    except TruncatedError:
        raise
    except FrameError:
        return
