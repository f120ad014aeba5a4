"""What may stand between Ethernet and IP, beside 802.1Q tags: it is looked through, and not looked at.

VN-Tag, of the ports of a Cisco fabric extender, behind EtherType 0x8926 (in the place of IEEE 802.1BR's E-TAG):

     0                   1                   2                   3
     0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
    |D|P|  Destination interface    |L|R|Ver|   Source interface    |
    |           EtherType           |

Cisco metadata, behind EtherType 0x8909 (TrustSec, draft-smith-kandula-sxp-06 section 2):

    | Version (1)   |  Length (1)   | Option length and type (16)   |
    |      Security group tag       |           EtherType           |

A PPPoE session, behind EtherType 0x8864 (RFC 2516 section 4; protocols: RFC 1661 section 2, RFC 3032 section 4.3):

    | Ver 1 | Type 1|   Code 0      |          Session ID           |
    |            Length             |         PPP protocol          |

LLC with SNAP, behind the length of an 802.3 frame (RFC 1042; IEEE 802.1H, whose organisation 0x0000F8 means the same):

    |   DSAP 0xAA   |   SSAP 0xAA   |  Control 3    | Organisation  |
    |      Organisation (0)         |           EtherType           |

A label stack of MPLS is in mpls.py.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

from dovetool.errors import FrameError
from dovetool.wire.fields import FIRST_ETHERTYPE, MPLS_TYPES, EtherType, Readable
from dovetool.wire.mpls import read_stack

_PPPOE = struct.Struct("!HHHH")  # version, type and code, session, length, PPP protocol
_PPPOE_SEEN = bytes.fromhex("ffff00000000ffff")
_PPPOE_FIRST = 0x1100
PPP_ETHERTYPES = {0x0021: EtherType.IPV4, 0x0057: EtherType.IPV6, 0x0281: EtherType.MPLS, 0x0283: EtherType.MPLS}
_SNAP = struct.Struct("!6sH")
_SNAP_FIRST = (b"\xaa\xaa\x03\0\0\0", b"\xaa\xaa\x03\0\0\xf8")
_TAGS = {EtherType.VN_TAG: 6, EtherType.CISCO_METADATA: 8}
"""EtherType of a tag -> octets behind it, with the next EtherType."""
_MACS = 12


class Beyond(NamedTuple):
    """What was found behind a header.

    Attributes:
        ethertype: what follows.
        offset: where it begins.
        length: (offset, base) of a length field of the header, which counts octets from `base` on; None without one.
        frame: where an Ethernet frame begins, in a pseudowire, whose header ends there; None without one.
    """

    ethertype: int
    offset: int
    length: tuple[int, int] | None = None
    frame: int | None = None


def beyond(frame: Readable, ethertype: int, offset: int) -> Beyond | None:
    """What is behind a header that is looked through; None where there is none, or the frame is cut in it.

    Args:
        frame: the frame.
        ethertype: what stands at `offset`, or the length of an 802.3 frame.
        offset: where it begins.
    """
    try:
        if ethertype in _TAGS:
            end = offset + _TAGS[ethertype]
            return Beyond(_word(frame, end - 2), end)
        if ethertype < FIRST_ETHERTYPE:
            return _snap(frame, ethertype, offset)
        if ethertype == EtherType.PPPOE:
            return _pppoe(frame, offset)
        return _mpls(frame, offset) if ethertype in MPLS_TYPES else None
    except FrameError:
        return None


def _word(frame: Readable, at: int) -> int:
    return int.from_bytes(frame.take(at, 2, layer="EtherType"), "big")


def _snap(frame: Readable, length: int, offset: int) -> Beyond | None:
    if frame.take(offset, 1, layer="LLC") != b"\xaa":
        return None
    first, ethertype = _SNAP.unpack(frame.take(offset, _SNAP.size, layer="LLC"))
    if first not in _SNAP_FIRST or ethertype < FIRST_ETHERTYPE:
        return None
    is_length = length >= _SNAP.size  # else it is the number by which cooked captures mark LLC
    return Beyond(ethertype, offset + _SNAP.size, (offset - 2, offset) if is_length else None)


def _pppoe(frame: Readable, offset: int) -> Beyond | None:
    first, _, _, protocol = _PPPOE.unpack(frame.take(offset, _PPPOE.size, _PPPOE_SEEN, layer="PPPoE"))
    ethertype = PPP_ETHERTYPES.get(protocol)
    if first != _PPPOE_FIRST or ethertype is None:
        return None
    return Beyond(ethertype, offset + _PPPOE.size, (offset + 4, offset + 6))


def _mpls(frame: Readable, offset: int) -> Beyond | None:
    """The packet behind the labels; of a pseudowire, what its Ethernet frame carries."""
    stack = read_stack(frame, offset)
    if stack.payload is None:
        return None
    if stack.payload != EtherType.TEB:
        return Beyond(stack.payload, stack.payload_at)
    at = stack.payload_at + _MACS
    return Beyond(_word(frame, at), at + 2, frame=stack.payload_at)
