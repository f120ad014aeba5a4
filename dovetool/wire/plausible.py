"""Does it look like an Ethernet frame, or like an IP packet? For what the headers around do not say.

The answer rests on few bits, so that it holds for a whole flow: the EtherType, the group bit of a source address, and
the first octet of what follows.
"""

from __future__ import annotations

from dovetool.errors import FrameError
from dovetool.wire.fields import FIRST_ETHERTYPE, MPLS_TYPES, VLAN_TPIDS, EtherType, Readable

_LAYER = "inner Ethernet"
_MACS, _SRC_MAC, _HEADER = 12, 6, 14
_MOST_TAGS = 4
_LONGEST_LENGTH = 1500
_LLC = (b"\x42\x42\x03", b"\xaa\xaa\x03", b"\xfe\xfe\x03", b"\xe0\xe0\x03", b"\xf0\xf0\x03")
"""DSAP, SSAP and control of spanning tree, SNAP, IS-IS, IPX and NetBIOS."""
_OTHERS = MPLS_TYPES | {
    *(EtherType.PPPOE, 0x8863, EtherType.VN_TAG, EtherType.CISCO_METADATA, EtherType.PBB, EtherType.NSH),
    *(EtherType.DOVE, 0x8035, 0x8808, 0x8809, 0x888E, 0x88CC, 0x88E5, 0x88F7, 0x8902, 0x9000),
}
"""EtherTypes of which nothing more is asked; those that come without a number by name are RARP, MAC control, slow
protocols, EAPOL, LLDP, MACsec, PTP, CFM and loopback."""


def is_ethernet(frame: Readable, offset: int) -> bool:
    """Say whether an Ethernet frame may begin at `offset`: no group sent it, and it carries what its EtherType says."""
    try:
        if frame.take(offset + _SRC_MAC, 1, b"\x01", layer=_LAYER)[0]:
            return False
        at = offset + _MACS
        for _ in range(_MOST_TAGS):
            ethertype = int.from_bytes(frame.take(at, 2, layer=_LAYER), "big")
            if ethertype not in VLAN_TPIDS:
                break
            at += 4
        return _carries(frame, ethertype, at + 2)
    except FrameError:
        return False


def _carries(frame: Readable, ethertype: int, at: int) -> bool:
    if ethertype in (EtherType.IPV4, EtherType.IPV6):
        return packet_type(frame, at) == ethertype
    if ethertype == EtherType.ARP:
        return frame.take(at, 4, layer=_LAYER) == b"\0\x01\x08\0"
    if ethertype < FIRST_ETHERTYPE:
        return ethertype <= _LONGEST_LENGTH and frame.take(at, 3, layer=_LAYER) in _LLC
    return ethertype in _OTHERS


def packet_type(frame: Readable, offset: int) -> int | None:
    """EtherType of the IP packet at `offset`, by its version; None where its first octet is no IP header's.

    Raises:
        FrameError: the frame ends there.
    """
    first = frame.take(offset, 1, layer="IP")[0]
    if first >> 4 == 6:
        return EtherType.IPV6
    return EtherType.IPV4 if first >> 4 == 4 and first & 0xF >= 5 else None
