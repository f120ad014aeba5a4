"""What stands in each column of the catalogue."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from dovetool.analysis.columns.cells import MISSING, Cells, Value
from dovetool.analysis.columns.frame_table import FrameTable
from dovetool.analysis.columns.frame_values import OF_FRAMES
from dovetool.analysis.columns.shared_values import SHARED
from dovetool.capture.batch import Column

_Evaluate = Callable[[FrameTable], Cells]


def cells_of(name: str, frames: FrameTable) -> Cells:
    """What rows have in a column of the catalogue."""
    if name in SHARED:
        return Cells(frames.entries, frames.table.shared(name, SHARED[name]))
    if name in OF_FRAMES:
        return frames.cells(OF_FRAMES[name](frames.found))
    return _OWN[name](frames)


def _inner_length(frames: FrameTable) -> Cells:
    return Cells(frames.of_rows(frames.found.batch.wire_len) - frames.at("start") - frames.at("behind"))


def _address(name: str, frames: FrameTable) -> Cells:
    _, codes = frames.distinct(name)
    return Cells(codes, frames.table.texts(name))


def _number(name: str, offset: int, length: int, frames: FrameTable) -> Cells:
    return Cells(frames.number(name, offset, length))


def _word(name: str, frames: FrameTable) -> tuple[Column, Column]:
    """(n,) the first 16 bits of an IP header, `MISSING` where there is none, and of which frames it is IPv6."""
    word = frames.number(name, 0, 2)
    return word, word >> 12 == 6


def _ttl(name: str, frames: FrameTable) -> Cells:
    """The ninth octet of IPv4 (RFC 791 section 3.1), the eighth of IPv6 (RFC 8200 section 3)."""
    (_, is_ipv6), both = _word(name, frames), frames.number(name, 7, 2)
    return Cells(np.where(both == MISSING, MISSING, np.where(is_ipv6, both >> 8, both & 0xFF)))


def _service(name: str, shift: int, mask: int, frames: FrameTable) -> Cells:
    """The part of the octet of differentiated services (RFC 2474 section 3) that is DSCP or ECN."""
    word, is_ipv6 = _word(name, frames)
    return Cells(np.where(word == MISSING, MISSING, word >> (shift + 4 * is_ipv6) & mask))


def _ip_id(frames: FrameTable) -> Cells:
    _, is_ipv6 = _word("ip", frames)
    return Cells(np.where(is_ipv6, MISSING, frames.number("ip", 4, 2)))


def _tcp_flags(frames: FrameTable) -> Cells:
    word = frames.number("tcp", 12, 2)
    return Cells(np.where(word == MISSING, MISSING, word & 0xFFF))


def _tep(name: str, frames: FrameTable) -> Cells:
    """The TEP at one end of a tunnel: of the outermost one, or of that of a layer."""
    table, of_layer, end = frames.table, name.startswith("layer_"), int(name.endswith("dst_tep"))
    if table.names.vnid_map is None:
        return _nothing(frames)
    sides = ("layer_src", "layer_dst") if of_layer else ("outer_src", "outer_dst")
    (sources, src), (targets, dst) = map(frames.distinct, sides)

    def make(numbers: tuple[int, ...]) -> Value:
        entry = table.entries[numbers[0]]
        overlay = (entry.header[1] if entry.header else None) if of_layer else entry.tunnel
        if overlay is None:
            return None
        ends = overlay._replace(src=sources[numbers[1]], dst=targets[numbers[2]])
        return table.names.teps(ends)[end]

    made = table.combined(name)
    return Cells(made.codes(make, frames.entries, src, dst), made.made)


def _vm(side: str, frames: FrameTable) -> Cells:
    """The VM at one end of the innermost frame."""
    table, names = frames.table, frames.table.names
    if names.vnid_map is None:
        return _nothing(frames)
    (macs, mac), (ips, ip) = frames.distinct(f"{side}_mac"), frames.distinct(f"{side}_ip")
    name = names.sender if side == "src" else names.receiver

    def make(numbers: tuple[int, ...]) -> Value:
        look = table.entries[numbers[0]].look
        return name(names.home(look.seen, look.interface), macs[numbers[1]], ips[numbers[2]], look.ts_ns)

    made = table.combined(f"{side}_vm")
    return Cells(made.codes(make, frames.entries, mac, ip), made.made)


_NOTHING: list[Value] = [None]


def _nothing(frames: FrameTable) -> Cells:
    return Cells(np.zeros(len(frames), np.int32), _NOTHING)


def _header_numbers(prefix: str) -> dict[str, _Evaluate]:
    """Of the headers around a tunnel's own."""
    return {
        f"{prefix}_src_port": partial(_number, f"{prefix}_udp", 0, 2),
        f"{prefix}_dst_port": partial(_number, f"{prefix}_udp", 2, 2),
        f"{prefix}_dscp": partial(_service, f"{prefix}_ip", 2, 0x3F),
        f"{prefix}_ecn": partial(_service, f"{prefix}_ip", 0, 3),
        f"{prefix}_ttl": partial(_ttl, f"{prefix}_ip"),
    }


MACS = ("outer_src_mac", "outer_dst_mac", "layer_src_mac", "layer_dst_mac", "src_mac", "dst_mac")
ADDRESSES = (*MACS, "outer_src", "outer_dst", "layer_src", "layer_dst", "src_ip", "dst_ip")
"""Columns of addresses, which are texts; their octets are what frames are `distinct` by."""
_OWN: Mapping[str, _Evaluate] = {
    "inner_length": _inner_length,
    **{name: partial(_address, name) for name in ADDRESSES},
    **_header_numbers("outer"),
    **_header_numbers("layer"),
    **{name: partial(_tep, name) for name in ("src_tep", "dst_tep", "layer_src_tep", "layer_dst_tep")},
    "src_port": partial(_number, "ports", 0, 2),
    "dst_port": partial(_number, "ports", 2, 2),
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
}
"""What each row has for itself."""
