"""Fill packet blocks in around frames that were laid out with room for them, without a Python step per frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dovetool.capture import kernel
from dovetool.capture.batch import Annex, Batch, Column, Stamps
from dovetool.capture.blocks import BLOCKS
from dovetool.capture.copying import scatter
from dovetool.capture.framing import Records, record_sizes
from dovetool.capture.pcapng_blocks import PACKETS, SIMPLE_PACKET

_AROUND = 32  # octets of an enhanced packet block besides frame, padding and options
_AROUND_SIMPLE = 16


def in_place(batch: Batch) -> bool:
    """True when the frames lie one behind the other with exactly the room that their blocks need."""
    if batch.framed_for != PACKETS or batch.offset[0] < PACKETS.lead:
        return False
    return bool((batch.offset[:-1] + record_sizes(batch, PACKETS)[:-1] == batch.offset[1:]).all())


def fill_packets(batch: Batch, ids: Column, stamps: Stamps, *, little: bool) -> None:
    """Write the heads, padding, options and ends of enhanced packet blocks.

    Args:
        batch: n frames, laid out with the room of `PACKETS`.
        ids: (n,) interface of each frame as the file numbers them.
        stamps: (n,) ticks.
        little: byte order.
    """
    annex, place = batch.annex, (batch.octets, batch.offset, batch.caplen, batch.orig_len)
    told = (None, None, None) if annex is None else (annex.octets, annex.offset, annex.length)
    kernel.fill_packets(*place, stamps, ids, little, *told)


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
    at, length = batch.offset - PACKETS.lead, record_sizes(batch, PACKETS)
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
    block = BLOCKS.take(int(ends[-1]))
    kernel.copy_frames(batch.octets, at, block, ends - length, length)
    return Records(block.data[: int(ends[-1])], length)
