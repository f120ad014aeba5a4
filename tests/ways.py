"""Ways on which an overlay packet may come: what stands between its Ethernet and its IP header."""

from __future__ import annotations

from collections.abc import Callable

Way = Callable[[bytes], bytes]
"""From an Ethernet frame that carries IPv4 to the same with more before it."""
MACS = 12
LABELS = bytes.fromhex("00064040 0012b33f".replace(" ", ""))  # 100, TTL 64; 299, TC 1, bottom, TTL 63


def _put(octets: str | bytes) -> Way:
    """Octets before the EtherType."""
    insert = bytes.fromhex(octets) if isinstance(octets, str) else octets
    return lambda frame: frame[:MACS] + insert + frame[MACS:]


def _instead(octets: str | bytes) -> Way:
    """Octets in the place of the EtherType."""
    insert = bytes.fromhex(octets) if isinstance(octets, str) else octets
    return lambda frame: frame[:MACS] + insert + frame[MACS + 2 :]


def pppoe(frame: bytes, protocol: bytes = b"\0\x21") -> bytes:
    """A session of PPPoE, 0x2a."""
    length = len(frame) - 12
    return frame[:MACS] + b"\x88\x64\x11\0\0\x2a" + length.to_bytes(2, "big") + protocol + frame[MACS + 2 :]


def snap(frame: bytes, organisation: bytes = bytes(3)) -> bytes:
    """An 802.3 frame with LLC and SNAP."""
    length = len(frame) - 12 + 6
    return frame[:MACS] + length.to_bytes(2, "big") + b"\xaa\xaa\x03" + organisation + frame[MACS:]


def pseudowire(frame: bytes, control_word: bytes = b"\0\0\0\x09") -> bytes:
    """The frame in a pseudowire of an MPLS network."""
    return bytes.fromhex("02aa00000002 02aa00000001 8847") + LABELS + control_word + frame


BETWEEN: dict[str, Way] = {
    "nothing": lambda frame: frame,
    "802.1Q": _put("8100 0007"),
    "802.1ad": _put("88a8 0008 8100 0007"),
    "0x9100": _put("9100 0008"),
    "0x9200": _put("9200 0008 8100 0007"),
    "MPLS": _instead(b"\x88\x47" + LABELS),
    "MPLS, labels of the sender": _instead(b"\x88\x48" + LABELS),
    "VN-Tag": _put("8926 80020003"),
    "VN-Tag and 802.1Q": _put("8926 80020003 8100 0007"),
    "TrustSec": _put("8909 0101 0001 0011"),
    "802.1Q and TrustSec": _put("8100 0007 8909 0101 0001 0011"),
    "PPPoE": pppoe,
    "PPPoE and MPLS": lambda frame: pppoe(frame[:14] + LABELS + frame[14:], b"\x02\x81"),
    "SNAP": snap,
    "SNAP, bridge tunnel": lambda frame: snap(frame, b"\0\0\xf8"),
    "802.1Q and MPLS": _instead(b"\x81\0\0\x07\x88\x47" + LABELS),
    "pseudowire": pseudowire,
    "pseudowire without control word": lambda frame: pseudowire(frame, b""),
}
