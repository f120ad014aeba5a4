"""Did a tool do its work? The frames that it wrote, walked record by record and compared."""

from __future__ import annotations

import hashlib
import json
import mmap
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pyarrow import parquet

from bench.captures import FILE_HEADER, RECORD
from bench.measure import ToolError
from bench.network import TPID, vnid_of_mac

_BLOCK = 4096  # records per update of the digest
_MAGIC = FILE_HEADER[:4]


@dataclass(frozen=True, slots=True)
class Contents:
    """What a capture holds: frames, their octets, and a digest of all records."""

    frames: int
    octets: int
    digest: str


@dataclass(frozen=True, slots=True)
class Added:
    """Octets that a stage has added to each frame: without them, the frame is what it was."""

    at: int
    count: int
    is_right: Callable[[bytes], bool] = lambda _: True


def contents(path: Path, added: Added | None = None, limit: int | None = None) -> Contents:
    """Walk a capture, and take off each frame what a stage has added to it.

    Raises:
        ToolError: the file is no microsecond pcap file of this byte order, ends in the middle of a record, or has a
            frame with wrong octets added.
    """
    added = added or Added(0, 0)
    digest = hashlib.blake2b(digest_size=16)
    frames = octets = 0
    pieces: list[bytes] = []
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        if view[:4] != _MAGIC:
            raise ToolError(f"wrote a file that begins with {view[:4].hex()}")
        offset, end = len(FILE_HEADER), len(view)
        while offset < end and frames != limit:
            seconds, fraction, caplen, orig_len = RECORD.unpack_from(view, offset)
            offset += RECORD.size
            frame = view[offset : offset + caplen]
            offset += caplen
            if offset > end or not added.is_right(frame):
                raise ToolError(f"wrote a wrong frame, number {frames + 1}")
            pieces += (
                RECORD.pack(seconds, fraction, caplen - added.count, orig_len - added.count),
                frame[: added.at],
                frame[added.at + added.count :],
            )
            frames += 1
            octets += caplen
            if frames % _BLOCK == 0:
                digest.update(b"".join(pieces))
                pieces.clear()
    digest.update(b"".join(pieces))
    return Contents(frames, octets, digest.hexdigest())


_VNIDS = vnid_of_mac()


def _tag_is_right(frame: bytes) -> bool:
    return frame[12:18] == struct.pack("!HI", TPID, _VNIDS[frame[6:12]] << 4)


def _is_right_over_udp(frame: bytes, port: int) -> bool:
    """The port is right, the outer lengths fit the frame, and the VNI is that of the sender's network."""
    ip_length, (dst_port, udp_length) = struct.unpack_from("!H", frame, 16)[0], struct.unpack_from("!HH", frame, 36)
    found = (dst_port, ip_length, udp_length, int.from_bytes(frame[46:49]))
    return found == (port, len(frame) - 14, len(frame) - 34, _VNIDS.get(frame[56:62]))


def _vxlan_is_right(frame: bytes) -> bool:
    """VXLAN over IPv4 (RFC 7348)."""
    return _is_right_over_udp(frame, 4789)


def _geneve_is_right(frame: bytes) -> bool:
    """Geneve over IPv4 without options (RFC 8926): its VNI stands in the same place."""
    return _is_right_over_udp(frame, 6081)


def _nvgre_is_right(frame: bytes) -> bool:
    """NVGRE over IPv4 (RFC 7637): GRE with a key and protocol type 0x6558; else as for VXLAN."""
    ip_length, gre, vsid = struct.unpack_from("!H", frame, 16)[0], frame[34:38], int.from_bytes(frame[38:41])
    return (ip_length, gre, vsid) == (len(frame) - 14, b"\x20\x00\x65\x58", _VNIDS.get(frame[48:54]))


DOVE_TAG = Added(12, 6, _tag_is_right)
VLAN_TAG = Added(12, 4)
VXLAN = Added(0, 50, _vxlan_is_right)
GENEVE = Added(0, 50, _geneve_is_right)
NVGRE = Added(0, 42, _nvgre_is_right)
NOTHING = Added(0, 0)

ANY = -1
"""Stands for all VNIDs together."""
Counts = Callable[[Path], "Counter[int]"]
"""Reads frames by VNID from what a tool printed."""


def counted_by_stats(path: Path) -> Counter[int]:
    """The JSON of `dovetool stats --by vnid`."""
    return Counter({group["vnid"]: group["frames"] for group in json.loads(path.read_text())["groups"]})


def counted_by_validate(path: Path) -> Counter[int]:
    """The JSON of `dovetool validate`, which does not tell networks apart."""
    return Counter({ANY: json.loads(path.read_text())["frames"]})


def counted_in_python(path: Path) -> Counter[int]:
    """JSON of the frames by VNID."""
    return Counter({int(vnid): frames for vnid, frames in json.loads(path.read_text()).items()})


def counted_by_list(path: Path) -> Counter[int]:
    """How many frames a list has."""
    return Counter({ANY: int(path.read_text())})


def counted_by_tshark(path: Path) -> Counter[int]:
    """A VNI a line."""
    with path.open() as lines:
        return Counter(int(line) for line in lines)


def counted_by_fields(path: Path) -> Counter[int]:
    """A line of fields for each frame, the last of which is the VNI."""
    with path.open() as lines:
        return Counter(int(line.rpartition("\t")[2]) for line in lines)


def counted_by_export(path: Path) -> Counter[int]:
    """The Parquet of `dovetool export`."""
    table = parquet.read_table(path, columns=["vnid"])
    return Counter({each["values"]: each["counts"] for each in table["vnid"].value_counts().to_pylist()})


def counted_by_rows(path: Path) -> Counter[int]:
    """Any Parquet with a row for each frame."""
    return Counter({ANY: parquet.ParquetFile(path).metadata.num_rows})


def counted_by_walking(path: Path, limit: int) -> Counter[int]:
    """The VNIs of the first frames of a capture in VXLAN over IPv4."""
    found: Counter[int] = Counter()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as view:
        offset = len(FILE_HEADER)
        while offset < len(view) and found.total() < limit:
            offset += RECORD.size
            found[int.from_bytes(view[offset + 46 : offset + 49])] += 1
            offset += RECORD.unpack_from(view, offset - RECORD.size)[2]
    return found
