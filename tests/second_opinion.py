"""A pcapng parser of a few lines, independent of ours, and what Wireshark's tools say."""

from __future__ import annotations

import shutil
import struct
import subprocess
import tempfile
from pathlib import Path
from typing import NamedTuple

import pytest

from dovetool.capture.batch import Batch, Passage
from dovetool.capture.pcapng import PcapngWriter
from dovetool.capture.reader import CaptureReader
from dovetool.errors import CorruptCaptureError

_FOLDER = tempfile.TemporaryDirectory(prefix="dovetool-tests-")


def stored(octets: bytes) -> Path:
    """The octets as a file, which the next call replaces: for properties, which may not ask for `tmp_path`."""
    path = Path(_FOLDER.name) / "capture"
    path.write_bytes(octets)
    return path


class Block(NamedTuple):
    """Type and body of a block; numbers in the body are in the byte order of its section."""

    kind: int
    body: bytes
    little: bool


def blocks(raw: bytes) -> list[Block]:
    """The blocks of a pcapng file; section lengths are forgotten, because sizes may change."""
    found, at, order = [], 0, "<"
    while at < len(raw):
        if raw[at : at + 4] == b"\x0a\x0d\x0d\x0a":
            order = "<" if raw[at + 8 : at + 12] == b"\x4d\x3c\x2b\x1a" else ">"
        kind, length = struct.unpack_from(order + "II", raw, at)
        assert struct.unpack_from(order + "I", raw, at + length - 4) == (length,)
        body = raw[at + 8 : at + length - 4]
        if kind == 0x0A0D0D0A:
            body = body[:8] + b"\xff" * 8 + body[16:]
        found.append(Block(kind, body, order == "<"))
        at += length
    assert at == len(raw)
    return found


def rewritten(path: Path, *, grows: bool = False) -> bytes:
    """A pcapng file read and written again."""
    out = bytearray()
    writer = PcapngWriter(out.extend, grows=grows)
    with CaptureReader(path) as reader:
        for block in reader:
            put(writer, block)
    writer.finish()
    return bytes(out)


def put(writer: PcapngWriter, block: Batch | Passage) -> None:
    """Hand a batch or a passage to a writer."""
    if isinstance(block, Batch):
        writer.write(block)
    else:
        writer.pass_on(block)


class Frame(NamedTuple):
    """What a capture says about a frame."""

    ts_ns: int
    orig_len: int
    octets: bytes


def frames_until_damage(path: Path) -> tuple[list[Frame], CorruptCaptureError | None]:
    """The frames of a capture, as our reader sees them, and the error that it ends in."""
    found: list[Frame] = []
    try:
        with CaptureReader(path) as reader:
            for batch in reader:
                if isinstance(batch, Batch):
                    columns = zip(batch.ts_ns.tolist(), batch.orig_len.tolist(), strict=True)
                    found += [Frame(*each, batch.frame(row)) for row, each in enumerate(columns)]
    except CorruptCaptureError as error:
        return found, error
    return found, None


def frames(path: Path) -> list[Frame]:
    """The frames of a capture that is whole."""
    found, error = frames_until_damage(path)
    if error is not None:
        raise error
    return found


def damage(path: Path) -> tuple[list[Frame], CorruptCaptureError]:
    """The good frames of a damaged capture, and the error behind them."""
    found, error = frames_until_damage(path)
    if error is None:
        pytest.fail("the damage went unnoticed")
    return found, error


def tshark(path: Path, *fields: str) -> list[tuple[str, ...]]:
    """Fields of each frame as tshark shows them."""
    if not shutil.which("tshark"):
        pytest.skip("tshark is not installed")
    asked = [part for field in fields for part in ("-e", field)]
    command = ["tshark", "-n", "-r", str(path), "-T", "fields", *asked]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    return [tuple(line.split("\t")) for line in lines]


def capinfos_count(path: Path) -> int:
    """The number of packets that capinfos counts."""
    if not shutil.which("capinfos"):
        pytest.skip("capinfos is not installed")
    command = ["capinfos", "-c", "-M", "-T", "-r", str(path)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\t")[-1])
