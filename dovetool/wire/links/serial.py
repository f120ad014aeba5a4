"""Point-to-point lines: PPP in its forms, Cisco HDLC, and LLC over ATM.

PPP (RFC 1661 section 2), perhaps in HDLC-like framing (RFC 1662 section 3.1), perhaps with a protocol of one octet,
which is odd (RFC 1661 section 6.5):

    | Address 0xFF | Control 3 | Protocol (2) | packet

Cisco HDLC (RFC 1547 section 4.3.1):

    | Address 0x0F or 0x8F | Control | EtherType (2) | packet

Both may come with a direction (one octet) before them.

SunATM, and behind it LLC, or LAN emulation with an Ethernet frame:

    | Direction (1 bit), type (7) | VPI (1) | VCI (2) | ...
    | LAN emulation client (2) | Ethernet frame

Source: https://www.tcpdump.org/linktypes.html.
"""

from __future__ import annotations

from dovetool.wire.between import PPP_ETHERTYPES
from dovetool.wire.fields import EtherType, Readable
from dovetool.wire.links.ground import LLC, Ground, behind, word

_PPP_WITH_DIRECTION = 204
_FRAMED = b"\xff\x03"
_CISCO = (0x0F, 0x8F)
_CISCO_LEN = 4
_SUNATM_LEN, _LANE, _LLC = 4, 1, 2
_LANE_LEN = 2


def ppp(frame: Readable, start: int, link_type: int) -> Ground:
    """PPP with or without HDLC-like framing."""
    at = start + (len(_FRAMED) if frame.take(start, 2, layer="PPP") == _FRAMED else 0)
    number = frame.take(at, 1, layer="PPP")[0]
    end = at + 1
    if not number & 1:
        number, end = word(frame, at, "PPP"), at + 2
    return behind(link_type, start, end, PPP_ETHERTYPES.get(number, 0))


def ppp_or_cisco(frame: Readable, start: int, link_type: int) -> Ground:
    """PPP, or Cisco HDLC, as the first octet says."""
    is_cisco = frame.take(start, 1, layer="PPP")[0] in _CISCO
    return (cisco if is_cisco else ppp)(frame, start, link_type)


def directed(frame: Readable, start: int, link_type: int) -> Ground:
    """PPP or Cisco HDLC behind an octet that tells the direction."""
    inner = (ppp if link_type == _PPP_WITH_DIRECTION else cisco)(frame, start + 1, link_type)
    return behind(link_type, start, inner.offset, inner.ethertype)


def cisco(frame: Readable, start: int, link_type: int) -> Ground:
    """Cisco HDLC."""
    return behind(link_type, start, start + _CISCO_LEN, word(frame, start + 2, "Cisco HDLC"))


def pppoe(frame: Readable, start: int, link_type: int) -> Ground:
    """A PPPoE header, which Ethernet would have an EtherType for."""
    return Ground(EtherType.PPPOE, start)


def llc(frame: Readable, start: int, link_type: int) -> Ground:
    """An LLC header at once, as in RFC 2684."""
    return Ground(LLC, start)


def sunatm(frame: Readable, start: int, link_type: int) -> Ground:
    """ATM of Sun's driver."""
    kind, end = frame.take(start, 1, b"\x7f", layer="SunATM")[0], start + _SUNATM_LEN
    if kind == _LANE:
        return behind(link_type, start, end + _LANE_LEN, EtherType.TEB)
    return behind(link_type, start, end, LLC if kind == _LLC else 0)
