"""Ways on which an overlay packet may come: what stands between its Ethernet and its IP header."""

from __future__ import annotations

from collections.abc import Callable

from dovetool.wire import Ipv4Header, Ipv6Header, UdpHeader

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

SRC4, DST4 = b"\xc6\x33\x64\x01", b"\xc6\x33\x64\x02"
SRC6, DST6 = (bytes.fromhex("20010db8000000000000000000000000")[:15] + bytes((last,)) for last in (1, 2))


def packet4(payload: bytes, protocol: int) -> bytes:
    """An IPv4 packet between 198.51.100.1 and .2."""
    return Ipv4Header(SRC4, DST4, protocol, Ipv4Header.LEN + len(payload)).emit() + payload


def packet6(payload: bytes, protocol: int) -> bytes:
    """An IPv6 packet between 2001:db8::1 and ::2."""
    return Ipv6Header(SRC6, DST6, protocol, len(payload)).emit() + payload


def datagram(payload: bytes, port: int) -> bytes:
    """A UDP datagram without a checksum."""
    return UdpHeader(40000, port, UdpHeader.LEN + len(payload)).emit() + payload


def over4(payload: bytes, protocol: int) -> bytes:
    """A frame with it in IPv4."""
    return bytes.fromhex("02aa00000002 02aa00000001 0800") + packet4(payload, protocol)


def over6(payload: bytes, protocol: int) -> bytes:
    """A frame with it in IPv6."""
    return bytes.fromhex("02aa00000002 02aa00000001 86dd") + packet6(payload, protocol)


def gtp(packet: bytes, extension: bytes = b"") -> bytes:
    """A user's packet in GTP-U, with a sequence number where there is an extension header."""
    more = b"\0\7\0" + extension if extension else b""
    first = b"\x36\xff" if extension else b"\x30\xff"
    return first + (len(more) + len(packet)).to_bytes(2, "big") + b"\0\0\0\x2a" + more + packet


THROUGH: dict[str, Way] = {
    "GRE": lambda frame: over4(b"\0\0\x08\0" + frame[14:], 47),
    "GRE with key and sequence number": lambda frame: over4(b"\x30\0\x08\0\0\0\0\x07\0\0\0\x01" + frame[14:], 47),
    "GRE over IPv6": lambda frame: over6(b"\0\0\x08\0" + frame[14:], 47),
    "IP in IP": lambda frame: over4(frame[14:], 4),
    "4in6": lambda frame: over6(frame[14:], 4),
    "6in4 with GRE in it": lambda frame: over4(packet6(b"\0\0\x08\0" + frame[14:], 47), 41),
    "6in6 with IPv4 in it": lambda frame: over6(packet6(frame[14:], 4), 41),
    "GTP-U": lambda frame: over4(datagram(gtp(frame[14:]), 2152), 17),
    "GTP-U with an extension": lambda frame: over4(datagram(gtp(frame[14:], b"\x85\x01\x10\x09\0"), 2152), 17),
    "MPLS over GRE": lambda frame: over4(b"\0\0\x88\x47" + LABELS + frame[14:], 47),
    "MPLS over UDP": lambda frame: over4(datagram(LABELS + frame[14:], 6635), 17),
    "MPLS over IP": lambda frame: over4(LABELS + frame[14:], 137),
    "GRE behind MPLS": lambda frame: BETWEEN["MPLS"](over4(b"\0\0\x08\0" + frame[14:], 47)),
}
"""Tunnels of bare packets with a packet in them."""


def l2tpv3(frame: bytes, *, skipped: bytes = b"", over_udp: bool = False) -> bytes:
    """A frame in a pseudowire of L2TPv3."""
    data = b"\0\0\0\x2a" + skipped + frame
    return over4(datagram(b"\0\3\0\0" + data, 1701), 17) if over_udp else over4(data, 115)


def nsh(frame: bytes) -> bytes:
    """A network service header of MD type 1."""
    return bytes.fromhex("0fc60103 000064fe") + bytes(16) + frame


_GPE_OF_NSH = bytes.fromhex("0c000004 00138900")
CARRIED: dict[str, tuple[str, Way]] = {
    "EtherIP": ("etherip", lambda frame: over4(b"\x30\0" + frame, 97)),
    "EtherIP over IPv6": ("etherip", lambda frame: over6(b"\x30\0" + frame, 97)),
    "L2TPv3": ("l2tpv3", l2tpv3),
    "L2TPv3, sublayer": ("l2tpv3", lambda frame: l2tpv3(frame, skipped=bytes(4))),
    "L2TPv3, cookie of 4": ("l2tpv3", lambda frame: l2tpv3(frame, skipped=b"cook")),
    "L2TPv3, cookie of 8": ("l2tpv3", lambda frame: l2tpv3(frame, skipped=b"cookcook")),
    "L2TPv3, cookie of 8 and sublayer": ("l2tpv3", lambda frame: l2tpv3(frame, skipped=b"cookcook\x40\0\0\x09")),
    "L2TPv3 over UDP": ("l2tpv3", lambda frame: l2tpv3(frame, over_udp=True)),
    "L2TPv3 over UDP, cookie and sublayer": (
        "l2tpv3",
        lambda frame: l2tpv3(frame, skipped=b"cook\x40\0\0\x09", over_udp=True),
    ),
    "TZSP": ("tzsp", lambda frame: over4(datagram(b"\1\0\0\1\1" + frame, 37008), 17)),
    "TZSP with tags": ("tzsp", lambda frame: over4(datagram(b"\1\0\0\1\x0a\1\xba\0\x29\2\0\x40\1" + frame, 37008), 17)),
    "pseudowire over UDP": ("mpls", lambda frame: over4(datagram(LABELS + frame, 6635), 17)),
    "pseudowire over UDP, word": (
        "mpls",
        lambda frame: over4(datagram(LABELS + b"\0\0\0\1" + frame, 6635), 17),
    ),
    "pseudowire over GRE": ("mpls", lambda frame: over4(b"\0\0\x88\x47" + LABELS + frame, 47)),
    "pseudowire over GRE, word": (
        "mpls",
        lambda frame: over4(b"\x20\0\x88\x47\0\0\0\1" + LABELS + b"\0\0\0\1" + frame, 47),
    ),
    "NSH": ("nsh", lambda frame: bytes.fromhex("02aa00000002 02aa00000001 894f") + nsh(frame)),
    "NSH in VXLAN-GPE": ("nsh", lambda frame: over4(datagram(_GPE_OF_NSH + nsh(frame), 4790), 17)),
}
"""Tunnels of Ethernet frames that no network is named in: name, and a frame in it."""
