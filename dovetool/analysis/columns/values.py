"""What stands in each column of the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from hashlib import blake2b

import numpy as np

from dovetool.analysis.columns.cells import MISSING, Cells, Value, combined
from dovetool.analysis.columns.frame_table import FrameTable
from dovetool.analysis.columns.look_table import carrying
from dovetool.analysis.summaries import Look
from dovetool.analysis.time_bins import SECOND
from dovetool.capture.batch import Column
from dovetool.observe.names import Names
from dovetool.observe.observation import DOVE
from dovetool.observe.protocols import protocol_name
from dovetool.vnid_map.texts import time_text
from dovetool.wire.addresses import address_text
from dovetool.wire.dove_tag import DoveTag

_HASH_LEN = 8
_Evaluate = Callable[[FrameTable], Cells]


def cells_of(name: str, frames: FrameTable) -> Cells:
    """What frames have in a column of the catalogue."""
    shared = _SHARED.get(name)
    if shared is not None:
        return Cells(frames.looks, frames.table.shared(name, shared))
    return _OWN[name](frames)


def _outer_encap(look: Look, _: Names) -> Value:
    overlay = carrying(look)
    return None if overlay is None else overlay.encap


def _outer_protocol(look: Look, _: Names) -> Value:
    overlay = carrying(look)
    return None if overlay is None else overlay.protocol


_SHARED: Mapping[str, Callable[[Look, Names], Value]] = {
    "interface": lambda look, _: look.interface or None,
    "overhead": lambda look, _: look.seen.overhead,
    "hop": lambda look, _: look.seen.hop,
    "encaps": lambda look, _: "/".join([overlay.encap for overlay in look.seen.overlays]) or None,
    "depth": lambda look, _: len(look.seen.overlays),
    "vnids": lambda look, _: look.seen.vnids,
    "vnid": lambda look, _: look.seen.vnid,
    "network": lambda look, names: names.network(look.seen.vnid),
    "outer_encap": _outer_encap,
    "outer_vlans": lambda look, _: () if carrying(look) is None else look.seen.levels[0].vlans,
    "outer_protocol": _outer_protocol,
    "vlans": lambda look, _: look.seen.inner.vlans,
    "ethertype": lambda look, _: look.seen.inner.ethertype,
    "ip_protocol": lambda look, _: look.seen.inner.protocol,
    "protocol": lambda look, _: protocol_name(look.seen.inner) or None,
    "problem": lambda look, _: None if look.seen.problem is None else str(look.seen.problem),
    "verdict": lambda look, _: look.verdict,
}
"""What all frames with the same look have."""


def _times(frames: FrameTable) -> Cells:
    times = list(frames.found.batch.exact_times())
    return Cells(np.arange(len(times)), times)


def _time_texts(frames: FrameTable) -> Cells:
    """As `time_text` writes them; what frames of the same second share is written once."""
    seconds: dict[int, str] = {}
    texts = []
    for ts_ns in frames.found.batch.exact_times():
        second, fraction = divmod(ts_ns, SECOND)
        begin = seconds.get(second)
        if begin is None:
            begin = seconds[second] = time_text(second * SECOND).removesuffix("Z")
        texts.append(f"{begin}.{fraction:09d}".rstrip("0") + "Z" if fraction else f"{begin}Z")
    return Cells(np.arange(len(texts)), texts)


def _inner_length(frames: FrameTable) -> Cells:
    return Cells(frames.found.batch.wire_len - frames.at("start") - frames.at("behind"))


def _comments(frames: FrameTable) -> Cells:
    told, count = frames.found.comments(), len(frames.found)
    if told is None:
        return Cells(np.zeros(count, np.int64), [()])
    return Cells(np.arange(count), [told(row) for row in range(count)])


def _address(name: str, frames: FrameTable) -> Cells:
    values, codes = frames.distinct(name)
    return Cells(codes, [address_text(value) or None for value in values])


def _port(name: str, at: int, frames: FrameTable) -> Cells:
    values, codes = frames.distinct(name)
    ports = [int.from_bytes(value[at : at + 2], "big") if value else MISSING for value in values]
    return Cells(np.array(ports, np.int64)[codes])


def _number(name: str, offset: int, length: int, frames: FrameTable) -> Cells:
    return Cells(frames.number(name, offset, length))


def _by_version(frames: FrameTable, name: str, of_ipv4: Column, of_ipv6: Column) -> Column:
    """What stands in one place of IPv4 (RFC 791 section 3.1), and in another of IPv6 (RFC 8200 section 3)."""
    first = frames.number(name, 0)
    numbers: Column = np.where(first >> 4 == 6, of_ipv6, of_ipv4)
    return np.where(first == MISSING, MISSING, numbers)


def _ttl(name: str, frames: FrameTable) -> Cells:
    return Cells(_by_version(frames, name, frames.number(name, 8), frames.number(name, 7)))


def _service(name: str, shift: int, mask: int, frames: FrameTable) -> Cells:
    """The part of the octet of differentiated services (RFC 2474 section 3) that is DSCP or ECN."""
    ipv4, word = frames.number(name, 1), frames.number(name, 0, 2)
    octet = _by_version(frames, name, ipv4, np.where(word == MISSING, MISSING, word >> 4 & 0xFF))
    return Cells(np.where(octet == MISSING, MISSING, octet >> shift & mask))


def _ip_id(frames: FrameTable) -> Cells:
    none = np.full(len(frames.looks), MISSING)
    return Cells(_by_version(frames, "ip", frames.number("ip", 4, 2), none))


def _tcp_flags(frames: FrameTable) -> Cells:
    word = frames.number("tcp", 12, 2)
    return Cells(np.where(word == MISSING, MISSING, word & 0xFFF))


def _tep(side: int, frames: FrameTable) -> Cells:
    """The TEP at one end of the outermost tunnel."""
    (sources, src), (targets, dst) = frames.distinct("outer_src"), frames.distinct("outer_dst")
    first, numbers = combined(frames.looks, src, dst)
    texts: list[Value] = []
    for row in first.tolist():
        overlay = carrying(frames.table.looks[frames.looks[row]])
        if overlay is None:
            texts.append(None)
        else:
            ends = overlay._replace(src=sources[src[row]], dst=targets[dst[row]])
            texts.append(frames.table.names.teps(ends)[side])
    return Cells(numbers, texts)


def _vm(side: str, frames: FrameTable) -> Cells:
    """The VM at one end of the innermost frame."""
    names = frames.table.names
    if names.vnid_map is None:
        return Cells(np.zeros(len(frames.looks), np.int64), [None])
    (macs, mac), (ips, ip) = frames.distinct(f"{side}_mac"), frames.distinct(f"{side}_ip")
    first, numbers = combined(frames.looks, mac, ip)
    name = names.sender if side == "src" else names.receiver
    texts: list[Value] = []
    for row in first.tolist():
        look = frames.table.looks[frames.looks[row]]
        texts.append(name(names.home(look.seen, look.interface), macs[mac[row]], ips[ip[row]], look.ts_ns))
    return Cells(numbers, texts)


def _hashes(frames: FrameTable) -> Cells:
    """Of the packet from its IP header to the end that this tells; of other frames all but tags of ours."""
    ends = frames.found.batch.wire_len - frames.at("behind")
    texts = []
    for row, (look, frame) in enumerate(zip(frames.looks.tolist(), frames.found.frames(), strict=True)):
        seen = frames.table.looks[look].seen
        packet, inner = frame.octets[: int(ends[row])], seen.inner
        if inner.protocol is not None:
            packet = _ip_packet(packet[inner.ip_at :])
        else:
            tags = [overlay.at for overlay in inner.overlays if overlay.encap == DOVE]
            for at in reversed(tags):
                packet = packet[:at] + packet[at + DoveTag.LEN :]
            packet = packet[inner.start :]
        texts.append(blake2b(packet, digest_size=_HASH_LEN).hexdigest())
    return Cells(np.arange(len(texts)), texts)


def _ip_packet(octets: bytes) -> bytes:
    """Without what stands behind its end: padding."""
    is_ipv4 = octets[0] >> 4 == 4
    length = int.from_bytes(octets[2:4] if is_ipv4 else octets[4:6], "big")
    return octets[: length + (0 if is_ipv4 else 40)] if length else octets


_OWN: Mapping[str, _Evaluate] = {
    "number": lambda frames: Cells(frames.found.numbers),
    "time": _time_texts,
    "time_ns": _times,
    "length": lambda frames: Cells(frames.found.batch.wire_len),
    "captured": lambda frames: Cells(frames.found.batch.caplen),
    "inner_length": _inner_length,
    "comments": _comments,
    **{
        name: partial(_address, name)
        for name in (
            *("outer_src_mac", "outer_dst_mac", "outer_src", "outer_dst"),
            *("src_mac", "dst_mac", "src_ip", "dst_ip"),
        )
    },
    "outer_src_port": partial(_number, "outer_udp", 0, 2),
    "outer_dst_port": partial(_number, "outer_udp", 2, 2),
    "outer_dscp": partial(_service, "outer_ip", 2, 0x3F),
    "outer_ecn": partial(_service, "outer_ip", 0, 3),
    "outer_ttl": partial(_ttl, "outer_ip"),
    "src_tep": partial(_tep, 0),
    "dst_tep": partial(_tep, 1),
    "src_port": partial(_port, "ports", 0),
    "dst_port": partial(_port, "ports", 2),
    "dscp": partial(_service, "ip", 2, 0x3F),
    "ecn": partial(_service, "ip", 0, 3),
    "ttl": partial(_ttl, "ip"),
    "ip_id": _ip_id,
    "tcp_flags": _tcp_flags,
    "tcp_seq": partial(_number, "tcp", 4, 4),
    "tcp_ack": partial(_number, "tcp", 8, 4),
    "tcp_window": partial(_number, "tcp", 14, 2),
    "icmp_type": partial(_number, "icmp", 0, 1),
    "icmp_code": partial(_number, "icmp", 1, 1),
    "src_vm": partial(_vm, "src"),
    "dst_vm": partial(_vm, "dst"),
    "hash": _hashes,
}
"""What each frame has for itself."""
