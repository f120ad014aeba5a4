"""What may stand between Ethernet and IP; the diagrams are those of `wire.between` and `wire.mpls`."""

from __future__ import annotations

from collections.abc import Iterator

from dovetool.observe.dissection.headers import ETHERNET, ethertype
from dovetool.observe.dissection.layout import Bits, Layout, flag, gap, hexadecimal, length_of, named
from dovetool.wire.fields import FIRST_ETHERTYPE, MPLS_TYPES, EtherType

VN_TAG: Layout = (
    Bits("vntag.dir", "To the bridge", 1),
    Bits("vntag.ptr", "Pointer", 1),
    Bits("vntag.dst", "Destination interface", 14),
    Bits("vntag.looped", "Looped", 1),
    Bits("vntag.r", "Reserved", 1),
    Bits("vntag.version", "Version", 2),
    Bits("vntag.src", "Source interface", 12),
    Bits("vntag.etype", "Type", 16, ethertype),
)
CISCO_METADATA: Layout = (
    Bits("cmd.version", "Version", 8),
    Bits("cmd.length", "Length", 8),
    Bits("cmd.options", "Options", 16, hexadecimal(4)),
    Bits("cmd.sgt", "Security group tag", 16),
    Bits("cmd.type", "Type", 16, ethertype),
)
PPPOE: Layout = (
    Bits("pppoe.version", "Version", 4),
    Bits("pppoe.type", "Type", 4),
    Bits("pppoe.code", "Code", 8, named({0: "session data"}, hexadecimal(2))),
    Bits("pppoe.session_id", "Session ID", 16, hexadecimal(4)),
    Bits("pppoe.payload_length", "Payload length", 16),
)
_PROTOCOLS = {0x0021: "IPv4", 0x0057: "IPv6", 0x0281: "MPLS", 0x0283: "MPLS"}
PPP: Layout = (Bits("ppp.protocol", "Protocol", 16, named(_PROTOCOLS, hexadecimal(4))),)
SNAP: Layout = (
    Bits("llc.dsap", "DSAP", 8, hexadecimal(2)),
    Bits("llc.ssap", "SSAP", 8, hexadecimal(2)),
    Bits("llc.control", "Control", 8, hexadecimal(2)),
    Bits("llc.oui", "Organisation", 24, hexadecimal(6)),
    Bits("llc.type", "Type", 16, ethertype),
)
MPLS: Layout = (
    Bits("mpls.label", "Label", 20),
    Bits("mpls.exp", "Traffic class", 3),
    Bits("mpls.bottom", "Bottom of the stack", 1, flag),
    Bits("mpls.ttl", "Time to live", 8),
)
CONTROL_WORD: Layout = (gap(16), Bits("pweth.cw.sequence_number", "Sequence number", 16))
_ENTRY_LEN = length_of(MPLS)


def between_layouts(kind: int, octets: bytes) -> Iterator[tuple[str, str, Layout]]:
    """The headers of one kind that octets between Ethernet and IP consist of: name, title, and how they are laid out.

    Args:
        kind: EtherType of what they begin with, or the length of an 802.3 frame.
        octets: those that are looked through.
    """
    if kind in MPLS_TYPES:
        yield from label_layouts(octets)
    elif kind == EtherType.VN_TAG:
        yield "vntag", "VN-Tag", VN_TAG
    elif kind == EtherType.CISCO_METADATA:
        yield "cmd", "Cisco metadata", CISCO_METADATA
    elif kind == EtherType.PPPOE:
        yield "pppoes", "PPPoE session", PPPOE
        yield "ppp", "PPP", PPP
    elif kind < FIRST_ETHERTYPE:
        yield "llc", "LLC and SNAP", SNAP


def label_layouts(octets: bytes) -> Iterator[tuple[str, str, Layout]]:
    """A label stack, and what else of a pseudowire stands behind it."""
    at = 0
    while at + _ENTRY_LEN <= len(octets):
        yield "mpls", "MPLS", MPLS
        at += _ENTRY_LEN
        if octets[at - 2] & 1:
            break
    rest = len(octets) - at
    if rest in (length_of(CONTROL_WORD), length_of(CONTROL_WORD) + length_of(ETHERNET)):
        yield "pwethcw", "Pseudowire control word", CONTROL_WORD
    if rest >= length_of(ETHERNET):
        yield "eth", "Ethernet", ETHERNET
