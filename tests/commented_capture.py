"""The frames of a capture with their comments, read without dovetool."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import NamedTuple

from plain_capture import Captured, read_capture

PACKET, COMMENT = 6, 1  # block type, option code


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
        if kind == PACKET:
            caplen = struct.unpack_from("<I", raw, at + 20)[0]
            comments.append(_comment(raw[at + 28 + (caplen + 3) // 4 * 4 : at + length - 4]))
        at += length
    return comments


def _comment(options: bytes) -> str:
    at = 0
    while at + 4 <= len(options):
        code, length = struct.unpack_from("<HH", options, at)
        if code == COMMENT:
            return options[at + 4 : at + 4 + length].decode()
        at += 4 + (length + 3) // 4 * 4
    return ""
