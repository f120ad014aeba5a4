"""The functions of `core.records` and `core.filling` in plain Python, for where they are not compiled."""

from __future__ import annotations

import struct
from sys import byteorder

import numpy as np
from numpy.typing import NDArray

Octets = NDArray[np.uint8]
Column = NDArray[np.int64]
Stamps = NDArray[np.uint64]

_PACKET, _SIMPLE, _OLD = 6, 3, 2


def walk_records(
    octets: Octets, start: int, end: int, little: bool, most_caplen: int, columns: Column
) -> tuple[int, int]:
    """Find the records of a pcap file; see `core.records`."""
    block, header = octets.data, struct.Struct("<8xII" if little else ">8xII")
    found: list[tuple[int, ...]] = []
    at = start
    while at + 16 <= end and len(found) < columns.shape[1]:
        caplen, orig_len = header.unpack_from(block, at)
        if caplen > most_caplen or at + 16 + caplen > end:
            break
        found.append((at + 16, caplen, orig_len, int.from_bytes(block[at : at + 8], byteorder, signed=True)))
        at += 16 + caplen
    return _filled(columns, found), at


def _filled(columns: Column, found: list[tuple[int, ...]]) -> int:
    if found:
        columns[:, : len(found)] = np.array(found, np.int64).T
    return len(found)


def walk_packets(
    octets: Octets,
    start: int,
    end: int,
    little: bool,
    interfaces: int,
    implied_snaplen: int,
    most_block: int,
    columns: Column,
) -> tuple[int, int]:
    """Find the packet blocks of a pcapng section; see `core.records`."""
    block, order = octets.data, "<" if little else ">"
    found: list[tuple[int, ...]] = []
    at = start
    while at + 12 <= end and len(found) < columns.shape[1]:
        kind, length = struct.unpack_from(order + "II", block, at)
        if kind not in (_PACKET, _SIMPLE, _OLD) or length % 4 or not 12 <= length <= min(most_block, end - at):
            break
        row = _packet(block, at, kind, length, order, implied_snaplen)
        if row is None or row[4] >= interfaces or struct.unpack_from(order + "I", block, at + length - 4)[0] != length:
            break
        found.append(row)
        at += length
    return _filled(columns, found), at


def _packet(
    block: memoryview, at: int, kind: int, length: int, order: str, implied_snaplen: int
) -> tuple[int, ...] | None:
    """The columns of a packet block; None where it has no room for what it claims."""
    if kind == _SIMPLE:
        if length < 16:
            return None
        (orig_len,) = struct.unpack_from(order + "I", block, at + 8)
        caplen = min(orig_len, implied_snaplen)
        padded = caplen + (-caplen & 3)
        return (at + 12, caplen, orig_len, 0, 0, at + 12 + padded, 0, kind) if caplen <= length - 16 else None
    if length < 32:
        return None
    interface, high, low, caplen, orig_len = struct.unpack_from(order + "IIIII", block, at + 8)
    if kind == _OLD:
        interface, drops = struct.unpack_from(order + "HH", block, at + 8)
        kind |= drops << 8
    padded = caplen + (-caplen & 3)
    stamp = high << 32 | low
    signed = stamp - (1 << 64) if stamp >> 63 else stamp
    if caplen > length - 32:
        return None
    return at + 28, caplen, orig_len, signed, interface, at + 28 + padded, length - 32 - padded, kind


def lay_out(caplen: Column, options_len: Column | None, lead: int, pad: int, trail: int, offset_out: Column) -> int:
    """Place frames one behind the other; see `core.filling`."""
    sizes = caplen + (-caplen % pad) + lead + trail + (0 if options_len is None else options_len)
    ends = np.cumsum(sizes)
    offset_out[:] = ends - sizes + lead
    return int(ends[-1]) if len(ends) else 0


def copy_frames(source: Octets, source_at: Column, target: Octets, target_at: Column, length: Column) -> None:
    """Copy runs of octets; see `core.filling`."""
    for start, to, size in zip(source_at.tolist(), target_at.tolist(), length.tolist(), strict=True):
        target[to : to + size] = source[start : start + size]


def fill_records(octets: Octets, offset: Column, caplen: Column, orig_len: Column, stamp: Stamps, little: bool) -> None:
    """Write pcap record headers; see `core.filling`."""
    block, order = octets.data, "<" if little else ">"
    lengths = struct.Struct(order + "II")
    rows = zip(offset.tolist(), caplen.tolist(), orig_len.tolist(), stamp.tolist(), strict=True)
    for at, captured, original, time in rows:
        block[at - 16 : at - 8] = time.to_bytes(8, byteorder)
        lengths.pack_into(block, at - 8, captured, original)


def fill_packets(
    octets: Octets,
    offset: Column,
    caplen: Column,
    orig_len: Column,
    stamp: Stamps,
    ids: Column,
    little: bool,
    options: Octets | None,
    options_at: Column | None,
    options_len: Column | None,
) -> None:
    """Write what stands around the frames of enhanced packet blocks; see `core.filling`."""
    block, order = octets.data, "<" if little else ">"
    head, word = struct.Struct(order + "7I"), struct.Struct(order + "I")
    none = [0] * len(offset)
    at_of = none if options_at is None else options_at.tolist()
    size_of = none if options_len is None else options_len.tolist()
    fixed = offset.tolist(), caplen.tolist(), orig_len.tolist(), stamp.tolist(), ids.tolist()
    for at, captured, original, time, interface, told_at, told in zip(*fixed, at_of, size_of, strict=True):
        end, pad = at + captured, -captured & 3
        length = 32 + captured + pad + told
        said = b"" if options is None else options[told_at : told_at + told].tobytes()
        block[end : end + pad + told] = bytes(pad) + said
        head.pack_into(block, at - 28, _PACKET, length, interface, time >> 32, time & 0xFFFF_FFFF, captured, original)
        word.pack_into(block, end + pad + told, length)
