"""The frames of golden.pcap: a case each of what the dissector in dove.lua has to tell apart."""

from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path
from typing import NamedTuple

from frames import VM1, VM2
from guest_frames import UDP, ethernet, guest_frames, ipv4, tcp, udp
from plain_capture import Captured, write_capture

from dovetool.wire.dove_tag import TAG_OFFSET, DoveTag
from dovetool.wire.erspan import Erspan2Header, Erspan3Header, ErspanMirror
from dovetool.wire.ethernet import EthernetHeader
from dovetool.wire.fields import MAX_VNID, vnid
from dovetool.wire.geneve import GeneveHeader
from dovetool.wire.gre import GreHeader
from dovetool.wire.ipv4 import Ipv4Header
from dovetool.wire.nvgre import NvgreHeader
from dovetool.wire.pbb import PbbHeader
from dovetool.wire.udp import UdpHeader
from dovetool.wire.vxlan import VxlanHeader
from dovetool.wire.vxlan_gpe import VxlanGpeHeader

HERE = Path(__file__).parent
CAPTURE = HERE / "golden.pcap"
NAMES = "5001\tblue\n5002\tred\n"
"""The names file that the expectations were made with."""

_START_NS = 1_767_225_600 * 10**9
_TEP1, _TEP2 = IPv4Address("192.0.2.1").packed, IPv4Address("192.0.2.2").packed
_TEP1_MAC, _TEP2_MAC = bytes.fromhex("020000000101"), bytes.fromhex("020000000102")
_GRE, _IPV4, _PBB = 47, 0x0800, 0x88E7
_TEB, _ERSPAN, _ERSPAN_III = 0x6558, 0x88BE, 0x22EB
_PLAIN = ethernet(ipv4(udp(b"guest"), UDP), _IPV4)
_TCP = ethernet(ipv4(tcp(b"guest"), 6), _IPV4)


class Case(NamedTuple):
    """A frame by name; `orig_len` is 0 for a whole one."""

    name: str
    octets: bytes
    orig_len: int = 0


def tagged(
    frame: bytes, network: int = 5001, *, pcp: int = 0, dei: bool = False, pad: int = 0, at: int = TAG_OFFSET
) -> bytes:
    """A frame with the tag put in."""
    tag = bytearray(DoveTag(vnid(network), pcp, dei).emit())
    tag[-1] |= pad
    return frame[:at] + bytes(tag) + frame[at:]


def _underlay(protocol: int, payload: bytes) -> bytes:
    ip = Ipv4Header(_TEP1, _TEP2, protocol, Ipv4Header.LEN + len(payload))
    return EthernetHeader(_TEP2_MAC, _TEP1_MAC, _IPV4).emit() + ip.emit() + payload


def _over_udp(port: int, header: bytes, inner: bytes) -> bytes:
    length = UdpHeader.LEN + len(header) + len(inner)
    return _underlay(UDP, UdpHeader(50000, port, length).emit() + header + inner)


def vxlan(inner: bytes, network: int = 5001) -> bytes:
    """A frame in VXLAN between two TEPs."""
    return _over_udp(4789, VxlanHeader(vnid(network)).emit(), inner)


def geneve(inner: bytes, network: int = 5001, payload: int = _TEB) -> bytes:
    """A frame, or another packet, in Geneve."""
    return _over_udp(6081, GeneveHeader(vnid(network), payload).emit(), inner)


def gpe(inner: bytes, network: int = 5001) -> bytes:
    """A frame in VXLAN-GPE."""
    return _over_udp(4790, VxlanGpeHeader(vnid(network)).emit(), inner)


def nvgre(inner: bytes, network: int = 5001) -> bytes:
    """A frame in NVGRE."""
    return _underlay(_GRE, NvgreHeader(vnid(network), 0xA5).emit() + inner)


def gretap(inner: bytes, *, key: int | None = None, sequence: int | None = None) -> bytes:
    """A frame in Ethernet over GRE."""
    return _underlay(_GRE, GreHeader(_TEB, key=key, sequence=sequence).emit() + inner)


def pbb(inner: bytes, network: int = 5001, *, vid: int | None = None) -> bytes:
    """A frame behind an I-TAG, and a B-TAG when `vid` is given."""
    backbone = _TEP2_MAC + _TEP1_MAC + (b"" if vid is None else b"\x88\xa8" + vid.to_bytes(2, "big"))
    return backbone + _PBB.to_bytes(2, "big") + PbbHeader(vnid(network)).emit() + inner


def _erspan(protocol: int, header: bytes, inner: bytes, sequence: int | None) -> bytes:
    return _underlay(_GRE, GreHeader(protocol, sequence=sequence).emit() + header + inner)


def _with_length(payload: bytes, length: int, behind: bytes = b"") -> bytes:
    """An 802.3 frame whose length field says what it is told."""
    return ethernet(payload + behind, length)


def _tag_alone() -> list[Case]:
    plain = tagged(_PLAIN)
    return [
        Case("plain", plain),
        Case("pcp and dei", tagged(_PLAIN, 5002, pcp=5, dei=True)),
        Case("vnid 0", tagged(_PLAIN, 0)),
        Case("highest vnid", tagged(_PLAIN, MAX_VNID, pcp=7)),
        Case("pad bits", tagged(_PLAIN, pad=0xA)),
        Case("frame ends behind the tpid", plain[:14]),
        Case("frame ends in the vnid", plain[:16]),
        Case("frame ends behind the pad", plain[:18]),
        Case("frame ends behind the tag", plain[:20]),
        Case("snap length in the tag", plain[:17], len(plain)),
        Case("snap length behind the pad", plain[:18], len(plain)),
        Case("snap length in the payload", plain[:40], len(plain)),
    ]


def _stacks() -> list[Case]:
    two, nine = tagged(tagged(_PLAIN, 5002), 5001), _PLAIN
    for number in range(9, 0, -1):
        nine = tagged(nine, number)
    vlan = ethernet(ipv4(udp(b"vlan"), UDP), _IPV4, VM2, (0x8100, 0x6014))
    qinq = ethernet(ipv4(udp(b"qinq"), UDP), _IPV4, VM2, (0x88A8, 0x4064), (0x8100, 0x0014))
    return [
        Case("two tags", two),
        Case("nine tags", nine),
        Case("nine tags and nothing behind them", nine[: TAG_OFFSET + 9 * DoveTag.LEN + 2]),
        Case("before 802.1Q", tagged(vlan)),
        Case("behind 802.1Q", tagged(vlan, at=TAG_OFFSET + 4)),
        Case("behind 802.1ad and 802.1Q", tagged(qinq, at=TAG_OFFSET + 8)),
        Case("between 802.1ad and 802.1Q", tagged(qinq, at=TAG_OFFSET + 4)),
    ]


def _payloads() -> list[Case]:
    guests = guest_frames()
    llc = b"\x42\x42\x03" + bytes(35)
    to, of = bytes(4) + b"\xff" * 6 + b"\x04\x53", bytes(4) + VM1 + b"\x04\x53"  # network, node, socket of RIP
    novell = b"\xff\xff\x00\x22\x00\x11" + to + of + b"\0\1" * 2
    return [
        Case("llc", tagged(_with_length(llc, len(llc)))),
        Case("novell raw", tagged(_with_length(novell, len(novell)))),
        Case("length beyond the frame", tagged(_with_length(llc, len(llc) + 9))),
        Case("length beyond, cut", tagged(_with_length(llc, len(llc) + 9))[:40], 20 + len(llc)),
        Case("length within, cut", tagged(_with_length(llc, len(llc)))[:40], 20 + len(llc)),
        Case("octets behind the length", tagged(_with_length(llc, len(llc), b"trailing"))),
        Case("length 0", tagged(_with_length(b"", 0, b"trailing"))),
        Case("arp", tagged(guests["arp-request"])),
        Case("arp, padded", tagged(guests["arp-reply-padded"])),
        Case("ipv6", tagged(guests["udp6-odd"])),
        Case("tcp", tagged(_TCP)),
        Case("unknown ethertype", tagged(ethernet(b"any octets at all", 0x88B6))),
        Case("neither length nor ethertype", tagged(ethernet(b"any octets at all", 0x05DD))),
        Case("malformed arp", tagged(guests["arp-request"])[:30]),
        Case("malformed ipv4", tagged(ethernet(b"\x4f" + bytes(25), _IPV4))),
        Case("malformed llc", tagged(_with_length(b"\xaa\xaa", 2))),
    ]


def _tunnels() -> list[Case]:
    tag = tagged(_PLAIN, 5002)
    without_i = bytearray(vxlan(_PLAIN))
    without_i[42] = 0
    mirror = ErspanMirror(101, vid=7)
    return [
        Case("tag in vxlan", vxlan(tag)),
        Case("tag in vxlan-gpe", gpe(tag)),
        Case("tag in geneve", geneve(tag)),
        Case("tag in nvgre", nvgre(tag)),
        Case("tag in gretap", gretap(tag)),
        Case("tag in gretap with a key", gretap(tag, key=77)),
        Case("tag in gretap with a large key and a number", gretap(tag, key=5001 << 8, sequence=9)),
        Case("key of a reserved vsid", gretap(_PLAIN, key=0xFFF << 8 | 1)),
        Case("key of the vendors' vsid", gretap(_PLAIN, key=0xFFFFFF00)),
        Case("tag in pbb", pbb(tag)),
        Case("tag in pbb with a b-tag", pbb(tag, vid=100)),
        Case("erspan i", _erspan(_ERSPAN, b"", _PLAIN, None)),
        Case("tag in erspan ii", _erspan(_ERSPAN, Erspan2Header(mirror).emit(), tag, 1)),
        Case("tag in erspan iii", _erspan(_ERSPAN_III, Erspan3Header(mirror).emit(), tag, 1)),
        Case("vxlan without the i flag", bytes(without_i)),
        Case("no overlay", _TCP),
        Case("gre that carries ip", _underlay(_GRE, GreHeader(_IPV4, key=5001).emit() + _PLAIN[14:])),
    ]


def _without_network() -> list[Case]:
    """Headers that carry a frame, and name no network."""
    nsh, oam, session = bytes.fromhex("0fc2 0203 000064ff"), bytes.fromhex("2fc2 0200 000064ff"), b"\0\0\0\x4d"
    ethertype = _TEP2_MAC + _TEP1_MAC + b"\x89\x4f"
    return [
        Case("nsh", ethertype + nsh + _PLAIN),
        Case("nsh that carries no frame", ethertype + oam + bytes(40)),
        Case("nsh beyond the frame", ethertype + b"\x0f\xff" + nsh[2:] + _PLAIN),
        Case("vxlan in nsh in geneve", geneve(nsh + vxlan(_PLAIN, 5002), payload=0x894F)),
        Case("vxlan in etherip", _underlay(97, b"\x30\0" + vxlan(_PLAIN))),
        Case("etherip of another version", _underlay(97, b"\x40\0" + _PLAIN)),
        Case("l2tpv3", _underlay(115, session + _PLAIN)),
        Case("l2tpv3 over udp", _over_udp(1701, b"\0\3\0\0" + session, _PLAIN)),
        Case("l2tpv3, a control message", _underlay(115, bytes(4) + b"\xc8\3\0\x0c" + bytes(8))),
        Case("tag in tzsp", _over_udp(37008, b"\1\0\0\1\1", tagged(_PLAIN))),
        Case("tzsp of 802.11", _over_udp(37008, b"\1\0\0\x12\1", bytes(30))),
    ]


def _nests() -> list[Case]:
    return [
        Case("geneve in vxlan", vxlan(geneve(_PLAIN, 5002))),
        Case("vxlan in geneve", geneve(vxlan(_PLAIN, 5002))),
        Case("vxlan in geneve without ethernet", geneve(vxlan(_PLAIN, 5002)[14:], payload=_IPV4)),
        Case("nvgre in vxlan-gpe", gpe(nvgre(_PLAIN, 5002))),
        Case("vxlan in nvgre", nvgre(vxlan(_PLAIN, 5002))),
        Case("vxlan in gretap", gretap(vxlan(_PLAIN, 5002))),
        Case("vxlan in a tag", tagged(vxlan(_PLAIN, 5002))),
        Case("vxlan in pbb in a tag", tagged(pbb(vxlan(_PLAIN, 5002), 257))),
        Case("tag in vxlan in vxlan-gpe in vxlan", vxlan(gpe(vxlan(tagged(_PLAIN, 4), 3), 2), 1)),
        *_pieces("pieces of geneve in vxlan", vxlan(geneve(tagged(_PLAIN, 4), 3), 2)),
        *_pieces("pieces of vxlan in a tag", vxlan(_PLAIN, 5002), 5001),
        *_pieces("pieces in vxlan", geneve(tagged(_PLAIN, 4), 3), in_vxlan=9),
    ]


def _pieces(name: str, frame: bytes, tag: int | None = None, in_vxlan: int | None = None) -> list[Case]:
    """Two IPv4 fragments of an underlay packet, each in a tag or in VXLAN if that is asked for."""
    packet, size = frame[34:], 48
    identification = sum(name.encode()).to_bytes(2, "big")
    cases = []
    for number, at in enumerate((0, size)):
        piece = packet[at : at + size] if not number else packet[at:]
        header = bytearray(Ipv4Header(_TEP1, _TEP2, UDP, Ipv4Header.LEN + len(piece)).emit())
        header[4:8] = identification + (at // 8 | (0 if number else 0x2000)).to_bytes(2, "big")
        octets = frame[:14] + bytes(header) + piece
        octets = octets if tag is None else tagged(octets, tag)
        cases.append(Case(f"{name}, {number + 1}", octets if in_vxlan is None else vxlan(octets, in_vxlan)))
    return cases


def golden_cases() -> list[Case]:
    """All of them, in the order of golden.pcap."""
    return [*_tag_alone(), *_stacks(), *_payloads(), *_tunnels(), *_nests(), *_without_network()]


def write_golden(path: Path) -> Path:
    """Write the capture."""
    frames = [
        Captured(_START_NS + number * 10**6, case.orig_len or len(case.octets), case.octets)
        for number, case in enumerate(golden_cases())
    ]
    return write_capture(path, frames)
