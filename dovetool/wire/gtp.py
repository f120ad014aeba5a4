"""GTP-U, IP packets of mobile users (3GPP TS 29.281 section 5.1). It is looked through for what they carry.

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    |Ver 1|P|R|E|S|N| Message type  |            Length             |
    |               Tunnel endpoint identifier (TEID)               |
    |       Sequence number         |  N-PDU number | Next extension|

The third word is there when one of E, S and N is set. An extension header begins with its length in units of 4 octets
and ends with the type of the next one, 0 for none. Message type 255 is a packet of a user.
"""

from __future__ import annotations

from typing import NamedTuple

from dovetool.errors import MalformedError
from dovetool.wire.fields import Readable
from dovetool.wire.plausible import packet_type

PORT = 2152
LENGTH_AT, LENGTH_BASE, TEID_AT = 2, 8, 4
_LAYER = "GTP"
_FIRST_SEEN = b"\xf7\xff"
_VERSION_1, _PACKET = 0x30, 255
_E, _OPTIONAL = 0x04, 0x07
_MOST_EXTENSIONS = 8


class GtpPacket(NamedTuple):
    """A user's packet: its EtherType, and where it begins."""

    ethertype: int
    offset: int


def read_packet(frame: Readable, offset: int) -> GtpPacket | None:
    """What the GTP-U header at `offset`, behind UDP, carries; None where that is no IP packet.

    Raises:
        FrameError: it is cut, or its extension headers do not end.
    """
    flags, message = frame.take(offset, 2, _FIRST_SEEN, layer=_LAYER)
    if flags & 0xF0 != _VERSION_1 or message != _PACKET:
        return None
    at = offset + LENGTH_BASE
    if flags & _OPTIONAL:
        kind = frame.take(at + 3, 1, layer=_LAYER)[0] if flags & _E else 0
        at = _behind_extensions(frame, kind, at + 4)
    ethertype = packet_type(frame, at)
    return None if ethertype is None else GtpPacket(ethertype, at)


def _behind_extensions(frame: Readable, kind: int, at: int) -> int:
    for _ in range(_MOST_EXTENSIONS):
        if not kind:
            return at
        length = frame.take(at, 1, layer=_LAYER)[0] * 4
        if not length:
            break
        kind = frame.take(at + length - 1, 1, layer=_LAYER)[0]
        at += length
    raise MalformedError(_LAYER, at, "the extension headers do not end")
