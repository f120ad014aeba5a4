"""Options of pcapng blocks: how they are read, checked, taken out and added.

    option:  code 16 | length 16 | value | padding to a multiple of 4; code 0 ends the list and may be missing

Source: draft-ietf-opsawg-pcapng section 3.5 (options) and 4.3 (those of packets).
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dovetool.capture import kernel
from dovetool.capture.batch import SLACK, Annex, Batch, Column, Octets
from dovetool.capture.copying import gather
from dovetool.capture.pcapng_clock import PcapngClock

END, COMMENT = 0, 1
SHB_USERAPPL = 4
IF_NAME, IF_DESCRIPTION, IF_TSRESOL, IF_FCSLEN, IF_TSOFFSET = 2, 3, 9, 13, 14
EPB_FLAGS, EPB_HASH, EPB_DROPCOUNT = 2, 3, 4
END_MARK = bytes(4)
_STEPS = 32  # the few frames that have more options than this are walked one by one


class OptionError(Exception):
    """An option reaches beyond the end of its block."""


class Option(NamedTuple):
    """One option, and where it begins and ends among those of its block."""

    code: int
    value: bytes
    start: int
    stop: int


def options(octets: bytes, *, little: bool) -> Iterator[Option]:
    """Walk the options of one block, up to their end mark.

    Raises:
        OptionError: an option reaches beyond the octets.
    """
    unpack, at = struct.Struct("<HH" if little else ">HH").unpack_from, 0
    while at + 4 <= len(octets):
        code, length = unpack(octets, at)
        if code == END:
            return
        if at + 4 + length > len(octets):
            raise OptionError(f"an option claims {length:,} octets, more than its block has")
        stop = at + 4 + length + (-length & 3)
        yield Option(code, octets[at + 4 : at + 4 + length], at, stop)
        at = stop


def emit_option(code: int, value: bytes, *, little: bool) -> bytes:
    """One option with its padding."""
    return struct.pack("<HH" if little else ">HH", code, len(value)) + value + bytes(-len(value) & 3)


class Survey(NamedTuple):
    """What was found among the options of n frames.

    Attributes:
        place: (n,) where the value of an option of the code that was asked for begins; -1 where there is none.
        damaged: (n,) True where an option reaches beyond the others.
        taken: (n,) octets of the options without their end mark.
    """

    place: Column
    damaged: NDArray[np.bool_]
    taken: Column


def survey(annex: Annex, code: int, prefix: bytes = b"") -> Survey:
    """Walk the options of n frames, all frames at once, and look for `code` with a value that begins with `prefix`."""
    damaged, taken = np.zeros(len(annex.offset), np.bool_), np.zeros(len(annex.offset), np.int64)
    place = np.full(len(annex.offset), -1, np.int64)
    word = np.dtype("<u2" if annex.little else ">u2")
    rows = np.flatnonzero(annex.length)
    at, end = annex.offset[rows], annex.offset[rows] + annex.length[rows]
    for _ in range(_STEPS):
        if not len(rows):
            return Survey(place, damaged, taken)
        head = gather(annex.octets, at, 4).view(word).reshape(-1, 2)
        size = head[:, 1].astype(np.int64)
        real, beyond = head[:, 0] != END, at + 4 + size > end
        meant = _with_prefix(annex, at, head[:, 0] == code, prefix)
        place[rows[meant]] = at[meant] + 4
        damaged[rows[real & beyond]] = True
        at += 4 + size + (-size & 3)
        whole = real & ~beyond
        taken[rows[whole]] = (at - annex.offset[rows])[whole]
        further = whole & (at < end)
        rows, at, end = rows[further], at[further], end[further]
    for row, start, stop in zip(rows.tolist(), at.tolist(), end.tolist(), strict=True):
        try:
            for found in _rest(annex, start, stop):
                is_meant = found.code == code and found.value.startswith(prefix)
                place[row] = start + found.start + 4 if is_meant else place[row]
                taken[row] += found.stop - found.start
        except OptionError:
            damaged[row] = True
    return Survey(place, damaged, taken)


def _with_prefix(annex: Annex, at: Column, has_code: NDArray[np.bool_], prefix: bytes) -> NDArray[np.bool_]:
    """Those of the options at `at` (n,) with the code asked for whose values begin with the prefix."""
    if not prefix or not has_code.any():
        return has_code
    rows = np.flatnonzero(has_code)
    has_code[rows] = gather(annex.octets, at[rows] + 4, len(prefix)) == np.void(prefix)
    return has_code


def _rest(annex: Annex, start: int, stop: int) -> Iterator[Option]:
    return options(annex.octets[start:stop].tobytes(), little=annex.little)


def changed(annex: Annex, rows_changed: NDArray[np.bool_] | Column) -> Annex:
    """The options of frames whose octets changed: a hash (epb_hash) is wrong now and goes, all others stay.

    Args:
        annex: the options of n frames.
        rows_changed: (n,) True where the octets of a frame changed, or the rows of those frames.
    """
    touched = np.zeros(len(annex.offset), np.bool_)
    touched[rows_changed] = True
    candidates = np.flatnonzero(touched & (annex.length > 0))
    if not len(candidates):
        return annex
    rows = candidates[survey(annex.take(candidates), EPB_HASH).place >= 0]
    if not len(rows):
        return annex
    return _rewritten(annex, rows, [0] * len(rows), lambda raw, _: without_option(raw, EPB_HASH, little=annex.little))


def without_option(raw: bytes, code: int, *, little: bool) -> bytes:
    """Options without those of one code."""
    kept, stop = bytearray(), 0
    for found in options(raw, little=little):
        kept += raw[stop : found.stop] if found.code != code else b""
        stop = found.stop
    return bytes(kept) + raw[stop:] if kept else b""


def counted(annex: Annex, rows: Column, drops: Sequence[int]) -> Annex:
    """The options with a drop count (epb_dropcount) in front of those of the frames `rows` (m,)."""

    def rewrite(raw: bytes, count: int) -> bytes:
        value = count.to_bytes(8, "little" if annex.little else "big")
        return emit_option(EPB_DROPCOUNT, value, little=annex.little) + (raw or END_MARK)

    return _rewritten(annex, rows, drops, rewrite)


def _rewritten(annex: Annex, rows: Column, tags: Sequence[int], rewrite: Callable[[bytes, int], bytes]) -> Annex:
    """The annex with the options of the frames `rows` (m,) replaced, by their octets and a tag each."""
    runs: list[bytes] = []
    memo: dict[tuple[bytes, int], int] = {}
    index = []
    for at, size, tag in zip(annex.offset[rows].tolist(), annex.length[rows].tolist(), tags, strict=True):
        key = annex.octets[at : at + size].tobytes(), tag
        if key not in memo:
            memo[key] = len(runs)
            runs.append(rewrite(*key))
        index.append(memo[key])
    block, start, sizes = _packed(runs)
    length = annex.length.copy()
    length[rows] = 0
    offset = np.cumsum(length) - length + len(block)
    whole = np.concatenate([block, np.zeros(int(length.sum()) + SLACK, np.uint8)])
    kernel.copy_frames(annex.octets, annex.offset, whole, offset, length)
    offset[rows], length[rows] = start[index], sizes[index]
    return replace(annex, octets=whole, offset=offset, length=length)


def _packed(runs: Sequence[bytes]) -> tuple[Octets, Column, Column]:
    """Runs of octets in one block, where each begins, and how long it is."""
    length = np.array([len(run) for run in runs], np.int64)
    return np.frombuffer(b"".join(runs), np.uint8), np.cumsum(length) - length, length


def commented(batch: Batch, texts: Sequence[str], which: NDArray[np.int64], little: bool = True) -> Batch:
    """The frames with a comment each, or most of them, behind the options that they have already.

    Args:
        batch: n frames.
        texts: the comments, one at least, each at most 65,535 octets of UTF-8.
        which: (n,) index of each frame's comment in `texts`; -1 for none.
        little: byte order of the section they will be written to, for frames of a container without sections.
    """
    annex = batch.annex
    source = annex if annex is not None else batch.clock
    little = source.little if isinstance(source, Annex | PcapngClock) else little
    comments = [emit_option(COMMENT, text.encode(), little=little) for text in texts]
    if annex is not None and annex.length.any():
        return replace(batch, annex=_merged(annex, comments, which), framed_for=None)
    block, start, sizes = _packed([comment + END_MARK for comment in comments])
    octets = np.concatenate([block, np.zeros(SLACK, np.uint8)])
    simple = annex.simple if annex is not None else np.zeros(len(batch), np.bool_)
    added = Annex(octets, start[which], np.where(which >= 0, sizes[which], 0), simple, little)
    return replace(batch, annex=added, framed_for=None)


def _merged(annex: Annex, comments: list[bytes], which: NDArray[np.int64]) -> Annex:
    """The options with a comment behind them, before their end mark; a frame without options gets such a mark too."""
    pool, start, sizes = _packed(comments)
    head, added = survey(annex, COMMENT).taken, np.where(which >= 0, sizes[which], 0)
    rest = np.where((annex.length == 0) & (which >= 0), len(END_MARK), annex.length - head)
    length = head + added + rest
    offset = np.cumsum(length) - length
    block = np.zeros(int(length.sum()) + SLACK, np.uint8)
    kernel.copy_frames(annex.octets, annex.offset, block, offset, head)
    kernel.copy_frames(pool, start[which], block, offset + head, added)
    kernel.copy_frames(
        annex.octets, annex.offset + head, block, offset + head + added, np.minimum(rest, annex.length - head)
    )
    return replace(annex, octets=block, offset=offset, length=length)


def distinct_comments(annex: Annex) -> tuple[list[tuple[str, ...]], NDArray[np.int64]]:
    """The comments of n frames.

    Returns:
        Lists of comments, and for each frame (n,) which of the lists is its own.
    """
    found: list[tuple[str, ...]] = [()]
    which = np.zeros(len(annex.offset), np.int64)
    for size in np.flatnonzero(np.bincount(annex.length)[1:]).tolist():
        rows = np.flatnonzero(annex.length == size + 1)
        runs, inverse = np.unique(gather(annex.octets, annex.offset[rows], size + 1), return_inverse=True)
        which[rows] = inverse + len(found)
        found += [_comments(run.tobytes(), little=annex.little) for run in runs]
    return found, which


def _comments(raw: bytes, *, little: bool) -> tuple[str, ...]:
    found = options(raw, little=little)
    return tuple(option.value.decode(errors="replace") for option in found if option.code == COMMENT)
