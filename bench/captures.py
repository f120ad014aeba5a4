"""Captures to measure with: pcap files of the VMs' frames, the same octets on every run.

The frames of a flow are prebuilt, and joined in chunks. What differs between the packets of a real flow then differs
here too (time, IPv4 identification, TCP sequence number, and the checksums over them), so that no tool gains from
frames that are equal.
"""

from __future__ import annotations

import mmap
import random
import struct
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.network import Flow, flows

FILE_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
RECORD = struct.Struct("<IIII")
_CHUNK = 24_000  # frames; a multiple of 12, so that every chunk is exact IMIX
_BEGIN_S = 1_767_225_600  # 2026-01-01
_INTERVAL_US = 5
_IP = RECORD.size + 14  # offsets in a record
_L4 = _IP + 20

Array = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Shape:
    """How long the frames of a capture are.

    Attributes:
        name: what the table calls it.
        kinds: the kinds of frames that each flow has, as often as they come.
        lengths: octets of a frame; flow f and kind k take item (f * kinds + k) in turn.
    """

    name: str
    kinds: tuple[int, ...]
    lengths: tuple[int, ...]

    def mean(self) -> float:
        """Octets of a frame on average."""
        per_kind = len(set(self.kinds)) == len(self.lengths)
        chosen = [self.lengths[kind] for kind in self.kinds] if per_kind else self.lengths
        return sum(chosen) / len(chosen)


SHAPES = {
    shape.name: shape
    for shape in (
        Shape("imix", (0,) * 7 + (1,) * 4 + (2,), (64, 594, 1518)),
        Shape("1400", (0,), (1400,)),
        # a stride that shares no factor with the 1455 lengths, so that neighbours differ
        Shape("mixed", tuple(range(8)), tuple(60 + n * 433 % 1455 for n in range(1455))),
    )
}


def checksum(octets: bytes) -> int:
    """The Internet checksum (RFC 1071)."""
    octets += b"\0" * (len(octets) % 2)
    total: int = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF


def _segment(flow: Flow, payload: bytes) -> bytes:
    """The UDP datagram or TCP segment (sequence number 0) around as much of the payload as there is room for."""
    pseudo = flow.source.ip + flow.target.ip
    if flow.is_tcp:
        body = payload[20:]
        pseudo += struct.pack("!HH", 6, len(payload))
        head = struct.pack("!HHIIBBH", flow.src_port, flow.dst_port, 0, 1, 5 << 4, 0x10, 0xFFFF)
        return head + struct.pack("!HH", checksum(pseudo + head + bytes(4) + body), 0) + body
    body = payload[8:]
    pseudo += struct.pack("!HH", 17, len(payload))
    head = struct.pack("!HHH", flow.src_port, flow.dst_port, len(payload))
    return head + struct.pack("!H", checksum(pseudo + head + bytes(2) + body) or 0xFFFF) + body


def _record(flow: Flow, length: int, payload: bytes) -> bytes:
    """A pcap record with time 0 and IPv4 identification 0."""
    ip = struct.pack("!BBHHHBB", 0x45, 0, length - 14, 0, 0x4000, 64, 6 if flow.is_tcp else 17)
    addresses = flow.source.ip + flow.target.ip
    ip += struct.pack("!H", checksum(ip + bytes(2) + addresses)) + addresses
    frame = flow.target.mac + flow.source.mac + b"\x08\x00" + ip + _segment(flow, payload[: length - 34])
    return RECORD.pack(0, 0, length, length) + frame


def _put(chunk: NDArray[np.uint8], at: Array, values: Array, dtype: str) -> None:
    """Write one integer at each offset."""
    octets = values.astype(dtype).view(np.uint8).reshape(len(values), -1)
    for column in range(octets.shape[1]):
        chunk[at + column] = octets[:, column]


def _get16(chunk: NDArray[np.uint8], at: Array) -> Array:
    return chunk[at].astype(np.int64) << 8 | chunk[at + 1]


def _add_to_checksum(chunk: NDArray[np.uint8], at: Array, words: Array) -> None:
    """Account for 16-bit words that were 0 until now (RFC 1624, equation 3)."""
    total = (~_get16(chunk, at) & 0xFFFF) + words
    for _ in range(2):
        total = (total & 0xFFFF) + (total >> 16)
    _put(chunk, at, ~total & 0xFFFF, ">u2")


class _Generator:
    def __init__(self, shape: Shape) -> None:
        rng = random.Random(shape.name)
        self.shape = shape
        self.flows = flows()
        self.kinds = max(shape.kinds) + 1
        self.records = [
            _record(flow, shape.lengths[(n * self.kinds + kind) % len(shape.lengths)], rng.randbytes(1600))
            for n, flow in enumerate(self.flows)
            for kind in range(self.kinds)
        ]
        self.sizes = np.array([len(record) for record in self.records], np.int64)
        self.is_tcp = np.array([flow.is_tcp for flow in self.flows for _ in range(self.kinds)])
        self.random = np.random.default_rng(9602307)

    def chunk(self, first: int, count: int) -> NDArray[np.uint8]:
        """The records of `count` frames, the first of which has the number `first`."""
        kinds = self.random.permutation(np.resize(np.array(self.shape.kinds), count))
        chosen = self.random.integers(len(self.flows), size=count) * self.kinds + kinds
        sizes = self.sizes[chosen]
        at = np.cumsum(sizes) - sizes
        chunk = np.frombuffer(bytearray().join([self.records[n] for n in chosen.tolist()]), np.uint8)
        time_us = np.arange(first, first + count, dtype=np.int64) * _INTERVAL_US
        _put(chunk, at, _BEGIN_S + time_us // 1_000_000, "<u4")
        _put(chunk, at + 4, time_us % 1_000_000, "<u4")
        identification = self.random.integers(1, 0x10000, size=count)
        _put(chunk, at + _IP + 4, identification, ">u2")
        _add_to_checksum(chunk, at + _IP + 10, identification)
        tcp = at[self.is_tcp[chosen]]
        sequence = self.random.integers(1, 1 << 32, size=len(tcp))
        _put(chunk, tcp + _L4 + 4, sequence, ">u4")
        _add_to_checksum(chunk, tcp + _L4 + 16, (sequence & 0xFFFF) + (sequence >> 16))
        return chunk


def write_capture(path: Path, shape: Shape, frames: int) -> None:
    """Write the plain Ethernet frames of the VMs."""
    generator = _Generator(shape)
    with path.open("wb") as file:
        file.write(FILE_HEADER)
        for first in range(0, frames, _CHUNK):
            file.write(generator.chunk(first, min(_CHUNK, frames - first)).data)


def repeat_capture(source: Path, target: Path, times: int) -> None:
    """Write a capture with the records of another one, several times over."""
    with source.open("rb") as file, target.open("wb") as out:
        out.write(FILE_HEADER)
        for _ in range(times):
            file.seek(len(FILE_HEADER))
            while block := file.read(1 << 20):
                out.write(block)


def write_mixture(sources: Sequence[Path], target: Path) -> None:
    """Write records of captures with as many frames each in turn: the first of the first, the second of the second."""
    with ExitStack() as stack:
        maps = [
            stack.enter_context(mmap.mmap(stack.enter_context(path.open("rb")).fileno(), 0, access=mmap.ACCESS_READ))
            for path in sources
        ]
        out = stack.enter_context(target.open("wb"))
        out.write(FILE_HEADER)
        places, turn = [len(FILE_HEADER)] * len(maps), 0
        while places[turn] < len(maps[turn]):
            for number, view in enumerate(maps):
                start = places[number]
                places[number] = start + RECORD.size + int(RECORD.unpack_from(view, start)[2])
                if number == turn:
                    out.write(view[start : places[number]])
            turn = (turn + 1) % len(maps)
