"""An overlay packet behind the headers of every link type that is read, built by hand from their specifications."""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

from frames import A1, A2, IP6_A1, IP6_A2, eth4, ipv6, udp, underlay, vxlan

INNER = eth4(udp(b"inner"))
FRAME = underlay(INNER)
MACS, PACKET4 = FRAME[:12], FRAME[14:]
PACKET6 = ipv6(udp(vxlan(INNER), dst_port=4789), src_ip=IP6_A1, dst_ip=IP6_A2)
SNAP4 = bytes.fromhex("aaaa03000000 0800")
CRC = zlib.crc32(FRAME).to_bytes(4, "little")
GREASE = bytes(range(1, 9))


class Linked(NamedTuple):
    """A frame of a link type; `varying` are octets that say nothing of what it carries."""

    link_type: int
    octets: bytes
    varying: tuple[int, ...] = ()


def wlan(
    *,
    flags: int = 1,
    subtype: int = 0,
    sequence: bytes = b"\x10\0",
    qos: bytes = b"",
    ht: bytes = b"",
    fourth: bytes = b"",
    padding: bytes = b"",
    behind: bytes = SNAP4 + PACKET4,
) -> bytes:
    """An 802.11 data frame."""
    head = bytes((subtype << 4 | 8, flags)) + b"\x30\0" + A2 + A1 + bytes.fromhex("020000000099") + sequence
    return head + fourth + qos + ht + padding + behind


def radiotap(present: int, fields: bytes, frame: bytes, *, more: bytes = b"") -> bytes:
    return struct.pack("<BBHI", 0, 0, 8 + len(more) + len(fields), present) + more + fields + frame


def pktap(link_type: int, frame: bytes, kind: int = 1) -> bytes:
    return struct.pack("<III24s", 156, kind, link_type, b"en0").ljust(156, b"\0") + frame


def pktap2(link_type: int, frame: bytes) -> bytes:
    head = struct.pack("<BBBBBBHHHHHIIIIII", 46, 0, 0, 40, 0, 0, link_type, 14, 0, 6, 17, 2, 0, 7, 1, 1, 0x80001)
    return head + b"en0\0\0\0" + frame


def ppi(link_type: int, frame: bytes, fields: bytes = b"") -> bytes:
    return struct.pack("<BBHI", 0, 0, 8 + len(fields), link_type) + fields + frame


def nflog(*values: tuple[int, bytes], family: int = 2, order: str = "<") -> bytes:
    octets = bytes((family, 0)) + b"\0\5"
    for kind, value in values:
        octets += struct.pack(order + "HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)
    return octets


def erf(kind: int, frame: bytes, extensions: bytes = b"", *, ethernet: bool = True) -> bytes:
    behind = (bytes(2) if ethernet else b"") + frame
    total = 16 + len(extensions) + len(behind)
    return GREASE + struct.pack("!BBHHH", kind, 4, total, 0, len(frame)) + extensions + behind


def juniper(flags: int, frame: bytes, extensions: bytes = b"") -> bytes:
    return b"MGC" + bytes((flags,)) + (struct.pack("!H", len(extensions)) if flags & 0x80 else b"") + extensions + frame


RING = A2 + A1
ROUTED = A2 + bytes((A1[0] | 0x80,)) + A1[1:]

LINKS = {
    "NULL": Linked(0, b"\2\0\0\0" + PACKET4),
    "NULL big endian": Linked(0, b"\0\0\0\2" + PACKET4),
    "NULL of macOS": Linked(0, b"\x1e\0\0\0" + PACKET6),
    "LOOP": Linked(108, b"\0\0\0\2" + PACKET4),
    "LOOP IPv6": Linked(108, b"\0\0\0\x18" + PACKET6),
    "enc": Linked(109, b"\2\0\0\0" + bytes.fromhex("00001234 00003000") + PACKET4, (4, 5, 6, 7, 11)),
    "RAW": Linked(101, PACKET6),
    "RAW of BSD": Linked(12, PACKET4),
    "RAW of OpenBSD": Linked(14, PACKET4),
    "IPV4": Linked(228, PACKET4),
    "IPV6": Linked(229, PACKET6),
    "SLL": Linked(113, bytes.fromhex("0000 0001 0006 020000000001 0000 0800") + PACKET4, (1, 6, 11)),
    "SLL2": Linked(276, bytes.fromhex("86dd 0000 00000003 0001 00 06 0200000000010000") + PACKET6, (7, 10, 13)),
    "SLL with LLC": Linked(113, bytes.fromhex("0000 0001 0006 020000000001 0000 0004") + SNAP4 + PACKET4),
    "PPP": Linked(9, b"\0\x21" + PACKET4),
    "PPP framed": Linked(9, b"\xff\3\0\x57" + PACKET6),
    "PPP with a short protocol": Linked(9, b"\xff\3\x21" + PACKET4),
    "PPP_HDLC": Linked(50, b"\xff\3\0\x21" + PACKET4),
    "PPP_HDLC of Cisco": Linked(50, b"\x0f\0\x08\0" + PACKET4),
    "PPP with direction": Linked(204, b"\1\xff\3\0\x21" + PACKET4, (0,)),
    "C_HDLC": Linked(104, b"\x0f\0\x86\xdd" + PACKET6, (0, 1)),
    "C_HDLC with direction": Linked(205, b"\1\x8f\0\x08\0" + PACKET4, (0, 2)),
    "ATM_RFC1483": Linked(100, SNAP4 + PACKET4),
    "SUNATM": Linked(123, b"\x82\0\0\x20" + SNAP4 + PACKET4, (1, 3)),
    "SUNATM with LAN emulation": Linked(123, b"\1\0\0\x20\0\3" + FRAME, (1, 3, 5)),
    "FDDI": Linked(10, b"\x57" + RING + SNAP4 + PACKET4, (1, 8)),
    "Token Ring": Linked(6, b"\x10\x40" + RING + SNAP4 + PACKET4, (0, 3, 9)),
    "Token Ring, routed": Linked(
        6, b"\x10\x40" + ROUTED + bytes.fromhex("06b0 0012 0340") + SNAP4 + PACKET4, (0, 15, 17)
    ),
    "802.11": Linked(105, wlan(), (2, 3, 4, 10, 16, 23)),
    "802.11 from the access point": Linked(105, wlan(flags=2)),
    "802.11, retry, more data, power management": Linked(105, wlan(flags=0x39)),
    "802.11 with QoS": Linked(105, wlan(subtype=8, qos=b"\5\0")),
    "802.11 with four addresses and QoS": Linked(105, wlan(flags=3, subtype=8, fourth=A1, qos=b"\0\0")),
    "802.11 with HT control": Linked(105, wlan(flags=0x81, subtype=8, qos=b"\0\0", ht=b"\x12\x34\x56\x78")),
    "radiotap": Linked(127, radiotap(0, b"", wlan())),
    "radiotap with time, signal and FCS": Linked(
        127,
        radiotap(0x2F, GREASE + b"\x10\x02\x6c\x09\xa0\x00\xc8", wlan(subtype=8, qos=b"\0\0") + CRC),
        (8, 15, 17, 22),
    ),
    "radiotap, padded": Linked(127, radiotap(2, b"\x20", wlan(subtype=8, qos=b"\0\0", padding=b"\0\0"))),
    "radiotap, padded, with more presence words": Linked(
        127,
        radiotap(
            0x80000003,
            bytes(4) + GREASE + b"\x20",
            wlan(subtype=8, qos=b"\0\0", padding=b"\0\0"),
            more=bytes.fromhex("20000020"),
        ),
        (16, 23),
    ),
    "Prism": Linked(119, struct.pack("<II16s", 0x44, 144, b"wlan0").ljust(144, b"\0") + wlan(), (8, 40)),
    "AVS": Linked(163, struct.pack("!II", 0x80211001, 64).ljust(64, b"\0") + wlan(), (8, 40)),
    "AVS as Prism": Linked(119, struct.pack("!II", 0x80211001, 64).ljust(64, b"\0") + wlan()),
    "PKTAP": Linked(258, pktap(1, FRAME), (12, 40, 120)),
    "PKTAP of IP": Linked(258, pktap(12, PACKET6)),
    "PKTAP of loopback": Linked(258, pktap(0, b"\2\0\0\0" + PACKET4)),
    "PKTAP of version 2": Linked(258, pktap2(1, FRAME), (9, 20, 41)),
    "PPI of Ethernet": Linked(192, ppi(1, FRAME)),
    "PPI of 802.11": Linked(192, ppi(105, wlan(), struct.pack("<HH20s", 2, 20, b"")), (1, 12, 20)),
    "NFLOG": Linked(239, nflog((9, PACKET4))),
    "NFLOG with values": Linked(
        239, nflog((1, b"\x08\0\1\0"), (10, b"in\0"), (3, GREASE * 2), (9, PACKET6), family=10), (8, 24)
    ),
    "NFLOG big endian": Linked(239, nflog((10, b"in\0"), (9, PACKET4), order=">")),
    "ERF": Linked(197, erf(2, FRAME + CRC), (0, 5, 9, 12)),
    "ERF with extensions": Linked(197, erf(0x80 | 16, FRAME, b"\x83" + bytes(7) + b"\x03" + bytes(7)), (0, 18)),
    "ERF of IPv4": Linked(197, erf(22, PACKET4, ethernet=False)),
    "Juniper": Linked(178, juniper(1, FRAME)),
    "Juniper with extensions": Linked(178, juniper(0x80, FRAME, bytes.fromhex("010200210301ff")), (6, 8)),
    "Juniper without a link layer": Linked(178, juniper(2, b"\2\0\0\0" + PACKET4)),
    "mPacket": Linked(274, b"\x55" * 7 + b"\xd5" + FRAME + CRC),
    "mPacket, preemptable": Linked(274, b"\x55" * 7 + b"\xe6" + FRAME + CRC),
    "PPPoE": Linked(51, struct.pack("!BBHHH", 0x11, 0, 1, 2 + len(PACKET4), 0x21) + PACKET4),
}
"""Name of the case -> frame; `PPPoE` is looked through by what stands between Ethernet and IP."""

UNREADABLE = {
    "802.11, encrypted": Linked(105, wlan(flags=0x41, behind=bytes(8) + PACKET4)),
    "802.11, several frames in one": Linked(105, wlan(subtype=8, qos=b"\x80\0")),
    "802.11, a first fragment": Linked(105, wlan(flags=5)),
    "802.11, a later fragment": Linked(105, wlan(sequence=b"\x11\0")),
    "802.11, no data": Linked(105, wlan(subtype=4, behind=b"")),
    "802.11, a beacon": Linked(105, b"\x80\0" + wlan()[2:]),
    "radiotap of an unknown version": Linked(127, b"\1" + radiotap(0, b"", wlan())[1:]),
    "LLC without SNAP": Linked(105, wlan(behind=b"\x42\x42\3" + PACKET4)),
    "PPP, link control": Linked(9, b"\xff\3\xc0\x21" + PACKET4),
    "Token Ring, management": Linked(6, b"\x10\0" + RING + SNAP4 + PACKET4),
    "FDDI, a token": Linked(10, b"\x80" + RING + SNAP4 + PACKET4),
    "PKTAP without a packet": Linked(258, pktap(1, FRAME, kind=0)),
    "USER2 of somebody else": Linked(149, bytes(range(200))),
    "PKTAP of an unknown link type": Linked(258, pktap(143, FRAME)),
    "PPI in PPI": Linked(192, ppi(192, ppi(1, FRAME))),
    "ERF of ATM": Linked(197, erf(3, FRAME, ethernet=False)),
    "NFLOG of a bridge": Linked(239, nflog((9, PACKET4), family=7)),
    "Juniper without its magic number": Linked(178, b"XYZ\1" + FRAME),
    "mPacket, a later fragment": Linked(274, b"\x55" * 6 + b"\x61\xe6" + FRAME + CRC),
    "an unknown family": Linked(0, b"\7\0\0\0" + PACKET4),
}
"""Frames of link types that are read, with nothing in them that can be."""
