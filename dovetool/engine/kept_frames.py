"""Single frames that outlive the batch they came in, as small as can be, and batches made of them again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import SLACK, Annex, Batch, Column, Octets, Path
from dovetool.capture.origin import Origin

_WAY = tuple(each.name for each in fields(Path))
_NO_WAY = (-1, -1, -1, 0, -1)


class KeptFrame(NamedTuple):
    """A frame with all that its batch knows of it.

    Attributes:
        octets: the captured octets.
        orig_len: octets on the wire.
        stamp: its time, as the container writes it.
        interface: index into the interfaces of its section.
        options: the options of its packet in a pcapng file.
        simple: it came in a Simple Packet Block.
        way: what is known of its way, as in `Path`; None outside of a path.
        origin: where it comes from, as in `Origin`, among several captures.
    """

    octets: bytes
    orig_len: int
    stamp: int
    interface: int
    options: bytes = b""
    simple: bool = False
    way: tuple[int, ...] | None = None
    origin: int = 0


def kept_frame(batch: Batch, row: int) -> KeptFrame:
    """One frame of a batch."""
    annex, path = batch.annex, batch.path
    options, simple = b"", False
    if annex is not None:
        start = int(annex.offset[row])
        options, simple = annex.octets[start : start + int(annex.length[row])].tobytes(), bool(annex.simple[row])
    way = None if path is None else tuple(int(getattr(path, name)[row]) for name in _WAY)
    fixed = int(batch.orig_len[row]), int(batch.stamp[row]), int(batch.interface[row])
    origin = 0 if batch.origin is None else int(batch.origin.numbers[row])
    return KeptFrame(batch.frame(row), *fixed, options, simple, way, origin)


def batch_of_kept(frames: Sequence[KeptFrame], like: Batch) -> Batch:
    """The frames as a batch of the section that `like` is one of."""
    octets, offset, caplen = _laid_out([frame.octets for frame in frames])
    return replace(
        like,
        octets=octets,
        offset=offset,
        caplen=caplen,
        orig_len=np.array([frame.orig_len for frame in frames], np.int64),
        stamp=np.array([frame.stamp for frame in frames], np.uint64),
        interface=np.array([frame.interface for frame in frames], np.int64),
        annex=None if like.annex is None else _annex(frames, like.annex),
        path=None if like.path is None else _path(frames),
        origin=None if like.origin is None else _origin(frames, like.origin),
        framed_for=None,
    )


def _laid_out(parts: Sequence[bytes]) -> tuple[Octets, Column, Column]:
    """The parts one behind the other with slack behind them, where each begins (n,), and how long it is (n,)."""
    length = np.array([len(part) for part in parts], np.int64)
    return np.frombuffer(b"".join([*parts, bytes(SLACK)]), np.uint8), np.cumsum(length) - length, length


def _annex(frames: Sequence[KeptFrame], like: Annex) -> Annex:
    octets, offset, length = _laid_out([frame.options for frame in frames])
    return replace(
        like,
        octets=octets,
        offset=offset,
        length=length,
        simple=np.array([frame.simple for frame in frames], np.bool_),
    )


def _path(frames: Sequence[KeptFrame]) -> Path:
    ways = np.array([frame.way or _NO_WAY for frame in frames], np.int64).reshape(len(frames), len(_WAY))
    return Path(*ways.T)


def _origin(frames: Sequence[KeptFrame], like: Origin) -> Origin:
    return replace(like, numbers=np.array([frame.origin for frame in frames], np.int64))


def joined(first: Batch, second: Batch) -> Batch:
    """The frames of two batches of one section, those of the first one before."""
    path = None
    if first.path is not None and second.path is not None:
        path = Path(*(_joint(first.path, second.path, name) for name in _WAY))
    return replace(
        first,
        octets=_joint(first, second, "octets"),
        offset=np.concatenate([first.offset, second.offset + len(first.octets)]),
        caplen=_joint(first, second, "caplen"),
        orig_len=_joint(first, second, "orig_len"),
        stamp=_joint(first, second, "stamp"),
        interface=_joint(first, second, "interface"),
        annex=_joined_annexes(first.annex, second.annex),
        path=path,
        origin=first.origin.joined(second.origin) if first.origin and second.origin else None,
        framed_for=None,
    )


def _joint(first: object, second: object, column: str) -> NDArray[Any]:
    joint: NDArray[Any] = np.concatenate([getattr(first, column), getattr(second, column)])
    return joint


def _joined_annexes(first: Annex | None, second: Annex | None) -> Annex | None:
    if first is None or second is None:
        return None
    return replace(
        first,
        octets=_joint(first, second, "octets"),
        offset=np.concatenate([first.offset, second.offset + len(first.octets)]),
        length=_joint(first, second, "length"),
        simple=_joint(first, second, "simple"),
    )
