"""A capture reader and writer and a VXLAN reader of a few lines each, which know nothing of dovetool's own."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

ETHERNET, SLL, SLL2 = 1, 113, 276
_PCAP = {  # magic number: byte order, nanoseconds in a fraction's unit
    bytes.fromhex("d4c3b2a1"): ("<", 1000),
    bytes.fromhex("a1b2c3d4"): (">", 1000),
    bytes.fromhex("4d3cb2a1"): ("<", 1),
    bytes.fromhex("a1b23c4d"): (">", 1),
}
_SECTION, _INTERFACE, _PACKET, _COMMENT = 0x0A0D0D0A, 1, 6, 1  # block types, option code
_VXLAN_PORTS = {4789, 8472}


class Captured(NamedTuple):
    """What a capture says about a frame."""

    ts_ns: int
    orig_len: int
    octets: bytes
    link_type: int = ETHERNET
    interface: str = ""


class Overlay(NamedTuple):
    """Where a VXLAN frame came from and what it carries."""

    src_ip: bytes
    dst_ip: bytes
    vni: int
    inner: bytes


def read_capture(path: Path) -> list[Captured]:
    """The frames of a pcap or a little-endian pcapng file."""
    raw = path.read_bytes()
    if raw[:4] not in _PCAP:
        return _read_pcapng(raw)
    order, unit = _PCAP[raw[:4]]
    link_type = struct.unpack_from(order + "I", raw, 20)[0] & 0xFFFF
    frames, at = [], 24
    while at < len(raw):
        seconds, fraction, caplen, orig_len = struct.unpack_from(order + "IIII", raw, at)
        at += 16 + caplen
        frames.append(Captured(seconds * 10**9 + fraction * unit, orig_len, raw[at - caplen : at], link_type))
    assert at == len(raw), f"{path}: a record is cut"
    return frames


def _read_pcapng(raw: bytes) -> list[Captured]:
    frames: list[Captured] = []
    interfaces: list[tuple[int, str, int]] = []
    at = 0
    while at < len(raw):
        kind, length = struct.unpack_from("<II", raw, at)
        body = raw[at + 8 : at + length - 4]
        if kind == _SECTION:
            assert body[:4] == bytes.fromhex("4d3c2b1a"), "only little-endian sections"
            interfaces.clear()
        elif kind == _INTERFACE:
            interfaces.append(_interface(body))
        elif kind == _PACKET:
            number, high, low, caplen, orig_len = struct.unpack_from("<IIIII", body)
            link_type, name, ticks = interfaces[number]
            ts_ns = (high << 32 | low) * 10**9 // ticks
            frames.append(Captured(ts_ns, orig_len, body[20 : 20 + caplen], link_type, name))
        at += length
    return frames


def _interface(body: bytes) -> tuple[int, str, int]:
    """Link type, name and ticks a second of an Interface Description Block."""
    name, ticks, at = "", 10**6, 8
    while at + 4 <= len(body):
        code, length = struct.unpack_from("<HH", body, at)
        value = body[at + 4 : at + 4 + length]
        if code == 2:
            name = value.decode()
        if code == 9:
            ticks = 2 ** (value[0] & 0x7F) if value[0] & 0x80 else int(10 ** value[0])
        at += 4 + (length + 3) // 4 * 4
    return int.from_bytes(body[:2], "little"), name, ticks


def write_capture(path: Path, frames: Iterable[Captured], link_type: int = ETHERNET) -> Path:
    """Write a little-endian pcap file with nanoseconds."""
    parts = [struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 1 << 18, link_type)]
    for frame in frames:
        seconds, fraction = divmod(frame.ts_ns, 10**9)
        parts += struct.pack("<IIII", seconds, fraction, len(frame.octets), frame.orig_len), frame.octets
    path.write_bytes(b"".join(parts))
    return path


def write_frames(path: Path, frames: Iterable[bytes]) -> Path:
    """Write whole frames, a microsecond apart."""
    start = 1_800_000_000 * 10**9
    return write_capture(path, [Captured(start + at * 1000, len(octets), octets) for at, octets in enumerate(frames)])


def write_pcapng(path: Path, frames: Iterable[Captured], interfaces: Sequence[str] = ()) -> Path:
    """Write a little-endian pcapng file with nanoseconds, an interface for each name, whoever else is told first."""
    frames = list(frames)
    names = list(dict.fromkeys([*interfaces, *(frame.interface for frame in frames)]))
    parts = [_block(_SECTION, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1))]
    for name in names:
        options = _option(2, name.encode()) + _option(9, b"\x09") + _option(0, b"")
        parts.append(_block(_INTERFACE, struct.pack("<HHI", ETHERNET, 0, 1 << 18) + options))
    for ts_ns, orig_len, octets, _, interface in frames:
        head = struct.pack("<5I", names.index(interface), ts_ns >> 32, ts_ns & 0xFFFF_FFFF, len(octets), orig_len)
        parts.append(_block(_PACKET, head + octets))
    path.write_bytes(b"".join(parts))
    return path


def _block(kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    length = struct.pack("<I", len(body) + 12)
    return struct.pack("<I", kind) + length + body + length


def _option(code: int, value: bytes) -> bytes:
    return struct.pack("<HH", code, len(value)) + value + bytes(-len(value) % 4)


def vxlan_of(frame: Captured) -> Overlay | None:
    """The overlay packet of a well-formed frame as captured; None for one that carries no VXLAN.

    The inner frame ends where the UDP datagram does, or where capturing cut it.
    """
    octets = frame.octets
    ethertype, at = _network_layer(frame)
    if ethertype == 0x0800 and octets[at + 9] == 17 and not int.from_bytes(octets[at + 6 : at + 8], "big") & 0x3FFF:
        addresses, udp = octets[at + 12 : at + 20], at + (octets[at] & 15) * 4
    elif ethertype == 0x86DD and octets[at + 6] == 17:
        addresses, udp = octets[at + 8 : at + 40], at + 40
    else:
        return None
    port, length = struct.unpack_from("!HH", octets, udp + 2)
    if port not in _VXLAN_PORTS or not octets[udp + 8] & 0x08:
        return None
    half = len(addresses) // 2
    vni = int.from_bytes(octets[udp + 12 : udp + 15], "big")
    return Overlay(addresses[:half], addresses[half:], vni, octets[udp + 16 : udp + length])


def is_fragment(frame: Captured) -> bool:
    """True for a fragment of an IPv4 packet that is not in a tunnel."""
    ethertype, at = _network_layer(frame)
    return ethertype == 0x0800 and int.from_bytes(frame.octets[at + 6 : at + 8], "big") & 0x3FFF != 0


def _network_layer(frame: Captured) -> tuple[int, int]:
    """EtherType and where it leads, behind 802.1Q tags."""
    place, at = {ETHERNET: (12, 14), SLL: (14, 16), SLL2: (0, 20)}[frame.link_type]
    ethertype = int.from_bytes(frame.octets[place : place + 2], "big")
    while ethertype in (0x8100, 0x88A8):
        ethertype, at = int.from_bytes(frame.octets[at + 2 : at + 4], "big"), at + 4
    return ethertype, at


def by_sender(frames: Iterable[Captured]) -> dict[bytes, list[bytes]]:
    """The frames of each source MAC address, in order."""
    senders: dict[bytes, list[bytes]] = defaultdict(list)
    for frame in frames:
        senders[frame.octets[6:12]].append(frame.octets)
    return dict(senders)


class Record(NamedTuple):
    """A frame of a capture with its comment."""

    frame: Captured
    comment: str = ""


def records(path: Path) -> list[Record]:
    """The frames of a capture; the comments are those of pcapng."""
    frames = read_capture(path)
    comments = _comments(path.read_bytes()) if path.suffix == ".pcapng" else [""] * len(frames)
    return [Record(frame, comment) for frame, comment in zip(frames, comments, strict=True)]


def _comments(raw: bytes) -> list[str]:
    comments, at = [], 0
    while at < len(raw):
        kind, length = struct.unpack_from("<II", raw, at)
        if kind == _PACKET:
            caplen = struct.unpack_from("<I", raw, at + 20)[0]
            comments.append(_comment(raw[at + 28 + (caplen + 3) // 4 * 4 : at + length - 4]))
        at += length
    return comments


def _comment(options: bytes) -> str:
    at = 0
    while at + 4 <= len(options):
        code, length = struct.unpack_from("<HH", options, at)
        if code == _COMMENT:
            return options[at + 4 : at + 4 + length].decode()
        at += 4 + (length + 3) // 4 * 4
    return ""
