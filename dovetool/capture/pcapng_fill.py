"""Fill packet blocks in around frames that were laid out with room for them, without a Python step per frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dovetool.capture.batch import Annex, Batch, Column, Stamps
from dovetool.capture.copying import copy_runs, scatter
from dovetool.capture.framing import Records, new_block
from dovetool.capture.pcapng_blocks import PACKET, SIMPLE_PACKET, PcapngFraming

_LEAD = PcapngFraming.lead
_AROUND = 32  # octets of an enhanced packet block besides frame, padding and options
_AROUND_SIMPLE = 16
_FRAMING = PcapngFraming()


def in_place(batch: Batch) -> bool:
    """True when the frames lie one behind the other with exactly the room that their blocks need."""
    if batch.framed_for is not PcapngFraming or batch.offset[0] < _LEAD:
        return False
    ends = batch.offset + batch.caplen + _FRAMING.trail(batch.caplen, batch.annex)
    return bool((ends[:-1] == batch.offset[1:] - _LEAD).all())


def fill_packets(batch: Batch, ids: Column, stamps: Stamps, *, little: bool) -> None:
    """Write the heads, padding, options and ends of enhanced packet blocks.

    Args:
        batch: n frames, laid out with the room of `PcapngFraming`.
        ids: (n,) interface of each frame as the file numbers them.
        stamps: (n,) ticks.
        little: byte order.
    """
    word = np.dtype("<u4" if little else ">u4")
    length = _FRAMING.trail(batch.caplen, batch.annex) + batch.caplen + _LEAD
    words = np.empty((len(batch), 7), word)
    words[:, 0] = PACKET
    words[:, 1] = length
    words[:, 2] = ids
    words[:, 3] = stamps >> np.uint64(32)
    words[:, 4] = stamps & np.uint64(0xFFFF_FFFF)
    words[:, 5] = batch.caplen
    words[:, 6] = batch.orig_len
    _fill_tails(batch)
    scatter(batch.octets, batch.offset - _LEAD, words, _LEAD)
    scatter(batch.octets, batch.offset - _LEAD + length - 4, words[:, 1], 4)


def _fill_tails(batch: Batch) -> None:
    """Padding and options, unless they are where they were read."""
    annex, ends = batch.annex, batch.offset + batch.caplen
    options_at = ends + (-batch.caplen & 3)
    if annex is not None and annex.octets is batch.octets and np.array_equal(annex.offset, options_at):
        return
    scatter(batch.octets, ends, np.zeros(len(ends), np.uint32), 4)
    if annex is not None:
        copy_runs(annex.octets, annex.offset, batch.octets, options_at, annex.length)


def stay_simple(batch: Batch, ids: Column, snaplen: int) -> NDArray[np.bool_] | None:
    """(n,) True where a frame can be a simple packet block again; None when none can.

    Such a block has no options and no time, belongs to the first interface, and its captured length follows from its
    original length and the snap length.
    """
    annex: Annex | None = batch.annex
    if annex is None or not annex.simple.any():
        return None
    implied = np.minimum(batch.orig_len, snaplen) if snaplen else batch.orig_len
    simple = annex.simple & (annex.length == 0) & (ids == 0) & (batch.interface == 0) & (implied == batch.caplen)
    return simple if simple.any() else None


def compacted(batch: Batch, simple: NDArray[np.bool_], *, little: bool) -> Records:
    """The blocks one behind the other, with simple packet blocks where those are wanted.

    Args:
        batch: n frames with enhanced packet blocks filled in around them.
        simple: (n,) True where the block is to be a simple one.
        little: byte order.

    Returns:
        The blocks.
    """
    at = batch.offset - _LEAD
    length = _FRAMING.trail(batch.caplen, batch.annex) + batch.caplen + _LEAD
    rows = np.flatnonzero(simple)
    at[rows] += _AROUND - _AROUND_SIMPLE
    length[rows] -= _AROUND - _AROUND_SIMPLE
    words = np.empty((len(rows), 3), "<u4" if little else ">u4")
    words[:, 0] = SIMPLE_PACKET
    words[:, 1] = length[rows]
    words[:, 2] = batch.orig_len[rows]
    scatter(batch.octets, at[rows], words, 12)
    scatter(batch.octets, at[rows] + length[rows] - 4, words[:, 1], 4)
    ends = np.cumsum(length)
    block = new_block(int(ends[-1]))
    copy_runs(batch.octets, at, block, ends - length, length)
    return Records(block.data[: int(ends[-1])], length)
